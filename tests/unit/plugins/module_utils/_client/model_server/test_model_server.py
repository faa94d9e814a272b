# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that are sent to a model server, and how its successful answers are read."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import AnswerError, RequestError
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.client import (
    Completion,
    Embeddings,
)
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, RecordedRequest, Reply, json_reply
from ansible_collections.scaleway.inference.tests.support.client import SECRET_KEY, USER_AGENT
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.json_values import JSON
from ansible_collections.scaleway.inference.tests.support.model_servers import (
    CHAT,
    REQUEST_ID,
    completion,
    open_server,
    refusal,
)

CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "prompt_tokens_details": None}


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


# Requests


@pytest.mark.parametrize("suffix", ["", "/v1"])
def test_request_has_the_key_as_openai_clients_send_it(canned: CannedServer, suffix: str) -> None:
    canned.answer(json_reply(completion()))
    with open_server(f"{canned.url()}/below{suffix}") as server:
        server.complete(CHAT)
    (seen,) = canned.requests
    assert (seen.method, seen.target, seen.json()) == ("POST", "/below/v1/chat/completions", CHAT)
    assert seen.headers["authorization"] == f"Bearer {SECRET_KEY}"
    assert seen.headers["user-agent"] == USER_AGENT
    assert "x-auth-token" not in seen.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_server_that_needs_no_key_gets_none_and_no_other_credentials(
    canned: CannedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {host} login me password hunter2\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    canned.answer(json_reply(completion()))
    with open_server(canned.url(host), with_key=False) as server:
        server.complete(CHAT)
    assert "authorization" not in canned.requests[0].headers
    assert SECRET_KEY not in str(canned.requests)


def test_redirect_is_refused_and_its_target_gets_nothing(canned: CannedServer) -> None:
    with CannedServer() as other, open_server(canned.url()) as server:
        canned.answer(Reply(307, headers={"Location": f"{other.url()}/v1/chat/completions"}))
        with pytest.raises(RequestError, match=r"the endpoint redirects to .* check url"):
            server.complete(CHAT)
        assert (other.connections, len(canned.requests)) == (0, 1)


def test_request_comes_from_the_source_address(clock: ManualClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def request_models() -> None:
            with open_server(url, clock, source_address="127.0.0.77", api_retries=0) as server:
                server.models()

        pending = pool.submit(request_models)
        connection, (address, _port) = listener.accept()
        connection.close()
        assert isinstance(pending.exception(10), RequestError)
    assert address == "127.0.0.77"


def test_source_address_of_another_machine_is_reported(canned: CannedServer) -> None:
    with (
        open_server(canned.url(), source_address="192.0.2.1", api_retries=0) as server,
        pytest.raises(
            RequestError,
            match=r"can't connect to .* from source_address 192\.0\.2\.1, which isn't an address of this machine",
        ),
    ):
        server.models()


# Answers


def test_completion_is_read(canned: CannedServer) -> None:
    canned.answer(json_reply(completion(usage=USAGE, extra=[1])))
    with open_server(canned.url()) as server:
        answer = server.complete(CHAT)
    assert (answer.content, answer.finish_reason, answer.tool_calls) == ("Yes.", "stop", [])
    assert (answer.model, answer.usage) == ("vendor/model:1", USAGE)
    assert answer.response == completion(usage=USAGE, extra=[1])


def test_completion_that_calls_a_tool_is_read(canned: CannedServer) -> None:
    canned.answer(json_reply(completion({"content": None, "tool_calls": [CALL]})))
    with open_server(canned.url()) as server:
        answer = server.complete(CHAT)
    assert (answer.content, answer.tool_calls, answer.usage) == (None, [CALL], None)


@given(
    vectors=st.lists(
        st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53), max_size=4),
        min_size=1,
        max_size=5,
    ),
    data=st.data(),
)
def test_vectors_come_in_the_order_of_their_inputs(
    canned: CannedServer, vectors: list[list[float]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(vectors))))
    canned.answer(json_reply({"data": [{"index": index, "embedding": vectors[index]} for index in order]}))
    with open_server(canned.url()) as server:
        answer = server.embed({"model": "m", "input": ["x"] * len(vectors)})
    assert answer.embeddings == vectors
    assert all(isinstance(number, float) for vector in answer.embeddings for number in vector)


WRONG_COMPLETIONS: dict[str, tuple[Any, str]] = {
    "list": ([], "expected an object, got a list"),
    "nothing": ({}, "choices: expected a list, got nothing"),
    "no choice": ({"choices": []}, "expected a choice, got none"),
    "no message": ({"choices": [{}]}, r"choices\[0\]\.message: expected an object"),
    "parts": ({"choices": [{"message": {"content": ["x"]}}]}, "content: expected a string"),
    "call": ({"choices": [{"message": {"tool_calls": ["x"]}}]}, r"tool_calls\[0\]: expected an object"),
    "usage": ({**completion(), "usage": 3}, "usage: expected an object"),
}


@pytest.mark.parametrize("wrong", WRONG_COMPLETIONS)
def test_completion_of_another_shape_is_reported_with_its_field(canned: CannedServer, wrong: str) -> None:
    body, words = WRONG_COMPLETIONS[wrong]
    canned.answer(json_reply(body, headers={"X-Request-Id": REQUEST_ID}))
    with open_server(canned.url()) as server, pytest.raises(AnswerError, match=words) as caught:
        server.complete(CHAT)
    assert caught.value.details() == {"route": "POST /v1/chat/completions", "request_id": REQUEST_ID}


@pytest.mark.parametrize(
    "data",
    [
        [],
        [{"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}],
        [{"index": 1, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": "AACAPw=="}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [True]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [10**400]}],
        [{"embedding": [1.0]}, {"embedding": [1.0]}],
    ],
)
def test_vectors_that_do_not_match_the_inputs_are_refused(canned: CannedServer, data: Any) -> None:
    canned.answer(json_reply({"data": data}))
    with open_server(canned.url()) as server, pytest.raises(AnswerError, match=r"data.*expected"):
        server.embed({"model": "m", "input": ["one", "two"]})


@given(body=JSON, message=JSON, data=JSON)
def test_any_document_is_read_or_refused(canned: CannedServer, body: object, message: object, data: object) -> None:
    for document in (body, {"choices": [{"message": message}]}, {"data": [data]}, {"data": data, "choices": data}):
        canned.answer(json_reply(document))
        with open_server(canned.url()) as server:
            for ask, kind in ((server.complete, Completion), (server.embed, Embeddings)):
                try:
                    assert isinstance(ask({**CHAT, "input": ["x"]}), kind)
                except AnswerError as error:
                    assert "expected" in str(error)


def test_latency_is_that_of_the_request_that_succeeded(canned: CannedServer, clock: ManualClock) -> None:
    replies = [(40.0, refusal("busy", 503)), (0.25, json_reply(completion()))]

    def answer(_seen: RecordedRequest) -> Reply:
        seconds, reply = replies.pop(0)
        clock.advance(seconds)
        return reply

    canned.answer_with(answer)
    with open_server(canned.url(), clock) as server:
        assert server.complete(CHAT).latency == 0.25
