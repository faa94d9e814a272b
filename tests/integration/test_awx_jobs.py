# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs and workflows that run, with the variables and the environment that AWX gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.awx.assets import (
    ASSETS,
    CREDENTIAL,
    empty_awx,
    fill_credential,
    imported,
)
from ansible_collections.scaleway.inference.tests.support.awx.executor import PlaybookExecutor
from ansible_collections.scaleway.inference.tests.support.awx.jobs import Job, Launcher
from ansible_collections.scaleway.inference.tests.support.awx.state import Awx
from ansible_collections.scaleway.inference.tests.support.awx.surveys import read_variables
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

WORKFLOW = "Inference - deploy and test"
MODEL = {"deploy_name": "web", "deploy_model": "mistral/mistral-7b-instruct-v0.3:bf16"}


@pytest.fixture
def awx(service: EmulatorServer) -> Iterator[Awx]:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    with empty_awx() as served:
        assert imported(CREDENTIAL)
        # No more than a person has to fill in.
        fill_credential(served, secret_key=service.secret_key, project_id=service.project_id)
        assert imported(ASSETS)
        yield served


@pytest.fixture
def launcher(awx: Awx, service: EmulatorServer, tmp_path: Path) -> Launcher:
    return Launcher(awx, PlaybookExecutor(tmp_path, {"SCW_API_URL": service.url}))


def names(service: EmulatorServer) -> list[str]:
    return sorted(one.name for one in service.deployments())


def said(job: Job) -> str:
    return " ".join(job.stdout.split())


def test_workflow_whose_model_never_answers_undoes_and_fails(launcher: Launcher, service: EmulatorServer) -> None:
    never = {**MODEL, "deploy_model": "baai/bge-multilingual-gemma2:fp32", "deploy_kind": "chat"}
    run = launcher.launch_workflow(WORKFLOW, {**never, "deploy_accept_eula": "true"})
    assert {name: job.status for name, job in run.jobs.items()} == {
        "deploy": "successful",
        "smoke-test": "failed",
        "undo": "failed",
    }, [job.stdout for job in run.jobs.values()]
    assert run.status == "failed"
    assert names(service) == []
    (created,) = run.jobs["deploy"].artifacts["scaleway_inference_created"]
    assert created.keys() == {"id", "name", "region"}
    assert created["name"] in said(run.jobs["undo"])
    assert all(service.secret_key not in job.stdout for job in run.jobs.values())


@pytest.mark.slow
def test_workflow_whose_deployment_fails_undoes_and_fails(launcher: Launcher, service: EmulatorServer) -> None:
    service.add_fault(Fault(method="POST", path="/deployments$", kind="fail_provisioning", message="no such luck"))
    run = launcher.launch_workflow(WORKFLOW, MODEL)
    ends = {name: job.status for name, job in run.jobs.items()}
    assert ends == {"deploy": "failed", "undo": "failed"}, [job.stdout for job in run.jobs.values()]
    assert run.status == "failed"
    assert "no such luck" in said(run.jobs["deploy"])
    assert names(service) == []
    (created,) = run.jobs["deploy"].artifacts["scaleway_inference_created"]
    assert created["name"] == "web"


@pytest.mark.slow
def test_drift_is_a_failure_that_changes_nothing(launcher: Launcher, service: EmulatorServer) -> None:
    drift = launcher.launch("Inference - drift", {})
    assert drift.status == "failed"
    assert "example-chat" in said(drift)
    assert {one.method for one in service.journal()} == {"GET"}

    (template,) = [one for one in ASSETS["job_templates"] if one["name"] == "Inference - drift"]
    listed = {key: value for key, value in read_variables(template["extra_vars"]).items() if "drift" not in key}
    made = launcher.launch("Inference - fleet", listed)
    assert made.status == "successful", made.stdout
    assert names(service) == ["example-chat"]
    service.clear_journal()
    still = launcher.launch("Inference - drift", {})
    assert still.status == "successful", still.stdout
    assert {one.method for one in service.journal()} == {"GET"}


@pytest.mark.slow
def test_answers_that_a_person_has_to_give_are_enough(launcher: Launcher, service: EmulatorServer) -> None:
    """Of each template in turn; the defaults of the surveys do for the rest, empty ones included."""
    launches: list[tuple[str, dict[str, Any]]] = [
        ("deploy", MODEL),
        ("smoke test", {"deploy_name": "web"}),
        ("rollout", {"rollout_from": "web", "rollout_to": "web-2", "rollout_grace": 0}),
        ("decommission", {"decommission_name": "web"}),
    ]
    for name, answers in launches:
        job = launcher.launch(f"Inference - {name}", answers)
        assert job.status == "successful", job.stdout
        assert service.secret_key not in job.stdout
    assert names(service) == []
