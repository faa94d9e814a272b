# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recreation loses nothing undeclared; wherever it ends, the next run restores the deployment or fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, acl_info, deployment, fleet
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
OFFICE = {"ip": "192.0.2.0/24", "description": "Office"}
OTHER = {"ip": "2001:db8::17", "description": ""}
QUICK = {"creating": 2, "deploying": 2, "updating": 2, "deleting": 2}
RECREATED = {**CHAT, "node_type": "L40S", "on_immutable_change": "recreate"}


@pytest.fixture
def emulator(emulator_server: EmulatorServer, clock: ManualClock) -> EmulatorServer:
    """A fast emulator, as these tests are about effects, not about times."""
    emulator_server.reset(clock=clock, **QUICK)
    return emulator_server


def declared(api_version: str) -> dict[str, Any]:
    """What every recreation must declare in v1, which can't read rules and always returns the bits."""
    return {"rules": [], "quantization_bits": 16} if api_version == "v1" else {}


def pasted(message: str) -> dict[str, Any]:
    """The options in YAML at the end of the message."""
    return dict(yaml.safe_load(message[message.index("As it is:") + len("As it is:") :]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("had", "said", "lost"),
    [
        ({"tags": ["keep", "b: \u00e9 'x' \"y\""]}, {}, ["tags"]),
        ({"min_size": 2, "max_size": 2}, {}, ["min_size", "max_size"]),
        ({"min_size": 2, "max_size": 2}, {"min_size": 2}, []),
        ({"min_size": 2, "max_size": 2}, {"max_size": 2}, []),
        ({"endpoints": [{"private_network_id": NETWORK}]}, {}, ["endpoints"]),
        ({"endpoints": [{"public": True, "disable_auth": True}]}, {}, ["endpoints"]),
        ({"endpoints": [{"public": True, "disable_auth": True}]}, {"endpoints": [{"public": True}]}, ["endpoints"]),
        (
            {"endpoints": [{"public": True}, {"private_network_id": NETWORK}]},
            {"endpoints": [{"public": True}]},
            ["endpoints"],
        ),
        (
            {"endpoints": [{"public": True}, {"private_network_id": NETWORK}]},
            {"endpoints": [{"public": True}], "purge_endpoints": True},
            [],
        ),
        ({"tags": ["keep"]}, {"tags": []}, []),
        ({}, {}, []),
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_undeclared_state_is_refused_with_options_to_paste(
    runner: Runner, api_version: str, had: Any, said: Any, lost: list[str], many: bool
) -> None:
    task = fleet.TASK if many else deployment.TASK

    def options(one: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": "support", "deployments": [dict(one)]} if many else dict(one)

    made = runner.ok(task, **options({**CHAT, **had}))
    old = made["members"][0]["deployment"] if many else made["deployment"]
    runner.emulator.clear_journal()
    asked = {**RECREATED, **declared(api_version), **said}
    if lost:
        for check_mode in (True, False):
            result = runner.failure(task, **options(asked), check_mode=check_mode)
            assert sorted(pasted(result["msg"])) == sorted(lost)
            assert result["error"]["undeclared"]["chat"] == pasted(result["msg"])
            assert not result["changed"]
        assert runner.writes() == []
        asked.update(pasted(result["msg"]))
    result = runner.ok(task, **options(asked))
    new = result["members"][0]["deployment"] if many else result["deployment"]
    assert new["id"] != old["id"]
    assert new["node_type"] == "L40S"
    for field in ("tags", "min_size", "max_size"):
        if field not in said:
            assert new[field] == old[field]
    if not said.get("purge_endpoints"):
        assert [(one["private_network_id"], one["disable_auth"]) for one in new["endpoints"]] == [
            (one["private_network_id"], one["disable_auth"]) for one in old["endpoints"]
        ]
    assert not runner.ok(task, **options(asked))["changed"]


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_rules_must_be_declared_or_purged(runner: Runner) -> None:
    runner.ok(deployment.TASK, **CHAT)
    runner.ok(acl.TASK, deployment="chat", rules=[OFFICE, OTHER])
    runner.emulator.clear_journal()
    for said in ({}, {"rules": []}, {"rules": [OTHER]}):
        message = runner.failure(deployment.TASK, **RECREATED, **said)["msg"]
        assert [rule["ip"] for rule in pasted(message)["rules"]] == (
            [OTHER["ip"], OFFICE["ip"]] if said.get("rules") else [OFFICE["ip"], OTHER["ip"]]
        )
    message = runner.failure(deployment.TASK, **RECREATED, rules=[], purge_rules=True)["msg"]
    assert "allow_all: true" in message
    assert runner.writes() == []
    predicted = runner.ok(deployment.TASK, **RECREATED, rules=[{"ip": OFFICE["ip"]}], purge_rules=True, check_mode=True)
    result = runner.ok(deployment.TASK, **RECREATED, rules=[{"ip": OFFICE["ip"]}], purge_rules=True)
    assert [(rule["ip"], rule["description"]) for rule in result["rules"]] == [(OFFICE["ip"], "Office")]
    assert predicted["diff"] == result["diff"]
    assert result["diff"]["before"]["rules"] == [OFFICE, OTHER]
    assert result["diff"]["after"]["rules"] == [OFFICE]
    again = {**RECREATED, "node_type": "L4"}
    opened = runner.ok(deployment.TASK, **again, rules=[], purge_rules=True, allow_all=True)
    assert opened["rules"] == []


@pytest.mark.parametrize("api_version", ["v1"])
def test_v1_requires_rules_to_be_declared(runner: Runner) -> None:
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]
    bits = {"quantization_bits": made["quantization_bits"]}
    runner.emulator.clear_journal()
    for check_mode in (True, False):
        message = runner.failure(deployment.TASK, **RECREATED, **bits, check_mode=check_mode)["msg"]
        assert "rules: [] accepts that they are lost" in message
        assert pasted(message) == {"rules": []}
    assert "api_version v1beta1" in runner.failure(deployment.TASK, **RECREATED, **bits, rules=[OFFICE])["msg"]
    assert runner.writes() == []
    assert runner.ok(deployment.TASK, **RECREATED, **bits, rules=[])["changed"]
    assert not runner.ok(deployment.TASK, **RECREATED, **bits, rules=[], purge_rules=True)["changed"]
    private = {"endpoints": [{"private_network_id": NETWORK}]}
    runner.ok(deployment.TASK, **{**CHAT, "name": "inner"}, **private)
    # Rules only guard public endpoints.
    assert runner.ok(deployment.TASK, **{**RECREATED, "name": "inner"}, **bits, **private)["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("many", [False, True])
def test_node_type_out_of_stock_deletes_nothing(runner: Runner, api_version: str, check_mode: bool, many: bool) -> None:
    runner.ok(deployment.TASK, **CHAT)
    runner.emulator.force_node_type("L40S", stock_status="out_of_stock")
    runner.emulator.clear_journal()
    asked = {**RECREATED, **declared(api_version)}
    task, options = (fleet.TASK, {"name": "support", "deployments": [asked]}) if many else (deployment.TASK, asked)
    message = runner.failure(task, **options, check_mode=check_mode)["msg"]
    assert "node_type: L40S is out of stock" in message
    assert "available_only" in message
    assert runner.writes() == []


def test_a_recreation_keeps_a_fleets_tag(runner: Runner, api_version: str) -> None:
    runner.ok(fleet.TASK, name="support", deployments=[CHAT])
    message = runner.failure(deployment.TASK, **RECREATED, **declared(api_version))["msg"]
    assert pasted(message) == {"tags": ["fleet: support"]}
    result = runner.ok(fleet.TASK, name="support", deployments=[{**RECREATED, **declared(api_version)}])
    assert result["members"][0]["deployment"]["tags"] == ["fleet: support"]


def test_templates_in_options_to_paste_are_unsafe_texts(runner: Runner, api_version: str) -> None:
    runner.ok(deployment.TASK, **CHAT, tags=["{{ lookup('pipe', 'id') }}", "plain\nline\x7f"])
    message = runner.failure(deployment.TASK, **RECREATED, **declared(api_version))["msg"]
    assert message.splitlines()[-1].strip() == "tags: [!unsafe \"{{ lookup('pipe', 'id') }}\", \"plain\\nline\\u007f\"]"


# Rules of deployments in their life


@pytest.mark.parametrize("api_version", ["v1beta1"])
class TestRules:
    def test_walk(self, runner: Runner) -> None:
        predicted = runner.ok(deployment.TASK, **CHAT, rules=[OFFICE], check_mode=True)
        made = runner.ok(deployment.TASK, **CHAT, rules=[OFFICE])
        assert made["steps"][1] == predicted["steps"][1] == "add 192.0.2.0/24"
        assert made["diff"] == predicted["diff"]
        assert predicted["rules"] == [{"id": None, **OFFICE}]
        assert [rule["ip"] for rule in made["rules"]] == ["192.0.2.0/24"]
        runner.emulator.clear_journal()
        assert not runner.ok(deployment.TASK, **CHAT, rules=[OFFICE])["changed"]
        assert len(runner.requests()) == 2
        assert runner.ok(deployment.TASK, **CHAT)["rules"] is None
        both = runner.ok(deployment.TASK, **CHAT, rules=[OTHER])
        assert len(both["rules"]) == 2
        exact = runner.ok(deployment.TASK, **CHAT, rules=[OTHER], purge_rules=True)
        assert [rule["ip"] for rule in exact["rules"]] == [OTHER["ip"]]
        refused = runner.failure(deployment.TASK, **CHAT, rules=[], purge_rules=True)
        assert "allow_all: true" in refused["msg"]
        assert runner.ok(deployment.TASK, **CHAT, rules=[], purge_rules=True, allow_all=True)["rules"] == []

    def test_rules_are_waited_for_in_spite_of_wait_false(self, runner: Runner) -> None:
        result = runner.ok(deployment.TASK, **CHAT, rules=[OFFICE], wait=False)
        assert result["deployment"]["status"] == "ready"
        assert [rule["ip"] for rule in result["rules"]] == ["192.0.2.0/24"]
        assert "wait: false" in result["warnings"][0]
        assert any("wait: false" in line for line in runner.progress)
        assert "warnings" not in runner.ok(deployment.TASK, **CHAT, rules=[OFFICE], wait=False)

    def test_deployment_of_another_run_gets_the_rules_too(self, runner: Runner, clock: ManualClock) -> None:
        concurrent = runner.ok(deployment.TASK, **CHAT, wait=False)["deployment"]
        clock.advance(1)
        runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="stale", seconds=3600))
        result = runner.ok(deployment.TASK, **CHAT, rules=[OFFICE])
        assert result["deployment"]["id"] == concurrent["id"]
        kept = runner.ok(acl_info.TASK, deployment="chat")["rules"]
        assert [rule["ip"] for rule in kept] == [rule["ip"] for rule in result["rules"]] == ["192.0.2.0/24"]

    def test_rules_come_before_openings(self, runner: Runner) -> None:
        opened = [{"public": True, "disable_auth": True}, {"private_network_id": NETWORK, "disable_auth": True}]
        made = runner.ok(deployment.TASK, **CHAT, endpoints=opened, rules=[OFFICE])
        creation = next(one for one in runner.emulator.journal() if one.method == "POST")
        assert [one["disable_auth"] for one in creation.body["endpoints"]] == [False, True]
        kinds = [one.split("/")[0] + one.split("/")[-1] for one in runner.writes()]
        assert kinds[:2] == ["POST deployments", "POST acls"]
        assert runner.writes()[2].startswith("PATCH /endpoints/")
        assert all(one["disable_auth"] for one in made["deployment"]["endpoints"])
        assert not runner.ok(deployment.TASK, **CHAT, endpoints=opened, rules=[OFFICE])["changed"]

        inner = {**CHAT, "name": "inner"}
        runner.ok(deployment.TASK, **inner, endpoints=opened[1:])
        runner.emulator.clear_journal()
        runner.ok(deployment.TASK, **inner, endpoints=opened[:1], purge_endpoints=True, rules=[OFFICE])
        assert [one.split("/")[-1] for one in runner.writes()[:2]] == ["acls", "endpoints"]
        assert runner.writes()[2].startswith("DELETE /endpoints/")

    def test_rules_allow_more_only_after_closing_steps(self, runner: Runner) -> None:
        runner.ok(deployment.TASK, **CHAT, endpoints=[{"public": True, "disable_auth": True}], rules=[OFFICE])
        runner.emulator.clear_journal()
        shut = [{"public": True, "disable_auth": False}]
        runner.ok(deployment.TASK, **CHAT, endpoints=shut, rules=[], purge_rules=True, allow_all=True)
        assert [one.split("/")[1] for one in runner.writes()] == ["endpoints", "deployments"]


# However it ends


class Killed(BaseException):
    """Ends a run as a kill would."""


class MortalClock(ManualClock):
    """A clock that ends the run before a chosen request, as the transport reads the time before each."""

    def __init__(self, emulator: EmulatorServer) -> None:
        super().__init__()
        self._emulator = emulator
        self.end_before: int | None = None

    def monotonic(self) -> float:
        if self.end_before is not None and len(self._emulator.journal()) >= self.end_before:
            raise Killed
        return super().monotonic()


def state(runner: Runner) -> dict[str, Any]:
    """The endpoints, rules and resources of the only deployment."""
    [one] = [each for each in runner.emulator.deployments() if runner.emulator.status(each.id) != "deleting"]
    return {
        "node_type": one.node_type,
        "tags": set(one.tags),
        "sizes": (one.min_size, one.max_size),
        "endpoints": {each.private_network_id: each.disable_auth for each in one.endpoints},
        "rules": {rule.ip: rule.description for rule in one.acls},
    }


class Recreation:
    """A deployment with all that can be lost, and the task that recreates it."""

    def __init__(self, emulator: EmulatorServer, api_version: str, many: bool) -> None:
        self._emulator = emulator
        self._had = {
            "tags": ["keep"],
            "min_size": 2,
            "max_size": 2,
            "endpoints": [
                {"public": True, "disable_auth": True},
                {"private_network_id": NETWORK, "disable_auth": False},
            ],
            **({"rules": [OFFICE, OTHER]} if api_version == "v1beta1" else {}),
        }
        self._many = many
        self._environ = {"SCW_INFERENCE_API_VERSION": api_version, "HOME": "/nonexistent"}
        self._asked = {**RECREATED, **declared(api_version), **self._had}

    def prepare(self) -> None:
        """Reset the service, with only the ready deployment."""
        self.clock = MortalClock(self._emulator)
        self._emulator.reset(clock=self.clock, **QUICK)
        self.runner = Runner(self._emulator, self.clock, self._environ)
        assert not self._run({**CHAT, **self._had}).get("failed")
        self._before = state(self.runner)
        self._emulator.clear_journal()

    def run(self, **options: Any) -> dict[str, Any]:
        return self._run(self._asked, **options)

    def check_that_the_next_run_restores_it(self) -> None:
        """Assert that no state until then is more open than the old deployment."""
        for one in self.runner.emulator.deployments():
            rules = {rule.ip for rule in one.acls}
            unlocked = any(each.disable_auth for each in one.endpoints if each.private_network_id is None)
            assert not unlocked or rules == set(self._before["rules"])
        self.clock.advance(3600)
        result = self.run()
        assert not result.get("failed"), result["msg"]
        assert state(self.runner) == {**self._before, "node_type": "L40S"}

    def _run(self, one: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        if self._many:
            return self.runner.run(fleet.TASK, name="support", deployments=[dict(one)], **more)
        return self.runner.run(deployment.TASK, **one, **more)


@pytest.fixture(params=["deployment", "fleet"])
def recreation(request: pytest.FixtureRequest, emulator: EmulatorServer, api_version: str) -> Recreation:
    return Recreation(emulator, api_version, request.param == "fleet")


@pytest.mark.slow
def test_a_run_that_is_killed_anywhere_is_restored_by_the_next(recreation: Recreation) -> None:
    moments = 0
    for end_before in range(1, 60):
        recreation.prepare()
        recreation.clock.end_before = end_before
        try:
            recreation.run()
        except Killed:
            moments += 1
        else:
            break
        recreation.clock.end_before = None
        recreation.check_that_the_next_run_restores_it()
    assert moments >= 8


@pytest.mark.slow
def test_a_run_that_fails_anywhere_is_restored_by_the_next(recreation: Recreation, emulator: EmulatorServer) -> None:
    failures = 0
    refusal = {"status": 403, "body": '{"type": "permissions_denied"}'}
    for skip in range(60):
        recreation.prepare()
        emulator.add_fault(Fault(method=".*", path=".*", kind="status", skip=skip, **refusal))
        if not recreation.run().get("failed"):
            break
        failures += 1
        recreation.check_that_the_next_run_restores_it()
    assert failures >= 8


@pytest.mark.parametrize("wait_timeout", range(0, 10, 2))
def test_a_run_that_times_out_anywhere_is_restored_by_the_next(recreation: Recreation, wait_timeout: int) -> None:
    recreation.prepare()
    recreation.run(wait_timeout=wait_timeout)
    recreation.check_that_the_next_run_restores_it()


def test_stock_lost_before_the_creation_is_reported_and_restored(
    recreation: Recreation, emulator: EmulatorServer
) -> None:
    recreation.prepare()
    gone = '{"type": "out_of_stock", "resource": "L40S"}'
    emulator.add_fault(Fault(method="POST", path="/deployments$", kind="status", status=503, body=gone))
    result = recreation.run()
    assert result["failed"]
    assert result["changed"]
    assert "is in stock" in result["msg"]
    emulator.add_fault(Fault(method="POST", path="/deployments$", kind="status", status=503, body=gone))
    assert recreation.run()["failed"]
    recreation.check_that_the_next_run_restores_it()
