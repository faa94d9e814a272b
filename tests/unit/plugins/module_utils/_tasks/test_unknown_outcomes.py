# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A write that got no good answer, and whose effect can't be read afterwards, is named by the error."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    deployment,
    endpoint,
    fleet,
    model,
)
from ansible_collections.scaleway.inference.tests.support.altered_service import altered, altered_service
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
OFFICE, SERVER, OTHER = "192.0.2.0/24", "198.51.100.7", "203.0.113.7"
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


@pytest.mark.parametrize("name", ["endpoint", "deployment", "fleet"])
def test_endpoint_that_the_next_read_does_not_tell(runner: Runner, chat: str, name: str) -> None:
    asked = {"private_network_id": NETWORK}
    runner.emulator.add_fault(Fault(method="POST", path="/endpoints$", kind="status", status=503, when="after"))
    with altered_service(runner.emulator) as service:

        def change(kind: str, resource: dict[str, Any]) -> object:
            sent = any(one.method == "POST" for one in service.requests)
            return altered(resource, "endpoints.private_network", {}) if sent and kind == "deployments" else resource

        service.change = change
        runner.environ["SCW_API_URL"] = service.url
        if name == "endpoint":
            result = runner.failure(endpoint.TASK, deployment="chat", **asked)
        elif name == "deployment":
            result = runner.failure(deployment.TASK, name="chat", endpoints=[asked])
        else:
            result = runner.failure(fleet.TASK, name="f", deployments=[{"name": "chat", "endpoints": [asked]}])
            assert f"({MAY_BE_DONE}add " in result["members"][0]["error"]["msg"]
    assert "which endpoints there are" in result["msg"]
    assert f"({MAY_BE_DONE}add endpoint in private network {NETWORK})" in result["msg"]


def test_what_is_read_back_is_known(runner: Runner, chat: str) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind="reset", when="after"))
    runner.emulator.add_fault(Fault(method="DELETE", path="/acls/", kind="status", status=403))
    result = runner.failure(acl.TASK, deployment="chat", rules=[SERVER], purge_rules=True)
    assert MAY_BE_DONE not in result["msg"]


def lose_and_refuse(runner: Runner, method: str, path: str, *, when: str = "after") -> None:
    """Lose the first answer to a write, and refuse each one after it."""
    runner.emulator.add_fault(Fault(method=method, path=path, kind="reset", when=when))
    runner.emulator.add_fault(Fault(method=method, path=path, kind="status", status=403, times=99))


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("name", ["acl", "deployment", "fleet"])
def test_removal_of_a_rule_that_the_next_read_shows_is_done(runner: Runner, chat: str, name: str, retries: int) -> None:
    """Whether the request is repeated and then refused, or the next one is."""
    runner.ok(acl.TASK, deployment="chat", rules=[SERVER])
    lose_and_refuse(runner, "DELETE", "/acls/")
    options: dict[str, Any] = {"rules": [{"ip": OTHER}], "purge_rules": True, "api_retries": retries}
    if name == "acl":
        result = runner.failure(acl.TASK, deployment="chat", **options)
    elif name == "deployment":
        result = runner.failure(deployment.TASK, name="chat", **options)
    else:
        result = runner.failure(fleet.TASK, name="f", api_retries=retries, deployments=[fleet_entry(options)])
        (member,) = result["members"]
        assert any(step.startswith("remove ") for step in member["steps"])
    if name != "fleet":
        assert f"(done before this: add {OTHER}; remove {OFFICE})" in result["msg"]
    assert MAY_BE_DONE not in result["msg"]
    assert result["changed"]


def fleet_entry(options: dict[str, Any]) -> dict[str, Any]:
    return {"name": "chat", "rules": options["rules"], "purge_rules": True}


def test_addition_that_the_next_read_shows_is_done(runner: Runner, chat: str) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind="reset", when="after"))
    runner.emulator.add_fault(Fault(method="DELETE", path="/acls/", kind="status", status=403))
    result = runner.failure(acl.TASK, deployment="chat", rules=[SERVER], purge_rules=True)
    assert f"(done before this: add {SERVER})" in result["msg"]
    assert result["changed"]


def test_whole_set_that_the_next_read_shows_is_done(runner: Runner, chat: str) -> None:
    lose_and_refuse(runner, "PUT", "/acls$")
    rules = [{"ip": SERVER, "description": "x"}]
    result = runner.failure(acl.TASK, deployment="chat", rules=rules, purge_rules=True, api_retries=1)
    assert f"(done before this: add {SERVER}; remove {OFFICE})" in result["msg"]
    assert result["changed"]


def test_rule_that_no_read_shows_may_be_done(runner: Runner, chat: str) -> None:
    """A list may lag behind."""
    lose_and_refuse(runner, "POST", "/acls$", when="before")
    result = runner.failure(acl.TASK, deployment="chat", rules=[SERVER])
    assert f"({MAY_BE_DONE}add {SERVER})" in result["msg"]
    assert not result["changed"]


def test_steps_are_told_once_after_a_lost_answer(runner: Runner, chat: str) -> None:
    for when, ip in (("after", SERVER), ("before", OTHER)):
        runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind="reset", when=when))
        assert runner.ok(acl.TASK, deployment="chat", rules=[ip])["steps"] == [f"add {ip}"]


def test_change_of_a_deployment(runner: Runner, chat: str) -> None:
    """The repeated request is refused, as somebody took the permission away."""
    lose_and_refuse(runner, "PATCH", "/deployments/")
    result = runner.failure(deployment.TASK, name="chat", tags=["a"])
    assert f"({MAY_BE_DONE}update " in result["msg"]
    runner.emulator.clear_faults()
    assert not runner.ok(deployment.TASK, name="chat", tags=["a"])["changed"]


def test_deletion_of_a_deployment(runner: Runner, chat: str) -> None:
    lose_and_refuse(runner, "DELETE", "/deployments/")
    result = runner.failure(deployment.TASK, name="chat", state="absent")
    assert f"({MAY_BE_DONE}delete " in result["msg"]


def test_deletion_of_a_member_of_a_fleet(runner: Runner, chat: str) -> None:
    lose_and_refuse(runner, "DELETE", "/deployments/")
    (member,) = runner.failure(fleet.TASK, name="f", deployments=[{"name": "chat", "state": "absent"}])["members"]
    assert f"({MAY_BE_DONE}delete " in member["error"]["msg"]


def test_change_and_removal_of_an_endpoint(runner: Runner, chat: str) -> None:
    runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK)
    lose_and_refuse(runner, "PATCH", "/endpoints/")
    result = runner.failure(endpoint.TASK, deployment="chat", public=True, disable_auth=True)
    assert f"({MAY_BE_DONE}set disable_auth of public endpoint to true)" in result["msg"]
    lose_and_refuse(runner, "DELETE", "/endpoints/")
    result = runner.failure(endpoint.TASK, deployment="chat", private_network_id=NETWORK, state="absent")
    assert f"({MAY_BE_DONE}remove " in result["msg"]


def test_removal_of_a_model(runner: Runner) -> None:
    runner.environ["SCW_INFERENCE_API_VERSION"] = "v1"
    runner.ok(model.TASK, name="own", source_url="https://huggingface.co/a/b")
    lose_and_refuse(runner, "DELETE", "/models/")
    result = runner.failure(model.TASK, name="own", state="absent")
    assert f"({MAY_BE_DONE}remove model own" in result["msg"]
