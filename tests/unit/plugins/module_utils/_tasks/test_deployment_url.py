# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a deployment answers: the URL of its public endpoint, else of its only private one, in all results."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment import TASK as DEPLOYMENT
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment_info import TASK as INFO
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.endpoint import TASK as ENDPOINT
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.fleet import TASK as FLEET
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
PUBLIC = {"public": True}
PRIVATE = {"private_network_id": "11111111-1111-4111-8111-111111111111"}
OTHER = {"private_network_id": "22222222-2222-4222-8222-222222222222"}


@pytest.fixture(autouse=True)
def quick(runner: Runner) -> None:
    runner.emulator.configure(creating=0, deploying=0)


def url_of(deployment: dict[str, Any], chosen: dict[str, Any] | None) -> str | None:
    """The URL of the endpoint, from the list of endpoints."""
    if chosen is None:
        return None
    network = chosen.get("private_network_id")
    (found,) = [one["url"] for one in deployment["endpoints"] if one["private_network_id"] == network]
    assert found
    return str(found)


@pytest.mark.parametrize(
    ("endpoints", "chosen"),
    [
        ([PUBLIC], PUBLIC),
        ([PRIVATE], PRIVATE),
        ([PRIVATE, PUBLIC], PUBLIC),
        ([PRIVATE, OTHER, PUBLIC], PUBLIC),
        ([PRIVATE, OTHER], None),
    ],
)
def test_url(runner: Runner, endpoints: list[dict[str, Any]], chosen: dict[str, Any] | None) -> None:
    options = {**CHAT, "endpoints": endpoints}
    assert runner.ok(DEPLOYMENT, check_mode=True, **options)["deployment"]["url"] is None
    made = runner.ok(DEPLOYMENT, **options)["deployment"]
    expected = url_of(made, chosen)
    assert made["url"] == expected
    again = [
        runner.ok(DEPLOYMENT, **options)["deployment"],
        runner.ok(DEPLOYMENT, check_mode=True, **options)["deployment"],
        runner.ok(DEPLOYMENT, check_mode=True, **options, tags=["new"])["deployment"],
        runner.ok(INFO)["deployments"][0],
        runner.ok(FLEET, check_mode=True, name="all", deployments=[options])["members"][0]["deployment"],
        runner.ok(FLEET, name="all", deployments=[options])["members"][0]["deployment"],
        runner.failure(ENDPOINT, deployment="chat", id=made["model_id"])["deployment"],
    ]
    assert [one["url"] for one in again] == [expected] * 7


def test_prediction_of_other_endpoints(runner: Runner) -> None:
    """What the public endpoint's URL will be isn't known before there is one."""
    made = runner.ok(DEPLOYMENT, **CHAT, endpoints=[PRIVATE])["deployment"]
    more = runner.ok(DEPLOYMENT, check_mode=True, **CHAT, endpoints=[PRIVATE, PUBLIC])["deployment"]
    assert (made["url"], more["url"]) == (made["endpoints"][0]["url"], None)
    runner.ok(DEPLOYMENT, **CHAT, endpoints=[PRIVATE, PUBLIC])
    less = runner.ok(DEPLOYMENT, check_mode=True, **CHAT, endpoints=[PRIVATE], purge_endpoints=True)["deployment"]
    assert less["url"] == made["url"]


def test_a_returned_deployment_may_be_given_back(runner: Runner) -> None:
    made = runner.ok(DEPLOYMENT, **CHAT)["deployment"]
    assert runner.ok(FLEET, name="all", deployments=[made])["members"][0]["deployment"]["url"] == made["url"]


def test_deleted(runner: Runner) -> None:
    runner.ok(DEPLOYMENT, **CHAT)
    assert runner.ok(DEPLOYMENT, name="chat", state="absent", check_mode=True)["deployment"] is None
