# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option verify of acl: a refusal counts only if the same key gets an answer from another host."""

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
