# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of access by acl, fleet and the role deploy: a refusal counts only if another host gets an answer."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

DEPLOYMENT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
RULES = {"deployment": "chat", "rules": ["127.0.0.1"], "verify": "refused", "source_address": "127.0.0.2"}
PYTHON = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
HOSTS = [
    {"ansible.builtin.add_host": {"name": "inside", "ansible_connection": "local", **PYTHON}},
    {"ansible.builtin.add_host": {"name": "nowhere", "ansible_host": "127.0.0.1", "ansible_port": 1}},
]


# Only v1beta1 has access rules.
@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.parametrize("in_process", [True, False])
@pytest.mark.every_variant
def test_refusal_counts_if_another_host_gets_an_answer(
    player: Player, service: EmulatorServer, in_process: bool
) -> None:
    played = player.play(
        [
            *HOSTS,
            {"scaleway.inference.deployment": DEPLOYMENT},
            {"scaleway.inference.acl": {**RULES, "verify_host": "inside"}, "register": "saved_proven"},
            {"scaleway.inference.acl": RULES, "register": "saved_alone"},
            {"scaleway.inference.acl": {**RULES, "verify_host": "nowhere"}, "register": "saved_unreachable"},
            {"scaleway.inference.acl": {**RULES, "verify_host": "unknown"}, "register": "saved_unknown"},
            {
                "scaleway.inference.acl": {**RULES, "verify_host": "inside"},
                "async": 30,
                "poll": 1,
                "register": "saved_async",
                "ignore_errors": True,
            },
            {
                "scaleway.inference.acl": {**RULES, "rules": ["127.0.0.0/24"]},
                "register": "saved_reached",
                "ignore_errors": True,
            },
        ],
        "-v",
        vars={"scaleway_inference_in_process": in_process, "ansible_ssh_common_args": "-o ConnectTimeout=2"},
    )
    assert played.code == 0, played.output
    found = played.registered
    assert found["saved_proven"]["verification"]["result"] == "refused"
    assert found["saved_proven"]["verification"]["status"] == 403
    assert "warnings" not in found["saved_proven"]
    for name, words in (
        ("saved_alone", "name a host that the rules let in with verify_host"),
        ("saved_unreachable", "from nowhere: "),
        ("saved_unknown", "the inventory has no host 'unknown'"),
    ):
        assert found[name]["verification"]["result"] == "unproven"
        (warning,) = found[name]["warnings"]
        assert words in warning
    assert found["saved_async"]["msg"].startswith("verify_host: ")
    assert "reached, though no rule should let this address in" in found["saved_reached"]["msg"]
    assert found["saved_reached"]["changed"]
    assert service.secret_key not in played.output


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.parametrize("in_process", [True, False])
@pytest.mark.every_variant
def test_each_member_of_a_fleet_is_proved(player: Player, service: EmulatorServer, in_process: bool) -> None:
    kind = {name: DEPLOYMENT[name] for name in ("model", "node_type")}
    shared = {"rules": ["127.0.0.1"], "verify": "refused", **kind}
    options = {"name": "support", "defaults": shared, "source_address": "127.0.0.2", "verify_host": "inside"}
    refused, reached = {"name": "chat"}, {"name": "open", "rules": ["127.0.0.0/24"]}
    walk = {"scaleway.inference.fleet": {**options, "deployments": [refused, reached]}, "ignore_errors": True}
    played = player.play(
        [
            *HOSTS,
            {**walk, "check_mode": True, "register": "saved_predicted"},
            {**walk, "register": "saved_mixed"},
            {
                "scaleway.inference.fleet": {**options, "deployments": [refused], "verify_host": "nowhere"},
                "register": "saved_unreachable",
            },
            {**walk, "async": 30, "poll": 1, "register": "saved_async"},
        ],
        "-v",
        vars={"scaleway_inference_in_process": in_process, "ansible_ssh_common_args": "-o ConnectTimeout=2"},
    )
    assert played.code == 0, played.output
    found = played.registered
    assert [one["verification"] for one in found["saved_predicted"]["members"]] == [None, None]
    assert found["saved_mixed"]["failed"]
    # The failure of one member doesn't keep the other one from being proved.
    proved, failed = found["saved_mixed"]["members"]
    assert (proved["outcome"], proved["verification"]["result"]) == ("created", "refused")
    assert "the same key got HTTP 200 from inside" in proved["verification"]["msg"]
    assert (failed["outcome"], failed["verification"]["result"]) == ("failed", "answered")
    assert "open: verify: " in found["saved_mixed"]["msg"]
    (member,) = found["saved_unreachable"]["members"]
    assert member["verification"]["result"] == "unproven"
    (warning,) = found["saved_unreachable"]["warnings"]
    assert warning.startswith("chat: verify: unproven: ")
    assert "from nowhere: " in warning
    assert found["saved_async"]["msg"].startswith("verify_host: ")
    assert service.secret_key not in played.output


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_role_proves_rules_and_refuses_what_contradicts_itself(player: Player, service: EmulatorServer) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    role = {"deploy_name": "chat", "deploy_model": DEPLOYMENT["model"], "deploy_node_type": "L4"}
    role |= {"deploy_addresses": "127.0.0.1", "deploy_verify": "refused", "deploy_verify_host": "inside"}
    elsewhere = {**role, "deploy_source_address": "127.0.0.2"}

    def deploy(name: str, variables: dict[str, Any]) -> dict[str, Any]:
        failed = {"ansible.builtin.set_fact": {f"failed_{name}": "{{ ansible_failed_result.msg }}"}}
        return {
            "block": [{"ansible.builtin.include_role": {"name": "scaleway.inference.deploy"}, "vars": variables}],
            "rescue": [failed],
        }

    played = player.play(
        [
            *HOSTS,
            deploy("here", role),
            deploy("alone", {name: value for name, value in elsewhere.items() if name != "deploy_verify"}),
            {"scaleway.inference.deployment_info": {}, "register": "saved_before"},
            deploy("proved", elsewhere),
            deploy("proved_again", elsewhere),
            deploy("denied", {**elsewhere, "deploy_verify": "answered"}),
            {
                "ansible.builtin.set_fact": {
                    "failures": "{{ {'here': failed_here, 'alone': failed_alone, 'denied': failed_denied} }}",
                    "proved": "{{ failed_proved is undefined and failed_proved_again is undefined }}",
                },
                "register": "saved_ends",
            },
            {"scaleway.inference.fleet": {"name": "chat", "state": "absent"}},
        ],
        "-v",
    )
    assert played.code == 0, played.output
    ends = played.registered["saved_ends"]["ansible_facts"]
    assert "deploy_verify: this host is to be refused by chat" in ends["failures"]["here"]
    assert "deploy_verify_host: needs verify" in ends["failures"]["alone"]
    assert played.registered["saved_before"]["deployments"] == []
    assert ends["proved"]
    assert "the same key got HTTP 200 from inside" in played.output
    assert "It was to answer here" in ends["failures"]["denied"]
    assert service.secret_key not in played.output
