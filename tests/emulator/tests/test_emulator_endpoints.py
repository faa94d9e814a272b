# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of endpoints: addresses, lifetime, access and faults."""

from __future__ import annotations

import base64
import ssl
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import LLAMA_8B, TIMEOUT, Api
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

CHAT = {"model": LLAMA_8B["name"], "messages": [{"role": "user", "content": "Hello"}]}


class Trusting(HTTPAdapter):
    """An adapter for ``requests`` that trusts one CA, given as PEM."""

    def __init__(self, authority: str) -> None:
        self.context = ssl.create_default_context(cadata=authority)
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=self.context, **options)


class Caller:
    """A client of endpoints with the emulator's key, which trusts the CA of a deployment if one is given."""

    def __init__(self, api: Api, deployment_id: str = "") -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {api.server.secret_key}"
        if deployment_id:
            file = api.ok("GET", f"/deployments/{deployment_id}/certificate")
            self.session.mount("https://", Trusting(base64.b64decode(file["content"]).decode()))

    def get(self, url: str, path: str = "/v1/models", **headers: str | None) -> requests.Response:
        return self.session.get(url + path, timeout=TIMEOUT, headers=headers)

    def post(self, url: str, body: Any, path: str = "/v1/chat/completions") -> requests.Response:
        return self.session.post(url + path, timeout=TIMEOUT, json=body)


Calling = Callable[..., Caller]


@pytest.fixture
def calling() -> Iterator[Calling]:
    """A function that creates callers; their connections are closed at the end of the test."""
    made: list[Caller] = []

    def calling(api: Api, deployment_id: str = "") -> Caller:
        made.append(Caller(api, deployment_id))
        return made[-1]

    yield calling
    for caller in made:
        caller.session.close()


def both(api: Api, clock: ManualClock, **changes: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Create a deployment and let it become ready: its ID, its public and its private endpoint."""
    created = api.create(endpoints=[{api.public: {}}, api.private()], **changes)
    clock.advance(3600)
    return (created["id"], *created["endpoints"])


def test_urls(api: Api, emulator: EmulatorServer, clock: ManualClock, calling: Calling) -> None:
    deployment_id, public, private = both(api, clock)
    assert public["url"] == f"{emulator.url}/ifr/{deployment_id}"
    assert private["url"].startswith("https://127.0.0.1:")
    _other_id, _public, other = both(api, clock)
    assert other["url"] != private["url"]
    caller = calling(api, deployment_id)
    for url in (public["url"], private["url"], private["url"].replace("127.0.0.1", "localhost")):
        assert caller.get(url).json()["data"][0]["id"] == LLAMA_8B["name"]
    with pytest.raises(requests.exceptions.SSLError, match="verify failed"):
        caller.get(other["url"])
    assert api.ok("GET", f"/deployments/{deployment_id}")["endpoints"] == [public, private]


def test_a_private_endpoint_comes_and_goes(
    api: Api, ready: str, emulator: EmulatorServer, clock: ManualClock, calling: Calling
) -> None:
    path = f"/deployments/{ready}"
    made = api.ok("POST", "/endpoints", {"deployment_id": ready, "endpoint": api.private()})
    caller = calling(api, ready)
    assert caller.get(made["url"]).status_code == 200
    assert api.call("DELETE", f"/endpoints/{made['id']}").status_code == 204
    caller.session.close()
    with pytest.raises(requests.ConnectionError):
        caller.get(made["url"])

    made = api.ok("POST", "/endpoints", {"deployment_id": ready, "endpoint": api.private()})
    api.ok("DELETE", path)
    assert caller.get(made["url"]).status_code == 503
    clock.advance(45)
    assert caller.get(made["url"]).status_code == 404
    caller.session.close()
    with pytest.raises(requests.ConnectionError):
        caller.get(made["url"])

    last = both(api, clock)[2]["url"]
    emulator.reset()
    with pytest.raises(requests.ConnectionError):
        caller.get(last)


def test_a_forgotten_endpoint_never_listens(api: Api, ready: str, emulator: EmulatorServer, calling: Calling) -> None:
    emulator.add_fault(Fault("POST", "/endpoints$", "forget"))
    made = api.ok("POST", "/endpoints", {"deployment_id": ready, "endpoint": api.private()})
    with pytest.raises(requests.ConnectionError):
        calling(api).get(made["url"])


def test_nothing_listens_when_the_emulator_ended(clock: ManualClock, calling: Calling) -> None:
    with EmulatorServer(Config(creating=0, deploying=0), clock) as server:
        api = Api(server, "v1")
        created = api.create(endpoints=[api.private()])
        caller, url = calling(api, created["id"]), created["endpoints"][0]["url"]
        assert caller.get(url).status_code == 200  # and the connection stays open
    with pytest.raises(requests.ConnectionError):
        caller.get(url)


def test_a_private_endpoint_listens_again_after_a_restart(tmp_path: Path, clock: ManualClock, calling: Calling) -> None:
    config = Config(state=str(tmp_path / "state.sqlite"), creating=0, deploying=0, jitter=0)
    with EmulatorServer(config, clock) as server:
        api = Api(server, "v1")
        created = api.create(endpoints=[api.private()])
        caller, url = calling(api, created["id"]), created["endpoints"][0]["url"]
    with EmulatorServer(config, clock):
        assert caller.get(url).status_code == 200  # before anyone asked the API for it


def test_urls_in_the_style_of_the_service(api: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.reset(endpoints="service")
    deployment_id, public, private = both(api, clock)
    assert public["url"] == f"https://{deployment_id}.ifr.fr-par.scaleway.com"
    assert private["url"].endswith(".internal")


def test_what_is_not_there(api: Api, emulator: EmulatorServer, clock: ManualClock, calling: Calling) -> None:
    deployment_id, public, private = both(api, clock)
    caller = calling(api, deployment_id)
    nowhere = caller.get(f"{emulator.url}/ifr/{uuid.uuid4()}")
    assert (nowhere.status_code, nowhere.json()) == (404, {"message": "no endpoint at this address"})
    for url in (public["url"], private["url"]):
        for path in ("/v1/images", "/inference/v1/regions/fr-par/models", "/_emulator/journal", "/docs", ""):
            unknown = caller.get(url, path)
            assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "unknown_url")
    assert api.call("DELETE", f"/endpoints/{public['id']}").status_code == 204
    assert caller.get(public["url"]).status_code == 404
    assert caller.get(private["url"]).status_code == 200


def test_keys(emulator: EmulatorServer, clock: ManualClock, calling: Calling) -> None:
    emulator.reset(keys={"reader": {"permissions": "read_only"}})
    api = Api(emulator, "v1")
    _deployment_id, public, _private = both(api, clock)
    caller, url, key = calling(api), public["url"], emulator.secret_key
    for authorization in (f"Bearer {key}", f"bearer  {key}", "Bearer reader"):
        assert caller.get(url, Authorization=authorization).status_code == 200
    for authorization in (None, "Bearer", "Bearer wrong", f"Basic {key}", key):
        refused = caller.get(url, Authorization=authorization, **{"X-Auth-Token": key})
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert refused.json()["error"] == {
            "message": "the API key is missing or isn't known",
            "type": "authentication_error",
            "param": None,
            "code": "invalid_api_key",
        }
    assert api.ok("PATCH", f"/endpoints/{public['id']}", {"disable_auth": True})["disable_auth"] is True
    assert caller.get(url, Authorization=None).status_code == 200


def test_rules_go_by_the_address_of_the_connection(beta: Api, clock: ManualClock, calling: Calling) -> None:
    deployment_id, public, _private = both(beta, clock)
    beta.ok("POST", f"/deployments/{deployment_id}/acls", {"acls": [{"ip": "127.0.0.2"}, {"ip": "::1"}]})
    for headers in ({}, {"X-Forwarded-For": "127.0.0.2"}, {"Authorization": None}):
        refused = calling(beta).get(public["url"], **headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "address_not_allowed")
        assert "access from 127.0.0.1 isn't allowed" in refused.text


@pytest.mark.parametrize(("status", "code"), [("ready", 200), ("scaling", 200), ("locked", 503), ("error", 503)])
def test_statuses(api: Api, ready: str, emulator: EmulatorServer, status: str, code: int, calling: Calling) -> None:
    emulator.force_status(ready, status)
    answer = calling(api).post(f"{emulator.url}/ifr/{ready}", CHAT)
    assert answer.status_code == code
    assert (answer.text == "no healthy upstream") == (code == 503)


def test_journal(api: Api, emulator: EmulatorServer, clock: ManualClock, calling: Calling) -> None:
    deployment_id, public, private = both(api, clock)
    caller = calling(api, deployment_id)
    emulator.clear_journal()
    answers = [caller.post(endpoint["url"], CHAT) for endpoint in (public, private)]
    entries = emulator.journal()
    assert [entry.path for entry in entries] == [f"/ifr/{deployment_id}/v1/chat/completions", "/v1/chat/completions"]
    assert [entry.endpoint for entry in entries] == [public["id"], private["id"]]
    assert [entry.request_id for entry in entries] == [answer.headers["X-Request-Id"] for answer in answers]
    assert [entry.body for entry in entries] == [CHAT, CHAT]
    assert emulator.secret_key not in str(entries)
    api.ok("GET", "/deployments")
    assert emulator.journal()[-1].endpoint is None


def test_faults(api: Api, emulator: EmulatorServer, clock: ManualClock, calling: Calling) -> None:
    deployment_id, public, private = both(api, clock)
    caller = calling(api, deployment_id)
    for url, path in [(public["url"], "^/ifr/"), (private["url"], "^/v1/")]:
        emulator.add_fault(Fault("POST", path, "status", status=429, headers={"Retry-After": "1"}))
        assert caller.post(url, CHAT).status_code == 429
        emulator.add_fault(Fault("POST", path, "garbage"))
        assert caller.post(url, CHAT).text.startswith("<html>")
        emulator.add_fault(Fault("POST", path, "reset"))
        with pytest.raises(requests.ConnectionError):
            caller.post(url, CHAT)
        emulator.add_fault(Fault("POST", path, "truncate", "after", content_type="text/event-stream"))
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            caller.post(url, {**CHAT, "stream": True})
        assert caller.post(url, CHAT).status_code == 200
    assert emulator.faults() == []
    assert [entry.fault for entry in emulator.journal()].count("reset") == 2


@pytest.mark.parametrize("query", ["dl=1", "dl=true"])
def test_the_certificate_as_a_file(api: Api, query: str) -> None:
    made = api.create(endpoints=[api.private()])
    path = f"/deployments/{made['id']}/certificate"
    wrapped = api.ok("GET", path)
    assert api.ok("GET", path, dl="0") == wrapped
    answer = api.call("GET", f"{path}?{query}")
    assert answer.status_code == 200
    assert answer.content == base64.b64decode(wrapped["content"])
    assert answer.headers["Content-Type"].startswith(wrapped["content_type"])
    assert wrapped["name"] in answer.headers["Content-Disposition"]
