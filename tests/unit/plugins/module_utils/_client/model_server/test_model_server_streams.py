# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streamed chat completions: how the pieces become one answer, when they came, and what may go wrong on the way."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import AnswerError, RequestError
from ansible_collections.scaleway.inference.plugins.module_utils._client.events import event_texts
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.client import StreamedCompletion
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.errors import EndpointError
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, Reply, json_reply, serving
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.json_values import JSON
from ansible_collections.scaleway.inference.tests.support.model_servers import CHAT, completion, open_server, refusal

END = "[DONE]"


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


def chunk(delta: dict[str, Any] | None = None, finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    return {"id": "1", "object": "chat.completion.chunk", "model": "vendor/model:1", "choices": choices, **fields}


def events(*data: Any) -> bytes:
    return b"".join(b"data: " + (one if isinstance(one, str) else json.dumps(one)).encode() + b"\n\n" for one in data)


def stream(*data: Any, **options: Any) -> Reply:
    return Reply(200, events(*data), {"Content-Type": "text/event-stream; charset=utf-8"}, **options)


def usage(count: int) -> dict[str, int]:
    return {"prompt_tokens": 3, "completion_tokens": count, "total_tokens": 3 + count}


def ask(canned: CannedServer, *replies: Reply, **options: Any) -> StreamedCompletion:
    canned.answer(*replies)
    with open_server(canned.url(), ManualClock(), **options) as server:
        return server.stream(CHAT)


PARIS = (chunk({"role": "assistant", "content": ""}), chunk({"content": "Par"}), chunk({"content": "is"}))


def test_pieces_become_one_answer(canned: CannedServer) -> None:
    answer = ask(canned, stream(*PARIS, chunk({}, "stop"), chunk(usage=usage(2)), END))
    assert (answer.content, answer.finish_reason, answer.tool_calls) == ("Paris", "stop", [])
    assert (answer.model, answer.usage) == ("vendor/model:1", usage(2))
    message = {"role": "assistant", "content": "Paris"}
    assert answer.response["choices"][0]["message"] == message
    (seen,) = canned.requests
    assert seen.json() == {**CHAT, "stream": True, "stream_options": {"include_usage": True}}


def test_last_usage_counts_as_it_is_cumulative(canned: CannedServer) -> None:
    counted = [{**one, "usage": usage(at)} for at, one in enumerate(PARIS)]
    assert ask(canned, stream(*counted, chunk({}, "stop", usage=None), END)).usage == usage(2)
    assert ask(canned, stream(*PARIS, END)).usage is None


def test_calls_of_tools_are_put_together(canned: CannedServer) -> None:
    def piece(index: int, **fields: Any) -> dict[str, Any]:
        return chunk({"tool_calls": [{"index": index, **fields}]})

    answer = ask(
        canned,
        stream(
            piece(0, id="a", type="function", function={"name": "weather", "arguments": ""}),
            piece(0, function={"arguments": '{"city": '}),
            piece(1, id="b", type="function", function={"name": "time", "arguments": "{}"}),
            piece(0, function={"arguments": '"Paris"}'}),
            chunk({}, "tool_calls"),
            END,
        ),
    )
    assert answer.content is None
    assert answer.tool_calls == [
        {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}},
        {"id": "b", "type": "function", "function": {"name": "time", "arguments": "{}"}},
    ]


def test_reasoning_is_kept_apart_from_the_text(canned: CannedServer) -> None:
    answer = ask(canned, stream(chunk({"reasoning_content": "Hm"}), chunk({"reasoning_content": "m"}, "length"), END))
    assert (answer.content, answer.finish_reason) == (None, "length")
    assert answer.response["choices"][0]["message"]["reasoning_content"] == "Hmm"


class WatchedClock(ManualClock):
    """A clock that counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0
        self._asked = threading.Condition()

    def monotonic(self) -> float:
        now = super().monotonic()
        with self._asked:
            self.times += 1
            self._asked.notify_all()
        return now

    def wait_until_asked(self, times: int) -> None:
        with self._asked:
            assert self._asked.wait_for(lambda: self.times >= times, 5)


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "plain"])
def test_times_are_those_of_the_first_piece_and_of_the_end(chunked: bool) -> None:
    """The server moves the clock before each event, once the client has asked it for the time of the one before."""
    clock = WatchedClock()
    parts = [events(PARIS[0]), events(PARIS[1]), events(PARIS[2], END)]

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            read_head(self.rfile)
            more = "Transfer-Encoding: chunked" if chunked else "Connection: close"
            self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{more}\r\n\r\n".encode())
            begin = clock.times
            for number, part in enumerate(parts, 1):
                clock.advance(0.25)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
                clock.wait_until_asked(begin + number)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")

    with serving(Handler) as port, open_server(f"http://127.0.0.1:{port}", clock) as server:
        answer = server.stream(CHAT)
    assert (answer.content, answer.time_to_first_token, answer.duration) == ("Paris", 0.5, 0.75)
    assert answer.latency == answer.duration


def read_head(file: Any) -> None:
    """Read a request: its header, and the body that it announces."""
    length = 0
    for line in iter(file.readline, b"\r\n"):
        name, _colon, value = line.decode().partition(":")
        length = int(value) if name.lower() == "content-length" else length
    file.read(length)


def test_no_piece_has_no_time(canned: CannedServer) -> None:
    answer = ask(canned, stream(chunk({"role": "assistant", "content": ""}), chunk({}, "stop"), END))
    assert (answer.content, answer.time_to_first_token) == (None, None)


# What may go wrong


def test_refusal_is_explained_as_without_a_stream(canned: CannedServer) -> None:
    with pytest.raises(EndpointError, match="refused the secret key"):
        ask(canned, refusal("no", 401))
    canned.answer_with(lambda seen: json_reply({"data": []}) if seen.method == "GET" else Reply(422))
    with open_server(canned.url()) as server, pytest.raises(EndpointError, match="doesn't serve the model"):
        server.stream(CHAT)


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "CUDA error", "code": 500}},
        {"object": "error", "message": "CUDA error", "code": 500},
        {"error": {"message": "CUDA error", "code": "oom"}},
    ],
)
def test_error_among_the_pieces_is_an_error(canned: CannedServer, error: Any) -> None:
    with pytest.raises(EndpointError, match=r"the model server failed \(CUDA error\).*HTTP 500"):
        ask(canned, stream(PARIS[0], error, END))


BROKEN = {
    "cut": (stream(*PARIS, ending="cut"), "broke off before the answer was complete"),
    "no end": (stream(*PARIS), "ended before its last event"),
    "half a piece": (Reply(200, b'data: {"choices', {"Content-Type": "text/event-stream"}), "isn't JSON"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_stream_that_breaks_off_is_begun_again(canned: CannedServer, case: str) -> None:
    reply, words = BROKEN[case]
    assert ask(canned, reply, stream(*PARIS, END)).content == "Paris"
    assert len(canned.requests) == 2
    with pytest.raises(RequestError, match=words):
        ask(canned, reply, api_retries=0)


def test_answer_that_is_no_stream_is_an_error(canned: CannedServer) -> None:
    with pytest.raises(RequestError, match="is no stream, but application/json; leave stream out"):
        ask(canned, json_reply(completion()))


def test_stream_without_a_choice_is_an_error(canned: CannedServer) -> None:
    with pytest.raises(AnswerError, match="expected a choice, got none"):
        ask(canned, stream(chunk(usage=usage(0)), END))


@given(body=JSON, delta=JSON, choice=JSON)
def test_any_piece_is_read_or_refused(canned: CannedServer, body: object, delta: object, choice: object) -> None:
    for document in (body, {"choices": [choice]}, {"choices": [{"delta": delta}]}):
        try:
            assert isinstance(ask(canned, stream(json.dumps(document), END), api_retries=0), StreamedCompletion)
        except (AnswerError, EndpointError) as error:
            assert "expected" in str(error) or isinstance(error, EndpointError)


# Events


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), max_size=5), st.data())
def test_events_are_the_same_however_the_body_is_cut(texts: list[str], data: st.DataObject) -> None:
    body = "".join(f": comment\r\nevent: x\ndata: {text}\r\n\r\n" for text in texts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    parts: Iterable[bytes] = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert list(event_texts(parts)) == texts


def test_event_may_have_several_lines_and_no_end() -> None:
    assert list(event_texts([b"data: a\ndata:b\n\ndata: c"])) == ["a\nb", "c"]
