# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option private_only refuses a public endpoint before anything is changed, in check mode too."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment import TASK
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.fleet import TASK as FLEET
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
CHAT: dict[str, Any] = {"name": "chat", "model": MODEL, "node_type": "L4"}
PRIVATE: list[dict[str, Any]] = [{"private_network_id": NETWORK}]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("endpoints", [None, [{"public": True}], [{"public": True}, *PRIVATE]])
def test_creation_with_a_public_endpoint_is_refused(
    runner: Runner, endpoints: list[dict[str, Any]] | None, check_mode: bool
) -> None:
    failed = runner.failure(TASK, **CHAT, endpoints=endpoints, private_only=True, check_mode=check_mode)
    assert failed["msg"].startswith("private_only: deployment 'chat' would have a public endpoint")
    assert "private_network_id" in failed["msg"] if endpoints is None else "public: true" in failed["msg"]
    assert runner.writes() == []


def test_private_deployment_is_created_and_stays_as_it_is(runner: Runner) -> None:
    made = runner.ok(TASK, **CHAT, endpoints=PRIVATE, private_only=True)
    assert [one["public"] for one in made["deployment"]["endpoints"]] == [False]
    assert not runner.ok(TASK, **CHAT, endpoints=PRIVATE, private_only=True)["changed"]
    assert not runner.ok(TASK, name="chat", private_only=True)["changed"]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("endpoints", [None, PRIVATE])
def test_public_endpoint_that_is_there_is_refused_but_may_be_purged(
    runner: Runner, endpoints: list[dict[str, Any]] | None, check_mode: bool
) -> None:
    runner.ok(TASK, **CHAT)
    runner.emulator.clear_journal()
    options = {"endpoints": endpoints, "private_only": True, "check_mode": check_mode}
    failed = runner.failure(TASK, name="chat", **options)
    assert "purge_endpoints: true" in failed["msg"]
    assert runner.writes() == []
    purged = runner.ok(TASK, name="chat", **{**options, "endpoints": PRIVATE}, purge_endpoints=True)
    assert purged["changed"]


def test_deployment_to_delete_may_be_public(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    assert runner.ok(TASK, name="chat", state="absent", private_only=True)["changed"]


def test_fleet_names_each_entry_with_a_public_endpoint_and_changes_nothing(runner: Runner) -> None:
    entries = [
        {"name": "a", "endpoints": PRIVATE},
        {"name": "b"},
        {"name": "c", "endpoints": [{"public": True}]},
        {"name": "d", "private_only": False},
    ]
    defaults = {"model": MODEL, "node_type": "L4", "private_only": True}
    failed = runner.failure(FLEET, name="team", defaults=defaults, deployments=entries)
    assert "2 of 4 entries can't be met, and nothing was changed" in failed["msg"]
    assert "deployments[1] (b): private_only: " in failed["msg"]
    assert "deployments[2] (c): private_only: " in failed["msg"]
    assert runner.writes() == []
