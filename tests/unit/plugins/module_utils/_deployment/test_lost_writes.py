# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes whose answer is lost, or that lists don't show yet: nothing is written twice, and `changed` is exact."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
OFFICE, HOME = {"ip": "192.0.2.0/24", "description": "Office"}, {"ip": "198.51.100.7", "description": "Home"}


def test_an_update_whose_answer_is_lost_counts_as_changed(runner: Runner, api_version: str) -> None:
    runner.ok(deployment.TASK, **CHAT)
    runner.emulator.add_fault(Fault(method="PATCH", path="/deployments/", kind="reset", when="after"))
    result = runner.ok(deployment.TASK, **CHAT, min_size=2, max_size=2)
    assert result["changed"]
    assert result["steps"] == ["update min_size (1 -> 2), max_size (1 -> 2)"]
    assert result["deployment"]["min_size"] == 2


@pytest.mark.parametrize("api_version", ["v1beta1"])
class TestLaggingRules:
    def test_rules_are_added_once(self, runner: Runner) -> None:
        runner.ok(deployment.TASK, **CHAT)
        runner.emulator.configure(list_lag=28)
        runner.emulator.clear_journal()
        assert runner.ok(acl.TASK, deployment="chat", rules=[OFFICE])["steps"] == ["add 192.0.2.0/24"]
        assert len(runner.writes()) == 1
        # Also while the list shows others.
        runner.clock.advance(60)
        added = runner.ok(acl.TASK, deployment="chat", rules=[HOME])
        assert added["steps"] == ["add 198.51.100.7"]
        assert len(added["rules"]) == len(runner.writes()) == 2

    @pytest.mark.parametrize("described", [True, False])
    def test_rules_are_removed_once(self, runner: Runner, described: bool) -> None:
        runner.ok(deployment.TASK, **CHAT)
        runner.ok(acl.TASK, deployment="chat", rules=[OFFICE, HOME])
        runner.clock.advance(60)
        runner.emulator.configure(list_lag=28)
        runner.emulator.clear_journal()
        kept = OFFICE if described else {"ip": OFFICE["ip"]}
        result = runner.ok(acl.TASK, deployment="chat", rules=[kept], purge_rules=True)
        assert result["steps"] == ["remove 198.51.100.7"]
        assert [rule["ip"] for rule in result["rules"]] == ["192.0.2.0/24"]
        assert len(runner.writes()) == 1

    def test_a_new_deployment_gets_its_rules_once(self, runner: Runner) -> None:
        runner.emulator.configure(list_lag=28)
        result = runner.ok(deployment.TASK, **CHAT, rules=[OFFICE])
        assert result["steps"][1:] == ["add 192.0.2.0/24"]
        assert len(runner.writes()) == 2


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_a_lost_removal_is_repeated_though_the_rule_is_read_without_its_address(runner: Runner) -> None:
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]
    rules = runner.ok(acl.TASK, deployment="chat", rules=[OFFICE, HOME])["rules"]
    unreadable = [{**rule, "ip": {} if rule["ip"] == HOME["ip"] else rule["ip"]} for rule in rules]
    path, body = f"{made['id']}/acls", json.dumps({"rules": unreadable, "total_count": 2})
    runner.emulator.add_fault(Fault(method="DELETE", path="/acls/", kind="status", status=502))
    runner.emulator.add_fault(Fault(method="GET", path=path, kind="status", status=200, skip=1, body=body))
    result = runner.ok(acl.TASK, deployment="chat", rules=[HOME], state="absent", api_retries=0)
    assert result["steps"] == ["remove 198.51.100.7"]
    [one] = runner.emulator.deployments()
    assert [rule.ip for rule in one.acls] == [OFFICE["ip"]]
