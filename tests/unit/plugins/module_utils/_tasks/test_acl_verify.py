# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option verify of acl: what one question to the public endpoint shows about the rules."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.acl import TASK
from ansible_collections.scaleway.inference.tests.support.canned import closed_port
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"


@pytest.fixture
def api_version() -> str:
    return "v1beta1"


@pytest.fixture
def chat(runner: Runner) -> str:
    """The ID of a ready deployment with a public endpoint."""
    options = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
    made = runner.ok(deployment.TASK, **options)["deployment"]
    runner.emulator.clear_journal()
    return str(made["id"])


def answering(status: int, body: str = "{}") -> Fault:
    return Fault(method="GET", path="/v1/models$", kind="status", status=status, body=body, times=20)


def verified(runner: Runner, **options: Any) -> dict[str, Any]:
    return runner.run(TASK, **{"deployment": "chat", "rules": [HERE], **options})


def questions(runner: Runner) -> int:
    return sum(one.endswith("/v1/models") for one in runner.requests())


def test_nothing_is_asked_by_default_nor_in_check_mode(runner: Runner, chat: str) -> None:
    assert verified(runner)["verification"] is None
    assert verified(runner, verify="refused", check_mode=True)["verification"] is None
    assert questions(runner) == 0


def test_refusal_alone_is_unproven(runner: Runner, chat: str) -> None:
    result = verified(runner, rules=[ELSEWHERE], verify="refused")
    assert not result.get("failed")
    found = result["verification"]
    assert (found["expected"], found["result"], found["status"]) == ("refused", "unproven", 403)
    assert found["refused_here"]
    (warning,) = result["warnings"]
    assert warning.startswith("verify: unproven: ")
    assert "verify_host" in warning
    assert questions(runner) == 1


def test_address_that_is_let_in_fails_where_a_refusal_is_expected(runner: Runner, chat: str) -> None:
    result = verified(runner, verify="refused")
    assert result["failed"]
    assert "reached, though no rule should let this address in" in result["msg"]
    assert f"done before this: add {HERE}" in result["msg"]
    assert result["changed"]
    assert result["verification"]["result"] == "answered"
    assert [rule["ip"] for rule in result["rules"]] == [HERE]


@pytest.mark.parametrize("status", [401, 404, 422, 429])
def test_any_answer_from_behind_the_rules_shows_that_it_was_reached(runner: Runner, chat: str, status: int) -> None:
    runner.emulator.add_fault(answering(status))
    refused = verified(runner, verify="refused")
    assert refused["failed"]
    assert f"HTTP {status}" in refused["msg"]
    runner.emulator.clear_journal()
    answered = verified(runner, verify="answered")
    assert answered["verification"]["result"] == "answered"
    assert "the address is let in" in answered["warnings"][0]
    # Not repeated: even an error is an answer.
    assert questions(runner) == 1


@pytest.mark.parametrize("status", [400, 408, 500, 502, 503, 504])
@pytest.mark.parametrize("expected", ["refused", "answered"])
def test_failing_server_proves_nothing(runner: Runner, chat: str, expected: str, status: int) -> None:
    runner.emulator.add_fault(answering(status))
    result = verified(runner, verify=expected)
    assert not result.get("failed"), result
    assert result["verification"]["result"] == "unproven"
    assert not result["verification"]["refused_here"]
    assert "it says nothing about the rules" in result["warnings"][0]


def test_page_of_something_else_proves_nothing(runner: Runner, chat: str) -> None:
    runner.emulator.add_fault(answering(200, "<html>log in to this network</html>"))
    assert verified(runner, verify="refused")["verification"]["result"] == "unproven"


def test_answer_where_one_is_expected(runner: Runner, chat: str) -> None:
    result = verified(runner, verify="answered")
    assert result["verification"]["result"] == "answered"
    assert "warnings" not in result


def test_refusal_fails_where_an_answer_is_expected(runner: Runner, chat: str) -> None:
    result = verified(runner, verify="answered", source_address=ELSEWHERE)
    assert result["failed"]
    assert "It was to answer here" in result["msg"]


@pytest.mark.parametrize(
    ("url", "refused_here"),
    [("https://127.0.0.1:{port}", True), ("https://nobody.invalid.internal", False), ("{emulator}", False)],
)
def test_only_a_connection_that_nobody_accepts_counts_as_refused(
    runner: Runner, chat: str, url: str, refused_here: bool
) -> None:
    # The last one speaks no TLS.
    url = url.format(port=closed_port(), emulator=runner.emulator.url.replace("http://", "https://"))
    body = (
        f'{{"total_count": 1, "deployments": [{{"id": "{chat}", "name": "chat", '
        f'"project_id": "{runner.emulator.project_id}", "status": "ready", "endpoints": [{{"id": "{NETWORK}", '
        f'"url": "{url}", "public_access": {{}}}}]}}]}}'
    )
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="status", status=200, body=body, times=20))
    result = verified(runner, verify="refused")
    assert not result.get("failed"), result
    assert (result["verification"]["result"], result["verification"]["status"]) == ("unproven", None)
    assert result["verification"]["refused_here"] == refused_here
    assert verified(runner, verify="answered").get("failed", False) == refused_here


def test_deployment_without_a_public_endpoint_proves_nothing(runner: Runner) -> None:
    options = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
    runner.ok(deployment.TASK, **options, endpoints=[{"private_network_id": NETWORK}])
    result = verified(runner, verify="refused")
    assert result["verification"]["result"] == "unproven"
    assert any("no public endpoint" in one for one in result["warnings"])


def test_wrong_source_address_is_refused_before_anything_changes(runner: Runner, chat: str) -> None:
    result = verified(runner, verify="refused", source_address="here")
    assert result["msg"].startswith("source_address: ")
    assert runner.writes() == []
