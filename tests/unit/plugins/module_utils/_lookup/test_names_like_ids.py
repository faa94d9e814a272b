# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that have the form of an ID: an option that takes both tries the ID first, then the name."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    acl_info,
    chat_completion,
    deployment,
    deployment_certificate_info,
    embedding,
    endpoint,
    fleet,
    model,
    model_info,
)
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

NAME = "6C68B256-ef4a-48d2-a794-9b63b5c6ba5d"
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
CHAT: dict[str, Any] = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
BOTH = [{"public": True}, {"private_network_id": NETWORK}]
USES: list[tuple[Any, dict[str, Any]]] = [
    (endpoint.TASK, {"public": True, "disable_auth": True}),
    (endpoint.TASK, {"public": True, "state": "absent"}),
    (acl.TASK, {"rules": [{"ip": "192.0.2.0/24"}]}),
    (acl.TASK, {"rules": [{"ip": "192.0.2.0/24"}], "state": "absent"}),
    (acl_info.TASK, {}),
    (deployment_certificate_info.TASK, {}),
    (chat_completion.TASK, {"prompt": "Hello"}),
]
# v1 has no access rules.
RULES = (acl.TASK, acl_info.TASK)


@pytest.mark.slow
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.one_variant
@pytest.mark.parametrize(
    ("task", "options", "api_version"),
    [(*use, version) for use in USES for version in ("v1beta1", "v1")[: 1 if use[0] in RULES else 2]],
    ids=lambda one: getattr(one, "name", one if isinstance(one, str) else ""),
)
def test_deployment_with_such_a_name_is_found(
    runner: Runner, task: Any, options: dict[str, Any], check_mode: bool
) -> None:
    made = runner.ok(deployment.TASK, **CHAT, name=NAME, endpoints=BOTH)["deployment"]
    runner.emulator.configure(updating=0)
    if check_mode:
        # That of another name is as good, so that it is seen which one was found.
        runner.ok(deployment.TASK, **CHAT, name="other", endpoints=BOTH)
    by_name = runner.ok(task, deployment=NAME, **options, check_mode=True)
    by_id = runner.ok(task, deployment=made["id"], **options, check_mode=True)
    volatile = ("latency", "response")
    assert {k: v for k, v in by_name.items() if k not in volatile} == {
        k: v for k, v in by_id.items() if k not in volatile
    }
    assert "warnings" not in by_name or "predicted" not in str(by_name["warnings"])
    assert not runner.run(task, deployment=NAME, **options).get("failed")


def test_embedding_finds_it_too(runner: Runner) -> None:
    runner.ok(deployment.TASK, name=NAME, model="baai/bge-multilingual-gemma2:fp32", node_type="L4", accept_eula=True)
    assert len(runner.ok(embedding.TASK, deployment=NAME, input=["x"])["embeddings"]) == 1


def test_id_has_precedence_over_a_name(runner: Runner) -> None:
    first = runner.ok(deployment.TASK, **CHAT, name="chat", endpoints=BOTH)["deployment"]
    runner.ok(deployment.TASK, **CHAT, name=first["id"])
    runner.ok(endpoint.TASK, deployment=first["id"].upper(), public=True, state="absent")
    (left,) = [one for one in runner.emulator.deployments() if one.name == "chat"]
    assert [one.private_network_id for one in left.endpoints] == [NETWORK]


def test_error_about_neither_id_nor_name(runner: Runner, api_version: str) -> None:
    for check_mode in (False, True):
        for task, options in USES:
            if (api_version == "v1beta1" or task not in RULES) and options.get("state") != "absent":
                message = runner.failure(task, deployment=NAME, **options, check_mode=check_mode)["msg"]
                assert f"no deployment with the ID {NAME} in fr-par, nor one of that name" in message
        message = runner.failure(deployment.TASK, name="x", model=NAME, node_type="L4", check_mode=check_mode)["msg"]
        assert f"model: there is no model with the ID {NAME} in fr-par, nor one of that name" in message


def test_without_a_project_only_ids_are_found(runner: Runner) -> None:
    made = runner.ok(deployment.TASK, **CHAT, name="chat")["deployment"]
    runner.environ["SCW_DEFAULT_PROJECT_ID"] = ""
    assert runner.ok(chat_completion.TASK, deployment=made["id"], prompt="x")["content"]
    assert "no deployment with the ID" in runner.failure(chat_completion.TASK, deployment=NAME, prompt="x")["msg"]


@pytest.mark.parametrize("api_version", ["v1"])
def test_imported_model_with_such_a_name_is_deployed(runner: Runner) -> None:
    own = runner.ok(model.TASK, name=NAME, source_url="https://huggingface.co/acme/coder-14b")["model"]
    for name_or_id in (NAME, own["id"], own["id"].upper()):
        assert [one["id"] for one in runner.ok(model_info.TASK, model=name_or_id)["models"]] == [own["id"]]
    chosen_options = {"name": "coder", "model": NAME, "node_type": own["compatible_node_types"][0]}
    made = runner.ok(deployment.TASK, **chosen_options)["deployment"]
    assert (made["model"], made["model_id"]) == (NAME, own["id"])
    for again in (NAME, own["id"], own["id"].upper()):
        assert not runner.ok(deployment.TASK, **{**chosen_options, "model": again})["changed"]
        entry = {**chosen_options, "model": again}
        steps = runner.ok(fleet.TASK, name="own", deployments=[entry], check_mode=True)["members"][0]["steps"]
        assert [step for step in steps if "model" in step] == []
