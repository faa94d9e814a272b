# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook shows where the service or an endpoint refuses, in each of the forms that were seen."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

CHAT = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
DENIED = '{"type": "permissions_denied", "message": "no", "details": [{"resource": "node", "action": "list"}]}'
UNKNOWN = "11111111-1111-4111-8111-111111111111"
QUOTA = (
    '{"type": "quotas_exceeded", "message": "no", "details": [{"resource": "deployments", "quota": 2, "current": 2}]}'
)


def refusal(method: str, path: str, status: int, body: str) -> Fault:
    return Fault(method=method, path=path, kind="status", status=status, body=body, times=1)


@pytest.mark.parametrize(
    "in_process", [pytest.param(True, id="action"), pytest.param(False, id="module", marks=pytest.mark.slow)]
)
def test_refusals_say_what_to_do(player: Player, service: EmulatorServer, api_version: str, in_process: bool) -> None:
    service.configure(unknown_model_status=422, unknown_key_status=403, error_shape="vllm", reasoning_tokens=2000)
    service.add_fault(refusal("GET", "/node-types$", 403, DENIED))
    service.add_fault(refusal("POST", "/deployments$", 403, QUOTA))
    service.add_fault(refusal("GET", "/acls$", 404, '{"message": "no such route"}'))
    ask: dict[str, Any] = {"deployment": "chat", "prompt": "Are you there?", "max_tokens": 5}
    tasks: dict[str, dict[str, Any]] = {
        "denied": {"node_type_info": {}},
        "quota": {"deployment": CHAT},
        "made": {"deployment": CHAT},
        "gone": {"acl_info": {"deployment": "chat"}},
        "unknown": {"chat_completion": {**ask, "model": "vendor/unknown"}},
        "closed": {
            "chat_completion": {
                "url": "{{ saved_made.deployment.url }}",
                "model": "x",
                "prompt": "?",
                "secret_key": UNKNOWN,
            }
        },
        "cut": {"chat_completion": ask},
        "smoke": {"smoke_test": {"deployment": "chat", "kind": "chat"}},
    }
    played = player.play(
        [
            {
                **{f"scaleway.inference.{module}": options for module, options in task.items()},
                "register": f"saved_{name}",
                "ignore_errors": True,
            }
            for name, task in tasks.items()
        ],
        vars={"scaleway_inference_in_process": in_process},
    )
    found = {name.removeprefix("saved_"): result for name, result in played.registered.items()}
    assert played.code == 0, played.output
    assert {name for name, result in found.items() if not result.get("failed")} == {"made", "cut", "smoke"}
    denied, quota, gone = (found[name]["msg"] for name in ("denied", "quota", "gone"))
    assert "GenerativeApisFullAccess (older name: InferenceFullAccess)" in denied
    assert "list on node" in denied
    assert "deployments: 2 used of a quota of 2" in quota
    assert "permission" not in quota
    if api_version == "v1beta1":
        assert "private_only: true" in gone
    assert "IAM policy" in gone
    assert found["unknown"]["error"]["status"] == 422
    assert found["unknown"]["error"]["served"] == [CHAT["model"]]
    assert CHAT["model"] in found["unknown"]["msg"]
    assert found["closed"]["error"]["status"] == 403
    assert "refused the secret key (api key not found)" in found["closed"]["msg"]
    # A model that reasons first may be cut short before it says anything.
    for name in ("cut", "smoke"):
        assert found[name]["content"] is None
        assert "gave no text (finish_reason: length)" in found[name]["warnings"][0]
    assert found["smoke"]["answers"] == 1
