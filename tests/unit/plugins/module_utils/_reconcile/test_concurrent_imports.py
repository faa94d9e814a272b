# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Concurrent imports of one model leave only one, whether or not the service keeps names unique."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.model import TASK
from ansible_collections.scaleway.inference.tests.support.clock import ScriptedClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

OWN: dict[str, Any] = {"name": "coder", "source_url": "https://models.example/coder"}


@pytest.fixture
def api_version() -> str:
    return "v1"


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
def emulator(emulator_server: EmulatorServer, clock: ScriptedClock) -> EmulatorServer:
    emulator_server.reset(clock=clock, list_lag=25, preparing=60, downloading=600)
    return emulator_server


def models(runner: Runner) -> list[str]:
    return [one.id for one in runner.emulator.models("coder")]


def concurrent(runner: Runner) -> str:
    """Import a model as another run, so recently that lists don't show it; return its ID."""
    runner.emulator.configure(list_lag=0)
    made = runner.ok(TASK, **OWN, wait=False)["model"]
    # The second read of that run took time; lists lag by more than that.
    runner.emulator.configure(list_lag=25)
    runner.emulator.clear_journal()
    runner.progress.clear()
    return str(made["id"])


@pytest.mark.parametrize("wait", [True, False])
def test_refusal_as_another_run_took_the_name_is_no_failure(runner: Runner, wait: bool) -> None:
    other = concurrent(runner)
    result = runner.ok(TASK, **OWN, wait=wait)
    assert result["model"]["id"] == other
    assert (result["changed"], result["steps"]) == (False, [])
    assert result["diff"]["before"] == result["diff"]["after"]
    assert models(runner) == [other]
    assert runner.writes() == ["POST /models"]
    assert any("checking whether another run was first" in line for line in runner.progress)


def test_refusals_for_other_reasons_fail_at_once(runner: Runner, clock: ScriptedClock) -> None:
    body = '{"type":"invalid_arguments","details":[{"argument_name":"source.url","reason":"format"}]}'
    runner.emulator.add_fault(Fault("POST", "/models$", "status", status=400, body=body))
    begin = clock.monotonic()
    message = runner.failure(TASK, **OWN)["msg"]
    assert "source.url" in message
    assert clock.monotonic() == begin


def test_refusal_of_a_free_name_is_an_error(runner: Runner) -> None:
    body = '{"type":"invalid_arguments","details":[{"argument_name":"name","reason":"constraint","help_message":"no"}]}'
    runner.emulator.add_fault(Fault("POST", "/models$", "status", status=400, body=body))
    assert "name: no (constraint)" in runner.failure(TASK, **OWN)["msg"]


@pytest.mark.parametrize("wait", [True, False])
def test_younger_import_is_deleted_although_lists_lag(runner: Runner, wait: bool) -> None:
    other = concurrent(runner)
    runner.emulator.configure(unique_model_names=False)
    result = runner.ok(TASK, **OWN, wait=wait)
    assert result["model"]["id"] == other
    assert models(runner) == [other]
    assert [one.split("/")[0] for one in runner.writes()] == ["POST ", "DELETE "]
    assert result["changed"]
    imported, deleted = result["steps"]
    assert imported == "import model coder"
    assert deleted.startswith("delete model coder (")
    assert deleted.endswith(f"), as another run created {other} before")


def two(runner: Runner) -> list[str]:
    """Import two models with one name; return their IDs, the older one first."""
    runner.emulator.configure(unique_model_names=False, list_lag=3600)
    for _turn in range(2):
        runner.ok(TASK, **OWN, wait=False)
    runner.emulator.configure(list_lag=0)
    runner.emulator.clear_journal()
    return models(runner)


@pytest.mark.parametrize(
    ("task", "options"),
    [
        (TASK, {**OWN, "wait": False}),
        (TASK, {"name": "coder", "state": "absent"}),
        (deployment.TASK, {"name": "code", "model": "coder", "node_type": "H100", "wait": False}),
    ],
    ids=["present", "absent", "deployment"],
)
def test_two_of_one_name_are_waited_for(
    runner: Runner, clock: ScriptedClock, task: Any, options: dict[str, Any]
) -> None:
    older, younger = two(runner)
    clock.advance(700)
    message = runner.failure(task, **options)["msg"]
    assert older in message
    assert younger in message
    assert runner.writes() == []
    (warning,) = runner.ok(task, check_mode=True, **options)["warnings"]
    assert f"it will be {older}" in warning
    clock.after(20, lambda: runner.ok(TASK, id=younger, state="absent"))
    result = runner.ok(task, **options)
    if task is deployment.TASK:
        assert result["deployment"]["model_id"] == older
    else:
        assert models(runner) == ([] if options.get("state") == "absent" else [older])


def test_run_continues_with_the_model_that_is_kept(runner: Runner, clock: ScriptedClock) -> None:
    runner.emulator.configure(unique_model_names=False)
    gives_way = concurrent(runner)
    runner.emulator.configure(list_lag=0)
    made: list[str] = []

    def settle() -> None:
        runner.ok(TASK, id=gives_way, state="absent")
        made.append(runner.ok(TASK, **OWN, wait=False)["model"]["id"])

    clock.after(20, settle)
    result = runner.ok(TASK, **OWN)
    assert [result["model"]["id"]] == made
    assert result["model"]["status"] == "ready"
    assert not result["changed"]


def test_model_that_is_removed_meanwhile_is_an_error(runner: Runner, clock: ScriptedClock) -> None:
    begun = concurrent(runner)
    clock.advance(30)
    clock.after(20, lambda: runner.ok(TASK, id=begun, state="absent"))
    assert "is gone: someone else removed it" in runner.failure(TASK, **OWN)["msg"]


def test_younger_import_that_is_in_use_is_an_error(runner: Runner, clock: ScriptedClock) -> None:
    runner.emulator.configure(unique_model_names=False)
    older = concurrent(runner)
    # Longer than lists are assumed to lag, and almost until ours is ready.
    runner.emulator.configure(list_lag=655)

    def use() -> None:
        younger = models(runner)[-1]
        runner.emulator.configure(list_lag=0)
        runner.ok(deployment.TASK, name="code", model=younger, node_type="H100", wait=False)

    clock.after(660, use)
    message = runner.failure(TASK, **OWN)["msg"]
    assert all(one in message for one in (older, models(runner)[-1], "delete it by its ID"))
