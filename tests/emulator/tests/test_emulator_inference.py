# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the inference API: generated text, its end, the counting of tokens, and refused requests."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import TIMEOUT, Api
from scaleway_inference_emulator.catalog import load
from scaleway_inference_emulator.inference.abilities import abilities
from scaleway_inference_emulator.inference.audio import heard
from scaleway_inference_emulator.inference.errors import Refused
from scaleway_inference_emulator.inference.json_schema import instance
from scaleway_inference_emulator.inference.tokens import tokens
from scaleway_inference_emulator.records import Model
from scaleway_inference_emulator.server import EmulatorServer

LLAMA = "meta/llama-3.1-8b-instruct:bf16"
GEMMA = "baai/bge-multilingual-gemma2:fp32"
QUESTION = "Why is the sky blue?"

#: Sends a body to a path below ``/v1``.
Ask = Callable[..., requests.Response]


def asking(server: EmulatorServer, deployment: dict[str, Any], body: dict[str, Any]) -> Ask:
    """A function that sends ``body`` with changes to the public endpoint of the deployment."""
    headers = {"Authorization": f"Bearer {server.secret_key}"}

    def ask(path: str = "chat/completions", **changes: Any) -> requests.Response:
        changed = {"model": deployment["model_name"], **body, **changes}
        return requests.post(
            f"{server.url}/ifr/{deployment['id']}/v1/{path}", None, changed, headers=headers, timeout=TIMEOUT
        )

    return ask


@pytest.fixture
def ask(v1: Api, clock: ManualClock) -> Ask:
    """Sends chats to a chat model."""
    deployment = v1.create()
    clock.advance(3600)
    return asking(v1.server, deployment, {"messages": [{"role": "user", "content": QUESTION}]})


@pytest.fixture
def embed(beta: Api, clock: ManualClock) -> Ask:
    """Sends texts to a model for embeddings."""
    deployment = beta.create(model_name=GEMMA)
    clock.advance(3600)
    return asking(beta.server, deployment, {"input": "a cat"})


def said(answer: requests.Response) -> tuple[str, str]:
    """The content of the answer, and its ``finish_reason``."""
    assert answer.status_code == 200, answer.text
    (choice,) = answer.json()["choices"]
    return choice["message"]["content"], choice["finish_reason"]


def wrong(answer: requests.Response) -> tuple[str, str | None, str]:
    """Parameter, code and message of an error 400."""
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error.keys(), error["type"]) == ({"message", "type", "param", "code"}, "invalid_request_error")
    return error["param"], error["code"], error["message"]


@given(st.text())
def test_tokens_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert all(tokens(text))


def test_tokens() -> None:
    assert tokens("Hello, extraordinary world!\n") == ["Hello", ",", " extraord", "inary", " world", "!", "\n"]


def test_the_same_answer_to_the_same_question(ask: Ask) -> None:
    first = said(ask(seed=1))
    assert said(ask(seed=1, temperature=1.5, top_p=0.1, presence_penalty=-2)) == first
    assert len({said(ask(seed=seed)) for seed in range(10)}) > 1
    assert all(QUESTION in said(ask(seed=seed))[0] for seed in range(3))


def test_usage(ask: Ask) -> None:
    short = ask(max_tokens=4)
    text, ended = said(short)
    assert (ended, len(tokens(text))) == ("length", 4)
    # "user: Why is the sky blue?" is eight tokens.
    assert short.json()["usage"] == {"prompt_tokens": 8, "completion_tokens": 4, "total_tokens": 12}
    assert said(ask())[0].startswith(text)
    assert said(ask(max_tokens=1000))[1] == "stop"


def test_stop(ask: Ask) -> None:
    whole, _ended = said(ask())
    assert said(ask(stop="sky")) == (whole.partition("sky")[0], "stop")
    assert said(ask(stop=["nowhere", "blue", "sky"])) == (whole.partition("sky")[0], "stop")
    assert said(ask(stop="sky", max_tokens=2))[1] == "length"


def test_content_in_parts(ask: Ask) -> None:
    parts = [{"type": "text", "text": "Why is "}, {"type": "text", "text": "the sky blue?"}]
    assert said(ask(messages=[{"role": "user", "content": parts}])) == said(ask())
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    assert wrong(ask(messages=[{"role": "user", "content": [image]}]))[0] == "messages"


def test_logprobs(ask: Ask) -> None:
    answer = ask(logprobs=True)
    content = answer.json()["choices"][0]["logprobs"]["content"]
    assert "".join(each["token"] for each in content) == said(answer)[0]
    assert content[0].keys() == {"token", "logprob", "bytes", "top_logprobs"}
    assert ask().json()["choices"][0]["logprobs"] is None


@pytest.mark.parametrize("name", ["frequency_penalty", "n", "top_logprobs", "logit_bias", "user"])
def test_parameters_that_are_not_served(ask: Ask, name: str) -> None:
    for path, changes in [("chat/completions", {}), ("completions", {"prompt": "Once"})]:
        assert wrong(ask(path, **{name: 1}, **changes)) == (name, "unsupported_parameter", f"{name} isn't served")
    assert said(ask(**{name: None}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -0.1),
        ("temperature", 2.1),
        ("top_p", 0),
        ("top_p", 1.1),
        ("presence_penalty", 3),
        ("max_tokens", 0),
        ("messages", []),
        ("messages", "Hello"),
        ("messages", [{"role": "robot", "content": "Hello"}]),
        ("response_format", {"type": "xml"}),
        ("response_format", {"type": "json_schema"}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"$ref": "#"}}}),
        ("tools", [{"type": "function"}]),
        ("tool_choice", "required"),
        ("tool_choice", {"type": "function", "function": {"name": "nobody"}}),
        ("seed", "lucky"),
    ],
)
def test_wrong_parameters(ask: Ask, name: str, value: Any) -> None:
    assert wrong(ask(**{name: value}))[:2] == (name, None)


def test_wrong_bodies(ask: Ask, emulator: EmulatorServer) -> None:
    assert wrong(ask(stream_options={"include_usage": True}))[2].endswith("stream_options is for streams only")
    (deployment,) = emulator.deployments()
    headers = {"Authorization": f"Bearer {emulator.secret_key}", "Content-Type": "application/json"}
    url = f"{emulator.url}/ifr/{deployment.id}/v1/chat/completions"
    broken = requests.post(url, "{", headers=headers, timeout=TIMEOUT)
    assert wrong(broken) == (None, None, "the body isn't valid JSON")
    assert wrong(requests.post(url, "{}", headers=headers, timeout=TIMEOUT))[0] == "model"


def test_context(v1: Api, clock: ManualClock) -> None:
    eight, sixteen = v1.create(quantization={"bits": 8}), v1.create(quantization={"bits": 16})
    clock.advance(3600)
    body = {"messages": [{"role": "user", "content": "a " * 50_000}], "max_tokens": 5}
    assert said(asking(v1.server, eight, body)())[1] == "length"
    param, code, message = wrong(asking(v1.server, sixteen, body)())
    assert (param, code) == (None, "context_length_exceeded")
    assert message.startswith("this model's maximum context length is 40000 tokens, and 50008 were requested")
    little = {"messages": [{"role": "user", "content": "a"}], "max_tokens": 40_000}
    assert wrong(asking(v1.server, sixteen, little)())[1] == "context_length_exceeded"


def test_another_model(ask: Ask) -> None:
    answer = ask(model=GEMMA)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


def test_completions_are_short_by_default(ask: Ask) -> None:
    answer = ask("completions", prompt=[QUESTION, QUESTION]).json()
    assert [choice["finish_reason"] for choice in answer["choices"]] == ["length", "length"]
    assert answer["usage"] == {"prompt_tokens": 12, "completion_tokens": 32, "total_tokens": 44}


def test_a_tool_is_called_when_it_is_spoken_of(ask: Ask) -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("weather", "sky")]
    call = ask(tools=tools).json()["choices"][0]["message"]["tool_calls"][0]["function"]
    assert call == {"name": "sky", "arguments": "{}"}
    assert said(ask(tools=tools, tool_choice="none"))[1] == "stop"
    assert said(ask(tools=tools[:1]))[1] == "stop"


def test_embeddings(embed: Ask) -> None:
    answer = embed("embeddings", input=["a cat", "A CAT", "a dog"]).json()
    same, cased, other = (each["embedding"] for each in answer["data"])
    assert same == cased != other
    assert answer["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert embed("embeddings", dimensions=3584).status_code == 200
    for changes, param in [({"dimensions": 8}, "dimensions"), ({"input": ""}, "input"), ({"input": []}, "input")]:
        assert wrong(embed("embeddings", **changes))[0] == param
    assert wrong(embed("embeddings", input="a " * 8193))[1] == "context_length_exceeded"


def test_newer_name_of_the_limit_counts(ask: Ask) -> None:
    assert ask(max_completion_tokens=2).json()["usage"]["completion_tokens"] == 2
    assert ask(max_completion_tokens=2, max_tokens=5).json()["usage"]["completion_tokens"] == 2
    assert wrong(ask(max_completion_tokens=0))[0] == "max_completion_tokens"


PICTURE = [
    {"type": "text", "text": "What is it?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}},
]


def test_images_are_for_models_that_see(ask: Ask, v1: Api, clock: ManualClock) -> None:
    message = {"messages": [{"role": "user", "content": PICTURE}]}
    assert wrong(ask(**message))[1:] == ("unsupported_content", f"the model {LLAMA} takes no images")
    seeing = next(one for one in v1.ok("GET", "/models", page_size=100)["models"] if "vision" in one["tags"])
    node_type = next(
        node["node_type_name"]
        for node in seeing["nodes_support"][0]["nodes"]
        if any(one["allowed"] for one in node["quantizations"]) and node["node_type_name"].startswith("H100")
    )
    deployment = v1.create(model_id=seeing["id"], node_type_name=node_type)
    clock.advance(3600)
    content, _reason = said(asking(v1.server, deployment, message)())
    assert "What is it?[image]" in content


def test_transcriptions_are_for_models_that_hear(v1: Api, clock: ManualClock) -> None:
    server, deployment = v1.server, v1.create()
    clock.advance(3600)
    url = f"{server.url}/ifr/{deployment['id']}/v1/audio/transcriptions"
    headers = {"Authorization": f"Bearer {server.secret_key}"}

    def send(model: str, **files: Any) -> requests.Response:
        return requests.post(url, {"model": model}, files=files, headers=headers, timeout=TIMEOUT)

    sound = ("x.wav", silence(2), "audio/wav")
    assert wrong(send(LLAMA, file=sound))[1] == "unsupported_model"
    assert send("other", file=sound).status_code == 404
    assert wrong(send(LLAMA, other=sound))[0] == "file"


def silence(seconds: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(2 * 8000 * seconds))
    return file.getvalue()


def test_words_of_a_recording() -> None:
    assert heard(silence(2)) == ("A sound of 2.0 seconds.", 2.0)
    with pytest.raises(Refused):
        heard(b"no sound")


@pytest.mark.parametrize(
    ("tags", "name", "found"),
    [
        ([], "own", {"text"}),
        (["custom"], "own", {"text"}),
        (["embedding"], "one", {"embeddings"}),
        (["embeddings", "featured"], "one", {"embeddings"}),
        (["chat", "vision"], "one", {"text", "vision"}),
        (["chat", "audio"], "one", {"text", "transcriptions"}),
        (["audio"], "openai/whisper-large-v3:bf16", {"transcriptions"}),
        ([], "openai/whisper-large-v3:bf16", {"transcriptions"}),
    ],
)
def test_abilities_follow_from_tags_and_name(tags: list[str], name: str, found: set[str]) -> None:
    model = next(one for one in load("") if isinstance(one, Model)).model_copy(update={"tags": tags, "name": name})
    assert abilities(model) == found
    assert abilities(None) == {"text"}


def test_refusals_in_other_forms(ask: Ask, v1: Api) -> None:
    v1.server.configure(unknown_model_status=422, error_shape="vllm")
    answer = ask(model="other")
    assert answer.status_code == 422
    assert answer.json() == {
        "object": "error",
        "message": "the model other doesn't exist here",
        "type": "UnprocessableEntityError",
        "param": "model",
        "code": 422,
    }
    v1.server.configure(unknown_key_status=403)
    unknown = requests.post(answer.url, json={}, headers={"Authorization": "Bearer wrong"}, timeout=TIMEOUT)
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (403, "api key not found")


def test_reasoning_may_use_up_the_answer(ask: Ask, v1: Api) -> None:
    v1.server.configure(reasoning_tokens=5)
    cut = ask(max_tokens=3).json()
    (choice,) = cut["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (None, "length")
    assert choice["message"]["reasoning_content"]
    assert cut["usage"]["completion_tokens"] == 3
    assert said(ask())[0]


@pytest.mark.parametrize(
    ("schema", "least"),
    [
        ({"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}, {"a": ""}),
        ({"properties": {"a": True}, "required": ["a"]}, {"a": None}),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [False, False]),
        ({"type": "array", "items": {"$ref": "#"}}, []),
        ({"type": ["string", "null"], "minLength": 3}, "xxx"),
        ({"type": "integer", "exclusiveMinimum": 2.5}, 3),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "number", "maximum": -5}, -5),
        ({"enum": ["one", "two"]}, "one"),
        ({"const": 7}, 7),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"const": 1}}}, 1),
        (
            {"allOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]}], "type": "object", "required": ["b"]},
            {"a": 1, "b": None},
        ),
    ],
)
def test_the_least_that_a_schema_allows(schema: dict[str, Any], least: Any) -> None:
    assert instance(schema) == least
    assert json.loads(json.dumps(least)) == least


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"$ref": "#/$defs/nobody"},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "array", "minItems": 10**9},
        {"type": "date"},
        {"type": "string", "minLength": "long"},
        {"anyOf": []},
        {"properties": {"a": False}, "required": ["a"]},
    ],
)
def test_schemas_that_allow_nothing(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the JSON schema"):
        instance(schema)
