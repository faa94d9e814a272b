# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the list of addresses (IPAM): one for each private endpoint, for keys that may read them."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import TIMEOUT, Api
from scaleway_inference_emulator.config import Config, Key
from scaleway_inference_emulator.server import EmulatorServer

NETWORK = "9e700000-0000-4000-8000-000000000001"
OTHER_NETWORK = "9e700000-0000-4000-8000-000000000002"
UNKNOWN = "11111111-2222-4333-8444-555555555555"


def get(emulator: EmulatorServer, key: str | None = None, **params: Any) -> requests.Response:
    url = f"{emulator.url}/ipam/v1/regions/fr-par/ips"
    headers = {"X-Auth-Token": key or emulator.secret_key}
    return requests.get(url, params=params, headers=headers, timeout=TIMEOUT)


def ips(emulator: EmulatorServer, **params: Any) -> list[dict[str, Any]]:
    answer = get(emulator, **params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total_count"] >= len(body["ips"])
    return list(body["ips"])


def test_an_address_as_recorded(api: Api, emulator: EmulatorServer) -> None:
    made = api.create(endpoints=[{api.public: {}}, api.private(NETWORK)])
    query = {
        "resource_id": made["id"],
        "resource_type": "llm_deployment",
        "private_network_id": NETWORK,
        "project_id": emulator.project_id,
        "order_by": "created_at_desc",
    }
    (found,) = ips(emulator, **query)
    interface = ipaddress.IPv4Interface(found["address"])
    assert (interface.network.prefixlen, interface.is_private) == (22, True)
    assert found == {
        "id": found["id"],
        "address": str(interface),
        "is_ipv6": False,
        "project_id": emulator.project_id,
        "region": "fr-par",
        "zone": None,
        "source": {"subnet_id": found["source"]["subnet_id"]},
        "resource": {
            "id": made["id"],
            "type": "llm_deployment",
            "name": "chat",
            "mac_address": found["resource"]["mac_address"],
        },
        "tags": [],
        "reverses": [],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def test_addresses_stay_and_differ(api: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    made = [api.create(name=f"d{number}", endpoints=[api.private(NETWORK)]) for number in range(6)]
    first = {each["resource"]["id"]: each["address"] for each in ips(emulator)}
    assert len(set(first.values())) == 6
    assert len({ipaddress.ip_interface(address).network for address in first.values()}) == 1
    clock.advance(3600)
    api.ok("PATCH", f"/deployments/{made[3]['id']}", {"name": "renamed"})
    api.ok("DELETE", f"/deployments/{made[0]['id']}")
    clock.advance(3600)
    after = {each["resource"]["id"]: each["address"] for each in ips(emulator)}
    assert after == {key: address for key, address in first.items() if key != made[0]["id"]}
    assert [each["resource"]["name"] for each in ips(emulator, resource_id=made[3]["id"])] == ["renamed"]


def test_filters_order_and_pages(api: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.configure(projects=[UNKNOWN])
    one = api.create(name="one", endpoints=[api.private(NETWORK), api.private(OTHER_NETWORK)])["id"]
    clock.advance(1)
    api.create(name="two", endpoints=[api.private(NETWORK)], project_id=UNKNOWN)

    def names(**params: Any) -> list[str]:
        return [each["resource"]["name"] for each in ips(emulator, **params)]

    assert names() == ["two", "one", "one"]
    assert names(order_by="created_at_asc") == ["one", "one", "two"]
    assert names(page=2, page_size=2) == ["one"]
    assert names(private_network_id=OTHER_NETWORK) == ["one"]
    assert names(resource_id=one, private_network_id=NETWORK) == ["one"]
    assert names(project_id=UNKNOWN) == ["two"]
    assert names(resource_type="instance_server") == []
    assert get(emulator, private_network_id="mine").status_code == 400


@pytest.mark.parametrize("project", [None, "own"])
def test_a_key_without_the_right(api: Api, emulator: EmulatorServer, clock: ManualClock, project: str | None) -> None:
    emulator.reset(clock=clock, keys={"no ipam": Key(ipam=False)})
    limited = Api(emulator, api.version, "no ipam")
    limited.create(endpoints=[limited.private(NETWORK)])
    query = {"project_id": emulator.project_id} if project else {}
    assert len(ips(emulator, **query)) == 1
    answer = get(emulator, "no ipam", **query)
    if project:
        assert (answer.status_code, answer.json()["type"]) == (403, "permissions_denied")
        assert answer.json()["details"] == [{"resource": "ip", "action": "read"}]
    else:
        assert (answer.status_code, answer.json()) == (200, {"ips": [], "total_count": 0})


def test_the_secret_key_can_be_without_the_right(emulator: EmulatorServer) -> None:
    emulator.reset(keys={emulator.secret_key: Key(ipam=False)})
    assert get(emulator, project_id=emulator.project_id).status_code == 403


def test_other_keys_and_projects(emulator: EmulatorServer) -> None:
    assert get(emulator, "unknown").status_code == 401
    assert get(emulator, project_id=UNKNOWN).status_code == 403


def test_addresses_survive_a_restart(tmp_path: Path) -> None:
    found = []
    for turn in range(2):
        with EmulatorServer(Config(state=str(tmp_path / "state.sqlite"))) as server:
            api = Api(server, "v1")
            if turn == 0:
                api.create(endpoints=[api.private(NETWORK)])
            found.append(ips(server))
    assert found[0] == found[1]
