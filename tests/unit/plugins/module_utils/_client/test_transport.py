# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that are sent to the service, and how its answers are read."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import (
    AnswerError,
    InferenceError,
    RequestError,
)
from ansible_collections.scaleway.inference.tests.support.canned import NO_CONTENT, CannedServer, Reply, json_reply
from ansible_collections.scaleway.inference.tests.support.client import (
    SECRET_KEY,
    USER_AGENT,
    VERSIONS,
    open_api,
    open_transport,
    without_proxies,
)

JSON_TYPE = {"Content-Type": "application/json"}
DEPLOYMENT_ID = "0d0d0d0d-0000-4000-8000-000000000001"
REQUEST_ID = "7e900e57-0000-4000-8000-000000000002"


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


@pytest.mark.parametrize("api_version", VERSIONS)
@pytest.mark.parametrize("region", ["fr-par", "nl-ams"])
def test_version_and_region_are_in_the_path(canned: CannedServer, api_version: str, region: str) -> None:
    canned.answer(json_reply({}))
    with open_transport(f"{canned.url()}/scw/", api_version=api_version, region=region) as transport:
        transport.request("GET", "/deployments")
    assert [seen.target for seen in canned.requests] == [f"/scw/inference/{api_version}/regions/{region}/deployments"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_headers_identify_the_caller(canned: CannedServer, method: str) -> None:
    canned.answer(json_reply({}))
    with open_transport(canned.url()) as transport:
        transport.request(method, "/deployments", body={"name": "café"} if method != "GET" else None)
    (seen,) = canned.requests
    assert seen.method == method
    assert seen.headers["x-auth-token"] == SECRET_KEY
    assert seen.headers["user-agent"] == USER_AGENT
    assert seen.headers["accept"] == "application/json"
    assert "authorization" not in seen.headers
    if method == "GET":
        assert (seen.body, "content-type" in seen.headers) == (b"", False)
    else:
        assert (seen.json(), seen.headers["content-type"]) == ({"name": "café"}, "application/json")


def test_query_repeats_names_and_escapes_values(canned: CannedServer) -> None:
    canned.answer(json_reply({}))
    query: list[tuple[str, str | int]] = [("tags", "a&b=c"), ("tags", "d é/?#"), ("page", 2), ("name", "")]
    with open_transport(canned.url()) as transport:
        transport.request("GET", "/deployments", query=query)
    assert canned.requests[0].query == [(name, str(value)) for name, value in query]


def test_answer_has_body_headers_route_and_request_id(canned: CannedServer) -> None:
    canned.answer(json_reply({"id": "1"}, headers={"X-Request-Id": REQUEST_ID, "X-Total-Count": "7"}))
    with open_transport(canned.url()) as transport:
        answer = transport.request("GET", "/models")
    assert (answer.body, answer.headers["x-total-count"]) == ({"id": "1"}, "7")
    assert (answer.route, answer.request_id) == ("GET /models", REQUEST_ID)


@pytest.mark.parametrize("reply", [NO_CONTENT, Reply(200), Reply(200, b" \r\n", JSON_TYPE)])
def test_empty_answer_is_accepted_if_nothing_is_read_from_it(canned: CannedServer, reply: Reply) -> None:
    canned.answer(reply)
    with open_transport(canned.url()) as transport:
        assert transport.request("DELETE", "/endpoints/1").body is None


@pytest.mark.parametrize(
    ("reply", "got"),
    [
        (Reply(200), "got nothing"),
        (NO_CONTENT, "got nothing"),
        (json_reply(None), "got nothing"),
        (json_reply([{"id": "1"}]), "got a list"),
        (json_reply("deployment"), "got a string"),
        (json_reply(1.5), "got a number"),
        (json_reply(True), "got true or false"),
        (json_reply({"error": "none"}), "the answer.id: expected a string, got nothing"),
    ],
)
def test_answer_of_another_shape_is_reported_with_its_route(canned: CannedServer, reply: Reply, got: str) -> None:
    canned.answer(Reply(reply.status, reply.body, {**reply.headers, "X-Request-Id": REQUEST_ID}))
    with open_api(canned.url()) as api, pytest.raises(AnswerError) as caught:
        api.get_deployment(DEPLOYMENT_ID)
    for part in (f"GET /deployments/{DEPLOYMENT_ID}", "isn't as documented", got, REQUEST_ID):
        assert part in str(caught.value)
    assert caught.value.details() == {"route": f"GET /deployments/{DEPLOYMENT_ID}", "request_id": REQUEST_ID}
    assert caught.value.effect_unknown


@pytest.mark.parametrize(
    ("body", "headers", "shown"),
    [
        (b"<html>\n <h1>Welcome to   nginx</h1></html>", {"Content-Type": "text/html"}, ": Welcome to nginx;"),
        (b"welcome", {}, "no content type"),
        (b'{"id": "1"', JSON_TYPE, "cut off"),
        (b'{"id": "\xff\xfe', JSON_TYPE, "cut off"),
        (b"[" * 100_000, JSON_TYPE, "isn't JSON"),
        (b"1" * 10_000, JSON_TYPE, "isn't JSON"),
        (b'{"x": NaN}', JSON_TYPE, "isn't JSON"),
        (b'{"x": [-Infinity]}', JSON_TYPE, "isn't JSON"),
        (b'{"x": [1e999]}', JSON_TYPE, "isn't JSON"),
        (b"[" * 66 + b"]" * 66, JSON_TYPE, "isn't JSON"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, JSON_TYPE, "isn't JSON"),
    ],
    ids=["HTML", "text", "half", "not UTF-8", "deep", "long number", "NaN", "infinite", "too great", "65", "300"],
)
def test_answer_that_is_not_json_is_reported_with_its_route(
    canned: CannedServer, body: bytes, headers: dict[str, str], shown: str
) -> None:
    canned.answer(Reply(200, body, {**headers, "X-Request-Id": REQUEST_ID}))
    with open_transport(canned.url(), api_retries=0) as transport, pytest.raises(RequestError) as caught:
        transport.request("GET", "/models")
    for part in ("GET /models", "HTTP 200", shown, REQUEST_ID):
        assert part in str(caught.value)
    assert len(str(caught.value)) < 400
    assert caught.value.details() == {"route": "GET /models", "request_id": REQUEST_ID}


@pytest.mark.parametrize("body", [b"[" * 100_000, b"1" * 10_000, b"\xff\x00", b"<html>"], ids=range(4))
@pytest.mark.parametrize("status", [400, 404, 500])
def test_error_with_an_unreadable_body_is_reported_by_its_status(
    canned: CannedServer, status: int, body: bytes
) -> None:
    canned.answer(Reply(status, body, JSON_TYPE))
    with open_transport(canned.url(), api_retries=0) as transport, pytest.raises(InferenceError) as caught:
        transport.request("GET", "/models")
    assert "GET /models" in str(caught.value)
    assert f"HTTP {status}" in str(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"not gzip", {**JSON_TYPE, "Content-Encoding": "gzip"}),
        Reply(200, b"zz\r\n", {**JSON_TYPE, "Transfer-Encoding": "chunked"}),
    ],
    ids=["gzip", "chunks"],
)
def test_answer_that_cannot_be_decoded_is_reported_with_its_route(canned: CannedServer, reply: Reply) -> None:
    canned.answer(reply)
    with open_transport(canned.url(), api_retries=0) as transport, pytest.raises(RequestError, match="GET /models: "):
        transport.request("GET", "/models")


def test_name_that_does_not_resolve_is_a_failed_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_arguments: Any, **_options: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    without_proxies(monkeypatch)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with open_transport("https://api.test", api_retries=0) as transport, pytest.raises(RequestError) as caught:
        transport.request("POST", "/deployments")
    for part in ("POST /deployments", "can't connect to api.test", "api_url"):
        assert part in str(caught.value)
    assert caught.value.effect_unknown is False


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "exa mple.test", "..", "*.test"])
def test_impossible_host_is_reported(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    without_proxies(monkeypatch)
    with pytest.raises(InferenceError) as caught, open_transport(f"https://{host}", api_retries=0) as transport:
        transport.request("GET", "/models")
    assert "api_url" in str(caught.value)


def test_one_transport_serves_many_threads(canned: CannedServer) -> None:
    canned.answer_with(lambda seen: json_reply({"path": seen.path.rsplit("/", 1)[1]}))
    with open_transport(canned.url()) as transport, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: transport.request("GET", f"/models/{number}").body["path"], range(64)))
    assert answers == [str(number) for number in range(64)]


def test_connection_is_kept_between_requests() -> None:
    with CannedServer() as own, open_transport(own.url()) as transport:
        for _request in range(5):
            transport.request("GET", "/models")
        assert (len(own.requests), own.connections) == (5, 1)
