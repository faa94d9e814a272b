# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers with missing or odd fields: a value is null, or an error names it if the task needs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    acl_info,
    chat_completion,
    deployment,
    deployment_info,
    endpoint,
    fleet,
    model,
    model_info,
    node_type_info,
)
from ansible_collections.scaleway.inference.tests.support.altered_service import (
    REMOVED,
    VALUE,
    VALUES,
    AlteredService,
    altered,
    altered_service,
)
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
KIND: dict[str, Any] = {"model": MODEL, "node_type": "L4"}
CHAT: dict[str, Any] = {"name": "chat", **KIND}
BOTH = [{"public": True}, {"private_network_id": NETWORK}]
OWN: dict[str, Any] = {"name": "coder", "source_url": "https://models.example/coder"}
# The fields of each kind of resource, in either version.
FIELDS: dict[str, str] = {
    "deployments": (
        "id name project_id region status model_name model_id node_type node_type_name min_size max_size size tags "
        "endpoints quantization error_message created_at updated_at endpoints.id endpoints.url endpoints.disable_auth "
        "endpoints.private_network endpoints.public_access endpoints.public_network"
    ),
    "models": (
        "id name project_id is_public provider tags description has_eula region status error_message "
        "compatible_node_types nodes_support quantization_level parameter_size_bits size_bytes created_at updated_at"
    ),
    "node_types": "name description stock_status vcpus memory vram gpus disabled beta region created_at",
}
# What a failure tells is readable as it is, and smaller ones take many runs.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
NAMES = {"deployments": "other", "models": "google/gemma-3-27b-it:bf16", "node_types": "L40S"}


@pytest.fixture
def service(runner: Runner) -> Iterator[AlteredService]:
    """The service of the runner, whose answers a test can alter."""
    with altered_service(runner.emulator) as odd:
        runner.environ["SCW_API_URL"] = odd.url
        yield odd


def listed(runner: Runner) -> dict[str, list[dict[str, Any]]]:
    return {
        "deployments": runner.ok(deployment_info.TASK)["deployments"],
        "models": runner.ok(model_info.TASK)["models"],
        "node_types": runner.ok(node_type_info.TASK)["node_types"],
    }


@expensive(phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=VALUE)
def test_odd_field_of_one_resource_changes_no_other(
    runner: Runner, service: AlteredService, data: st.DataObject, value: str
) -> None:
    service.change = lambda _kind, resource: resource
    if not runner.emulator.deployments():
        for name in ("chat", "other"):
            runner.ok(deployment.TASK, **{**CHAT, "name": name, "endpoints": BOTH})
    kind = data.draw(st.sampled_from(sorted(FIELDS)))
    key = data.draw(st.sampled_from(FIELDS[kind].split()))
    before = listed(runner)
    service.alter(kind, NAMES[kind], key, VALUES[value])
    service.requests.clear()
    after = listed(runner)
    for one in after:
        odd = [resource for resource in before[one] if one == kind and resource["name"] == NAMES[kind]]
        kept = [resource for resource in before[one] if resource not in odd]
        assert [resource for resource in after[one] if resource in kept] == kept
        # Without an ID, of node types without a name, there is no resource.
        assert len(after[one]) - len(kept) in ((0, 1) if key in ("id", "name") else (len(odd),))
    result = runner.ok(deployment.TASK, **CHAT, endpoints=BOTH, tags=[], min_size=1)
    assert not result["changed"]
    assert not runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK)["changed"]
    assert not runner.ok(fleet.TASK, name="all", deployments=[{**CHAT, "tags": []}], check_mode=True)["members"][0][
        "error"
    ]
    assert runner.ok(chat_completion.TASK, deployment="chat", prompt="Hello")["content"]
    assert [one for one in service.writes() if "completions" not in one] == []


@pytest.mark.parametrize("value", ["null", "removed", "text"])
def test_unneeded_value_is_null(runner: Runner, service: AlteredService, value: str) -> None:
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]
    service.alter("node_types", "L40S", "vcpus", VALUES[value])
    found = {one["name"]: one for one in runner.ok(node_type_info.TASK)["node_types"]}
    assert found["L40S"]["vcpus"] is None
    assert found["L4"]["vcpus"]
    service.alter("deployments", "chat", "max_size", VALUES[value])
    result = runner.ok(deployment.TASK, **CHAT)
    assert (result["changed"], result["deployment"]) == (False, {**made, "max_size": None})
    warnings = [
        one for one in result.get("warnings", ()) if "max_size: expected a whole number, got a string (of chat)" in one
    ]
    assert len(warnings) == (value == "text")
    assert all(one.startswith("GET /deployments: the service's answer isn't as documented: ") for one in warnings)


# The values that a task needs of a deployment, and its error where the service doesn't tell them.
NEEDED: dict[str, tuple[str, object, TaskSpec, dict[str, Any], str]] = {
    "model": ("model_name", None, deployment.TASK, CHAT, "leave model out of the task"),
    "node type": ("*", None, deployment.TASK, CHAT, "leave node_type out of the task"),
    "least size": ("min_size", None, deployment.TASK, {"name": "chat", "min_size": 1}, "leave min_size out"),
    "greatest size": ("max_size", "1", deployment.TASK, {"name": "chat", "max_size": 1}, "leave max_size out"),
    "tags": ("tags", "odd", deployment.TASK, {"name": "chat", "tags": []}, "leave tags out"),
    "endpoints": ("endpoints", [7], deployment.TASK, {"name": "chat", "endpoints": BOTH}, "which endpoints there are"),
    "a network": (
        "endpoints.private_network",
        {},
        deployment.TASK,
        {"name": "chat", "endpoints": BOTH},
        "endpoints.private_network_id",
    ),
    "authentication": (
        "endpoints.disable_auth",
        "no",
        endpoint.TASK,
        {"deployment": "chat", "public": True, "disable_auth": False},
        "leave disable_auth out",
    ),
    "ID of an endpoint": (
        "endpoints.id",
        None,
        endpoint.TASK,
        {"deployment": "chat", "private_network_id": NETWORK, "state": "absent"},
        "to change or remove the endpoint",
    ),
    "URL": ("endpoints.url", "", chat_completion.TASK, {"deployment": "chat", "prompt": "Hello"}, "give url"),
    "project": ("project_id", None, deployment.TASK, CHAT, "choose it by its ID"),
    "member": (
        "min_size",
        None,
        fleet.TASK,
        {"name": "all", "deployments": [{**CHAT, "min_size": 1}]},
        "deployments[0]",
    ),
}


@pytest.mark.slow
@pytest.mark.one_variant
@pytest.mark.parametrize("what", NEEDED)
def test_error_about_a_needed_value_names_the_resource_and_a_remedy(
    runner: Runner, service: AlteredService, api_version: str, what: str
) -> None:
    key, value, task, options, remedy = NEEDED[what]
    made = runner.ok(deployment.TASK, **CHAT, endpoints=BOTH)["deployment"]["id"]
    key = key.replace("*", {"v1": "node_type_name", "v1beta1": "node_type"}[api_version])
    service.alter("deployments", "chat", key, value)
    service.requests.clear()
    message = runner.failure(task, **options)["msg"]
    assert "the service's answer doesn't tell it for" in message
    assert f"deployment chat ({made})" in message
    assert remedy in message
    assert service.writes() == []


def test_missing_value_causes_no_recreation(runner: Runner, service: AlteredService, api_version: str) -> None:
    runner.ok(deployment.TASK, **CHAT, endpoints=[{"public": True}])
    node_type = {"v1": "node_type_name", "v1beta1": "node_type"}[api_version]
    declared = {**CHAT, "endpoints": [{"public": True}], "on_immutable_change": "recreate"}
    service.requests.clear()
    for key, more in ((node_type, {}), ("model_name", {}), ("min_size", {"node_type": "H100"})):
        service.alter("deployments", "chat", key, None)
        assert "doesn't tell it" in runner.failure(deployment.TASK, **{**declared, **more})["msg"]
    assert service.writes() == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("endpoints", None),
        ("endpoints", REMOVED),
        ("endpoints", []),
        ("endpoints.private_network", None),
        ("endpoints.private_network", REMOVED),
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_private_deployment_whose_endpoints_are_not_told_becomes_no_public_one(
    runner: Runner, service: AlteredService, api_version: str, key: str, value: object, many: bool
) -> None:
    """A recreation whose task declares no endpoint makes a public one."""
    runner.ok(deployment.TASK, **CHAT, endpoints=[{"private_network_id": NETWORK}])
    service.alter("deployments", "chat", key, value)
    service.requests.clear()
    options = {**CHAT, "node_type": "L40S", "on_immutable_change": "recreate"}
    options |= {"rules": [], "quantization_bits": 16} if api_version == "v1" else {}
    task = fleet.TASK if many else deployment.TASK
    message = runner.failure(task, **{"name": "all", "deployments": [options]} if many else options)["msg"]
    assert "endpoints: the service's answer doesn't tell it for deployment chat" in message
    assert "to keep them in a recreation" in message
    assert service.writes() == []


@pytest.mark.parametrize("value", [None, REMOVED])
def test_endpoint_of_which_the_answer_does_not_tell_whether_it_is_public(
    runner: Runner, service: AlteredService, value: object
) -> None:
    runner.ok(deployment.TASK, **CHAT, endpoints=[{"private_network_id": NETWORK}])
    service.alter("deployments", "chat", "endpoints.private_network", value)
    (found,) = runner.ok(deployment_info.TASK, deployment="chat")["deployments"]
    assert (found["endpoints"], found["url"]) == (None, None)
    service.requests.clear()
    for asked in ({"public": True}, {"public": True, "disable_auth": True}, {"public": True, "state": "absent"}):
        assert "which endpoints there are" in runner.failure(endpoint.TASK, deployment="chat", **asked)["msg"]
    assert service.writes() == []


ODD_ITEMS: dict[str, Any] = {
    "no object": lambda _resource: 7,
    "null": lambda _resource: None,
    "no ID": lambda resource: altered(resource, "id", None),
    "neither ID nor name": lambda resource: altered(altered(resource, "id", 7), "name", REMOVED),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", ODD_ITEMS)
@pytest.mark.parametrize(
    ("task", "options"),
    [(deployment.TASK, CHAT), (fleet.TASK, {"name": "all", "deployments": [CHAT]})],
    ids=["deployment", "fleet"],
)
def test_ambiguous_item_is_an_error(
    runner: Runner, service: AlteredService, task: TaskSpec, options: dict[str, Any], how: str
) -> None:
    runner.ok(deployment.TASK, **CHAT)
    service.change = lambda kind, one: ODD_ITEMS[how](one) if kind == "deployments" else one
    service.requests.clear()
    message = runner.failure(task, **options)["msg"]
    assert "isn't as documented: the answer.deployments[0]" in message
    assert "nobody can tell what it is" in message
    assert service.writes() == []


@pytest.mark.parametrize("how", ODD_ITEMS)
def test_item_that_is_no_resource_is_left_out_of_a_list_with_a_warning(
    runner: Runner, service: AlteredService, how: str
) -> None:
    for name in ("chat", "other"):
        runner.ok(deployment.TASK, **{**CHAT, "name": name})
    service.change = lambda kind, one: ODD_ITEMS[how](one) if kind == "deployments" and one["name"] == "other" else one
    result = runner.ok(deployment_info.TASK)
    assert [one["name"] for one in result["deployments"]] == ["chat"]
    (warning,) = result["warnings"]
    assert warning.startswith("GET /deployments: the service's answer isn't as documented: the answer.deployments[")
    assert "it is left out" in warning


def test_item_that_is_surely_another_one_is_ignored(runner: Runner, service: AlteredService) -> None:
    runner.ok(deployment.TASK, **{**CHAT, "name": "chat-2"})
    service.alter("deployments", "chat-2", "id", None)
    result = runner.ok(deployment.TASK, **CHAT)
    assert result["changed"]
    assert any("it is left out" in one for one in result["warnings"])
    assert sorted(one.name for one in runner.emulator.deployments()) == ["chat", "chat-2"]


@pytest.mark.slow
@pytest.mark.parametrize("key", ["name", "project_id"])
@pytest.mark.parametrize("value", [None, 7, REMOVED], ids=["null", "number", "removed"])
@pytest.mark.parametrize(
    ("task", "options"),
    [(deployment.TASK, CHAT), (fleet.TASK, {"name": "all", "deployments": [CHAT]})],
    ids=["deployment", "fleet"],
)
def test_item_without_a_name_is_read_by_its_id(
    runner: Runner, service: AlteredService, task: TaskSpec, options: dict[str, Any], key: str, value: object
) -> None:
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]["id"]
    lists = iter([True])

    def change(kind: str, one: dict[str, Any]) -> object:
        # Only lists: they come first.
        return altered(one, key, value) if kind == "deployments" and next(lists, False) else one

    service.change = change
    service.requests.clear()
    runner.ok(task, **options)
    assert [one.id for one in runner.emulator.deployments()] == [made]
    assert not [one for one in service.writes() if one.startswith("POST")]


def test_deployment_without_a_name_is_not_found_by_name(runner: Runner, service: AlteredService) -> None:
    made = runner.ok(deployment.TASK, **{**CHAT, "name": "chat-2"})["deployment"]["id"]
    service.alter("deployments", "chat-2", "name", None)
    assert runner.ok(deployment.TASK, **CHAT)["changed"]
    found = runner.ok(deployment_info.TASK, deployment=made)["deployments"]
    assert [one["name"] for one in found] == [None]
    result = runner.ok(deployment.TASK, id=made, tags=["named"])
    assert result["deployment"]["tags"] == ["named"]
    assert runner.ok(deployment.TASK, id=made, state="absent")["steps"] == [f"delete deployment {made} ({made})"]


def test_creation_with_only_an_id_in_its_answer(runner: Runner, service: AlteredService) -> None:
    posts = iter([True])

    def change(kind: str, one: dict[str, Any]) -> object:
        if kind == "deployments" and one.get("status") == "creating" and next(posts, False):
            return {"id": one["id"]}
        return one

    service.change = change
    result = runner.ok(deployment.TASK, **CHAT)
    assert result["deployment"]["status"] == "ready"
    assert [one.id for one in runner.emulator.deployments()] == [result["deployment"]["id"]]


@pytest.mark.slow
@pytest.mark.parametrize("status", ["unknown_status", "resting", None, 7], ids=str)
@pytest.mark.parametrize(
    ("task", "options"),
    [
        (deployment.TASK, {**CHAT, "wait_timeout": 60}),
        (fleet.TASK, {"name": "all", "deployments": [CHAT], "wait_timeout": 60}),
        (chat_completion.TASK, {"deployment": "chat", "prompt": "Hello"}),
    ],
    ids=["deployment", "fleet", "chat_completion"],
)
def test_timeout_with_an_unknown_status_makes_no_promise(
    runner: Runner, service: AlteredService, task: TaskSpec, options: dict[str, Any], status: object
) -> None:
    runner.ok(deployment.TASK, **CHAT)
    service.alter("deployments", "chat", "status", status)
    message = runner.failure(task, **options)["msg"]
    assert "which this collection doesn't know" in message
    assert "console" in message
    assert "by itself" not in message


@pytest.mark.real_durations
def test_timeout_with_a_known_status_says_that_it_goes_on(runner: Runner) -> None:
    assert "It goes on by itself" in runner.failure(deployment.TASK, **CHAT, wait_timeout=60)["msg"]


class TestRules:
    """Access rules, which v1 doesn't have."""

    @pytest.fixture
    def api_version(self) -> str:
        return "v1beta1"

    @pytest.fixture
    def ruled(self, runner: Runner, service: AlteredService) -> AlteredService:
        runner.ok(deployment.TASK, **CHAT)
        runner.ok(acl.TASK, deployment="chat", rules=[{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}])
        service.requests.clear()
        return service

    def test_unreadable_rule_is_left_out_of_lists_only(self, runner: Runner, ruled: AlteredService) -> None:
        ruled.alter("rules", self.second(runner), "id", None)
        result = runner.ok(acl_info.TASK, deployment="chat")
        assert len(result["rules"]) == 1
        assert "it is left out" in result["warnings"][0]
        message = runner.failure(acl.TASK, deployment="chat", rules=[{"ip": "192.0.2.9"}], purge_rules=True)["msg"]
        assert "the answer.rules[1].id: expected a string, got nothing" in message
        assert ruled.writes() == []

    def second(self, runner: Runner) -> str:
        """The address of the second rule as the service writes it."""
        address: str = runner.ok(acl_info.TASK, deployment="chat")["rules"][-1]["ip"]
        return address

    @pytest.mark.parametrize("value", [None, 7], ids=["null", "number"])
    def test_rule_without_an_address_is_kept_and_guards_nothing(
        self, runner: Runner, ruled: AlteredService, value: object
    ) -> None:
        ruled.alter("rules", self.second(runner), "ip", value)
        assert [one["ip"] for one in runner.ok(acl_info.TASK, deployment="chat")["rules"]] == ["192.0.2.1", None]
        assert not runner.ok(acl.TASK, deployment="chat", rules=[{"ip": "192.0.2.1"}])["changed"]
        options = {"deployment": "chat", "rules": [{"ip": "192.0.2.1"}], "state": "absent"}
        assert "no rule would be left" in runner.failure(acl.TASK, **options)["msg"]
        ruled.requests.clear()
        (step,) = runner.ok(acl.TASK, deployment="chat", rules=[{"ip": "192.0.2.1"}], purge_rules=True)["steps"]
        assert step.startswith("remove the rule ")
        ruled.change = lambda _kind, one: one
        assert [one["ip"] for one in runner.ok(acl_info.TASK, deployment="chat")["rules"]] == ["192.0.2.1"]


class TestImports:
    """Imported models, which only v1 has."""

    @pytest.fixture
    def api_version(self) -> str:
        return "v1"

    @pytest.mark.parametrize("how", ODD_ITEMS)
    def test_ambiguous_model_is_an_error(self, runner: Runner, service: AlteredService, how: str) -> None:
        runner.ok(model.TASK, **OWN)
        service.change = lambda kind, one: ODD_ITEMS[how](one) if kind == "models" and one["name"] == "coder" else one
        service.requests.clear()
        assert "nobody can tell what it is" in runner.failure(model.TASK, **OWN)["msg"]
        assert service.writes() == []

    def test_model_without_a_project_is_not_imported_twice(self, runner: Runner, service: AlteredService) -> None:
        made = runner.ok(model.TASK, **OWN)["model"]["id"]
        service.alter("models", "coder", "project_id", None)
        service.requests.clear()
        message = runner.failure(model.TASK, **OWN)["msg"]
        assert f"project_id: the service's answer doesn't tell it for the model coder ({made})" in message
        assert "choose it by its ID" in message
        assert service.writes() == []
        [found] = runner.ok(model_info.TASK, model=made)["models"]
        assert (found["project_id"], found["is_public"]) == (None, None)

    def test_unreadable_node_support_is_left_to_the_service(self, runner: Runner, service: AlteredService) -> None:
        service.alter("models", MODEL, "nodes_support", [{"nodes": [{"quantizations": []}]}])
        assert runner.ok(model_info.TASK, model=MODEL)["models"][0]["compatible_node_types"] is None
        assert runner.ok(deployment.TASK, **CHAT)["changed"]
