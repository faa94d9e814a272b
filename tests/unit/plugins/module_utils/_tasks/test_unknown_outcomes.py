# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A write that got no good answer, and whose effect can't be read afterwards, is named by the error."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment, endpoint, fleet
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
OFFICE, SERVER = "192.0.2.0/24", "198.51.100.7"
MAY_BE_DONE = "no good answer came to this, so it may be done: "


@pytest.fixture
def api_version() -> str:
    """The version that has access rules."""
    return "v1beta1"


@pytest.fixture
def chat(runner: Runner) -> str:
    """The ID of a ready deployment with one access rule."""
    made = runner.ok(deployment.TASK, **CHAT, rules=[OFFICE])["deployment"]
    return str(made["id"])


def lose(runner: Runner, method: str, path: str, then: str, *, skip: int) -> None:
    """Lose the answers to a write that has its effect, and fail the reads after it. C(skip): reads before it."""
    runner.emulator.add_fault(Fault(method=method, path=path, kind="reset", when="after", times=9))
    runner.emulator.add_fault(Fault(method="GET", path=then, kind="status", status=503, skip=skip, times=9))


def test_rule_that_may_be_removed(runner: Runner, chat: str) -> None:
    lose(runner, "DELETE", "/acls/", "/acls$", skip=1)
    result = runner.failure(acl.TASK, deployment="chat", rules=[SERVER], purge_rules=True)
    assert f"(done before this: add {SERVER}) ({MAY_BE_DONE}remove {OFFICE})" in result["msg"]
    assert result["changed"]
    runner.emulator.clear_faults()
    assert [one["ip"] for one in runner.ok(acl.TASK, deployment="chat", rules=[SERVER])["rules"]] == [SERVER]


def test_rules_of_a_deployment(runner: Runner, chat: str) -> None:
    lose(runner, "POST", "/acls$", "/acls$", skip=1)
    result = runner.failure(deployment.TASK, name="chat", rules=[SERVER])
    assert f"{MAY_BE_DONE}add {SERVER})" in result["msg"]
    runner.emulator.clear_faults()
    assert not runner.ok(deployment.TASK, name="chat", rules=[SERVER])["changed"]


def test_rules_of_a_member_of_a_fleet(runner: Runner, chat: str) -> None:
    lose(runner, "POST", "/acls$", "/acls$", skip=1)
    result = runner.failure(fleet.TASK, name="f", deployments=[{"name": "chat", "rules": [SERVER]}])
    (member,) = result["members"]
    assert f"{MAY_BE_DONE}add {SERVER})" in member["error"]["msg"]
    assert f"{MAY_BE_DONE}add {SERVER})" in result["msg"]


def test_endpoint(runner: Runner, chat: str) -> None:
    lose(runner, "POST", "/endpoints$", f"/deployments/{chat}$", skip=0)
    result = runner.failure(endpoint.TASK, deployment="chat", private_network_id=NETWORK)
    assert f"({MAY_BE_DONE}add " in result["msg"]
    assert NETWORK in result["msg"].partition(MAY_BE_DONE)[2]
    runner.emulator.clear_faults()
    assert not runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK)["changed"]


def test_what_is_read_back_is_known(runner: Runner, chat: str) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind="reset", when="after"))
    runner.emulator.add_fault(Fault(method="DELETE", path="/acls/", kind="status", status=403))
    result = runner.failure(acl.TASK, deployment="chat", rules=[SERVER], purge_rules=True)
    assert MAY_BE_DONE not in result["msg"]
