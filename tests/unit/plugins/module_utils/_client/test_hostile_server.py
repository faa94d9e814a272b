# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a server sends, it is bounded (see `limits`), and ends as a result or as an error that says what is wrong.

What drips, floods and unpacks is in test_bounds, lists that shift in test_lists, redirects in test_transport_secrets.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client import limits
from ansible_collections.scaleway.inference.plugins.module_utils._client.body import NotJson, parse
from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import (
    AnswerError,
    InferenceError,
    RequestError,
    SettingsError,
)
from ansible_collections.scaleway.inference.plugins.module_utils._client.events import Event, event_texts
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.client import (
    ModelServer,
    model_server,
)
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.stream import assemble
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.urls import check_endpoint_url
from ansible_collections.scaleway.inference.plugins.module_utils._client.server import service
from ansible_collections.scaleway.inference.tests.support.canned import (
    CannedServer,
    RecordedRequest,
    Reply,
    json_reply,
    raw_server,
)
from ansible_collections.scaleway.inference.tests.support.client import make_settings, open_api, open_transport
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.hostile import endless
from ansible_collections.scaleway.inference.tests.support.model_servers import CHAT, open_server

MIB = limits.MIB
#: A bound for bodies that makes the tests quick, and the bytes that may be under way in the buffers of the system.
LARGEST, BUFFERS = 1 * MIB, 8 * MIB
#: Seconds in which a request that isn't slow must have ended on a busy machine. The timeout of requests is longer.
SOON = 15.0
OK, JSON = b"HTTP/1.1 200 OK\r\n", b"Content-Type: application/json\r\n"
CHUNKED = OK + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = b"a" * 1000
TOO_LONG_SIZE = "doesn't speak HTTP (got more than 65536 bytes when reading chunk size)"
EVENTS = OK + b"Content-Type: text/event-stream\r\n"
DEPLOYMENT = "5ca1ab1e-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


# What has no end. For each: what comes first, what is repeated, and what the error says.
ENDLESS = {
    "headers": (OK, b"X-Name: value\r\n", "doesn't speak HTTP (got more than 100 headers)"),
    "header": (OK + b"X-Name: ", b"a", "doesn't speak HTTP (got more than 65536 bytes when reading header line)"),
    "status line": (b"HTTP/1.1 200 ", b"a", "doesn't speak HTTP (got more than 65536 bytes when reading status line)"),
    "no HTTP": (b"", b"\x00", "doesn't speak HTTP"),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", "got more than 20 interim answers"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "got more than 20 interim answers"),
    "body": (OK + JSON + b"\r\n", b"[1,", "has more than 1 MiB"),
    "chunks": (CHUNKED, b"300\r\n" + b"[1," * 256 + b"\r\n", "has more than 1 MiB"),
    "size of a chunk": (CHUNKED, b"0", "doesn't speak HTTP (got more than 65536 bytes when reading chunk size)"),
    "trailers": (CHUNKED + b"0\r\n", b"X-Name: " + LONG + b"\r\n", "has more than 1 MiB"),
    "packed nothing": (OK + JSON + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b""), "has more than 1 MiB"),
    "packed blanks": (OK + JSON + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b" " * 9999), "has more than 1 MiB"),
    "redirect": (b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n", b"a", "redirects to 192.0.2.1"),
    "error": (b"HTTP/1.1 400 Bad\r\n" + JSON + b"\r\n", b'{"message":', "HTTP 400"),
    "error in chunks": (
        b"HTTP/1.1 400 Bad\r\n" + CHUNKED.removeprefix(OK) + b"0\r\n",
        b"X-Name: " + LONG + b"\r\n",
        "HTTP 400",
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_answer_without_an_end_is_refused(kind: str) -> None:
    head, piece, words = ENDLESS[kind]
    begin = time.monotonic()
    with endless(head, piece) as server, open_transport(server.url, api_timeout=60, api_retries=0) as transport:
        small = replace(service(make_settings(server.url, api_timeout=60, api_retries=0)), max_body_size=LARGEST)
        with closing(transport.to(small)) as bounded, pytest.raises(InferenceError) as caught:
            bounded.request("POST", "/deployments", body={})
    assert words in str(caught.value)
    assert "POST /deployments: " in str(caught.value)
    assert server.requests == 1
    assert server.taken <= LARGEST + limits.MAX_FRAMING_SIZE + BUFFERS
    assert time.monotonic() - begin < SOON


# The same for a stream of events, whose parts urllib3 reads itself.
STREAMS = {
    "comments": (EVENTS + b"\r\n", b": " + LONG + b"\n\n", "has more than 1 MiB"),
    "events": (EVENTS + b"\r\n", b'data: {"x": "' + LONG + b'"}\n\n', "has more than 1 MiB"),
    "size of a chunk": (EVENTS + b"Transfer-Encoding: chunked\r\n\r\n", b"0", TOO_LONG_SIZE),
    "extension of a chunk": (EVENTS + b"Transfer-Encoding: chunked\r\n\r\n1;x=", b"a", TOO_LONG_SIZE),
    "trailer": (
        EVENTS + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
        b"a",
        "got more than 65536 bytes when reading trailer line",
    ),
    "trailers": (EVENTS + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: " + LONG + b"\r\n", "has more than 1 MiB"),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_stream_without_an_end_is_refused(kind: str) -> None:
    head, piece, words = STREAMS[kind]
    begin = time.monotonic()
    with endless(head, piece) as server, open_transport(server.url) as transport:
        settings = make_settings(server.url)
        whole = model_server(settings, server.url, with_key=True, where="url", timeout=60, retries=0)
        with (
            closing(transport.to(replace(whole, max_body_size=LARGEST))) as bounded,
            pytest.raises(InferenceError) as caught,
        ):
            ModelServer(bounded).stream(CHAT)
    assert words in str(caught.value)
    assert server.taken <= LARGEST + limits.MAX_FRAMING_SIZE + BUFFERS
    assert time.monotonic() - begin < SOON


def test_interim_answers_are_passed_over_and_do_not_stand_for_the_final_one() -> None:
    body = b'{"id": "1"}'
    final = OK + JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    with raw_server(interim + final) as port, open_transport(f"http://127.0.0.1:{port}") as transport:
        assert transport.request("DELETE", f"/deployments/{DEPLOYMENT}").body == {"id": "1"}


def test_protocol_that_nothing_asked_for_is_refused() -> None:
    switching = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"
    with (
        raw_server(switching) as port,
        open_transport(f"http://127.0.0.1:{port}") as transport,
        pytest.raises(RequestError, match="HTTP 101, which nothing asked for"),
    ):
        transport.request("DELETE", f"/deployments/{DEPLOYMENT}")


def test_cookies_are_neither_kept_nor_sent(canned: CannedServer) -> None:
    canned.answer(json_reply({}, headers={"Set-Cookie": "session=" + "x" * 4000}))
    with open_transport(canned.url()) as transport:
        for _time in range(3):
            transport.request("GET", "/models")
    assert not [one for one in canned.requests if "cookie" in one.headers]


# JSON

BODIES = {
    "levels": (b"[" * 66 + b"]" * 66, "nested deeper than 64 levels"),
    "many levels": (b'{"a":' * 200_000, "nested deeper than 64 levels"),
    "levels with half a character": (b"[" * 900 + b'"\\ud800"' + b"]" * 900, "nested deeper than 64 levels"),
    "objects": (b"[" + b"{}," * 4_000_000 + b"{}]", "more than 4,000,000 objects and lists"),
    "NaN": (b'{"id": NaN}', "NaN, which JSON doesn't have"),
    "Infinity": (b'{"id": -Infinity}', "-Infinity, which JSON doesn't have"),
    "float": (b'{"id": 1e999}', "a number that no float can hold"),
    "digits": (b'{"id": ' + b"9" * 5000 + b"}", "a number of thousands of digits"),
    "field twice": (b'{"id": "a", "name": "x", "id": "b"}', "an object with the same field twice"),
    "field twice within": (b'[{"x": [{"a": 1, "a": 1}]}]', "an object with the same field twice"),
    "bytes": (b'{"id": "\xff\xfe"}', "bytes that aren't UTF-8"),
    "halves of characters in UTF-8": (b'{"id": "\xed\xa0\x80"}', "bytes that aren't UTF-8"),
    "byte order mark": (b"\xef\xbb\xbf{}", "UTF-8 BOM"),
    "UTF-16": ('{"id": "a"}'.encode("utf-16"), "Expecting value"),
    "NUL": (b'{"id": "\x00"}', "control character"),
    "text behind": (b"{} {}", "Extra data"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_json_that_nobody_should_read_is_refused(canned: CannedServer, kind: str) -> None:
    body, words = BODIES[kind]
    canned.answer(Reply(200, body, {"Content-Type": "application/json"}))
    begin = time.monotonic()
    with open_transport(canned.url(), api_retries=0) as transport, pytest.raises(RequestError) as caught:
        transport.request("POST", "/deployments", body={})
    if kind != "many levels":
        # Without its end, it is found to be cut off or nested too deep, whichever Python sees first.
        assert words in str(caught.value)
    assert len(str(caught.value)) < 600
    assert caught.value.effect_unknown
    assert time.monotonic() - begin < SOON


def test_the_same_bodies_as_errors_are_reported_by_their_status(canned: CannedServer) -> None:
    for body, _words in BODIES.values():
        canned.answer(Reply(409, body, {"Content-Type": "application/json"}))
        with open_transport(canned.url(), api_retries=0) as transport, pytest.raises(InferenceError, match="HTTP 409"):
            transport.request("POST", "/deployments", body={})


def test_what_json_allows_is_still_read() -> None:
    assert parse('{"a": 1, "b": {"a": 1}}') == {"a": 1, "b": {"a": 1}}
    assert parse("[" * 64 + "]" * 64)
    assert parse('"\\ud83d\\ude00 \\ud800"') == "\U0001f600 \ufffd"
    with pytest.raises(NotJson):
        parse("[" * 66 + "]" * 66)


# Events


def _chunks(count: int, text: str = "x") -> list[dict[str, Any]]:
    delta = {"content": text, "tool_calls": [{"index": 0, "function": {"name": "f", "arguments": text}}]}
    return [{"choices": [{"index": 0, "delta": delta}]}] * count


def test_events_beyond_the_limit_are_refused(canned: CannedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = "ansible_collections.scaleway.inference.plugins.module_utils._client.answers"
    monkeypatch.setattr(f"{answers}.MAX_EVENTS", 100)
    kind = {"Content-Type": "text/event-stream"}
    for count in (100, 101):
        data = [*map(json.dumps, _chunks(count)), "[DONE]"]
        canned.answer(Reply(200, b"".join(b"data: " + one.encode() + b"\n\n" for one in data), kind))
        with open_server(canned.url(), api_retries=0) as server:
            if count == 100:
                assert server.stream(CHAT).content == "x" * 100
            else:
                with pytest.raises(RequestError, match=r"more than 100 events.*max_tokens"):
                    server.stream(CHAT)


@pytest.mark.parametrize(
    ("part", "times"),
    [
        (b"data: " + b"a" * 65536, 100),
        (b"data: " + b"a" * 100 + b"\n", 50_000),
        (b"data:\n", 1_000_000),
        (b"a" * MIB, 6),
    ],
    ids=["line without an end", "lines without an end", "empty lines", "no data"],
)
def test_event_beyond_the_limit_is_refused(part: bytes, times: int) -> None:
    parts = iter([part * 1000] * (times // 1000) if times > 1000 else [part] * times)
    with pytest.raises(NotJson, match="more than 4 MiB"):
        list(event_texts(parts))
    assert next(parts, None) is not None


def test_stream_costs_time_in_proportion_to_its_length() -> None:
    """A text that is copied with each of its pieces would take half a minute for these 10,000 of 4,000 characters."""
    events = [Event(one, 0.0) for one in _chunks(10_000, "x" * 4000)]
    begin = time.process_time()
    message = assemble(events).body()["choices"][0]["message"]
    assert len(message["content"]) == len(message["tool_calls"][0]["function"]["arguments"]) == 40_000_000
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("data", [b"\xff", b'{"choices": [], "choices": []}', b"NaN", b"[" * 100 + b"]" * 100])
def test_event_that_nobody_should_read_is_refused(canned: CannedServer, data: bytes) -> None:
    canned.answer(Reply(200, b"data: " + data + b"\n\ndata: [DONE]\n\n", {"Content-Type": "text/event-stream"}))
    with (
        open_server(canned.url(), api_retries=0) as server,
        pytest.raises(RequestError, match="has an event that isn't JSON"),
    ):
        server.stream(CHAT)


# Lists


def _page(first: int, count: int, **fields: Any) -> Reply:
    return json_reply({"models": [{"id": f"id-{at}", "name": "x"} for at in range(first, first + count)], **fields})


def _pages(size: int, **fields: Any) -> Any:
    def page(seen: RecordedRequest) -> Reply:
        return _page(int(dict(seen.query)["page"]) * size, size, **fields)

    return page


@pytest.mark.parametrize("total", [1, 2, 49, 10**300, -(10**300), 1.0, 2**63], ids=str)
def test_total_that_lies_hides_nothing(canned: CannedServer, total: float) -> None:
    """A total of less than what came isn't believed; with a larger one, all pages are read up to an empty one."""

    def page(seen: RecordedRequest) -> Reply:
        number = int(dict(seen.query)["page"])
        return _page(number * 50, 50 if number < 4 else 0, total_count=total)

    canned.answer_with(page)
    with open_api(canned.url(), api_version="v1", api_retries=0) as api:
        try:
            assert len(list(api.list_models())) == 150
        except AnswerError as error:
            assert "total_count: expected a whole number" in str(error)
            assert not isinstance(total, int) or abs(total) > 10**200


def test_items_without_an_end_are_refused(canned: CannedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = "ansible_collections.scaleway.inference.plugins.module_utils._client.pages"
    monkeypatch.setattr(f"{pages}.MAX_ITEMS", 1000)
    canned.answer_with(_pages(300))
    with (
        open_api(canned.url(), api_version="v1") as api,
        pytest.raises(AnswerError, match=r"GET /models: the list has more than 1,000 items \(1200 items so far\)"),
    ):
        list(api.list_models())
    assert len(canned.requests) == 4


def test_list_whose_pages_are_slow_is_given_up(canned: CannedServer) -> None:
    """Each page comes within its timeout, but all of them would take hours."""
    clock = ManualClock()
    pages = _pages(1)

    def slow(seen: RecordedRequest) -> Reply:
        clock.advance(29)
        reply: Reply = pages(seen)
        return reply

    canned.answer_with(slow)
    with (
        open_api(canned.url(), clock, api_version="v1") as api,
        pytest.raises(AnswerError, match="isn't at its end after 600 s"),
    ):
        list(api.list_models())
    assert len(canned.requests) == 21


@pytest.mark.parametrize(
    "value",
    ["", "x", "10.0.0.1\n192.0.2.1 example.com", "10.0.0.1 example.com", "{{ 7 * 7 }}", "\x1b[31m", "10.0.0.1/99", "/"],
)
def test_address_that_is_none_is_refused(canned: CannedServer, value: str) -> None:
    from ansible_collections.scaleway.inference.plugins.module_utils._client.ipam import _address
    from ansible_collections.scaleway.inference.plugins.module_utils._client.json_object import JsonObject

    item = {"address": value, "resource": {"id": DEPLOYMENT, "type": "llm_deployment"}}
    with pytest.raises(AnswerError, match="address: expected"):
        _address(JsonObject(item, "the answer.ips[0]"))
    item["address"] = "fe80::1%eth0\n/64"
    assert _address(JsonObject(item, "the answer.ips[0]")) == (DEPLOYMENT, "fe80::1")


# Where the key may go


@pytest.mark.parametrize(
    ("api_url", "url"),
    [
        ("https://api.scaleway.com", f"https://{DEPLOYMENT}.ifr.fr-par.scaleway.com"),
        ("https://api.scaleway.com", f"https://{DEPLOYMENT}.ifr.fr-par.scw.cloud/"),
        ("https://api.scaleway.com", f"https://{DEPLOYMENT}.{DEPLOYMENT}.internal"),
        ("https://api.scaleway.com", "https://X.IFR.FR-PAR.SCALEWAY.COM./v1"),
        ("https://gateway.example/scw", "https://gateway.example/ifr/x"),
        ("https://gateway.example/scw", f"https://{DEPLOYMENT}.ifr.fr-par.scaleway.com"),
        ("http://127.0.0.1:8077", "https://localhost:4433"),
        ("http://127.0.0.1:8077", f"http://127.0.0.1:8077/ifr/{DEPLOYMENT}"),
    ],
)
def test_url_of_an_endpoint_of_the_service(api_url: str, url: str) -> None:
    assert check_endpoint_url(make_settings(api_url), url, DEPLOYMENT) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://evil.example/api.scaleway.com",
        "https://api.scaleway.com.evil.example",
        "https://evilscaleway.com",
        "https://evil.example#.scaleway.com",
        "https://evil.example?.scaleway.com",
        "https://evil.example\\.scaleway.com",
        "https://evil.example/..;/.scaleway.com",
        "https://api.scaleway.com@evil.example",
        "https://user:pass@x.ifr.fr-par.scaleway.com",
        "http://x.ifr.fr-par.scaleway.com",
        "https://127.0.0.1",
        "http://127.0.0.1:8080",
        "https://169.254.169.254/latest",
        "https://[::1]",
        "https://x.ifr.fr-par.scaleway.com:99999",
        "https://x.ifr.fr-par.scaleway.com/../x",
        "https://x.ifr.fr-par.scaleway.com/\r\nX-Forged: 1",
        "https://x.ifr.fr-par.scaleway.com\x00.evil.example",
        "ftp://x.ifr.fr-par.scaleway.com",
        "file:///etc/passwd",
        "//x.ifr.fr-par.scaleway.com",
        "https://" + "a" * 300 + ".scaleway.com",
        "https://\u0435vil.scaleway.com",
        "",
    ],
)
def test_url_of_an_endpoint_that_the_key_does_not_go_to(url: str) -> None:
    with pytest.raises(SettingsError):
        check_endpoint_url(make_settings("https://api.scaleway.com"), url, DEPLOYMENT)
