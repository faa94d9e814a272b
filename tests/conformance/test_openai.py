# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified ``openai`` client works with the emulator's endpoints as with real ones."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.server import EmulatorServer

LLAMA = "meta/llama-3.1-8b-instruct:bf16"
GEMMA = "baai/bge-multilingual-gemma2:fp32"
QUESTION = "What is the capital of France?"
MESSAGES: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "You are brief."},
    {"role": "user", "content": QUESTION},
]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "minLength": 1}, "days": {"type": "integer", "minimum": 1}},
            "required": ["city", "days"],
        },
    },
}

MakeClient = Callable[..., OpenAI]


@dataclass(frozen=True)
class Deployed:
    """A deployment with an endpoint of each kind."""

    id: str
    public: str
    private: str
    authority: str


@pytest.fixture
def beta(emulator: EmulatorServer) -> Api:
    """v1beta1, which has access rules."""
    return Api(emulator, "v1beta1")


def deploy(beta: Api, **changes: Any) -> Deployed:
    made = beta.create(endpoints=[{"public": {}}, beta.private()], **changes)
    public, private = (endpoint["url"] for endpoint in made["endpoints"])
    file = beta.ok("GET", f"/deployments/{made['id']}/certificate")
    return Deployed(made["id"], public, private, base64.b64decode(file["content"]).decode())


@pytest.fixture
def deployed(beta: Api, clock: ManualClock) -> Deployed:
    """A chat model that is ready."""
    made = deploy(beta)
    clock.advance(3600)
    return made


@pytest.fixture
def make(emulator: EmulatorServer) -> Iterator[MakeClient]:
    """A function that makes a client for a URL, with a key, a CA to trust and a source address."""
    made = []

    def make(
        url: str, key: str = emulator.secret_key, *, authority: str | None = None, source: str | None = None
    ) -> OpenAI:
        context = ssl.create_default_context(cadata=authority)
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
        transport = httpx2.HTTPTransport(verify=context, local_address=source)
        http_client = httpx2.Client(transport=transport, trust_env=False)
        made.append(OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, http_client=http_client))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(params=["public", "private"])
def client(request: pytest.FixtureRequest, deployed: Deployed, make: MakeClient) -> OpenAI:
    """A client for each kind of endpoint; the private one is verified with the deployment's own CA."""
    if request.param == "public":
        return make(deployed.public)
    return make(deployed.private, authority=deployed.authority)


def test_models(client: OpenAI) -> None:
    (model,) = client.models.list()
    assert (model.id, model.object, model.owned_by, model.created) == (LLAMA, "model", "meta", 1_767_225_600)


def test_chat(client: OpenAI) -> None:
    answer = client.chat.completions.create(model=LLAMA, messages=MESSAGES, temperature=0, seed=7)
    (choice,) = answer.choices
    assert (choice.message.role, choice.finish_reason, choice.message.tool_calls) == ("assistant", "stop", None)
    assert choice.message.content
    assert QUESTION in choice.message.content
    assert (answer.object, answer.model, answer.created) == ("chat.completion", LLAMA, 1_767_229_200)
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id
    again = client.chat.completions.create(model=LLAMA, messages=MESSAGES, temperature=1, seed=7)
    assert again.choices == answer.choices


def test_streamed_chat(client: OpenAI) -> None:
    whole = client.chat.completions.create(model=LLAMA, messages=MESSAGES)
    options: Any = {"include_usage": True}
    *chunks, last = client.chat.completions.create(model=LLAMA, messages=MESSAGES, stream=True, stream_options=options)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    assert [delta.role for delta in deltas if delta.role] == ["assistant"]
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
    assert (last.choices, last.usage) == ([], whole.usage)
    # Each chunk counts all tokens so far.
    counted = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage]
    assert counted[:-1] == list(range(len(chunks) - 1))
    assert chunks[-1].usage == whole.usage
    assert len({chunk.id for chunk in [*chunks, last]}) == 1
    assert whole.usage
    assert whole.usage.completion_tokens == len(chunks) - 2  # without those for the role and for the finish reason


def test_responses(client: OpenAI) -> None:
    answer = client.responses.create(model=LLAMA, instructions="You are brief.", input=QUESTION)
    assert QUESTION in answer.output_text
    assert (answer.status, answer.object, answer.model) == ("completed", "response", LLAMA)
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    events = list(client.responses.create(model=LLAMA, instructions="You are brief.", input=QUESTION, stream=True))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == answer.output_text
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")
    short = client.responses.create(model=LLAMA, input=QUESTION, max_output_tokens=2)
    assert short.status == "incomplete"
    assert short.incomplete_details
    assert short.incomplete_details.reason == "max_output_tokens"


def test_responses_call_functions_and_keep_no_state(client: OpenAI) -> None:
    tool: Any = {"type": "function", "name": "weather", **WEATHER["function"]}
    asked: Any = [{"role": "user", "content": "weather?"}]
    first = client.responses.create(model=LLAMA, input=asked, tools=[tool])
    (call,) = first.output
    assert call.type == "function_call"
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "x", "days": 1})
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny."}
    second = client.responses.create(model=LLAMA, input=[*asked, call, result], tools=[tool])
    assert "Sunny." in second.output_text
    with pytest.raises(openai.BadRequestError, match="keeps no state"):
        client.responses.create(model=LLAMA, input="And?", previous_response_id=first.id)
    with pytest.raises(openai.BadRequestError, match="only functions"):
        client.responses.create(model=LLAMA, input="And?", tools=[{"type": "web_search"}])


def test_completions(client: OpenAI) -> None:
    prompt = "Once upon a time"
    answer = client.completions.create(model=LLAMA, prompt=prompt, max_tokens=5)
    (choice,) = answer.choices
    assert answer.usage
    assert (choice.finish_reason, answer.usage.completion_tokens) == ("length", 5)
    stream = client.completions.create(model=LLAMA, prompt=prompt, max_tokens=5, stream=True)
    chunks = list(stream)
    assert "".join(chunk.choices[0].text for chunk in chunks) == choice.text
    assert chunks[-1].choices[0].finish_reason == "length"
    two = client.completions.create(model=LLAMA, prompt=[prompt, "In the end"], max_tokens=100)
    assert [each.index for each in two.choices] == [0, 1]
    assert all(text in each.text for text, each in zip([prompt, "In the end"], two.choices, strict=True))


def test_embeddings(beta: Api, clock: ManualClock, make: MakeClient) -> None:
    made = deploy(beta, model_name=GEMMA)
    clock.advance(3600)
    client = make(made.private, authority=made.authority)
    texts = ["the cat sat", "a cat sat", "stock prices fell sharply"]
    # The client requests base64 by default, and decodes it.
    answer = client.embeddings.create(model=GEMMA, input=texts)
    cat, other, stocks = (each.embedding for each in answer.data)
    assert [len(cat), sum(value * value for value in cat)] == [3584, pytest.approx(1, abs=1e-5)]
    assert dot(cat, other) > 0.5 > dot(cat, stocks)
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (10, 10)
    plain = client.embeddings.create(model=GEMMA, input=texts[0], encoding_format="float")
    assert plain.data[0].embedding == pytest.approx(cat, abs=1e-6)
    with pytest.raises(openai.BadRequestError, match="makes embeddings, and no text") as refused:
        client.chat.completions.create(model=GEMMA, messages=MESSAGES)
    assert refused.value.code == "unsupported_model"


def dot(left: list[float], right: list[float]) -> float:
    return sum(map(float.__mul__, left, right))


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "weather"}}])
def test_tools(client: OpenAI, choice: Any) -> None:
    answer = client.chat.completions.create(model=LLAMA, messages=MESSAGES, tools=[WEATHER], tool_choice=choice)
    said = answer.choices[0]
    assert (said.finish_reason, said.message.content) == ("tool_calls", None)
    assert said.message.tool_calls
    (call,) = said.message.tool_calls
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "x", "days": 1})

    chunks = client.chat.completions.create(
        model=LLAMA, messages=MESSAGES, tools=[WEATHER], tool_choice=choice, stream=True
    )
    deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    pieces = [delta.function.arguments or "" for delta in deltas if delta.function]
    assert (len(deltas) > 1, "".join(pieces)) == (True, call.function.arguments)


def test_a_conversation_with_a_tool(client: OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": "Ask the weather service about Paris."}]
    first = client.chat.completions.create(model=LLAMA, messages=messages, tools=[WEATHER]).choices[0]
    assert first.message.tool_calls
    result = {"role": "tool", "tool_call_id": first.message.tool_calls[0].id, "content": "18 degrees"}
    messages += [first.message.model_dump(exclude_none=True), result]
    second = client.chat.completions.create(model=LLAMA, messages=messages, tools=[WEATHER]).choices[0]
    assert second.finish_reason == "stop"
    assert "18 degrees" in (second.message.content or "")


def test_json(client: OpenAI) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    plain: Any = {"type": "json_object"}
    fitted: Any = {"type": "json_schema", "json_schema": {"name": "number", "schema": schema}}
    for response_format, expected in [(plain, {"answer"}), (fitted, {"n"})]:
        answer = client.chat.completions.create(model=LLAMA, messages=MESSAGES, response_format=response_format)
        assert json.loads(answer.choices[0].message.content or "").keys() == expected


def test_errors(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.BadRequestError) as unserved:
        client.chat.completions.create(model=LLAMA, messages=MESSAGES, n=2)
    assert (unserved.value.code, unserved.value.param) == ("unsupported_parameter", "n")
    with pytest.raises(openai.BadRequestError) as hot:
        client.chat.completions.create(model=LLAMA, messages=MESSAGES, temperature=3)
    assert (hot.value.type, hot.value.param) == ("invalid_request_error", "temperature")
    with pytest.raises(openai.BadRequestError) as long:
        client.chat.completions.create(model=LLAMA, messages=[{"role": "user", "content": "a " * 40_000}])
    assert long.value.code == "context_length_exceeded"
    with pytest.raises(openai.BadRequestError) as textual:
        client.embeddings.create(model=LLAMA, input="text")
    assert textual.value.code == "unsupported_model"


def test_keys(emulator: EmulatorServer, clock: ManualClock, make: MakeClient) -> None:
    emulator.reset(keys={"elsewhere": {"projects": ["aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"]}})
    made = deploy(Api(emulator, "v1beta1"))
    clock.advance(3600)
    for url in (made.public, made.private):
        with pytest.raises(openai.AuthenticationError) as wrong:
            make(url, "wrong", authority=made.authority).models.list()
        assert wrong.value.code == "invalid_api_key"
        with pytest.raises(openai.PermissionDeniedError) as foreign:
            make(url, "elsewhere", authority=made.authority).models.list()
        assert foreign.value.code == "insufficient_permissions"


def test_access_rules(beta: Api, deployed: Deployed, make: MakeClient) -> None:
    rules = f"/deployments/{deployed.id}/acls"
    beta.ok("PUT", rules, {"acls": [{"ip": "127.0.0.2"}, {"ip": "127.0.3.0/24"}]})
    for source in ("127.0.0.2", "127.0.3.77"):
        assert make(deployed.public, source=source).models.list().data
    for key in (beta.server.secret_key, "wrong"):
        with pytest.raises(openai.PermissionDeniedError, match="access from 127\\.0\\.0\\.4 isn't allowed") as refused:
            make(deployed.public, key, source="127.0.0.4").models.list()
        assert refused.value.code == "address_not_allowed"
    assert make(deployed.private, authority=deployed.authority, source="127.0.0.4").models.list().data
    beta.ok("PUT", rules, {"acls": []})
    assert make(deployed.public, source="127.0.0.4").models.list().data


def test_a_private_endpoint_is_verified(beta: Api, deployed: Deployed, make: MakeClient) -> None:
    for authority in (None, deploy(beta).authority):
        with pytest.raises(openai.APIConnectionError) as refused:
            make(deployed.private, authority=authority).models.list()
        assert "certificate verify failed" in str(refused.value.__cause__)


def test_not_ready(beta: Api, clock: ManualClock, make: MakeClient) -> None:
    made = deploy(beta)
    clients = [make(made.public), make(made.private, authority=made.authority)]
    for client in clients:
        with pytest.raises(openai.InternalServerError) as early:
            client.models.list()
        assert (early.value.status_code, early.value.body) == (503, "no healthy upstream")
    clock.advance(3600)
    assert all(client.models.list().data for client in clients)
    beta.ok("DELETE", f"/deployments/{made.id}")
    clock.advance(45)
    for client in clients:  # with connections that are still open
        with pytest.raises(openai.NotFoundError):
            client.models.list()
