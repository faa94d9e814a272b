# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option verify of fleet: each member is asked once it has its rules, and has an outcome of its own."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.fleet import TASK
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
DEFAULTS: dict[str, Any] = {
    "model": "mistral/mistral-7b-instruct-v0.3:bf16",
    "node_type": "L4",
    "rules": [ELSEWHERE],
    "purge_rules": True,
    "verify": "refused",
}


@pytest.fixture
def api_version() -> str:
    """The version that has rules."""
    return "v1beta1"


def fleet(*entries: dict[str, Any], **options: Any) -> dict[str, Any]:
    named = [{"name": f"chat-{number}", **entry} for number, entry in enumerate(entries)]
    return {"name": "support", "deployments": named, "defaults": DEFAULTS, **options}


def questions(runner: Runner) -> int:
    return sum(one.endswith("/v1/models") for one in runner.requests())


def verifications(result: dict[str, Any]) -> list[Any]:
    return [one["verification"] and one["verification"]["result"] for one in result["members"]]


def test_nothing_is_asked_by_default_nor_in_check_mode(runner: Runner) -> None:
    options = fleet({}, {"rules": [HERE], "verify": "answered"})
    assert verifications(runner.ok(TASK, **options, check_mode=True)) == [None, None]
    unasked = {key: value for key, value in DEFAULTS.items() if key != "verify"}
    assert verifications(runner.ok(TASK, **fleet({}, defaults=unasked))) == [None]
    assert questions(runner) == 0


def test_members_are_asked_once_they_have_their_rules_and_again_by_each_run(runner: Runner) -> None:
    options = fleet({}, {"rules": [HERE], "verify": "answered"}, {"state": "absent"})
    result = runner.ok(TASK, **options)
    assert verifications(result) == ["unproven", "answered", None]
    assert [one["outcome"] for one in result["members"]] == ["created", "created", "unchanged"]
    (warning,) = result["warnings"]
    assert warning.startswith("chat-0: verify: unproven: ")
    assert "verify_host" in warning
    assert questions(runner) == 2

    runner.emulator.clear_journal()
    again = runner.ok(TASK, **options)
    assert not again["changed"]
    assert verifications(again) == ["unproven", "answered", None]
    # One list, the rules of two, and two questions.
    assert (len(runner.requests()), questions(runner)) == (5, 2)


def test_contradictions_are_the_members_own_and_name_what_was_made(runner: Runner) -> None:
    result = runner.failure(TASK, **fleet({"rules": [HERE]}, {}, {"verify": "answered"}))
    assert result["changed"]
    assert [one["outcome"] for one in result["members"]] == ["failed", "created", "failed"]
    assert verifications(result) == ["answered", "unproven", "unproven"]
    reached, _unproven, refused = (one["error"] and one["error"]["msg"] for one in result["members"])
    assert "reached, though no rule should let this address in" in reached
    made = result["members"][0]["deployment"]["id"]
    assert f"done before this: create deployment chat-0 ({made}); add {HERE}" in reached
    assert "It was to answer here" in refused
    assert f"chat-0: {reached}" in result["msg"]
    assert [one["rules"][0]["ip"] for one in result["members"]] == [HERE, ELSEWHERE, ELSEWHERE]
    assert [one["deployment"]["status"] for one in result["members"]] == ["ready"] * 3


def test_contradiction_ends_a_fleet_that_is_to_fail_fast(runner: Runner) -> None:
    runner.ok(TASK, **fleet({"rules": [HERE], "verify": "answered"}))
    result = runner.failure(TASK, **fleet({"rules": [HERE]}, {}, fail_fast=True, parallel=1))
    assert result["counts"] == {"failed": 1, "skipped": 1}


def test_failing_endpoint_proves_nothing(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="GET", path="/v1/models$", kind="status", status=503, times=20))
    result = runner.ok(TASK, **fleet({}))
    assert verifications(result) == ["unproven"]
    assert any("it says nothing about the rules" in one for one in result["warnings"])


def test_private_member_proves_nothing(runner: Runner) -> None:
    defaults = {"model": DEFAULTS["model"], "node_type": "L4", "verify": "refused"}
    result = runner.ok(TASK, **fleet({"endpoints": [{"private_network_id": NETWORK}]}, defaults=defaults))
    assert verifications(result) == ["unproven"]
    assert any("chat-0: verify: unproven: " in one and "no public endpoint" in one for one in result["warnings"])


def test_member_is_waited_for_before_it_is_asked(runner: Runner) -> None:
    defaults = {"model": DEFAULTS["model"], "node_type": "L4"}
    options = fleet({"verify": "answered"}, {}, defaults=defaults, wait=False)
    result = runner.ok(TASK, **options)
    assert verifications(result) == ["answered", None]
    assert [one["deployment"]["status"] for one in result["members"]] == ["ready", "creating"]


def test_question_comes_from_the_source_address(runner: Runner) -> None:
    result = runner.ok(TASK, **fleet({"verify": "answered"}, source_address=ELSEWHERE))
    assert verifications(result) == ["answered"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source_address": "here"}, "source_address: "),
        ({"source_address": HERE, "defaults": {"model": DEFAULTS["model"]}}, "source_address: needs verify"),
        ({"verify_host": "web1", "defaults": {"model": DEFAULTS["model"]}}, "verify_host: needs verify"),
    ],
)
def test_wrong_options_are_refused_before_any_request(runner: Runner, options: dict[str, Any], message: str) -> None:
    assert runner.failure(TASK, **fleet({}, **options))["msg"].startswith(message)
    assert runner.requests() == []


@pytest.mark.parametrize("api_version", ["v1"])
def test_verification_needs_no_rules(runner: Runner) -> None:
    defaults = {"model": DEFAULTS["model"], "node_type": "L4", "verify": "answered"}
    assert verifications(runner.ok(TASK, **fleet({}, defaults=defaults))) == ["answered"]
