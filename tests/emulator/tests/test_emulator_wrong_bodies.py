# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong bodies on each route of an endpoint: the answer is 400, in words of the emulator's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import TIMEOUT, Api

MESSAGE = {"role": "user", "content": "Why is the sky blue?"}
TOOL = {"name": "weather", "description": "The weather", "parameters": {"type": "object"}}
#: A good body of each route, with all that the route reads.
SAMPLING = {
    "max_tokens": 5,
    "max_completion_tokens": 5,
    "temperature": 1,
    "top_p": 1,
    "presence_penalty": 0,
    "seed": 1,
    "stop": ["."],
    "stream": True,
    "stream_options": {"include_usage": True},
}
BODIES: dict[str, dict[str, Any]] = {
    "chat/completions": {
        **SAMPLING,
        "messages": [MESSAGE, {"role": "user", "content": [{"type": "text", "text": "Why?"}]}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}},
        "logprobs": True,
        "tools": [{"type": "function", "function": TOOL}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
    },
    "completions": {**SAMPLING, "prompt": ["Once"]},
    "embeddings": {"input": ["a cat"], "encoding_format": "float", "dimensions": 8},
    "responses": {
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Why?"}]},
            {"type": "function_call_output", "output": "sunny"},
        ],
        "instructions": "Be brief.",
        "max_output_tokens": 5,
        "temperature": 1,
        "top_p": 1,
        "tools": [{"type": "function", **TOOL}],
        "tool_choice": {"type": "function", "name": "weather"},
        "text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}}},
        "stream": True,
        "previous_response_id": None,
    },
    "audio/transcriptions": {"file": "", "response_format": "json"},
}
WRONG: tuple[Any, ...] = (5, "", "x", True, [], [5], {}, {"type": 5}, {"type": []}, 10**400)
WRONG_INSIDE: tuple[Any, ...] = (5, "", [], {"type": []})
#: How pydantic and FastAPI speak, and the names that they give to forms of a value.
LIBRARY = re.compile(
    r"should be|should have|[Ii]nput|[Ff]ield required|[Vv]alid |unable to|pydantic|tagged-union|function-\w+\[|"
    r"There was an error|list\[|\b(str|int|dict|NamedTool|TextPart|ImagePart|PlainFormat|SchemaFormat|Message)\b"
)

Send = Callable[[str, Any], requests.Response]


@pytest.fixture
def send(v1: Api, clock: ManualClock) -> Iterator[Send]:
    """Sends a body, with the right model if it can have one, to a route of an endpoint."""
    deployment = v1.create()
    clock.advance(3600)

    def post(path: str, body: Any) -> requests.Response:
        if isinstance(body, dict):
            body = {"model": deployment["model_name"], **body}
        url = f"{v1.server.url}/ifr/{deployment['id']}/v1/{path}"
        headers = {"Authorization": f"Bearer {v1.server.secret_key}"}
        return session.post(url, json=body, headers=headers, timeout=TIMEOUT)

    with requests.Session() as session:
        yield post


def variants(value: Any, wrong: tuple[Any, ...] = WRONG) -> Iterator[Any]:
    """The value with each of its parts, at any depth, replaced by each wrong one."""
    yield from wrong
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        for changed in variants(part, WRONG_INSIDE):
            copied = value.copy()
            copied[key] = changed
            yield copied


def described(answer: requests.Response) -> str:
    """The message of an error without the value that was sent: it must be in vLLM's shape, and speak as no library."""
    assert answer.status_code == 400, answer.text
    error = answer.json()
    assert error.keys() == {"object", "message", "type", "param", "code"}
    assert (error["object"], error["type"], error["code"]) == ("error", "BadRequestError", 400)
    message = str(error["message"])
    # The name of the parameter input is no word of a library.
    assert not LIBRARY.search(message.removeprefix("input")), message
    return message


@pytest.mark.parametrize("path", BODIES)
def test_wrong_values_are_refused_in_words_of_its_own(send: Send, v1: Api, path: str) -> None:
    v1.server.configure(error_shape="vllm")
    refused = 0
    for name, value in {**BODIES[path], "model": "x"}.items():
        for wrong in variants(value):
            answer = send(path, {**BODIES[path], name: wrong})
            if name == "model" and answer.status_code == 404:
                continue
            assert answer.status_code in (200, 400), (name, wrong, answer.text)
            if answer.status_code == 400:
                described(answer)
                refused += 1
    assert refused > len(BODIES[path])


@pytest.mark.parametrize("content_type", ["", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain"])
def test_forms_that_are_none_are_refused(send: Send, v1: Api, content_type: str) -> None:
    v1.server.configure(error_shape="vllm")
    sent = send("audio/transcriptions", {}).request
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\n\xff\r\n--x--",
        b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\na',
    ):
        headers = {"Authorization": sent.headers["Authorization"], "Content-Type": content_type}
        described(requests.post(str(sent.url), body, headers=headers, timeout=TIMEOUT))


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("body", [None, 5, "x", [], [{}], True])
def test_bodies_that_are_no_object_are_refused(send: Send, v1: Api, path: str, body: Any) -> None:
    v1.server.configure(error_shape="vllm")
    described(send(path, body))


@pytest.mark.parametrize("path", ["chat/completions", "completions", "responses"])
def test_null_is_not_given(send: Send, path: str) -> None:
    needed = {"chat/completions": "messages", "completions": "prompt", "responses": "input"}[path]
    assert send(path, {**dict.fromkeys(BODIES[path]), needed: BODIES[path][needed]}).status_code == 200


@pytest.mark.parametrize(
    ("path", "changes", "message"),
    [
        ("chat/completions", {"temperature": 3}, "temperature: it must be at most 2.0"),
        ("chat/completions", {"top_p": 0}, "top_p: it must be more than 0.0"),
        ("chat/completions", {"messages": []}, "messages: it must not be empty"),
        ("chat/completions", {"messages": None}, "messages: it must be given"),
        (
            "chat/completions",
            {"messages": [{"role": "user", "content": 5}]},
            "messages.0.content: it must be a text or it must be a list",
        ),
        (
            "chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages.0.content.0.text: it must be given",
        ),
        (
            "chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "smell"}]}]},
            "messages.0.content.0: its 'type' must be one of: 'text', 'image_url'",
        ),
        (
            "responses",
            {"input": [{"role": "user", "content": 5}]},
            "input.0.content: it must be a text or it must be a list",
        ),
        ("embeddings", {"input": 5}, "input: it must be a text or it must be a list"),
    ],
)
def test_message_names_the_place(send: Send, path: str, changes: dict[str, Any], message: str) -> None:
    answer = send(path, {**BODIES[path], **changes}).json()["error"]
    assert answer == {"message": message, "type": "invalid_request_error", "param": next(iter(changes)), "code": None}
