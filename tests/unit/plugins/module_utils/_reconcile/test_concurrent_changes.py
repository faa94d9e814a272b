# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that change the same resources at the same moment end well, and return only their own steps."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    acl_info,
    chat_completion,
    deployment,
    deployment_certificate_info,
    endpoint,
    fleet,
    model,
)
from ansible_collections.scaleway.inference.tests.support.clock import ScriptedClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
KIND: dict[str, Any] = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
CHAT: dict[str, Any] = {"name": "chat", **KIND}
FLEET_TAG = "fleet: all"
BOTH = [{"public": True}, {"private_network_id": NETWORK}]
# Each task that finds a deployment by its name.
FINDERS: dict[str, tuple[TaskSpec, dict[str, Any]]] = {
    "deployment": (deployment.TASK, CHAT),
    "deployment without waiting": (deployment.TASK, {**CHAT, "wait": False}),
    "fleet": (fleet.TASK, {"name": "all", "deployments": [CHAT]}),
    "endpoint": (endpoint.TASK, {"deployment": "chat", "public": True}),
    "acl": (acl.TASK, {"deployment": "chat", "rules": [{"ip": "127.0.0.1"}]}),
    "acl_info": (acl_info.TASK, {"deployment": "chat"}),
    "chat_completion": (chat_completion.TASK, {"deployment": "chat", "prompt": "Hello"}),
    "certificate": (deployment_certificate_info.TASK, {"deployment": "chat"}),
}
# v1 has no access rules.
VERSIONS = [(one, version) for one in FINDERS for version in ("v1beta1", "v1")[: 1 if one.startswith("acl") else 2]]


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
def emulator(emulator_server: EmulatorServer, clock: ScriptedClock) -> EmulatorServer:
    emulator_server.reset(clock=clock)
    return emulator_server


def make(runner: Runner, name: str = "chat", **options: Any) -> str:
    """Create a deployment that is ready; return its ID."""
    made = runner.ok(deployment.TASK, **{**KIND, "name": "made", "endpoints": BOTH, **options})["deployment"]
    runner.emulator.force_status(made["id"], "ready", name=name)
    return str(made["id"])


@pytest.fixture
def two(runner: Runner) -> tuple[str, str]:
    """Two deployments named chat, the older one first."""
    tags = [FLEET_TAG]
    both = make(runner, tags=tags), make(runner, tags=tags)
    runner.emulator.clear_journal()
    runner.progress.clear()
    return both


def chosen(result: dict[str, Any]) -> str:
    """The ID of the deployment in a result; empty if there is none."""
    one = result.get("deployment") or next(iter(result.get("members", ())), {}).get("deployment") or {}
    return str(one.get("id", ""))


@pytest.mark.one_variant
@pytest.mark.parametrize(("finder", "api_version"), VERSIONS)
def test_two_of_one_name_are_waited_for(
    runner: Runner, clock: ScriptedClock, two: tuple[str, str], finder: str
) -> None:
    task, options = FINDERS[finder]
    older, younger = two
    clock.after(10, lambda: runner.emulator.force_status(younger, "deleted"))
    begin = clock.monotonic()
    result = runner.ok(task, **options)
    assert chosen(result) in ("", older)
    assert clock.monotonic() - begin < 30
    lines = [
        line for line in runner.progress if line.startswith("2 deployments are named chat: waiting until other runs")
    ]
    assert len(lines) == 1
    assert not [one for one in runner.writes() if one.startswith("DELETE")]


@pytest.mark.one_variant
def test_failure_of_check_mode_warns_that_it_took_one_of_two(runner: Runner) -> None:
    """The one that other runs keep may allow what this one doesn't."""
    two = [make(runner, endpoints=[{"public": True}]) for _time in range(2)]
    result = runner.failure(endpoint.TASK, check_mode=True, deployment="chat", public=True, state="absent")
    assert "is the last one of deployment 'chat'" in result["msg"]
    (warning,) = result["warnings"]
    assert "2 deployments are named 'chat'" in warning
    assert f"it will be {two[0]}, which is what is predicted here" in warning


@pytest.mark.slow
@pytest.mark.one_variant
@pytest.mark.parametrize(("finder", "api_version"), VERSIONS)
def test_two_that_both_remain_are_an_error_after_a_minute(
    runner: Runner, clock: ScriptedClock, two: tuple[str, str], finder: str
) -> None:
    task, options = FINDERS[finder]
    begin = clock.monotonic()
    message = runner.failure(task, **options)["msg"]
    assert "2 deployments are named 'chat'" in message
    assert "by its ID" in message
    assert all(one in message for one in two)
    assert 59 < clock.monotonic() - begin < 61
    assert [one for one in runner.writes() if "chat/completions" not in one] == []


@pytest.mark.slow
@pytest.mark.one_variant
@pytest.mark.parametrize(("finder", "api_version"), [one for one in VERSIONS if one[0] != "chat_completion"])
def test_check_mode_predicts_for_the_oldest(
    runner: Runner, clock: ScriptedClock, two: tuple[str, str], finder: str
) -> None:
    task, options = FINDERS[finder]
    begin = clock.monotonic()
    result = runner.ok(task, check_mode=True, **options)
    assert chosen(result) in ("", two[0])
    (warning,) = result["warnings"]
    assert all(one in warning for one in two)
    assert f"it will be {two[0]}" in warning
    assert clock.monotonic() == begin


def test_members_of_a_fleet_settle_together(runner: Runner, clock: ScriptedClock) -> None:
    doubles = {name: (make(runner, name), make(runner, name)) for name in ("a", "b", "c")}
    entries = [{"name": name, **KIND} for name in doubles]
    begin = clock.monotonic()
    message = runner.failure(fleet.TASK, name="all", deployments=entries)["msg"]
    assert 59 < clock.monotonic() - begin < 61
    assert all(one in message for both in doubles.values() for one in both)
    for _older, younger in doubles.values():
        clock.after(20, lambda one=younger: runner.emulator.force_status(one, "deleted"))
    members = runner.ok(fleet.TASK, name="all", deployments=entries)["members"]
    assert {one["name"]: one["deployment"]["id"] for one in members} == {k: v[0] for k, v in doubles.items()}


def test_name_of_two_deployments_is_taken(runner: Runner, clock: ScriptedClock, two: tuple[str, str]) -> None:
    other = make(runner, "other")
    begin = clock.monotonic()
    message = runner.failure(deployment.TASK, id=other, name="chat")["msg"]
    assert f"'chat' is the name of another deployment, {two[0]}" in message
    assert clock.monotonic() == begin


@pytest.mark.parametrize("options", [{}, {"tags": ["late"]}, {"wait": False, "tags": ["late"]}], ids=str)
def test_run_continues_with_the_one_that_is_kept(runner: Runner, clock: ScriptedClock, options: dict[str, Any]) -> None:
    stays = make(runner, "hidden")
    gives_way = runner.ok(deployment.TASK, **CHAT, wait=False)["deployment"]["id"]

    def settle() -> None:
        runner.emulator.force_status(gives_way, "deleted")
        runner.emulator.force_status(stays, "ready", name="chat")

    clock.after(20, settle)
    result = runner.ok(deployment.TASK, **CHAT, **options)
    if options != {"wait": False}:
        assert result["deployment"]["id"] == stays
        assert result["deployment"]["tags"] == options.get("tags", [])
    assert result["changed"] == bool(options.get("tags"))


def test_fleet_continues_with_the_one_that_is_kept(runner: Runner, clock: ScriptedClock, api_version: str) -> None:
    stays = make(runner, "hidden")
    gives_way = runner.ok(deployment.TASK, **CHAT, wait=False)["deployment"]["id"]

    def settle() -> None:
        runner.emulator.force_status(gives_way, "deleted")
        runner.emulator.force_status(stays, "ready", name="chat")

    clock.after(20, settle)
    rules = {} if api_version == "v1" else {"rules": [{"ip": "192.0.2.1"}]}
    (member,) = runner.ok(fleet.TASK, name="all", deployments=[{**CHAT, **rules}])["members"]
    assert member["deployment"]["id"] == stays
    assert member["deployment"]["tags"] == [FLEET_TAG]
    assert [one["ip"] for one in member["rules"] or ()] == [one["ip"] for one in rules.get("rules", ())]


def test_deployment_that_is_deleted_meanwhile_is_an_error(runner: Runner, clock: ScriptedClock) -> None:
    begun = runner.ok(deployment.TASK, **CHAT, wait=False)["deployment"]["id"]
    clock.after(20, lambda: runner.emulator.force_status(begun, "deleted"))
    runner.emulator.clear_journal()
    message = runner.failure(deployment.TASK, **CHAT)["msg"]
    assert "deployment chat is gone: someone else deleted it" in message
    assert runner.writes() == []


def test_deployment_chosen_by_id_has_no_successor(runner: Runner, clock: ScriptedClock) -> None:
    make(runner)
    begun = runner.ok(deployment.TASK, **{**CHAT, "name": "begun"}, wait=False)["deployment"]["id"]
    runner.emulator.force_status(begun, "creating", name="chat")
    clock.after(20, lambda: runner.emulator.force_status(begun, "deleted"))
    assert "is gone" in runner.failure(deployment.TASK, id=begun, tags=["late"])["msg"]


def test_ours_is_kept_if_only_a_list_shows_an_older_one(runner: Runner, clock: ScriptedClock) -> None:
    runner.emulator.configure(list_lag=20)
    begun = runner.ok(deployment.TASK, **{**CHAT, "name": "begun"}, wait=False)["deployment"]["id"]
    clock.advance(30)
    runner.emulator.force_status(begun, "creating", name="chat")
    clock.advance(5)
    runner.emulator.force_status(begun, "deleted")
    runner.emulator.clear_journal()
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]["id"]
    assert made != begun
    assert [one.id for one in runner.emulator.deployments()] == [made]
    assert runner.writes() == ["POST /deployments"]


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("kind", ["deployment", "fleet"])
def test_lagging_lists_hide_no_concurrent_creation(runner: Runner, clock: ScriptedClock, kind: str, wait: bool) -> None:
    runner.emulator.configure(list_lag=25)
    concurrent = make(runner)
    runner.emulator.force_status(concurrent, "ready", created_at=clock.time() - 1)
    runner.emulator.clear_journal()
    runner.progress.clear()
    task, options = (deployment.TASK, CHAT) if kind == "deployment" else FINDERS["fleet"]
    result = runner.ok(task, **options, wait=wait)
    assert chosen(result) == concurrent
    assert [one.split("/")[0] for one in runner.writes()][:2] == ["POST ", "DELETE "]
    assert any("lists don't show" in line for line in runner.progress)
    assert result["changed"]
    created, deleted = steps_of(result)[:2]
    assert created.startswith("create deployment chat (")
    assert deleted.startswith(created.replace("create", "delete"))
    assert deleted.endswith(f", as another run created {concurrent} before")


def test_deployment_created_during_a_deletion_is_taken_over(runner: Runner, clock: ScriptedClock) -> None:
    runner.ok(deployment.TASK, **CHAT)
    hidden = make(runner, "hidden")
    runner.ok(deployment.TASK, name="chat", state="absent", wait=False)
    clock.after(5, lambda: runner.emulator.force_status(hidden, "ready", name="chat"))
    runner.emulator.clear_journal()
    assert runner.ok(deployment.TASK, **CHAT)["deployment"]["id"] == hidden
    assert runner.writes() == []


# Changes of another run between our read and our request; here a lagging list hides them.

ENDPOINT_TASKS: dict[str, tuple[TaskSpec, dict[str, Any]]] = {
    "endpoint": (endpoint.TASK, {"deployment": "chat", "private_network_id": NETWORK}),
    "deployment": (deployment.TASK, {"name": "chat", "endpoints": [{"private_network_id": NETWORK}]}),
    "fleet": (
        fleet.TASK,
        {"name": "all", "deployments": [{"name": "chat", "endpoints": [{"private_network_id": NETWORK}]}]},
    ),
}


def lagging(runner: Runner, clock: ScriptedClock, *, by: float = 25) -> None:
    """Let lists lag from now on: they show later changes only after C(by) seconds."""
    clock.advance(by)
    runner.emulator.configure(list_lag=by)


def steps_of(result: dict[str, Any]) -> list[str]:
    return list(result["members"][0]["steps"] if "members" in result else result["steps"])


@pytest.mark.parametrize("kind", ENDPOINT_TASKS)
def test_endpoint_that_another_run_added_is_no_failure(runner: Runner, clock: ScriptedClock, kind: str) -> None:
    make(runner, endpoints=[{"public": True}], tags=[FLEET_TAG])
    lagging(runner, clock)
    runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK)
    runner.emulator.clear_journal()
    task, options = ENDPOINT_TASKS[kind]
    result = runner.ok(task, **options)
    assert runner.writes() == ["POST /endpoints"]
    assert (result["changed"], steps_of(result)) == (False, [])
    if kind != "fleet":
        assert result["diff"]["before"] == result["diff"]["after"]
    assert [len(one.endpoints) for one in runner.emulator.deployments()] == [2]


def test_endpoint_that_another_run_added_otherwise_is_changed(runner: Runner, clock: ScriptedClock) -> None:
    make(runner, endpoints=[{"public": True}])
    lagging(runner, clock)
    runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK, disable_auth=True)
    result = runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK, disable_auth=False)
    assert result["endpoint"]["disable_auth"] is False
    assert result["steps"] == [f"set disable_auth of endpoint in private network {NETWORK} to false"]


def test_endpoint_that_another_run_removed_is_made_again(runner: Runner, clock: ScriptedClock) -> None:
    make(runner)
    lagging(runner, clock)
    runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK, state="absent")
    result = runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK, disable_auth=True)
    assert result["endpoint"]["disable_auth"] is True
    assert result["steps"] == [f"add endpoint in private network {NETWORK}"]


def test_endpoint_that_another_run_removed_is_absent(runner: Runner, clock: ScriptedClock) -> None:
    make(runner)
    lagging(runner, clock)
    runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK, state="absent")
    runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK, state="absent")
    assert [len(one.endpoints) for one in runner.emulator.deployments()] == [1]


def test_refusal_of_an_endpoint_that_is_not_there_stays_an_error(runner: Runner) -> None:
    make(runner, endpoints=[{"public": True}])
    runner.emulator.add_fault(
        Fault("POST", "/endpoints$", "status", status=400, type="invalid_arguments", message="no")
    )
    assert "no" in runner.failure(endpoint.TASK, deployment="chat", private_network_id=NETWORK)["msg"]


def test_change_by_another_run_is_not_sent_again(runner: Runner, clock: ScriptedClock) -> None:
    make(runner)
    lagging(runner, clock)
    # A change after which the deployment is busy in both versions.
    runner.ok(deployment.TASK, name="chat", min_size=2, max_size=2, wait=False)
    runner.emulator.clear_journal()
    result = runner.ok(deployment.TASK, name="chat", min_size=2, max_size=2)
    assert result["deployment"]["min_size"] == 2
    assert (result["changed"], result["steps"]) == (False, [])
    # The lists show it late, so it is tried, and refused as long as the other change is deployed.
    assert {(one.method, one.status) for one in runner.emulator.journal() if one.method != "GET"} == {("PATCH", 409)}


def test_briefly_busy_deployment_is_asked_again(runner: Runner) -> None:
    make(runner)
    runner.emulator.add_fault(Fault("PATCH", "/deployments/", "status", status=409, type="transient_state", times=3))
    result = runner.ok(deployment.TASK, name="chat", tags=["late"])
    assert result["deployment"]["tags"] == ["late"]


def test_change_continues_on_the_deployment_that_is_kept(runner: Runner, clock: ScriptedClock) -> None:
    stays, gives_way = make(runner, "hidden"), make(runner)
    lagging(runner, clock)
    runner.emulator.force_status(gives_way, "deleted")
    runner.emulator.force_status(stays, "ready", name="chat")
    result = runner.ok(deployment.TASK, name="chat", tags=["late"])
    assert result["deployment"]["id"] == stays
    assert result["deployment"]["tags"] == ["late"]


@pytest.mark.parametrize("desired", [{"disable_auth": True}, {"state": "absent"}], ids=str)
def test_endpoint_change_continues_on_the_deployment_that_is_kept(
    runner: Runner, clock: ScriptedClock, desired: dict[str, Any]
) -> None:
    stays, gives_way = make(runner, "hidden"), make(runner)
    lagging(runner, clock)
    runner.emulator.force_status(gives_way, "deleted")
    runner.emulator.force_status(stays, "ready", name="chat")
    result = runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK, **desired)
    there = {one.private_network_id: one for one in runner.emulator.deployments()[0].endpoints}
    if desired.get("state") == "absent":
        assert NETWORK not in there
    else:
        assert there[NETWORK].disable_auth
        assert result["endpoint"]["id"] == there[NETWORK].id


def test_fleet_ignores_the_status_from_before_its_change(runner: Runner, clock: ScriptedClock) -> None:
    make(runner, tags=[FLEET_TAG])
    lagging(runner, clock)
    result = runner.ok(fleet.TASK, name="all", deployments=[{"name": "chat", "tags": ["late"]}])
    (made,) = runner.emulator.deployments()
    assert set(made.tags) == {"late", FLEET_TAG}
    assert runner.emulator.status(made.id) == "ready"
    assert result["members"][0]["deployment"]["status"] == "ready"


def test_deletion_that_another_run_began_is_not_this_one_s(runner: Runner) -> None:
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]
    # So this run's list doesn't show yet that it is being deleted.
    runner.clock.advance(60)
    runner.emulator.configure(list_lag=5)
    runner.ok(deployment.TASK, id=made["id"], state="absent", wait=False)
    result = runner.ok(deployment.TASK, name="chat", state="absent")
    assert runner.writes()[-2:] == [f"DELETE /deployments/{made['id']}"] * 2
    assert (result["changed"], result["steps"], result["deployment"]) == (False, [], None)
    assert runner.emulator.deployments() == []


OWN: dict[str, Any] = {"name": "coder", "source_url": "https://models.example/coder"}
OFFICE, SERVER = "192.0.2.0/24", "198.51.100.7"
# Each task that removes something, with the request that does it, and the version that has it.
REMOVALS: dict[str, tuple[TaskSpec, dict[str, Any], str, str]] = {
    "deployment": (deployment.TASK, {"name": "chat", "state": "absent"}, "/deployments/", "v1"),
    "fleet": (fleet.TASK, {"name": "all", "deployments": [{"name": "chat", "state": "absent"}]}, "/deployments/", "v1"),
    "endpoint": (
        endpoint.TASK,
        {"deployment": "chat", "private_network_id": NETWORK, "state": "absent"},
        "/endpoints/",
        "v1",
    ),
    "endpoints": (
        deployment.TASK,
        {"name": "chat", "endpoints": [{"public": True}], "purge_endpoints": True},
        "/endpoints/",
        "v1",
    ),
    "acl": (acl.TASK, {"deployment": "chat", "rules": [{"ip": OFFICE}], "state": "absent"}, "/acls/", "v1beta1"),
    "rules": (
        deployment.TASK,
        {"name": "chat", "rules": [{"ip": SERVER}], "purge_rules": True},
        "/acls/",
        "v1beta1",
    ),
    "model": (model.TASK, {"name": "coder", "state": "absent"}, "/models/", "v1"),
}


def before_removal(runner: Runner, clock: ScriptedClock, kind: str) -> tuple[TaskSpec, dict[str, Any], str]:
    """Make what the task removes; return the task, its options and the path of the request."""
    task, options, path, version = REMOVALS[kind]
    runner.environ["SCW_INFERENCE_API_VERSION"] = version
    make(runner, tags=[FLEET_TAG], **({"rules": [{"ip": OFFICE}, {"ip": SERVER}]} if version == "v1beta1" else {}))
    if kind == "model":
        runner.ok(model.TASK, **OWN)
    lagging(runner, clock)
    runner.emulator.clear_journal()
    return task, options, path


@pytest.mark.one_variant
@pytest.mark.parametrize("kind", REMOVALS)
def test_removal_by_another_run_is_not_this_one_s(runner: Runner, clock: ScriptedClock, kind: str) -> None:
    """The lists don't show it yet, so it is tried."""
    task, options, path = before_removal(runner, clock, kind)
    # The other run doesn't wait until lists show it.
    runner.emulator.configure(deleting=0, list_lag=0)
    runner.ok(task, **options)
    assert len(runner.writes()) == 1
    runner.emulator.configure(list_lag=25)
    result = runner.ok(task, **options)
    assert [one.startswith(f"DELETE {path}") for one in runner.writes()] == [True, True]
    assert (result["changed"], steps_of(result)) == (False, [])
    assert result["diff"]["before"] == result["diff"]["after"]


@pytest.mark.one_variant
@pytest.mark.parametrize("kind", REMOVALS)
def test_removal_whose_answer_is_lost_is_this_one_s(runner: Runner, clock: ScriptedClock, kind: str) -> None:
    """The repeated request is told that it is gone."""
    task, options, path = before_removal(runner, clock, kind)
    runner.emulator.configure(deleting=0)
    runner.emulator.add_fault(Fault(method="DELETE", path=path, kind="reset", when="after"))
    result = runner.ok(task, **options)
    assert result["changed"]
    assert len(steps_of(result)) == 1
