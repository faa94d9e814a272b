# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that only read: exact names, all pages, and filters."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    deployment,
    deployment_info,
    model_info,
    node_type_info,
)
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

CHAT: dict[str, Any] = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4", "wait": False}


def names(result: dict[str, Any], key: str) -> list[str]:
    return [one["name"] for one in result[key]]


def test_deployments_by_name_id_and_tags(runner: Runner) -> None:
    made = {
        name: runner.ok(deployment.TASK, **CHAT, name=name, tags=tags)["deployment"]
        for name, tags in (("chat", ["a", "b"]), ("chat-2", ["a"]), ("other", []))
    }
    runner.emulator.clear_journal()
    find = deployment_info.TASK
    assert names(runner.ok(find, order_by="name_asc"), "deployments") == ["chat", "chat-2", "other"]
    assert runner.ok(find, deployment="chat")["deployments"] == [made["chat"]]
    assert runner.ok(find, deployment=made["other"]["id"].upper())["deployments"] == [made["other"]]
    assert names(runner.ok(find, tags=["a"], order_by="name_asc"), "deployments") == ["chat", "chat-2"]
    assert names(runner.ok(find, tags=["a", "b"]), "deployments") == ["chat"]
    assert runner.ok(find, deployment="cha")["deployments"] == []
    assert runner.ok(find, deployment="5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001")["deployments"] == []
    assert runner.ok(find, deployment=made["chat"], tags=["a"])["deployments"] == [made["chat"]]
    assert runner.ok(find, deployment=made["chat"]["id"], tags=["c"])["deployments"] == []
    assert runner.writes() == []


def test_deployments_of_all_pages(runner: Runner) -> None:
    runner.emulator.configure(page_size_parameter="page_size" if runner.environ else "per_page")
    runner.emulator.populate(deployments=105)
    found = names(runner.ok(deployment_info.TASK), "deployments")
    assert len(found) == 105
    assert sorted(found) == sorted(one.name for one in runner.emulator.deployments())


def test_models_that_run_on_a_node_type(runner: Runner) -> None:
    everything = runner.ok(model_info.TASK)["models"]
    assert len(everything) == 44
    on_l4 = runner.ok(model_info.TASK, node_type="L4")["models"]
    assert on_l4 == [one for one in everything if "L4" in one["compatible_node_types"]]
    assert 0 < len(on_l4) < 44
    embedders = set(names(runner.ok(model_info.TASK, node_type="L4", tags=["embedding"]), "models"))
    assert "baai/bge-multilingual-gemma2:fp32" in embedders
    assert embedders < set(names({"models": on_l4}, "models"))
    assert all("embed" in " ".join(one["tags"]) for one in on_l4 if one["name"] in embedders)
    message = runner.failure(model_info.TASK, node_type="L5")["msg"]
    assert "there is no node type 'L5'" in message
    assert "L40S" in message
    assert "H100-SXM-8" not in message, "it is disabled"


def test_models_by_name_and_id(runner: Runner, api_version: str) -> None:
    name = "meta/llama-3.1-8b-instruct:bf16"
    found = runner.ok(model_info.TASK, model=name)["models"]
    assert [one["name"] for one in found] == [name]
    assert runner.ok(model_info.TASK, model=found[0]["id"])["models"] == found
    assert runner.ok(model_info.TASK, model=found[0]["id"].upper(), node_type="H100")["models"] == found
    assert runner.ok(model_info.TASK, model=found[0], tags=found[0]["tags"])["models"] == found
    assert runner.ok(model_info.TASK, model=found[0]["id"], tags=["embedding"])["models"] == []
    assert runner.ok(model_info.TASK, model="meta/llama")["models"] == []
    assert runner.ok(model_info.TASK, model="5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001")["models"] == []
    model = found[0]
    assert model["has_eula"]
    assert model["is_public"]
    assert model["project_id"] is None
    assert model["provider"] == "meta"
    if api_version == "v1":
        assert model["nodes_support"][0]["quantizations"][1] == {
            "bits": 8,
            "allowed": True,
            "max_context_size": 93000,
        }
    else:
        assert model["nodes_support"] is None
        assert model["quantization_level"] == "bf16"


def test_node_types(runner: Runner) -> None:
    runner.emulator.force_node_type("L40S", stock_status="out_of_stock")
    runner.emulator.force_node_type("H100", disabled=True)
    runner.emulator.force_node_type("H100-2", stock_status="low_stock", disabled=False)
    listed = names(runner.ok(node_type_info.TASK), "node_types")
    assert "L40S" in listed
    assert "H100" not in listed
    assert "H100" in names(runner.ok(node_type_info.TASK, include_disabled=True), "node_types")
    available = names(runner.ok(node_type_info.TASK, available_only=True, include_disabled=True), "node_types")
    assert {"L4", "H100-2"} <= set(available)
    assert not {"L40S", "H100"} & set(available)
    l4 = runner.ok(node_type_info.TASK, name="L4")["node_types"]
    assert [(one["name"], one["gpus"]) for one in l4] == [("L4", 1)]
    assert runner.ok(node_type_info.TASK, name="l4")["node_types"] == []


@pytest.mark.parametrize("task", [deployment_info.TASK, model_info.TASK, node_type_info.TASK], ids=lambda one: one.name)
def test_reading_is_the_same_in_check_mode(runner: Runner, task: Any) -> None:
    assert runner.ok(task, check_mode=True) == runner.ok(task)
    assert not runner.ok(task)["changed"]
