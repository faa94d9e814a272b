# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of a model server: each says what to do, and transient ones are retried."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import InferenceError, RequestError
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.errors import EndpointError
from ansible_collections.scaleway.inference.tests.support.canned import (
    RESET,
    SILENCE,
    CannedServer,
    Reply,
    closed_port,
    json_reply,
)
from ansible_collections.scaleway.inference.tests.support.client import SECRET_KEY
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.json_values import JSON
from ansible_collections.scaleway.inference.tests.support.model_servers import (
    CHAT,
    REQUEST_ID,
    completion,
    open_server,
    refusal,
)


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


#: By case: an answer, whether the request had the key, and words in the error.
REFUSALS: dict[str, tuple[Reply, bool, tuple[str, ...]]] = {
    "key": (refusal("no such key", 401, type="authentication_error"), True, ("refused the secret key", "no such key")),
    "no key": (refusal("key missing", 401), False, ("asks for a key", "disable_auth")),
    "rule": (
        refusal("access from 127.0.0.1 isn't allowed", 403, type="permission_error", code="address_not_allowed"),
        True,
        ("no access rule", "scaleway.inference.acl", "source_address"),
    ),
    "rule without a key": (Reply(403), False, ("no access rule", "scaleway.inference.acl")),
    "unknown key, 403": (refusal("api key not found", 403), True, ("refused the secret key", "api key not found")),
    "vllm": (
        json_reply({"object": "error", "message": "no chat template", "type": "BadRequestError", "code": 400}, 400),
        True,
        ("refused the request: no chat template", "BadRequestError"),
    ),
    "permission": (
        json_reply({"type": "permissions_denied", "message": "insufficient rights"}, 403),
        True,
        ("lacks a permission", "IAM policy", "insufficient rights"),
    ),
    "either": (Reply(403, b"<html>Forbidden"), True, ("Either no access rule", "or the API key lacks a permission")),
    "argument": (refusal("temperature is too high", 400, param="temperature"), True, ("refused the request: temp",)),
    "shape": (json_reply({"detail": [{"msg": "field required"}]}, 422), True, ("refused", "field required")),
    "bare": (json_reply({"object": "error", "message": "too long", "code": 400}, 400), True, ("too long",)),
    "word": (json_reply({"error": "Bad Request"}, 400), True, ("refused the request: Bad Request",)),
    "limit": (refusal("slow down", 429), True, ("too many requests", "api_retries")),
    "failed": (refusal("CUDA error", 500), True, ("the model server failed", "CUDA error")),
    "busy": (Reply(503, b"no healthy upstream"), True, ("isn't ready, or has too much to do",)),
    "slow": (Reply(504), True, ("took too long", "max_tokens")),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_error_says_what_to_do(canned: CannedServer, case: str) -> None:
    reply, with_key, expected = REFUSALS[case]
    canned.answer(reply)
    with (
        open_server(canned.url(), with_key=with_key, api_retries=0) as server,
        pytest.raises(EndpointError) as caught,
    ):
        server.complete(CHAT)
    for part in (*expected, f"HTTP {reply.status}", "POST /v1/chat/completions"):
        assert part in str(caught.value)
    assert caught.value.details()["status"] == reply.status


@pytest.mark.parametrize("case", ["key", "rule", "permission", "unknown key, 403"])
def test_error_mentions_only_the_cause_that_applies(canned: CannedServer, case: str) -> None:
    canned.answer(REFUSALS[case][0])
    case = case.removeprefix("unknown ").partition(",")[0]
    with open_server(canned.url()) as server, pytest.raises(EndpointError) as caught:
        server.complete(CHAT)
    words = {"key": "refused the secret key", "rule": "no access rule", "permission": "lacks a permission"}
    assert [name for name, text in words.items() if text in str(caught.value)] == [case]


def test_details_of_an_error_are_kept(canned: CannedServer) -> None:
    canned.answer(refusal("too long", 400, type="invalid_request_error", param="messages", code="context"))
    with open_server(canned.url()) as server, pytest.raises(EndpointError) as caught:
        server.complete(CHAT)
    assert caught.value.details() == {
        "route": "POST /v1/chat/completions",
        "status": 400,
        "type": "invalid_request_error",
        "request_id": REQUEST_ID,
        "message": "too long",
        "param": "messages",
        "code": "context",
    }


@given(body=JSON, inner=JSON, status=st.integers(400, 599))
def test_any_error_is_an_endpoint_error(canned: CannedServer, body: object, inner: object, status: int) -> None:
    for document in (body, {"error": inner}, {"error": {"message": inner, "type": inner, "code": inner}}):
        canned.answer(json_reply(document, status))
        with open_server(canned.url(), api_retries=0) as server, pytest.raises(EndpointError, match=f"HTTP {status}"):
            server.complete(CHAT)


@pytest.mark.parametrize("words", ["api key not found", "Invalid API key", "unknown api key", "the API key is expired"])
def test_key_that_is_not_known_is_told_from_one_that_lacks_a_permission(canned: CannedServer, words: str) -> None:
    canned.answer(refusal(words, 403))
    with open_server(canned.url()) as server, pytest.raises(EndpointError) as caught:
        server.complete(CHAT)
    assert caught.value.details()["denied_by"] == "key"
    canned.answer(refusal("the API key has no rights on the project", 403))
    with open_server(canned.url()) as server, pytest.raises(EndpointError) as caught:
        server.complete(CHAT)
    assert caught.value.details()["denied_by"] == "permission"


def not_found(models: Reply, status: int = 404) -> Any:
    return lambda seen: models if seen.method == "GET" else refusal("the model doesn't exist", status)


@pytest.mark.parametrize("status", [404, 422])
def test_unknown_model_is_reported_with_those_that_are_served(canned: CannedServer, status: int) -> None:
    canned.answer_with(not_found(json_reply({"data": [{"id": "vendor/other"}, {"id": "vendor/third"}]}), status))
    with open_server(canned.url()) as server, pytest.raises(EndpointError) as caught:
        server.complete(CHAT)
    for part in ("doesn't serve the model 'vendor/model:1'", "vendor/other, vendor/third"):
        assert part in str(caught.value)
    assert caught.value.details()["served"] == ["vendor/other", "vendor/third"]


def test_request_that_can_not_be_processed_is_reported_as_it_is(canned: CannedServer) -> None:
    canned.answer_with(not_found(json_reply({"data": [{"id": "vendor/model:1"}]}), 422))
    with open_server(canned.url()) as server, pytest.raises(EndpointError, match="refused the request: the model does"):
        server.complete(CHAT)


@pytest.mark.parametrize(
    "models", [json_reply({"data": [{"id": "vendor/model:1"}]}), json_reply({}), Reply(404), Reply(200, b"<html>")]
)
def test_unknown_route_is_reported(canned: CannedServer, models: Reply) -> None:
    canned.answer_with(not_found(models))
    with open_server(canned.url()) as server, pytest.raises(EndpointError, match=r"has nothing there .* check the URL"):
        server.complete(CHAT)


@pytest.mark.parametrize(
    "reply",
    [
        refusal(f"no key {SECRET_KEY}", 401),
        json_reply({"error": {SECRET_KEY: SECRET_KEY, "type": SECRET_KEY}}, 403),
        Reply(200, f"<html>{SECRET_KEY}".encode()),
        Reply(302, headers={"Location": f"https://{SECRET_KEY}.test/"}),
    ],
)
def test_key_that_is_echoed_never_shows(canned: CannedServer, reply: Reply) -> None:
    canned.answer(reply)
    with open_server(canned.url(), api_retries=0) as server, pytest.raises(InferenceError) as caught:
        server.complete(CHAT)
    assert SECRET_KEY not in str(caught.value)
    assert SECRET_KEY not in json.dumps(caught.value.details())


# Retries


@pytest.mark.parametrize(
    "reply", [RESET, Reply(429), Reply(500), Reply(502), Reply(503), Reply(200, b'{"c', {"Content-Type": "json"})]
)
def test_request_is_retried_after_a_transient_error(canned: CannedServer, clock: ManualClock, reply: Reply) -> None:
    canned.answer(reply, reply, json_reply(completion()))
    with open_server(canned.url(), clock) as server:
        assert server.complete(CHAT).content == "Yes."
    assert (len(canned.requests), len(clock.sleeps)) == (3, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 408, 413, 422, 501, 504])
def test_request_is_not_retried_after_a_permanent_error(canned: CannedServer, clock: ManualClock, status: int) -> None:
    canned.answer(Reply(status))
    with open_server(canned.url(), clock) as server, pytest.raises(EndpointError):
        server.complete(CHAT)
    # After a 422, the list of models is asked for, as an unknown model may be the reason.
    assert ([seen.method for seen in canned.requests].count("POST"), clock.sleeps) == (1, [])


def test_timeout_is_not_retried_and_names_the_remedy(canned: CannedServer, clock: ManualClock) -> None:
    canned.answer(SILENCE)
    with open_server(canned.url(), clock, timeout=0.3) as server, pytest.raises(RequestError) as caught:
        server.complete(CHAT)
    for part in ("within 0.3 s", "raise request_timeout"):
        assert part in str(caught.value)
    assert (len(canned.requests), clock.sleeps) == (1, [])


def test_unreachable_server_is_reported(clock: ManualClock) -> None:
    place = "that this host is in the endpoint's private network"
    with (
        open_server(f"http://127.0.0.1:{closed_port()}", clock, where=place, api_retries=2) as server,
        pytest.raises(RequestError, match=f"can't connect to .* {place}"),
    ):
        server.complete(CHAT)
    assert len(clock.sleeps) == 2
