# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secret key is only sent to the service, and no other credentials are sent."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import InferenceError, RequestError
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, Reply, closed_port, json_reply
from ansible_collections.scaleway.inference.tests.support.client import (
    PROJECT_ID,
    SECRET_KEY,
    open_api,
    open_transport,
    without_proxies,
)
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock

PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


@pytest.fixture
def other() -> Iterator[CannedServer]:
    """A server that should get no request."""
    with CannedServer() as server:
        yield server


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_redirect_is_refused_and_its_target_gets_nothing(
    canned: CannedServer, other: CannedServer, clock: ManualClock, method: str, status: int
) -> None:
    target = other.url()
    canned.answer(Reply(status, headers={"Location": f"{target}/token?x=1", "X-Request-Id": "re-1"}))
    with open_transport(canned.url(), clock) as transport, pytest.raises(RequestError) as caught:
        transport.request(method, "/deployments")
    assert (other.connections, len(canned.requests), clock.sleeps) == (0, 1, [])
    for part in (f"{method} /deployments", f"redirects to {target.removeprefix('http://')}", "api_url"):
        assert part in str(caught.value)
    assert caught.value.details()["request_id"] == "re-1"


@pytest.mark.parametrize(
    "location", [None, "", "/elsewhere", "http://[", "//[::1", "https://x:y:z/", "\xff\xfe", "http://a b/"]
)
def test_redirect_to_nowhere_is_refused_too(canned: CannedServer, location: str | None) -> None:
    canned.answer(Reply(302, headers={} if location is None else {"Location": location}))
    with open_transport(canned.url()) as transport, pytest.raises(RequestError, match="GET /models: "):
        transport.request("GET", "/models")


#: By the place where a service or a proxy may echo the key: the answer.
ECHOES = {
    "error": json_reply({"type": "denied_authentication", "message": f"no key {SECRET_KEY}"}, 401),
    "argument": json_reply(
        {"type": "invalid_arguments", "details": [{"argument_name": SECRET_KEY, "help_message": SECRET_KEY}]}, 400
    ),
    "unknown field": json_reply({"message": "no", "headers": {"X-Auth-Token": [SECRET_KEY]}}, 418),
    "type": json_reply({"type": SECRET_KEY}, 400),
    "HTML": Reply(200, f"<html>{SECRET_KEY}</html>".encode(), {"Content-Type": "text/html"}),
    "content type": Reply(200, b"<html>", {"Content-Type": f"text/html; key={SECRET_KEY}"}),
    "request ID": json_reply({"message": "no"}, 403, {"X-Request-Id": SECRET_KEY}),
    "redirect": Reply(302, headers={"Location": f"https://{SECRET_KEY}@{SECRET_KEY}.test/{SECRET_KEY}"}),
    "escaped": Reply(403, json.dumps({"message": SECRET_KEY}).replace("-", "\\u002d").encode()),
    "half JSON": Reply(200, f'{{"key": "{SECRET_KEY}'.encode(), {"Content-Type": "application/json"}),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_key_that_is_echoed_never_shows(canned: CannedServer, echo: str) -> None:
    canned.answer(ECHOES[echo])
    with open_api(canned.url(), api_retries=0) as api, pytest.raises(InferenceError) as caught:
        api.get_deployment(PROJECT_ID)
    assert SECRET_KEY not in str(caught.value)
    assert SECRET_KEY not in json.dumps(caught.value.details())
    assert caught.value.__cause__ is None


@given(key=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=16, max_size=40))
def test_any_key_that_is_echoed_in_an_error_never_shows(canned: CannedServer, key: str) -> None:
    canned.answer(json_reply({"message": f"key: {key}."}, 403))
    with open_transport(canned.url(), secret_key=key) as transport, pytest.raises(InferenceError) as caught:
        transport.request("GET", "/models")
    assert canned.requests[0].headers["x-auth-token"] == key
    assert f"key: {key}." not in str(caught.value)
    assert caught.value.details()["message"] == "key: ********."


def _netrc(folder: Path, monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    path = folder / "netrc"
    path.write_text("".join(f"machine {host} login me password hunter2\n" for host in hosts), encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_credentials_of_netrc_are_not_sent(
    canned: CannedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    _netrc(tmp_path, monkeypatch, host)
    canned.answer(json_reply({}))
    with open_transport(canned.url(host)) as transport:
        transport.request("GET", "/models")
    assert "authorization" not in canned.requests[0].headers
    assert canned.requests[0].headers["x-auth-token"] == SECRET_KEY


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_proxies_of_the_environment_do_not_see_requests_to_this_machine(
    canned: CannedServer, other: CannedServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    without_proxies(monkeypatch)
    for name in PROXIES:
        monkeypatch.setenv(name, other.url())
        monkeypatch.setenv(name.upper(), other.url())
    canned.answer(json_reply({"id": "1"}))
    with open_transport(canned.url(host)) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}
    assert other.connections == 0


def _only_proxy(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    without_proxies(monkeypatch)
    monkeypatch.setenv("https_proxy", url)


def test_proxy_of_the_environment_leads_to_the_network_and_gets_no_key(
    other: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _only_proxy(monkeypatch, other.url())
    other.answer(Reply(407, b"who are you?"))
    with open_transport("https://api.test", api_retries=0) as transport, pytest.raises(RequestError) as caught:
        transport.request("GET", "/models")
    assert [(seen.method, seen.target) for seen in other.requests] == [("CONNECT", "api.test:443")]
    assert SECRET_KEY not in json.dumps(dict(other.requests[0].headers))
    assert "proxy" in str(caught.value)


def test_proxy_that_refuses_the_connection_is_reported_and_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    _only_proxy(monkeypatch, f"http://me:hunter2@127.0.0.1:{closed_port()}")
    with open_transport("https://api.test", clock, api_retries=2) as transport, pytest.raises(RequestError) as caught:
        transport.request("POST", "/deployments")
    for part in ("can't connect to api.test", "proxy settings"):
        assert part in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert (caught.value.effect_unknown, len(clock.sleeps)) == (False, 2)


def test_error_of_the_network_does_not_show_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_arguments: Any, **_options: Any) -> list[Any]:
        raise socket.gaierror(-2, f"no {SECRET_KEY}")

    without_proxies(monkeypatch)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with open_transport("https://api.test", api_retries=0) as transport, pytest.raises(RequestError) as caught:
        transport.request("GET", "/models")
    assert "api.test" in str(caught.value)
    assert SECRET_KEY not in str(caught.value)
