# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests are retried, how often, and after which delay."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import InferenceError, RequestError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.errors import ApiError
from ansible_collections.scaleway.inference.plugins.module_utils._client.retry import delay_before
from ansible_collections.scaleway.inference.tests.support.canned import (
    RESET,
    SILENCE,
    CannedServer,
    Reply,
    closed_port,
    json_reply,
)
from ansible_collections.scaleway.inference.tests.support.client import open_transport
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock

METHODS = ("GET", "PUT", "PATCH", "DELETE", "POST")
RETRIES = 3
GOOD = json_reply({"id": "1"})

#: By fault: the answer, the error's class, words in its text, and whether the request surely had no effect.
FAULTS: dict[str, tuple[Reply, type[InferenceError], str, bool]] = {
    "reset": (RESET, RequestError, "broke off", False),
    "408": (Reply(408), ApiError, "HTTP 408", False),
    "429": (Reply(429), ApiError, "HTTP 429", True),
    "500": (json_reply({"message": "oops"}, 500), ApiError, "oops", False),
    "502": (Reply(502, b"<html>", {"Content-Type": "text/html"}), ApiError, "HTTP 502", False),
    "503": (Reply(503), ApiError, "HTTP 503", False),
    "504": (Reply(504), ApiError, "HTTP 504", False),
    "cut body": (Reply(200, b'{"id": ', {"Content-Type": "application/json"}, "cut"), RequestError, "broke off", False),
    "half JSON": (Reply(200, b'{"id": ', {"Content-Type": "application/json"}), RequestError, "cut off", False),
}

#: Answers that a retry wouldn't change.
FINAL: dict[str, Reply] = {
    "400": json_reply({"type": "invalid_arguments"}, 400),
    "401": json_reply({"type": "denied_authentication"}, 401),
    "403": json_reply({"type": "quotas_exceeded"}, 403),
    "404": json_reply({"type": "not_found", "resource": "deployment"}, 404),
    "409": json_reply({"type": "transient_state"}, 409),
    "423": json_reply({"type": "locked"}, 423),
    "501": Reply(501),
    "out of stock": json_reply({"type": "out_of_stock"}, 503),
    "redirect": Reply(302, headers={"Location": "https://elsewhere.test/"}),
    "HTML": Reply(200, b"<html>", {"Content-Type": "text/html"}),
}


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_retried_if_that_is_safe(canned: CannedServer, clock: ManualClock, method: str, fault: str) -> None:
    reply, expected, words, no_effect = FAULTS[fault]
    canned.answer(reply)
    with open_transport(canned.url(), clock, api_retries=RETRIES) as transport, pytest.raises(expected) as caught:
        transport.request(method, "/deployments", body={"name": "x"})
    assert words in str(caught.value)
    assert f"{method} /deployments" in str(caught.value)
    assert caught.value.effect_unknown is not no_effect
    attempts = 1 + RETRIES if method != "POST" or no_effect else 1
    assert [(seen.method, seen.json()) for seen in canned.requests] == [(method, {"name": "x"})] * attempts
    assert len(clock.sleeps) == attempts - 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", FAULTS)
def test_successful_retry_hides_the_fault(canned: CannedServer, clock: ManualClock, method: str, fault: str) -> None:
    reply, expected, _words, no_effect = FAULTS[fault]
    canned.answer(reply, reply, GOOD)
    with open_transport(canned.url(), clock) as transport:
        if method == "POST" and not no_effect:
            with pytest.raises(expected):
                transport.request(method, "/endpoints")
            assert len(canned.requests) == 1
        else:
            assert transport.request(method, "/endpoints").body == {"id": "1"}
            assert len(canned.requests) == 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", FINAL)
def test_final_answers_are_not_retried(canned: CannedServer, clock: ManualClock, method: str, fault: str) -> None:
    canned.answer(FINAL[fault])
    with open_transport(canned.url(), clock) as transport, pytest.raises(InferenceError):
        transport.request(method, "/deployments")
    assert (len(canned.requests), clock.sleeps) == (1, [])


@pytest.mark.parametrize("method", METHODS)
def test_refused_connection_is_retried_even_for_a_creation(clock: ManualClock, method: str) -> None:
    port = closed_port()
    with (
        open_transport(f"http://127.0.0.1:{port}", clock, api_retries=2) as transport,
        pytest.raises(RequestError) as caught,
    ):
        transport.request(method, "/deployments")
    assert len(clock.sleeps) == 2
    assert caught.value.effect_unknown is False
    for part in (f"{method} /deployments", "can't connect to", f"127.0.0.1:{port}", "api_url"):
        assert part in str(caught.value)


@pytest.mark.parametrize(("method", "attempts"), [("GET", 2), ("DELETE", 2), ("POST", 1)])
def test_timeout_is_retried_unless_it_is_a_creation(
    canned: CannedServer, clock: ManualClock, method: str, attempts: int
) -> None:
    canned.answer(SILENCE)
    with (
        open_transport(canned.url(), clock, api_timeout=0.1, api_retries=1) as transport,
        pytest.raises(RequestError) as caught,
    ):
        transport.request(method, "/deployments")
    assert (len(canned.requests), caught.value.effect_unknown) == (attempts, True)
    for part in ("within 0.1 s", "api_timeout"):
        assert part in str(caught.value)


def test_no_retries_means_one_attempt(canned: CannedServer, clock: ManualClock) -> None:
    canned.answer(Reply(503))
    with open_transport(canned.url(), clock, api_retries=0) as transport, pytest.raises(ApiError):
        transport.request("GET", "/models")
    assert (len(canned.requests), clock.sleeps) == (1, [])


def test_delays_grow_within_the_bounds_of_full_jitter(canned: CannedServer, clock: ManualClock) -> None:
    canned.answer(Reply(503))
    with open_transport(canned.url(), clock, api_retries=8) as transport, pytest.raises(ApiError):
        transport.request("GET", "/models")
    bounds = [0.5, 1, 2, 4, 8, 16, 20, 20]
    assert len(clock.sleeps) == len(bounds)
    assert all(0 <= delay <= bound for delay, bound in zip(clock.sleeps, bounds, strict=True))
    assert len(set(clock.sleeps)) == len(bounds)


@pytest.mark.parametrize(("attempt", "bound"), [(1, 0.5), (3, 2), (7, 20), (60, 20)])
def test_jitter_uses_its_full_range(attempt: int, bound: float) -> None:
    delays = [delay_before(attempt, None, random.Random(seed)) or 0.0 for seed in range(200)]
    assert 0 <= min(delays) < 0.1 * bound
    assert 0.9 * bound < max(delays) <= bound


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("header", "minimum"), [("7", 7), (" 120 ", 120), ("in 60 s", 58), ("in 119 s", 117)])
def test_retry_after_is_the_minimum_delay(
    canned: CannedServer, clock: ManualClock, status: int, header: str, minimum: float
) -> None:
    if header.startswith("in"):
        moment = datetime.now(timezone.utc) + timedelta(seconds=int(header.split()[1]))
        header = format_datetime(moment, usegmt=True)
    canned.answer(Reply(status, headers={"Retry-After": header}), GOOD)
    with open_transport(canned.url(), clock) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}
    (delay,) = clock.sleeps
    assert minimum <= delay <= minimum + 2 + 0.5


@pytest.mark.parametrize("header", ["121", "86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_retry_after_that_is_too_long_is_not_waited_for(canned: CannedServer, clock: ManualClock, header: str) -> None:
    canned.answer(Reply(429, headers={"Retry-After": header}), GOOD)
    with open_transport(canned.url(), clock) as transport, pytest.raises(ApiError, match="too many requests"):
        transport.request("GET", "/models")
    assert (len(canned.requests), clock.sleeps) == (1, [])


@pytest.mark.parametrize("header", ["", "soon", "-5", "1.5", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970", "²"])
def test_invalid_retry_after_leaves_the_back_off(canned: CannedServer, clock: ManualClock, header: str) -> None:
    canned.answer(Reply(503, headers={"Retry-After": header}), GOOD)
    with open_transport(canned.url(), clock) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}
    (delay,) = clock.sleeps
    assert 0 <= delay <= 0.5


@given(
    header=st.one_of(
        st.none(),
        st.text(max_size=12),
        st.from_regex(r"\A(Mon, )?[0-9]{1,9} Jan [0-9]{1,12} [0-9]{1,9}:[0-9]{2}(:[0-9]{2})? ([+-][0-9]{1,20}|GMT)\Z"),
    ),
    attempt=st.integers(1, 2000),
)
def test_any_retry_after_gives_a_bounded_delay_or_none(header: str | None, attempt: int) -> None:
    delay = delay_before(attempt, header, random.Random(0))
    assert delay is None or 0 <= delay <= 140
