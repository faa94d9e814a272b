# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run creates exactly one deployment, whatever happens to its request."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment import TASK
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}

LOST_ANSWERS = [
    Fault(method="POST", path="/deployments$", kind="reset", when="after"),
    Fault(method="POST", path="/deployments$", kind="truncate", when="after"),
    Fault(method="POST", path="/deployments$", kind="status", status=500, body="", when="after"),
    Fault(
        method="POST", path="/deployments$", kind="status", status=502, body="<html>bad gateway</html>", when="after"
    ),
    Fault(method="POST", path="/deployments$", kind="status", status=504, body="{}", when="after"),
    Fault(method="POST", path="/deployments$", kind="garbage", body="<html>", content_type="text/html", when="after"),
    Fault(method="POST", path="/deployments$", kind="garbage", body="", when="after"),
    Fault(method="POST", path="/deployments$", kind="garbage", body='{"id": 7}', when="after"),
]


def fault_name(fault: Fault) -> str:
    return f"{fault.kind}-{fault.status or ''}-{(fault.body or '')[:5]}"


@pytest.mark.parametrize("fault", LOST_ANSWERS, ids=fault_name)
def test_creation_with_a_lost_answer_is_searched_for(runner: Runner, fault: Fault) -> None:
    runner.emulator.add_fault(fault)
    result = runner.ok(TASK, **CHAT)
    assert result["changed"]
    assert [one.id for one in runner.emulator.deployments()] == [result["deployment"]["id"]]
    assert runner.writes() == ["POST /deployments"]


@pytest.mark.parametrize("kind", ["reset", "status"])
def test_creation_without_effect_is_tried_again_after_rechecks(runner: Runner, kind: Any) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind=kind, status=503, body=""))
    result = runner.ok(TASK, **CHAT)
    assert [one.id for one in runner.emulator.deployments()] == [result["deployment"]["id"]]
    assert runner.writes() == ["POST /deployments", "POST /deployments"]
    between = [one.time for one in runner.emulator.journal() if one.method == "POST"]
    assert between[1] - between[0] >= 30


def test_lagging_lists_cause_no_second_creation(runner: Runner) -> None:
    runner.emulator.add_fault(LOST_ANSWERS[0])
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="stale", seconds=20, skip=1, times=4))
    result = runner.ok(TASK, **CHAT)
    assert [one.id for one in runner.emulator.deployments()] == [result["deployment"]["id"]]
    assert runner.writes() == ["POST /deployments"]


def test_list_that_lags_too_long_keeps_the_older_one(runner: Runner) -> None:
    runner.emulator.add_fault(LOST_ANSWERS[0])
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="stale", seconds=3600, skip=1, times=6))
    result = runner.ok(TASK, **CHAT)
    staying = [one for one in runner.emulator.deployments() if runner.emulator.status(one.id) != "deleting"]
    assert [one.id for one in staying] == [result["deployment"]["id"]]
    assert [one.split("/")[0] for one in runner.writes()] == ["POST ", "POST ", "DELETE "]


def test_outcome_that_stays_unknown_is_an_error_that_says_so(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind="reset", times=3))
    result = runner.failure(TASK, **CHAT)
    assert "isn't known whether deployment chat was created" in result["msg"]
    assert "Run again later" in result["msg"]
    assert runner.emulator.deployments() == []
    assert runner.ok(TASK, **CHAT)["changed"]


def test_lost_creation_that_can_not_be_looked_for_is_named(runner: Runner) -> None:
    runner.emulator.add_fault(LOST_ANSWERS[0])
    denied = '{"type":"permissions_denied"}'
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="status", status=403, body=denied, skip=1))
    result = runner.failure(TASK, **CHAT)
    assert "isn't known whether deployment chat was created" in result["msg"]
    assert "looking for it failed" in result["msg"]
    assert len(runner.emulator.deployments()) == 1
    assert not runner.ok(TASK, **CHAT)["changed"]


def test_null_for_a_list_that_has_items_is_an_error(runner: Runner) -> None:
    """Taken for an empty list, it would make a second deployment of the name."""
    runner.ok(TASK, **CHAT)
    body = '{"deployments": null, "total_count": 1}'
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="garbage", body=body))
    result = runner.failure(TASK, **CHAT)
    assert "deployments: expected a list, got nothing" in result["msg"]
    assert len(runner.emulator.deployments()) == 1


def test_failure_right_after_a_creation_names_what_was_created(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(
            method="GET", path="/deployments$", kind="status", status=403, body='{"type":"permissions_denied"}', skip=1
        )
    )
    result = runner.failure(TASK, **CHAT)
    made = runner.emulator.deployments()[0].id
    assert result["changed"]
    assert result["deployment"]["id"] == made
    assert f"done before this: create deployment chat ({made})" in result["msg"]


def test_refusals_fail_at_once(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(
            method="POST",
            path="/deployments$",
            kind="status",
            status=403,
            body='{"type":"quotas_exceeded","message":"no","details":[{"resource":"inference_l4","quota":2,"current":2}]}',
        )
    )
    result = runner.failure(TASK, **CHAT)
    assert "inference_l4: 2 used of a quota of 2" in result["msg"]
    assert result["error"]["type"] == "quotas_exceeded"
    assert not result["changed"]
    assert runner.writes() == ["POST /deployments"]


def test_rate_limited_creation_is_sent_again(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(method="POST", path="/deployments$", kind="status", status=429, body="", headers={"Retry-After": "3"})
    )
    runner.ok(TASK, **CHAT)
    assert runner.writes() == ["POST /deployments", "POST /deployments"]
    assert len(runner.emulator.deployments()) == 1


def test_lost_answer_to_a_new_endpoint_makes_one(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    runner.emulator.add_fault(Fault(method="POST", path="/endpoints$", kind="reset", when="after"))
    network = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
    result = runner.ok(TASK, name="chat", endpoints=[{"private_network_id": network}])
    assert [one["private_network_id"] for one in result["deployment"]["endpoints"]] == [None, network]


def test_older_deployment_of_another_run_is_taken_over(runner: Runner, clock: ManualClock) -> None:
    # Another run between our read and our creation; its deployment differs from ours.
    concurrent = runner.ok(TASK, **CHAT, tags=["concurrent"], wait=False)["deployment"]
    clock.advance(1)
    runner.emulator.clear_journal()
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="stale", seconds=3600))
    result = runner.ok(TASK, **CHAT, tags=["ours"])
    assert result["deployment"]["id"] == concurrent["id"]
    assert result["deployment"]["tags"] == ["ours"]
    # It cost something, be it for a moment.
    assert result["changed"]
    created, deleted, update = result["steps"]
    ours = created.removeprefix("create deployment chat (").removesuffix(")")
    assert deleted == f"delete deployment chat ({ours}), as another run created {concurrent['id']} before"
    assert update.startswith("update tags")
    staying = [one for one in runner.emulator.deployments() if runner.emulator.status(one.id) != "deleting"]
    assert [one.id for one in staying] == [concurrent["id"]]
    assert [one.split("/")[0] for one in runner.writes()] == ["POST ", "DELETE ", "PATCH "]


def test_two_concurrent_runs_create_one(runner: Runner) -> None:
    for _turn in range(5):
        results: list[dict[str, Any]] = []
        barrier = threading.Barrier(2)

        def create(into: list[dict[str, Any]], gate: threading.Barrier) -> None:
            gate.wait(10)
            into.append(runner.run(TASK, **CHAT))

        threads = [threading.Thread(target=create, args=(results, barrier)) for _turn in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [result.get("msg") for result in results] == [None, None]
        assert len({result["deployment"]["id"] for result in results}) == 1
        staying = [one for one in runner.emulator.deployments() if runner.emulator.status(one.id) != "deleting"]
        assert len(staying) == 1
        runner.ok(TASK, name="chat", state="absent")
