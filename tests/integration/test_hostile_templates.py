# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A template in what the service says is never evaluated: in results, in messages, in facts and in those of roles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

CHAT = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1"])
@pytest.mark.parametrize("in_process", [True, False], ids=["action", "module"])
def test_template_of_the_service_is_text(
    player: Player, service: EmulatorServer, tmp_path: Path, in_process: bool
) -> None:
    trap = tmp_path / "sprung"
    evil = f"{{{{ lookup('pipe', 'touch {trap}') }}}}{{% set x = lookup('pipe', 'touch {trap}') %}}"
    made = player.play([{"scaleway.inference.deployment": CHAT, "register": "saved_made"}])
    deployment = made.registered["saved_made"]["deployment"]
    service.force_status(deployment["id"], "error", error_message=evil, tags=[evil], model_name=evil)
    refusal = json.dumps({"type": "invalid_arguments", "message": evil, "details": [{"argument_name": evil}]})
    service.add_fault(Fault(method="GET", path="/node-types$", kind="status", status=400, body=refusal, times=99))
    show: dict[str, Any] = {"msg": "{{ saved_found.deployments[0].tags[0] }} {{ saved_failed.msg }} {{ copied }}"}
    played = player.play(
        [
            {"scaleway.inference.deployment_info": {"deployment": "chat"}, "register": "saved_found"},
            {
                "scaleway.inference.node_type_info": {},
                "register": "saved_failed",
                "failed_when": False,
            },
            {"ansible.builtin.set_fact": {"copied": "{{ saved_found.deployments[0].error_message }}"}},
            {"ansible.builtin.debug": show},
            {"ansible.builtin.debug": {"var": "saved_failed.error"}},
            {
                "ansible.builtin.assert": {
                    "that": ["saved_found.deployments | length == 1"],
                    "success_msg": "{{ saved_found.deployments[0] | to_json }}",
                }
            },
            {
                "block": [
                    {
                        "ansible.builtin.include_role": {"name": "scaleway.inference.deploy"},
                        "vars": {
                            "deploy_name": "chat",
                            "deploy_model": CHAT["model"],
                            "deploy_node_type": "L4",
                        },
                    }
                ],
                "rescue": [{"ansible.builtin.debug": {"msg": "role: {{ ansible_failed_result.msg }}"}}],
            },
        ],
        vars={"scaleway_inference_in_process": in_process},
    )
    assert played.code == 0, played.output
    assert not trap.exists()
    assert played.registered["saved_found"]["deployments"][0]["tags"] == [evil]
    assert evil in played.registered["saved_failed"]["msg"]
    assert "role: " in played.output
    assert "lookup('pipe'" in played.output
