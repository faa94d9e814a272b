# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(model), and the licences of C(model_info), against the emulator."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment, model_info
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.model import TASK
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

OWN: dict[str, Any] = {"name": "coder", "source_url": "https://huggingface.co/agentica-org/DeepCoder-14B-Preview"}


@pytest.fixture
def api_version() -> str:
    return "v1"


def test_walk(runner: Runner) -> None:
    predicted = runner.ok(TASK, **OWN, check_mode=True)
    assert predicted["changed"]
    assert predicted["model"]["id"] is None
    assert runner.writes() == []
    made = runner.ok(TASK, **OWN)
    assert made["changed"]
    assert made["diff"] == predicted["diff"]
    assert made["model"]["status"] == "ready"
    assert not made["model"]["is_public"]
    assert [line.split(" (")[0] for line in runner.progress if "(0s)" in line] == ["model coder: preparing"]
    runner.emulator.clear_journal()
    again = runner.ok(TASK, **OWN)
    assert not again["changed"]
    assert again["model"] == made["model"]
    assert runner.writes() == []
    assert runner.ok(TASK, name="coder", state="absent", check_mode=True)["changed"]
    assert runner.writes() == []
    gone = runner.ok(TASK, name="coder", state="absent")
    assert gone["changed"]
    assert gone["model"] is None
    assert not runner.ok(TASK, name="coder", state="absent")["changed"]


def test_name_excluded_by_the_sdk_is_sent_with_a_warning(runner: Runner) -> None:
    odd = {**OWN, "name": "my coder"}
    (warning,) = runner.ok(TASK, **odd, check_mode=True)["warnings"]
    assert "'my coder' is sent as it is" in warning
    assert "the service refused name" in runner.failure(TASK, **odd)["msg"]
    assert "warnings" not in runner.ok(TASK, **{**OWN, "name": "me/my_coder-1.0:bf16"})


def test_interrupted_import_is_waited_for(runner: Runner) -> None:
    begun = runner.ok(TASK, **OWN, wait=False)["model"]
    runner.emulator.clear_journal()
    result = runner.ok(TASK, **OWN)
    assert not result["changed"]
    assert result["model"]["id"] == begun["id"]
    assert result["model"]["status"] == "ready"
    assert runner.writes() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_lost_answer_imports_once(runner: Runner, when: Any) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/models$", kind="reset", when=when))
    made = runner.ok(TASK, **OWN)["model"]
    own = [one for one in runner.ok(model_info.TASK)["models"] if one["name"] == "coder"]
    assert own == [made]


def test_failed_import_is_an_error_with_a_remedy(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(method="POST", path="/models$", kind="fail_provisioning", message="no such repository")
    )
    result = runner.failure(TASK, **OWN)
    for part in ("no such repository", "state: absent", "source_url", "done before this: import model coder"):
        assert part in result["msg"]
    assert result["changed"]
    assert result["model"]["status"] == "error"
    assert "no such repository" in runner.failure(TASK, **OWN, check_mode=True)["msg"]


def test_model_in_use_is_kept_and_its_users_are_named(runner: Runner) -> None:
    made = runner.ok(TASK, **OWN)["model"]
    options = {"name": "code", "model": made["id"], "node_type": made["compatible_node_types"][0]}
    user = runner.ok(deployment.TASK, **options)["deployment"]
    message = runner.failure(TASK, name="coder", state="absent")["msg"]
    assert f"in use by code ({user['id']})" in message
    runner.ok(deployment.TASK, name="code", state="absent")
    assert runner.ok(TASK, id=made["id"], state="absent")["changed"]


@pytest.mark.parametrize("option", ["name", "id"])
def test_models_of_the_catalog_stay(runner: Runner, option: str) -> None:
    name = "mistral/mistral-7b-instruct-v0.3:bf16"
    model = runner.ok(model_info.TASK, model=name)["models"][0]
    choice = {"name": name} if option == "name" else {"id": model["id"]}
    assert "belongs to the service's catalog" in runner.failure(TASK, **choice, state="absent")["msg"]
    assert runner.writes() == []


def test_contradictory_options_are_refused(runner: Runner) -> None:
    assert "source_url: model 'coder' doesn't exist yet" in runner.failure(TASK, name="coder")["msg"]
    unknown = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
    assert "name: is needed" in runner.failure(TASK, id=unknown)["msg"]
    assert not runner.ok(TASK, id=unknown, state="absent")["changed"]
    assert "isn't an ID" in runner.failure(TASK, id="coder", state="absent")["msg"]


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_import_needs_v1(runner: Runner) -> None:
    assert "model import needs api_version v1" in runner.failure(TASK, **OWN)["msg"]
    assert runner.requests() == []


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_licences_are_read_where_models_have_one(runner: Runner) -> None:
    models = {one["name"]: one for one in runner.ok(model_info.TASK, node_type="L4", with_eula=True)["models"]}
    assert models["meta/llama-3.1-8b-instruct:fp8"]["eula"]
    assert models["mistral/mistral-7b-instruct-v0.3:bf16"]["eula"] is None
    licensed = [one for one in models.values() if one["has_eula"]]
    assert len([one for one in runner.requests() if one.endswith("/eula")]) == len(licensed)
    assert "eula" not in runner.ok(model_info.TASK, node_type="L4")["models"][0]


def test_licences_need_v1beta1(runner: Runner) -> None:
    assert "licence texts needs api_version v1beta1" in runner.failure(model_info.TASK, with_eula=True)["msg"]
