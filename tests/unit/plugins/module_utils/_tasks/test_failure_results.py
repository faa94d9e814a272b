# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed task returns its deployment or model as it was last seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    acl_info,
    chat_completion,
    deployment,
    deployment_certificate_info,
    embedding,
    endpoint,
    fleet,
    model,
)
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
CHAT: dict[str, Any] = {"name": "chat", "model": MODEL, "node_type": "L4"}
OWN: dict[str, Any] = {"name": "coder", "source_url": "https://huggingface.co/agentica-org/DeepCoder-14B-Preview"}
QUESTION: dict[str, Any] = {"deployment": "chat", "messages": [{"role": "user", "content": "Hello"}]}
FORBIDDEN = {"kind": "status", "status": 403, "times": 1000}

Break = Callable[[Runner, str], object]


@pytest.fixture
def chat(runner: Runner) -> str:
    """The ID of a ready deployment."""
    return str(runner.ok(deployment.TASK, **CHAT)["deployment"]["id"])


def force(status: str) -> Break:
    return lambda runner, deployment_id: runner.emulator.force_status(deployment_id, status)


def forbid(method: str, path: str) -> Break:
    return lambda runner, _id: runner.emulator.add_fault(Fault(method=method, path=path, **FORBIDDEN))


def nothing(_runner: Runner, _id: str) -> None:
    """Change nothing: the options make the task fail."""


RECREATED = {**CHAT, "node_type": "L40S", "on_immutable_change": "recreate"}


def recreated(runner: Runner) -> dict[str, Any]:
    """Options of a recreation, with what it has to declare in v1."""
    v1 = runner.environ["SCW_INFERENCE_API_VERSION"] == "v1"
    return {**RECREATED, "rules": [], **({"quantization_bits": 16} if v1 else {})}


FAILURES = [
    pytest.param(deployment.TASK, CHAT, force("error"), "error", id="unchanged-in-error"),
    pytest.param(deployment.TASK, CHAT, force("locked"), "locked", id="unchanged-and-locked"),
    pytest.param(deployment.TASK, {**CHAT, "check_mode": True}, force("error"), "error", id="check-mode-in-error"),
    pytest.param(deployment.TASK, {**CHAT, "node_type": "L40S"}, nothing, "ready", id="immutable-change"),
    pytest.param(deployment.TASK, {**CHAT, "endpoints": []}, nothing, "ready", id="endpoints-refused"),
    pytest.param(deployment.TASK, {**RECREATED, "model": "nobody/none"}, nothing, "ready", id="unknown-model"),
    pytest.param(endpoint.TASK, {"deployment": "chat", "public": True, "state": "absent"}, nothing, "ready", id="last"),
    pytest.param(
        endpoint.TASK,
        {"deployment": "chat", "public": True, "disable_auth": True},
        force("locked"),
        "locked",
        id="busy",
    ),
    pytest.param(deployment_certificate_info.TASK, {"deployment": "chat"}, nothing, "ready", id="no-certificate"),
    pytest.param(chat_completion.TASK, QUESTION, force("deploying"), "deploying", id="not-ready"),
    pytest.param(embedding.TASK, {"deployment": "chat", "input": ["a"]}, force("error"), "error", id="broken"),
]


@pytest.mark.parametrize(("task", "options", "disturb", "status"), FAILURES)
def test_failure_returns_the_deployment(
    runner: Runner, chat: str, task: TaskSpec, options: dict[str, Any], disturb: Break, status: str
) -> None:
    disturb(runner, chat)
    seen = runner.failure(task, **options)["deployment"]
    assert (seen["id"], seen["name"], seen["status"]) == (chat, "chat", status)


@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.parametrize(
    ("task", "options", "disturb", "status"),
    [
        (acl.TASK, {"deployment": "chat", "rules": [{"ip": "192.0.2.0/24"}]}, force("error"), "error"),
        (acl.TASK, {"deployment": "chat", "rules": [{"ip": "nowhere"}]}, nothing, None),
        (acl_info.TASK, {"deployment": "chat"}, forbid("GET", "/acls"), "ready"),
    ],
)
def test_failure_about_rules_returns_the_deployment(
    runner: Runner, chat: str, task: TaskSpec, options: dict[str, Any], disturb: Break, status: str | None
) -> None:
    disturb(runner, chat)
    seen = runner.failure(task, **options)["deployment"]
    assert (seen and seen["status"]) == status


def test_failed_renaming_returns_the_deployment_to_rename(runner: Runner, chat: str) -> None:
    runner.ok(deployment.TASK, **{**CHAT, "name": "other"})
    assert runner.failure(deployment.TASK, id=chat, name="other")["deployment"]["id"] == chat


def test_wait_that_times_out_returns_the_newest_status(runner: Runner) -> None:
    runner.emulator.configure(creating=60, deploying=600)
    seen = runner.failure(deployment.TASK, **CHAT, wait_timeout=300)["deployment"]
    assert seen["status"] == "deploying"
    other = runner.ok(deployment.TASK, **{**CHAT, "name": "other"}, wait=False)["deployment"]
    assert other["status"] == "creating"
    desired = {"deployment": "other", "private_network_id": "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001", "wait_timeout": 300}
    busy = runner.failure(endpoint.TASK, **desired)["deployment"]
    assert (busy["id"], busy["status"]) == (other["id"], "deploying")


def test_failure_without_a_deployment_returns_null(runner: Runner) -> None:
    assert runner.failure(deployment.TASK, name="chat", tags=["a"])["deployment"] is None
    assert runner.failure(deployment.TASK, **{**CHAT, "secret_key": "wrong"})["deployment"] is None
    assert runner.failure(endpoint.TASK, deployment="chat", public=True)["deployment"] is None
    runner.environ["SCW_SECRET_KEY"] = ""
    assert runner.failure(deployment.TASK, **CHAT)["deployment"] is None


def test_recreation_without_any_deployment_returns_null(runner: Runner, chat: str) -> None:
    forbid("POST", "/deployments$")(runner, chat)
    result = runner.failure(deployment.TASK, **recreated(runner))
    assert (result["deployment"], result["changed"]) == (None, True)


class Disturbing(list[str]):
    """Progress lines; the first that contains C(part) calls a function at once."""

    def __init__(self, part: str, happen: Callable[[], object]) -> None:
        super().__init__()
        self._part = part
        self._happen: Callable[[], object] | None = happen

    def append(self, line: str) -> None:
        super().append(line)
        if self._happen is not None and self._part in line:
            happen, self._happen = self._happen, None
            happen()


@pytest.mark.parametrize("module", ["deployment", "fleet"])
def test_failed_deletion_returns_the_newest_status(runner: Runner, module: str) -> None:
    (member,) = runner.ok(fleet.TASK, name="support", deployments=[CHAT])["members"]
    made = member["deployment"]["id"]
    runner.emulator.configure(deleting=600)
    runner.progress = Disturbing("chat: deleting", lambda: runner.emulator.force_status(made, "error"))
    if module == "deployment":
        seen = runner.failure(deployment.TASK, name="chat", state="absent")["deployment"]
    else:
        seen = runner.failure(fleet.TASK, name="support", state="absent")["members"][0]["deployment"]
    assert (seen["id"], seen["status"]) == (made, "error")


@pytest.mark.parametrize("api_version", ["v1"])
def test_failure_returns_the_model(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/models", kind="fail_provisioning", message="no such file"))
    broken = runner.failure(model.TASK, **OWN)["model"]
    assert broken["status"] == "error"
    for options in ({}, {"check_mode": True}):
        again = runner.failure(model.TASK, **OWN, **options)["model"]
        assert (again["id"], again["status"]) == (broken["id"], "error")
    public = runner.failure(model.TASK, name=MODEL, state="absent")["model"]
    assert public["is_public"]
    forbid("DELETE", "/models/")(runner, "")
    assert runner.failure(model.TASK, name="coder", state="absent")["model"]["id"] == broken["id"]
    assert runner.failure(model.TASK, name="new")["model"] is None


# Progress lines


@pytest.mark.parametrize("module", ["deployment", "fleet"])
def test_created_id_is_reported_before_the_next_request(runner: Runner, module: str) -> None:
    # The first list finds nothing; whatever is asked after the creation fails.
    runner.emulator.add_fault(Fault(method="GET", path="/deployments", skip=1, **FORBIDDEN))
    task, options = {
        "deployment": (deployment.TASK, CHAT),
        "fleet": (fleet.TASK, {"name": "f", "deployments": [CHAT]}),
    }[module]
    runner.failure(task, **options)
    (made,) = runner.emulator.deployments()
    assert f"deployment chat: created {made.id}" in runner.progress


def test_recreated_id_is_reported(runner: Runner, chat: str) -> None:
    new = runner.ok(deployment.TASK, **recreated(runner))["deployment"]["id"]
    lines = [line for line in runner.progress if ": created " in line]
    assert lines == [f"deployment chat: created {chat}", f"deployment chat: created {new}"]


@pytest.mark.parametrize("api_version", ["v1"])
def test_imported_id_is_reported(runner: Runner) -> None:
    made = runner.ok(model.TASK, **OWN)["model"]
    assert runner.progress[0] == f"model coder: created {made['id']}"


def test_id_after_a_lost_answer_is_reported_once_found(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind="reset", when="after"))
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]
    assert f"deployment chat: {made['id']} has appeared, most likely by this creation" in runner.progress
