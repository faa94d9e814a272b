# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of keys that may be used from some addresses only, as conditions of IAM policies limit them."""

from __future__ import annotations

import json
import ssl
import sys
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.emulator_process import started
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.server import EmulatorServer

KEY = "5ec2e700-1111-4222-8333-444455556667"
INSIDE, OUTSIDE = "127.0.0.2", "127.0.0.3"
NETWORK = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
COMMAND = [sys.executable, "-m", "scaleway_inference_emulator", "--port", "0"]


def get(url: str, key: str | None, source: str) -> tuple[int, Any]:
    """The status and the body of the answer to a request from an address of this machine, with both headers."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port
    headers = {} if key is None else {"X-Auth-Token": key, "Authorization": f"Bearer {key}"}
    connection: HTTPConnection
    if parts.scheme == "https":
        context = ssl._create_unverified_context()
        connection = HTTPSConnection(host, port, timeout=10, source_address=(source, 0), context=context)
    else:
        connection = HTTPConnection(host, port, timeout=10, source_address=(source, 0))
    try:
        connection.request("GET", parts.path, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def deployed(api: Api, clock: ManualClock, **endpoint: Any) -> str:
    """The URL of a route of the only endpoint of a new deployment."""
    network = {"private_network": {"private_network_id": NETWORK}} if endpoint.pop("private", False) else None
    public = {"public": {}} if api.version == "v1beta1" else {"public_network": {}}
    made = api.create(endpoints=[{**(network or public), **endpoint}])
    clock.advance(3600)
    return f"{made['endpoints'][0]['url']}/v1/models"


def test_api_refuses_the_key_elsewhere(emulator: EmulatorServer, api: Api) -> None:
    emulator.reset(key_conditions={KEY: ["127.0.0.2/32"]})
    url = f"{emulator.url}/inference/{api.version}/regions/fr-par/node-types"
    assert get(url, KEY, INSIDE)[0] == 200
    status, body = get(url, KEY, OUTSIDE)
    assert (status, body["type"]) == (403, "permissions_denied")
    assert body["details"] == [{"action": "read", "resource": "node_type"}]
    # Other keys may be used from anywhere.
    assert get(url, emulator.secret_key, OUTSIDE)[0] == 200
    assert emulator.journal()[1].status == 403


def test_public_endpoint_refuses_the_key_elsewhere(emulator: EmulatorServer, api: Api, clock: ManualClock) -> None:
    emulator.reset(key_conditions={KEY: ["192.0.2.0/24", "127.0.0.2"]})
    url = deployed(api, clock)
    assert get(url, KEY, INSIDE)[0] == 200
    status, body = get(url, KEY, OUTSIDE)
    assert (status, body["error"]["code"]) == (403, "insufficient_permissions")
    assert get(url, emulator.secret_key, OUTSIDE)[0] == 200


def test_condition_is_void_where_no_key_is_needed(emulator: EmulatorServer, api: Api, clock: ManualClock) -> None:
    emulator.reset(key_conditions={KEY: ["127.0.0.2"]})
    assert get(deployed(api, clock, disable_auth=True), KEY, OUTSIDE)[0] == 200


def test_condition_is_never_met_on_a_private_endpoint(emulator: EmulatorServer, api: Api, clock: ManualClock) -> None:
    emulator.reset(key_conditions={KEY: ["127.0.0.0/8"]})
    url = deployed(api, clock, private=True)
    assert get(url, KEY, INSIDE)[0] == 403
    assert get(url, emulator.secret_key, INSIDE)[0] == 200


def test_main_key_can_have_a_condition(emulator: EmulatorServer, api: Api) -> None:
    emulator.reset(key_conditions={emulator.secret_key: ["127.0.0.2"]})
    url = f"{emulator.url}/inference/{api.version}/regions/fr-par/models"
    assert get(url, emulator.secret_key, INSIDE)[0] == 200
    assert get(url, emulator.secret_key, OUTSIDE)[0] == 403


def test_command_line() -> None:
    options = ["--key-condition", f"{KEY}=127.0.0.2", "--key-condition", f"{KEY}=192.0.2.0/24"]
    with started([*COMMAND, *options]) as (_process, variables):
        url = f"{variables['SCW_API_URL']}/inference/v1/regions/fr-par/models"
        assert [get(url, KEY, source)[0] for source in (INSIDE, OUTSIDE)] == [200, 403]
        assert get(url, variables["SCW_SECRET_KEY"], OUTSIDE)[0] == 200


@pytest.mark.parametrize("condition", [KEY, f"{KEY}=", f"{KEY}=everywhere"])
def test_wrong_conditions(condition: str, capsys: pytest.CaptureFixture[str]) -> None:
    from scaleway_inference_emulator.__main__ import main

    assert main(["--port", "0", "--key-condition", condition]) == 1
    assert "key_conditions" in capsys.readouterr().err
