# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of private endpoints, by deployment_info and by the inventory, with and without the right to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytest.importorskip("scaleway_inference_emulator.ipam", reason="this emulator has no addresses of private endpoints")

NETWORKS = ("5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001", "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c002")
MODEL = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
BOTH = [{"public": True}, {"private_network_id": NETWORKS[0]}]


@pytest.mark.slow
def test_addresses_are_read_with_one_list(player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    read: dict[str, Any] = {"scaleway.inference.deployment_info": {"private_ips": True, "order_by": "name_asc"}}
    fleet = {"name": "private", "defaults": {**MODEL, "endpoints": BOTH}, "deployments": [{"name": "a"}, {"name": "b"}]}
    played = player.play([{"scaleway.inference.fleet": fleet}, {**read, "register": "saved_found"}])
    assert played.code == 0, played.output
    addresses = [
        [endpoint["private_ips"] for endpoint in sorted(one["endpoints"], key=lambda endpoint: not endpoint["public"])]
        for one in played.registered["saved_found"]["deployments"]
    ]
    assert [len(of_private) for _of_public, of_private in addresses] == [1, 1]
    assert [of_public for of_public, _of_private in addresses] == [[], []]
    assert all("/" not in of_private[0] for _of_public, of_private in addresses)
    assert addresses[0] != addresses[1]
    assert sum(one.path.endswith("/ips") for one in service.journal()) == 1

    source = tmp_path / "scaleway_inference.yml"
    options = {"plugin": "scaleway.inference.inference", "resources": ["deployments"], "private_ips": True}
    source.write_text(yaml.safe_dump(options), encoding="utf-8")
    listed = json.loads(player.run_command(["ansible-inventory", "-i", str(source), "--list"]).out)
    host = listed["_meta"]["hostvars"]["a"]
    facts = host["scaleway_endpoints"]
    assert host["scaleway_url"] == played.registered["saved_found"]["deployments"][0]["url"]
    assert [host["scaleway_url"]] == [one["url"] for one in facts if one["public"]]
    assert [one["private_ips"] for one in facts if not one["public"]] == [addresses[0][1]]

    # What was returned may be given back.
    again = {**fleet, "deployments": "{{ saved_found.deployments }}"}
    denied = Fault(method="GET", path="/ips$", kind="status", status=403, type="permissions_denied")
    service.add_fault(denied)
    played = player.play(
        [
            {**read, "register": "saved_found"},
            {"scaleway.inference.fleet": again, "register": "saved_fleet"},
        ]
    )
    assert played.code == 0, played.output
    assert "private_ips: this key may not read the addresses" in " ".join(played.output.split())
    found = played.registered["saved_found"]
    assert {one["private_ips"] is None for two in found["deployments"] for one in two["endpoints"]} == {True, False}
    assert not played.registered["saved_fleet"]["changed"]


@pytest.mark.slow
def test_hosts_entry_names_the_address_and_the_url_keeps_the_name(
    player: Player, service: EmulatorServer, tmp_path: Path
) -> None:
    service.reset(endpoints="service")
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n", encoding="utf-8")
    client = {
        "client_config_deployment": "chat",
        "client_config_dir": str(tmp_path / "app"),
        "client_config_key_variable": "OPENAI_KEY",
        "client_config_validate": False,
        "client_config_hosts_entry": True,
        "client_config_hosts_file": str(hosts),
    }
    deploy = {
        "deploy_name": "chat",
        "deploy_model": MODEL["model"],
        "deploy_node_type": MODEL["node_type"],
        "deploy_endpoints": [{"private_network_id": NETWORKS[0]}],
        "deploy_private_only": True,
        "deploy_smoke_test": False,
    }
    configure = {"ansible.builtin.include_role": {"name": "scaleway.inference.client_config"}, "vars": client}
    played = player.play(
        [
            {"ansible.builtin.include_role": {"name": "scaleway.inference.deploy"}, "vars": deploy},
            configure,
            {
                "ansible.builtin.set_fact": {"saved_url": "{{ scaleway_inference_endpoints.chat.url }}"},
                "register": "saved_endpoint",
            },
            configure,
        ]
    )
    assert played.code == 0, played.output
    url = played.registered["saved_endpoint"]["ansible_facts"]["saved_url"]
    lines = hosts.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    address, name = lines[1].split()
    assert url == f"https://{name}"
    assert "/" not in address
    env_file = (tmp_path / "app" / "openai.env").read_text(encoding="utf-8")
    assert f"OPENAI_BASE_URL={url}/v1\n" in env_file
    assert address not in env_file
