# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks in check mode on an empty project: what earlier tasks would have created is predicted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.server import EmulatorServer

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
MODES = pytest.mark.parametrize(
    "in_process", [pytest.param("true", id="action"), pytest.param("false", id="module", marks=pytest.mark.slow)]
)
PREDICTED = "no deployment 'chat' yet: predicted as if an earlier task made it"


def task(module: str, options: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    name = keywords.pop("name", module)
    return {"name": name, f"scaleway.inference.{module}": options, **keywords}


def output_of(played: Played) -> str:
    return " ".join(played.output.split())


def only_reads(service: EmulatorServer) -> bool:
    return {one.method for one in service.journal()} <= {"GET"} and service.deployments() == []


MADE = task("deployment", {"name": "chat", "model": MODEL, "node_type": "L4"}, register="made")
LATER: list[dict[str, Any]] = [
    task("endpoint", {"deployment": "chat", "private_network_id": NETWORK}, register="private"),
    task("endpoint", {"deployment": "{{ made.deployment.id }}", "public": True, "disable_auth": False}),
    task("endpoint", {"id": "{{ private.endpoint.id }}", "disable_auth": False}),
    task("deployment_certificate_info", {"deployment": "chat"}, register="authority"),
    task("chat_completion", {"deployment": "chat", "prompt": "Hello", "max_tokens": 5}, register="answer"),
    task("chat_completion", {"deployment": "{{ made.deployment.id }}", "prompt": "Hello"}),
    task("chat_completion", {"endpoint_id": "{{ private.endpoint.id }}", "prompt": "Hello"}),
    task("chat_completion", {"url": "{{ made.deployment.endpoints[0].url }}", "prompt": "Hello"}, register="again"),
    task("embedding", {"deployment": "chat", "input": ["a", "b"]}, register="vectors"),
    task("fleet", {"name": "more", "deployments": [{"name": "summary", "model": MODEL, "node_type": "L4"}]}),
    task("fleet", {"name": "more", "deployments": [{"id": "{{ made.deployment.id }}", "tags": ["a"]}]}),
    task("endpoint", {"deployment": "summary", "private_network_id": NETWORK}),
    task("deployment", {"name": "chat", "state": "absent"}),
    {
        "name": "Read whatever is documented",
        "ansible.builtin.debug": {
            "msg": [
                "{{ made.deployment.endpoints[0].url }} {{ made.deployment.tags | join }} {{ made.deployment.status }}",
                "{{ private.endpoint.url }} {{ private.endpoint.private_network_id }} {{ private.steps | first }}",
                "{{ authority.certificate.pem }} {{ authority.certificate.sha256_fingerprint }}",
                "{{ answer.content[:10] }} {{ answer.usage.total_tokens + 1 }} {{ '%.3f' | format(answer.latency) }}",
                "{{ answer.response.choices[0].message.content }} {{ answer.url }} {{ answer.tool_calls | length }}",
                "{{ again.model }} {{ again.finish_reason }} {{ vectors.embeddings[1] | length }}",
            ]
        },
    },
]
RULES: list[dict[str, Any]] = [
    task("acl", {"deployment": "chat", "rules": [{"ip": "192.0.2.0/24"}], "purge_rules": True}, register="ruled"),
    task("acl_info", {"deployment": "{{ made.deployment.id }}"}, register="read"),
    {"ansible.builtin.debug": {"msg": "{{ ruled.rules[0].ip }} {{ ruled.rules[0].id }} {{ read.rules | length }}"}},
]


@MODES
def test_later_tasks_go_on_with_what_was_predicted(
    player: Player, service: EmulatorServer, api_version: str, in_process: str
) -> None:
    tasks = [MADE, *LATER, *(RULES if api_version == "v1beta1" else [])]
    played = player.play(tasks, "--check", "--diff", "-e", f"scaleway_inference_in_process={in_process}")
    assert played.code == 0, played.output
    assert PREDICTED in output_of(played)
    assert only_reads(service)


@pytest.mark.slow
@MODES
@pytest.mark.parametrize("api_version", ["v1"])
def test_deployment_of_a_model_that_would_be_imported(player: Player, service: EmulatorServer, in_process: str) -> None:
    run = {"name": "coder", "node_type": "{{ imported.model.compatible_node_types | first }}"}
    tasks = [
        task("model", {"name": "coder-14b", "source_url": "https://huggingface.co/a/b"}, register="imported"),
        task("deployment", {**run, "model": "{{ imported.model.id }}"}),
        task("deployment", {**run, "model": "{{ imported.model.name }}"}, register="saved_made"),
        task("fleet", {"name": "own", "deployments": [{**run, "name": "fast", "model": "coder-14b"}]}),
        task("fleet", {"name": "own", "deployments": [{**run, "model": "{{ imported.model.id }}"}]}),
        task("fleet", {"name": "own", "defaults": {"model": "{{ imported.model.id }}"}, "deployments": [run]}),
        task("model", {"id": "{{ imported.model.id }}", "state": "absent"}),
    ]
    played = player.play(tasks, "--check", "-e", f"scaleway_inference_in_process={in_process}")
    assert played.code == 0, played.output
    assert "no model 'coder-14b' yet: predicted as if an earlier task made it" in output_of(played)
    assert played.registered["saved_made"]["deployment"]["model"] == "coder-14b"
    assert only_reads(service)


@pytest.mark.slow
@MODES
def test_certain_failures_still_fail(
    player: Player, service: EmulatorServer, api_version: str, in_process: str
) -> None:
    player.play([task("deployment", {"name": "support-chat", "model": MODEL, "node_type": "L4"})])
    unknown = "6c68b256-ef4a-48d2-a794-9b63b5c6ba5d"
    prompt = {"prompt": "x"}
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("endpoint", {"deployment": "suport-chat", "public": True}, "did you mean 'support-chat'?"),
        ("chat_completion", {"deployment": "support-caht", **prompt}, "did you mean 'support-chat'?"),
        ("deployment_certificate_info", {"deployment": "support-chatt"}, "did you mean 'support-chat'?"),
        ("endpoint", {"deployment": unknown, "public": True}, f"no deployment with the ID {unknown}"),
        ("chat_completion", {"deployment": unknown, **prompt}, f"no deployment with the ID {unknown}"),
        ("chat_completion", {"endpoint_id": unknown, **prompt}, f"has the endpoint {unknown}"),
        ("deployment", {"id": unknown, "tags": ["x"]}, f"no deployment {unknown}"),
        ("deployment", {"name": "other", "model": MODEL[:-1], "node_type": "L4"}, "there is no model"),
        ("deployment", {"name": "other", "model": f"{MODEL[:-4]}int3", "node_type": "L4"}, "there is no model"),
        ("deployment", {"name": "other", "model": unknown, "node_type": "L4"}, "no model with the ID"),
        ("endpoint", {"public": True}, "one of the following is required: deployment, id"),
    ]
    if api_version == "v1beta1":
        wrong.append(("acl", {"deployment": "supportchat", "rules": [{"ip": "192.0.2.1"}]}, "did you mean"))
        wrong.append(("acl_info", {"deployment": unknown}, f"no deployment with the ID {unknown}"))
    else:
        wrong.append(("acl", {"deployment": "new", "rules": [{"ip": "192.0.2.1"}]}, "api_version v1beta1"))
    tasks = [
        task(module, options, register=f"saved_{number}", ignore_errors=True)
        for number, (module, options, _reason) in enumerate(wrong)
    ]
    played = player.play(tasks, "--check", "-e", f"scaleway_inference_in_process={in_process}")
    for number, (module, options, reason) in enumerate(wrong):
        result = played.registered[f"saved_{number}"]
        assert result["failed"], (module, options)
        assert reason in result["msg"], (module, options, result["msg"])


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.glob("*.yml")))
def test_examples(player: Player, service: EmulatorServer, example: str) -> None:
    played = player.play_file(EXAMPLES / example, "--check", "--diff")
    assert played.code == 0, played.output
    assert only_reads(service)
    assert not list(Path(player.environ["HOME"]).glob("**/*demo"))


VARIABLES: dict[str, Any] = {
    "deploy_name": "support",
    "deploy_model": MODEL,
    "deploy_node_type": "L4",
    "deploy_deployments": [
        {"name": "support-chat"},
        {"name": "support-search", "endpoints": [{"private_network_id": NETWORK}]},
    ],
}
ROLLOUT = {"rollout_from": "support-chat", "rollout_to": "support-chat-2"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("playbook", "variables", "code"),
    [
        ("deploy", VARIABLES, 0),
        ("fleet", VARIABLES, 0),
        ("decommission", {**VARIABLES, "decommission_confirmed": True}, 0),
        # It always ends as failed, by design.
        ("undo", {"scaleway_inference_created": []}, 2),
        # Nothing in these playbooks would make what they need.
        ("rollout", ROLLOUT, 2),
        ("smoke_test", VARIABLES, 2),
    ],
)
def test_playbooks_of_the_collection(
    player: Player, service: EmulatorServer, tmp_path: Path, playbook: str, variables: dict[str, Any], code: int
) -> None:
    path = tmp_path / "vars.yml"
    path.write_text(yaml.safe_dump(variables), encoding="utf-8")
    played = player.play_file(Path(f"scaleway.inference.{playbook}"), "-e", f"@{path}", "--check", "--diff")
    assert played.code == code, played.output
    assert only_reads(service)


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_roles_one_after_the_other(player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    def role(name: str, variables: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "ansible.builtin.include_role": {"name": f"scaleway.inference.{name}"}, "vars": variables}

    config = {"client_config_dir": str(tmp_path / "new" / "folder"), "client_config_key_variable": "SCW_SECRET_KEY"}
    tasks = [
        role("deploy", VARIABLES),
        role("client_config", {**config, "client_config_deployment": "support-chat"}),
        role("client_config", {**config, "client_config_deployment": "support-search"}),
        task("chat_completion", {"url": "{{ scaleway_inference_endpoints['support-chat'].url }}", "prompt": "x"}),
        role("decommission", {"decommission_name": "support"}),
    ]
    played = player.play(tasks, "--check", "--diff")
    assert played.code == 0, played.output
    assert only_reads(service)
    assert not (tmp_path / "new").exists()
