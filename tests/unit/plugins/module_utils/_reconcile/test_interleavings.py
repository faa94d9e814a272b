# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two and three concurrent runs, with their requests in any order, all succeed with one resource."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment, endpoint, model
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.request_scheduler import RequestScheduler
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
OWN: dict[str, Any] = {"name": "coder", "source_url": "https://models.example/coder"}

schedules = st.lists(st.integers(0, 2), max_size=40)
numbers = st.sampled_from((2, 2, 3))
lags = st.sampled_from((0, 0, 5, 20))
versions = st.sampled_from(("v1beta1", "v1"))
few = expensive(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def at_once(
    emulator: EmulatorServer,
    clock: ManualClock,
    version: str,
    schedule: Sequence[int],
    runs: Sequence[tuple[TaskSpec, Any]],
) -> list[dict[str, Any]]:
    """The results of the runs, none of which may fail."""

    def run(task: TaskSpec, options: dict[str, Any], url: str) -> dict[str, Any]:
        environ = {"SCW_INFERENCE_API_VERSION": version, "HOME": "/nonexistent", "SCW_API_URL": url}
        return Runner(emulator, clock, environ).run(task, **options)

    results = RequestScheduler(emulator.url, len(runs), schedule).run_all([partial(run, *one) for one in runs])
    assert [result.get("msg") for result in results] == [None] * len(runs)
    return results


def staying(emulator: EmulatorServer) -> list[str]:
    return [one.id for one in emulator.deployments() if emulator.status(one.id) != "deleting"]


@few
@given(versions, schedules, numbers, lags, st.booleans())
def test_deployments(
    emulator_server: EmulatorServer, version: str, schedule: list[int], number: int, lag: float, wait: bool
) -> None:
    clock = ManualClock()
    emulator_server.reset(clock=clock, list_lag=lag)
    results = at_once(emulator_server, clock, version, schedule, [(deployment.TASK, {**CHAT, "wait": wait})] * number)
    (stays,) = staying(emulator_server)
    found = {result["deployment"]["id"] for result in results}
    # Without waiting, a run may name one that it found, and that is deleted later.
    assert found == {stays} if wait else stays in found


@pytest.mark.slow
@few
@given(schedules, numbers, lags, st.booleans(), st.booleans())
def test_models(
    emulator_server: EmulatorServer, schedule: list[int], number: int, lag: float, wait: bool, unique: bool
) -> None:
    clock = ManualClock()
    emulator_server.reset(clock=clock, list_lag=lag, unique_model_names=unique)
    results = at_once(emulator_server, clock, "v1", schedule, [(model.TASK, {**OWN, "wait": wait})] * number)
    (stays,) = emulator_server.models("coder")
    found = {result["model"]["id"] for result in results}
    assert found == {stays.id} if wait or unique else stays.id in found
    if unique:
        assert sum(result["changed"] for result in results) == 1


@few
@given(versions, schedules, numbers, st.booleans())
def test_endpoints(
    emulator_server: EmulatorServer, version: str, schedule: list[int], number: int, present: bool
) -> None:
    clock = ManualClock()
    emulator_server.reset(clock=clock)
    runner = Runner(emulator_server, clock, {"SCW_INFERENCE_API_VERSION": version, "HOME": "/nonexistent"})
    private = {"private_network_id": NETWORK}
    runner.ok(deployment.TASK, **CHAT, endpoints=[{"public": True}, *([] if present else [private])])
    options = {"deployment": "chat", **private, "state": "present" if present else "absent"}
    results = at_once(emulator_server, clock, version, schedule, [(endpoint.TASK, options)] * number)
    (one,) = emulator_server.deployments()
    assert [end.private_network_id for end in one.endpoints] == ([None, NETWORK] if present else [None])
    if present:
        assert sum(result["changed"] for result in results) == 1


@pytest.mark.slow
@few
@given(versions, schedules, numbers)
def test_changes_of_one_deployment(
    emulator_server: EmulatorServer, version: str, schedule: list[int], number: int
) -> None:
    clock = ManualClock()
    emulator_server.reset(clock=clock)
    runner = Runner(emulator_server, clock, {"SCW_INFERENCE_API_VERSION": version, "HOME": "/nonexistent"})
    runner.ok(deployment.TASK, **CHAT)
    options = {"name": "chat", "tags": ["both"], "endpoints": [{"private_network_id": NETWORK, "disable_auth": True}]}
    results = at_once(emulator_server, clock, version, schedule, [(deployment.TASK, options)] * number)
    (one,) = emulator_server.deployments()
    assert one.tags == ("both",)
    assert {end.private_network_id: end.disable_auth for end in one.endpoints} == {None: False, NETWORK: True}
    assert any(result["changed"] for result in results)


@pytest.mark.parametrize("version", ["v1beta1", "v1"])
def test_quota_used_up_by_another_run(emulator: EmulatorServer, clock: ManualClock, version: str) -> None:
    emulator.configure(max_deployments=1)
    results = at_once(emulator, clock, version, [0, 1] * 10, [(deployment.TASK, CHAT)] * 2)
    (stays,) = staying(emulator)
    assert {result["deployment"]["id"] for result in results} == {stays}
    assert sorted(result["changed"] for result in results) == [False, True]
