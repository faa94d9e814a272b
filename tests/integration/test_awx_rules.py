# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in refuses and forgets what AWX 24 does, or the tests of the assets would prove little."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.awx.assets import (
    ASSETS,
    CREDENTIAL,
    NAME,
    empty_awx,
    fill_credential,
    imported,
)
from ansible_collections.scaleway.inference.tests.support.awx.jobs import Job, Launcher, Order
from ansible_collections.scaleway.inference.tests.support.awx.state import Awx, Refused
from ansible_collections.scaleway.inference.tests.support.awx.surveys import combined
from ansible_collections.scaleway.inference.tests.support.awx.workflows import Graph, Node

Assets = dict[str, list[dict[str, Any]]]
NODES = "workflow_job_template_nodes"


@pytest.fixture
def awx() -> Iterator[Awx]:
    with empty_awx() as served:
        assert imported(CREDENTIAL)
        yield served


@pytest.fixture(scope="module")
def imported_awx() -> Iterator[Awx]:
    with empty_awx() as served:
        assert imported(CREDENTIAL)
        assert imported(ASSETS)
        yield served


@pytest.fixture
def complete(imported_awx: Awx) -> Iterator[Awx]:
    """A server with all assets. What a test changes is taken back."""
    before = copy.deepcopy(vars(imported_awx))
    yield imported_awx
    vars(imported_awx).update(before)


@pytest.fixture
def assets() -> Assets:
    """A copy, to be spoilt."""
    return copy.deepcopy(ASSETS)


def test_source_with_the_organization_in_its_key_is_not_found_again(awx: Awx, assets: Assets) -> None:
    source = assets["inventory_sources"][0]
    source["natural_key"]["organization"] = source["natural_key"]["inventory"]["organization"]
    assert imported(assets)
    assert not imported(assets)


def test_list_of_credentials_vanishes_once_a_source_was_updated(awx: Awx, assets: Assets) -> None:
    source = assets["inventory_sources"][0]
    source["related"] = {"credentials": [source.pop("credential")]}
    assert imported(assets)
    number = awx.id_of("inventory_sources", "Deployments")
    assert awx.attached["inventory_sources", number, "credentials"] == [awx.id_of("credentials", NAME)]
    awx.update_source("Deployments")
    with pytest.raises(KeyError, match="credentials"):
        imported(assets)
    assert awx.attached["inventory_sources", number, "credentials"] == []


def test_import_of_the_credential_empties_it(awx: Awx) -> None:
    fill_credential(awx, secret_key="key", project_id="project")
    assert awx.shown("credentials", awx.id_of("credentials", NAME))["inputs"]["secret_key"] == "$encrypted$"
    assert imported(CREDENTIAL)
    assert awx.named("credentials", NAME)["inputs"] == {}
    with pytest.raises(Refused, match="not as its type says: token"):
        fill_credential(awx, token="key")


def test_fields_of_a_used_credential_type_stay(awx: Awx) -> None:
    changed = copy.deepcopy({"credential_types": CREDENTIAL["credential_types"]})
    changed["credential_types"][0]["injectors"]["env"]["SCW_PROFILE"] = ""
    assert imported(changed)
    changed["credential_types"][0]["inputs"]["fields"].pop()
    assert not imported(changed)


def test_variable_of_a_node_is_refused_before_the_survey_asks_for_it(awx: Awx, assets: Assets) -> None:
    """An import makes nodes first and surveys later."""
    nodes = assets["workflow_job_templates"][0]["related"]["workflow_nodes"]
    next(node for node in nodes if node["identifier"] == "deploy")["extra_data"] = {"deploy_smoke_test": "false"}
    assert not imported(assets)
    assert imported(assets)
    node = {**awx.named(NODES, "smoke-test"), "identifier": "other"}
    assert awx.save(NODES, {**node, "extra_data": {"deploy_name": "web"}})
    with pytest.raises(Refused, match="nobody_asks are not allowed on launch"):
        awx.save(NODES, {**node, "identifier": "another", "extra_data": {"nobody_asks": 1}})


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("extra_data", {"deploy_name": "web"}, "not allowed on launch"),
        ("rrule", "RRULE:FREQ=DAILY;INTERVAL=1", "Valid DTSTART"),
        ("rrule", "DTSTART:20260101T060000Z RRULE:FREQ=DAILY", "INTERVAL required"),
        ("unified_job_template", "Inference - fleet", "'deploy_name' value missing"),
    ],
)
def test_schedule_that_could_not_run_is_refused(complete: Awx, field: str, value: Any, reason: str) -> None:
    (schedule,) = complete.objects["schedules"].values()
    given = complete.id_of("job_templates", value) if field == "unified_job_template" else value
    with pytest.raises(Refused, match=reason):
        complete.save("schedules", {**schedule, "name": "other", field: given})


def test_put_resets_what_it_leaves_out(complete: Awx) -> None:
    number = complete.id_of("job_templates", "Inference - fleet")
    before = complete.objects["job_templates"][number]
    after = complete.save("job_templates", {"name": before["name"]}, number)
    assert (before["ask_variables_on_launch"], after["ask_variables_on_launch"]) == (True, False)
    assert (after["playbook"], after["extra_vars"], after["survey_enabled"]) == ("", "", False)
    # References stay.
    assert after["project"] == before["project"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda question: question.pop("required"),
        lambda question: question.update(default=1),
        lambda question: question.update(type="multiplechoice"),
        lambda question: question.update(variable="deploy_model"),
    ],
)
def test_impossible_survey_is_refused(complete: Awx, spoil: Callable[[dict[str, Any]], Any]) -> None:
    number = complete.id_of("job_templates", "Inference - deploy")
    survey = copy.deepcopy(complete.survey_of("job_templates", number))
    spoil(survey["spec"][0])
    with pytest.raises(Refused):
        complete.save_survey("job_templates", number, survey)


def test_question_that_needs_an_answer_needs_one_despite_its_default(awx: Awx, assets: Assets) -> None:
    questions = assets["job_templates"][0]["related"]["survey_spec"]["spec"]
    next(one for one in questions if one["variable"] == "deploy_node_type")["required"] = True
    assert imported(assets)
    launcher = Launcher(awx, lambda order: Job("successful", "", {}))
    with pytest.raises(Refused, match="'deploy_node_type' value missing"):
        launcher.launch("Inference - deploy", {"deploy_name": "web", "deploy_model": "some"})
    for wrong in ({"deploy_min_size": "1"}, {"deploy_min_size": 0}, {"deploy_node_type": "L5"}, {"deploy_name": 7}):
        answers = {"deploy_name": "web", "deploy_model": "some", "deploy_node_type": "L4"}
        with pytest.raises(Refused):
            launcher.launch("Inference - deploy", {**answers, **wrong})


def test_default_that_is_too_short_is_not_used() -> None:
    template = {"survey_enabled": True, "extra_vars": "own: 1"}
    question = {"variable": "asked", "type": "text", "required": False, "default": "", "min": 0}
    assert combined(template, {"spec": [question]}, {}) == {"own": 1, "asked": ""}
    assert combined(template, {"spec": [{**question, "min": 1}]}, {}) == {"own": 1}
    assert combined(template, {"spec": [question]}, {"own": 2, "asked": "x"}) == {"own": 2, "asked": "x"}


def test_launch_ignores_what_nobody_asks_for_and_a_workflow_refuses_it(complete: Awx) -> None:
    orders: list[Order] = []

    def execute(order: Order) -> Job:
        orders.append(order)
        return Job("successful", "", {})

    launcher = Launcher(complete, execute)
    answers = {"deploy_name": "007", "deploy_model": "some", "deploy_wait_timeout": 1}
    assert launcher.launch("Inference - deploy", answers).status == "successful"
    assert "deploy_wait_timeout" not in orders[0].variables
    # As AWX writes answers, so that Ansible resolves no template in them.
    assert "!unsafe 'deploy_name': !unsafe '007'\n" in orders[0].extra_vars
    with pytest.raises(Refused, match="not allowed on launch"):
        launcher.launch_workflow("Inference - deploy and test", answers)
    complete.synchronizes = False
    complete.save("projects", {**complete.named("projects", NAME), "name": "other"})
    complete.named("job_templates", "Inference - deploy")["project"] = complete.id_of("projects", "other")
    with pytest.raises(Refused, match="update of the project failed"):
        launcher.launch("Inference - deploy", answers)


def chain(**edges: list[str]) -> dict[str, Node]:
    """Nodes a, b and c. edges: {kind: from and to, as one text}"""
    nodes = {name: Node(number, 1) for number, name in enumerate("abc")}
    for kind, pairs in edges.items():
        for start, end in pairs:
            nodes[start].children[f"{kind}_nodes"].append(nodes[end])
    return nodes


@pytest.mark.parametrize(
    ("edges", "ends", "ran", "status"),
    [
        ({"success": ["ab", "bc"]}, {}, "abc", "successful"),
        ({"success": ["ab", "bc"]}, {"b": "failed"}, "ab", "failed"),
        ({"success": ["ab"], "failure": ["bc"]}, {"b": "failed"}, "abc", "successful"),
        ({"success": ["ab"], "failure": ["bc"]}, {"b": "failed", "c": "failed"}, "abc", "failed"),
        ({"success": ["ab"], "failure": ["ac", "bc"]}, {"a": "failed"}, "ac", "successful"),
        ({"always": ["ab"], "success": ["bc"]}, {"a": "failed"}, "abc", "successful"),
    ],
)
def test_workflow_fails_by_a_failure_that_leads_nowhere(
    edges: dict[str, list[str]], ends: dict[str, str], ran: str, status: str
) -> None:
    nodes = chain(**edges)
    graph, order = Graph(list(nodes.values())), ""
    while node := graph.next_to_run():
        name = "abc"[node.id]
        node.status, order = ends.get(name, "successful"), order + name
    assert (order, graph.status) == (ran, status)


def test_node_that_waits_for_all_its_parents() -> None:
    nodes = chain(success=["ac", "bc"])
    nodes["c"].all_parents_must_converge = True
    nodes["a"].status, nodes["b"].status = "successful", "failed"
    assert Graph(list(nodes.values())).next_to_run() is None
    assert nodes["c"].left_out
