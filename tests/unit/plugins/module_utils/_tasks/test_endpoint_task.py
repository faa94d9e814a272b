# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(endpoint), against the emulator."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._options.normalize import PREDICTED
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.endpoint import TASK
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
NOWHERE = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2cfff"


@pytest.fixture
def chat(runner: Runner) -> dict[str, Any]:
    """A ready deployment with a public endpoint."""
    made = runner.ok(deployment.TASK, name="chat", model="mistral/mistral-7b-instruct-v0.3:bf16", node_type="L4")[
        "deployment"
    ]
    runner.emulator.clear_journal()
    return dict(made)


def test_walk_of_a_private_endpoint(runner: Runner, chat: dict[str, Any]) -> None:
    desired = {"deployment": "chat", "private_network_id": NETWORK.upper()}
    predicted = runner.ok(TASK, check_mode=True, **desired)
    assert predicted["changed"]
    assert predicted["endpoint"] == {
        "id": None,
        "url": None,
        "public": False,
        "private_network_id": NETWORK,
        "disable_auth": False,
    }
    assert runner.writes() == []
    made = runner.ok(TASK, **desired)
    assert made["diff"] == predicted["diff"]
    assert made["endpoint"]["private_network_id"] == NETWORK
    assert not runner.ok(TASK, **desired)["changed"]
    opened = runner.ok(TASK, **desired, disable_auth=True)
    assert opened["endpoint"] == {**made["endpoint"], "disable_auth": True}
    assert not runner.ok(TASK, **desired)["changed"]
    assert runner.ok(TASK, id=made["endpoint"]["id"], disable_auth=False)["changed"]
    assert runner.ok(TASK, **desired, state="absent", check_mode=True)["changed"]
    gone = runner.ok(TASK, **desired, state="absent")
    assert gone["changed"]
    assert gone["endpoint"] is None
    assert not runner.ok(TASK, **desired, state="absent")["changed"]
    assert [one.split("/")[0] for one in runner.writes()] == ["POST ", "PATCH ", "PATCH ", "DELETE "]


def test_unchanged_run_only_reads(runner: Runner, chat: dict[str, Any]) -> None:
    result = runner.ok(TASK, deployment=chat["id"], public=True)
    assert not result["changed"]
    assert result["endpoint"] == chat["endpoints"][0]
    assert runner.requests() == [f"GET /deployments/{chat['id']}"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_last_endpoint_is_not_removed(runner: Runner, chat: dict[str, Any], check_mode: bool) -> None:
    result = runner.failure(TASK, deployment="chat", public=True, state="absent", check_mode=check_mode)
    assert "the last one of deployment 'chat'" in result["msg"]
    assert "add another first" in result["msg"]
    assert runner.writes() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deployment": "chat"}, "either public: true or private_network_id"),
        ({"deployment": "chat", "public": True, "private_network_id": NETWORK}, "either public: true or"),
        ({"deployment": "chat", "private_network_id": "web"}, "private_network_id: 'web' isn't an ID"),
        ({"id": "web"}, "id: 'web' isn't an ID"),
        ({"id": NOWHERE}, "there is no endpoint"),
        ({"deployment": "chat", "id": NOWHERE}, "there is no endpoint"),
        ({"deployment": "chaos", "public": True}, "there is no deployment 'chaos'"),
        ({"deployment": NOWHERE, "public": True}, f"there is no deployment with the ID {NOWHERE}"),
    ],
)
def test_contradictory_options_are_refused(
    runner: Runner, chat: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    assert message in runner.failure(TASK, **options)["msg"]
    assert runner.writes() == []


@pytest.mark.parametrize("options", [{"deployment": "chaos", "public": True}, {"id": NOWHERE}])
def test_what_is_not_there_is_absent(runner: Runner, chat: dict[str, Any], options: dict[str, Any]) -> None:
    assert not runner.ok(TASK, **options, state="absent")["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_placeholder_of_check_mode_is_no_endpoint(runner: Runner, chat: dict[str, Any], check_mode: bool) -> None:
    runner.ok(TASK, deployment="chat", private_network_id=NETWORK)
    runner.emulator.clear_journal()
    options = {"deployment": "chat", "id": PREDICTED, "state": "absent"}
    assert "id: '(predicted)' stands for nothing" in runner.failure(TASK, **options, check_mode=check_mode)["msg"]
    assert runner.requests() == []


def test_opening_warns_where_the_service_no_longer_has_rules(runner: Runner, chat: dict[str, Any]) -> None:
    runner.emulator.add_fault(Fault(method="GET", path="/acls$", kind="status", status=410, body="gone"))
    (warning,) = runner.ok(TASK, deployment="chat", public=True, disable_auth=True)["warnings"]
    assert "Anyone on the internet" in warning
    assert "use a private endpoint" in warning


def test_opening_to_everybody_warns(runner: Runner, chat: dict[str, Any], api_version: str) -> None:
    result = runner.ok(TASK, deployment="chat", public=True, disable_auth=True)
    remedy = "scaleway.inference.acl" if api_version == "v1beta1" else "use a private endpoint"
    assert "Anyone on the internet" in result["warnings"][0]
    assert remedy in result["warnings"][0]
    assert "warnings" not in runner.ok(TASK, deployment="chat", private_network_id=NETWORK, disable_auth=True)


def test_busy_deployment_is_waited_for(runner: Runner) -> None:
    options = {"name": "late", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
    runner.ok(deployment.TASK, **options, wait=False)
    result = runner.ok(TASK, deployment="late", private_network_id=NETWORK)
    assert result["changed"]
    assert any(line.startswith("deployment late: deploying") for line in runner.progress)


@pytest.mark.parametrize("when", ["before", "after"])
def test_lost_answer_makes_one_endpoint(runner: Runner, chat: dict[str, Any], when: Any) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/endpoints$", kind="reset", when=when))
    result = runner.ok(TASK, deployment="chat", private_network_id=NETWORK)
    assert result["endpoint"]["private_network_id"] == NETWORK
    assert len(runner.emulator.deployments()[0].endpoints) == 2


def test_change_that_is_not_kept_is_an_error(runner: Runner, chat: dict[str, Any]) -> None:
    runner.emulator.add_fault(Fault(method="PATCH", path="/endpoints/", kind="forget"))
    result = runner.failure(TASK, deployment="chat", public=True, disable_auth=True)
    assert "didn't keep it" in result["msg"]
    assert result["changed"]
