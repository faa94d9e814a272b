# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches by AWX's API: which answers it takes, which variables jobs get, how a workflow goes. No playbook runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.settings import resolve_settings
from ansible_collections.scaleway.inference.tests.support.awx.assets import (
    ASSETS,
    CREDENTIAL,
    TEMPLATES,
    empty_awx,
    fill_credential,
    imported,
    survey,
)
from ansible_collections.scaleway.inference.tests.support.awx.jobs import Job, Launcher, Order
from ansible_collections.scaleway.inference.tests.support.awx.state import Awx, Refused

WORKFLOW = "Inference - deploy and test"
KEY, PROJECT = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
MODEL = {"deploy_name": "web", "deploy_model": "mistral/mistral-7b-instruct-v0.3:bf16"}
SURVEYED = [one for one in TEMPLATES if survey(one)]


@pytest.fixture(scope="module")
def awx() -> Iterator[Awx]:
    with empty_awx() as served:
        assert imported(CREDENTIAL)
        fill_credential(served, secret_key=KEY, project_id=PROJECT)
        assert imported(ASSETS)
        yield served


class Jobs:
    """Keeps what jobs were to run. Those of ``failing`` playbooks fail; ``handed_on``: what they hand on."""

    def __init__(self, failing: tuple[str, ...] = (), **handed_on: Mapping[str, Any]) -> None:
        self.orders: dict[str, Order] = {}
        self._failing = failing
        self._handed_on = handed_on

    def __call__(self, order: Order) -> Job:
        name = order.playbook.removeprefix("playbooks/").removesuffix(".yml")
        self.orders[name] = order
        return Job("failed" if name in self._failing else "successful", "", self._handed_on.get(name, {}))


def launch(awx: Awx, template: Mapping[str, Any], answers: Mapping[str, Any]) -> Jobs:
    jobs = Jobs()
    if template in ASSETS["workflow_job_templates"]:
        Launcher(awx, jobs).launch_workflow(template["name"], answers)
    else:
        Launcher(awx, jobs).launch(template["name"], answers)
    return jobs


def least(template: Mapping[str, Any]) -> dict[str, str]:
    """Answers to the questions that need one."""
    return {question["variable"]: "some" for question in survey(template) if question["required"]}


@pytest.mark.parametrize("template", SURVEYED, ids=lambda one: str(one["name"]).replace(" ", "-"))
def test_only_questions_without_a_default_need_an_answer(awx: Awx, template: dict[str, Any]) -> None:
    defaults = {one["variable"]: one["default"] for one in survey(template) if one["default"] != ""}
    needed = {one["variable"] for one in survey(template) if one["required"]}
    assert not needed & defaults.keys()
    for order in launch(awx, template, least(template)).orders.values():
        assert order.variables.items() >= {**defaults, **least(template)}.items()
    for name in needed:
        with pytest.raises(Refused, match=f"'{name}' value missing"):
            launch(awx, template, dict.fromkeys(needed - {name}, "some"))
        with pytest.raises(Refused, match=f"'{name}' value  is too small"):
            launch(awx, template, {**least(template), name: ""})


@pytest.mark.parametrize("name", ["Inference - deploy", WORKFLOW])
def test_name_and_model_make_a_deployment(awx: Awx, name: str) -> None:
    (template,) = [one for one in TEMPLATES if one["name"] == name]
    variables = launch(awx, template, MODEL).orders["deploy"].variables
    assert variables.items() >= {**MODEL, "deploy_node_type": "L4", "deploy_min_size": 1}.items()


def test_workflow_goes_where_its_jobs_lead(awx: Awx) -> None:
    created = {"scaleway_inference_created": [{"id": "1", "name": "web", "region": "fr-par"}]}
    for failing, ran, status in (
        ((), ["deploy", "smoke-test"], "successful"),
        (("smoke_test", "undo"), ["deploy", "smoke-test", "undo"], "failed"),
        (("deploy", "undo"), ["deploy", "undo"], "failed"),
    ):
        jobs = Jobs(failing, deploy=created)
        run = Launcher(awx, jobs).launch_workflow(WORKFLOW, MODEL)
        assert list(run.jobs) == ran
        assert run.status == status
        asked = {**MODEL, "deploy_smoke_test": False}
        assert all(order.variables.items() >= asked.items() for order in jobs.orders.values())
        if "undo" in ran:
            assert jobs.orders["undo"].variables.items() >= created.items()


def test_drift_is_looked_for_without_changes(awx: Awx) -> None:
    (scheduled,) = awx.objects["schedules"].values()
    template = awx.objects["job_templates"][scheduled["unified_job_template"]]
    jobs = Jobs()
    Launcher(awx, jobs).launch(template["name"], {}, job_type="run")
    order = jobs.orders["fleet"]
    assert order.check
    assert order.variables["deploy_fail_on_drift"] is True
    # The template's own variables are trusted, so that they may have templates.
    assert "deploy_fail_on_drift: true\n" in order.extra_vars


def test_credential_gives_only_what_was_filled_in(awx: Awx) -> None:
    environ = launch(awx, ASSETS["job_templates"][0], MODEL).orders["deploy"].environ
    assert set(environ) == set(CREDENTIAL["credential_types"][0]["injectors"]["env"])
    filled = {name: value for name, value in environ.items() if value}
    assert filled == {"SCW_SECRET_KEY": KEY, "SCW_DEFAULT_PROJECT_ID": PROJECT}
    settings = resolve_settings({}, environ)
    assert (settings.secret_key, settings.project_id) == (KEY, PROJECT)
    assert (settings.region, settings.api_version, settings.access_key) == ("fr-par", "v1beta1", None)
