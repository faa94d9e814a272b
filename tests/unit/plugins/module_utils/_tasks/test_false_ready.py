# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A changed deployment counts as ready once the change is deployed, not when v1 says so for a moment before."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.chat_completion import TASK as CHAT
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment import TASK as DEPLOYMENT
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.endpoint import TASK as ENDPOINT
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.fleet import TASK as FLEET
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
CHAT_ENTRY: dict[str, Any] = {"name": "chat", "model": MODEL, "node_type": "L4"}
CHANGES: dict[str, dict[str, Any]] = {
    "tags": {"tags": ["new"]},
    "size": {"min_size": 2, "max_size": 2},
}


@pytest.fixture
def chat(emulator: EmulatorServer, clock: ManualClock) -> Runner:
    """A runner for v1, with a deployment that has been ready for an hour."""
    emulator.configure(creating=0, deploying=0)
    runner = Runner(emulator, clock, {"SCW_INFERENCE_API_VERSION": "v1", "HOME": "/nonexistent"})
    runner.ok(DEPLOYMENT, **CHAT_ENTRY)
    clock.advance(3600)
    return runner


def assert_stays_ready(runner: Runner, name: str = "chat") -> None:
    """Assert that the deployment answers now, and half a minute later too."""
    for _time in range(2):
        assert runner.ok(CHAT, deployment=name, prompt="Hello")["content"]
        runner.clock.advance(30)


@pytest.mark.real_durations
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_deployment(chat: Runner, change: dict[str, Any]) -> None:
    begin = chat.clock.monotonic()
    changed = chat.ok(DEPLOYMENT, **CHAT_ENTRY, **change)
    assert changed["deployment"]["status"] == "ready"
    assert chat.clock.monotonic() - begin >= 122
    assert_stays_ready(chat)


def test_new_name(chat: Runner) -> None:
    found = chat.ok(DEPLOYMENT, **CHAT_ENTRY)["deployment"]
    chat.ok(DEPLOYMENT, id=found["id"], name="renamed")
    assert_stays_ready(chat, "renamed")


def test_fleet(chat: Runner) -> None:
    entries = [CHAT_ENTRY, {**CHAT_ENTRY, "name": "code"}]
    chat.ok(FLEET, name="all", deployments=entries)
    changed = chat.ok(FLEET, name="all", deployments=entries, defaults={"tags": ["new"]})
    assert {member["deployment"]["status"] for member in changed["members"]} == {"ready"}
    for name in ("chat", "code"):
        assert_stays_ready(chat, name)


def test_change_and_endpoint_at_once(chat: Runner) -> None:
    endpoints = [{"public": True}, {"private_network_id": "11111111-1111-4111-8111-111111111111"}]
    chat.ok(DEPLOYMENT, **CHAT_ENTRY, endpoints=endpoints, tags=["new"])
    assert_stays_ready(chat)


@pytest.mark.parametrize("seconds", [0, 1.9, 2, 60])
def test_endpoint_of_a_deployment_that_another_run_changed(chat: Runner, seconds: float) -> None:
    chat.ok(DEPLOYMENT, **CHAT_ENTRY, tags=["new"], wait=False)
    chat.clock.advance(seconds)
    chat.ok(ENDPOINT, deployment="chat", public=True, disable_auth=True)
    assert_stays_ready(chat)


def test_ready_without_a_newer_time_stamp_counts_after_ten_seconds(chat: Runner) -> None:
    """As with a service whose answer to the change has the time stamp of its end: only the duration proves it."""
    chat.emulator.configure(false_ready=3600)
    begin = chat.clock.monotonic()
    chat.ok(DEPLOYMENT, **CHAT_ENTRY, tags=["new"])
    assert 10 <= chat.clock.monotonic() - begin < 15


def test_answer_that_is_ready_already(chat: Runner) -> None:
    chat.emulator.configure(updating=0)
    begin = chat.clock.monotonic()
    chat.ok(DEPLOYMENT, **CHAT_ENTRY, tags=["new"])
    assert chat.clock.monotonic() == begin


def test_timeout_says_what_is_waited_for(chat: Runner) -> None:
    chat.emulator.configure(false_ready=3600)
    failed = chat.failure(DEPLOYMENT, **CHAT_ENTRY, tags=["new"], wait_timeout=5)
    assert "chat is still ready (unconfirmed) after 5s" in failed["msg"]
    assert "run again" in failed["msg"]


def test_no_wait(chat: Runner) -> None:
    begin = chat.clock.monotonic()
    assert chat.ok(DEPLOYMENT, **CHAT_ENTRY, tags=["new"], wait=False)["changed"]
    assert chat.clock.monotonic() == begin


def test_a_change_that_fails_to_deploy(chat: Runner) -> None:
    chat.emulator.add_fault(Fault("PATCH", "/deployments/", "fail_provisioning", message="no node"))
    failed = chat.failure(DEPLOYMENT, **CHAT_ENTRY, tags=["new"])
    assert "no node" in failed["msg"]


def test_progress(chat: Runner) -> None:
    chat.progress.clear()
    chat.ok(DEPLOYMENT, **CHAT_ENTRY, tags=["new"])
    statuses = [line.removeprefix("deployment chat: ").rsplit(" (", 1)[0] for line in chat.progress]
    assert list(dict.fromkeys(statuses)) == ["ready (unconfirmed)", "deploying", "ready"]


def test_v1beta1_is_believed_at_once(emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.configure(creating=0, deploying=0)
    runner = Runner(emulator, clock, {"SCW_INFERENCE_API_VERSION": "v1beta1", "HOME": "/nonexistent"})
    runner.ok(DEPLOYMENT, **CHAT_ENTRY)
    begin = clock.monotonic()
    assert runner.ok(DEPLOYMENT, **CHAT_ENTRY, tags=["new"])["changed"]
    assert clock.monotonic() == begin
    assert_stays_ready(runner)
