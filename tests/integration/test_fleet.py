# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large fleet in one task: failures are named, and the next run creates only what is missing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

COUNT = 50
FLEET: dict[str, Any] = {
    "name": "support",
    "defaults": {
        "model": "mistral/mistral-7b-instruct-v0.3:bf16",
        "node_type": "L4",
        "endpoints": [{"public": True}, {"private_network_id": "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"}],
        "rules": [{"ip": f"192.0.2.{number}"} for number in range(1, 6)],
    },
    "deployments": [{"name": f"chat-{number}"} for number in range(COUNT)],
}


def fleet(**options: Any) -> dict[str, Any]:
    return {
        "name": "Run the fleet",
        "scaleway.inference.fleet": {**FLEET, **options},
        "register": "saved_fleet",
        "ignore_errors": True,
    }


@pytest.fixture
def api_version() -> str:
    """The version that has rules."""
    return "v1beta1"


def test_one_of_fifty_has_no_stock(player: Player, service: EmulatorServer) -> None:
    service.configure(latency=0.05)
    service.add_fault(
        Fault(
            method="POST",
            path="/deployments$",
            kind="status",
            status=503,
            body='{"type":"out_of_stock"}',
            skip=COUNT // 2,
        )
    )
    first = player.play([fleet()])
    result = first.registered["saved_fleet"]
    assert result["counts"] == {"created": COUNT - 1, "failed": 1}
    (failed,) = (member for member in result["members"] if member["outcome"] == "failed")
    assert failed["name"] in result["msg"]
    assert failed["error"]["type"] == "out_of_stock"
    assert {service.status(one.id) for one in service.deployments()} == {"ready"}
    assert len(service.deployments()) == COUNT - 1
    summaries = [line for line in first.output.splitlines() if "=> fleet support: " in line]
    assert f"{COUNT - 1}/{COUNT} ready, 1 failed" in summaries[-1]

    service.clear_journal()
    second = player.play([fleet()])
    completed = second.registered["saved_fleet"]
    assert completed["counts"] == {"unchanged": COUNT - 1, "created": 1}
    made = [one for one in service.journal() if one.method == "POST" and one.path.endswith("/deployments")]
    assert len(made) == 1

    service.clear_journal()
    third = player.play([{key: value for key, value in fleet().items() if key != "register"}])
    assert "changed=0 " in third.recap
    assert Counter(one.method for one in service.journal()) == {"GET": 1 + COUNT}
    assert all(len(member["rules"]) == 5 for member in completed["members"])


def test_a_plan_for_fifty_stays_readable(player: Player, service: EmulatorServer) -> None:
    service.configure(creating=0, deploying=0)
    assert player.play([fleet()]).code == 0
    changed = [*FLEET["deployments"][1:], {"name": "chat-0", "tags": ["new"]}]
    played = player.play([fleet(deployments=changed)], "--check", "--diff")
    diff = [line for line in played.output.splitlines() if line[:1] in ("+", "-")]
    assert diff[:2] == ["--- before: fleet support (49 unchanged)", "+++ after: fleet support (49 unchanged)"]
    assert 1 <= len(diff[2:]) <= 5
