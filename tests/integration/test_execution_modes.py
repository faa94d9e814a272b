# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the execution modes, module and in-process: which one a task runs in, and that results are equal."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.server import EmulatorServer

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
DEPLOYMENT = "scaleway.inference.deployment"
CHAT = {"name": "chat", "model": MODEL, "node_type": "L4"}

Tasks = list[dict[str, Any]]


def saved(name: str, module: str, options: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    """A task whose result the test reads, whether it failed or not."""
    full = f"scaleway.inference.{module}"
    return {"name": name, full: options, "register": f"saved_{name}", "ignore_errors": True, **keywords}


STORY: Tasks = [
    saved("missing", "deployment", {"model": MODEL}),
    saved("unknown_option", "deployment", {**CHAT, "modle": MODEL}),
    saved("wrong_type", "deployment", {**CHAT, "min_size": "many"}),
    saved("wrong_choice", "deployment", {**CHAT, "state": "gone"}),
    saved("wrong_suboption", "deployment", {**CHAT, "endpoints": [{"public": "perhaps"}]}),
    saved("blank", "deployment", {**CHAT, "name": "  "}),
    saved("no_dictionary", "deployment", {**CHAT, "endpoints": [{"public": True}, "public"]}),
    saved("no_message", "chat_completion", {"deployment": "chat", "messages": ["Hello, you"]}),
    saved("no_rule", "acl", {"deployment": "chat", "rules": [{"ip": "192.0.2.1"}, 7]}),
    saved("rule_texts", "deployment", {"name": "chat", "rules": ["192.0.2.0/33"], "api_version": "v1beta1"}),
    saved(
        "wrong_entries",
        "fleet",
        {
            "name": "f",
            "deployments": [
                CHAT,
                "text",
                {**CHAT, "name": "b", "min_size": "many"},
                {"name": "c", "modle": "x"},
                {**CHAT, "name": "d", "node_type": "L5"},
                {**CHAT, "name": "e", "endpoints": [{"public": "perhaps"}]},
            ],
        },
    ),
    saved("unfit", "deployment", {**CHAT, "model": "google/gemma-3-27b-it:bf16"}),
    saved("denied", "deployment", {**CHAT, "secret_key": "wrong-key-of-mine"}),
    saved("predicted", "deployment", CHAT, check_mode=True, diff=True),
    saved("created", "deployment", {**CHAT, "tags": "a,b"}, diff=True),
    saved("again", "deployment", CHAT, diff=True),
    saved("given_back", "deployment", {**CHAT, "endpoints": "{{ saved_created.deployment.endpoints }}"}),
    saved("named", "endpoint", {"deployment": "{{ saved_created.deployment }}", "public": True}),
    saved(
        "predicted_back",
        "fleet",
        {"name": "f", "deployments": "{{ [saved_predicted.deployment | combine({'state': 'absent', 'name': 'x'})] }}"},
        check_mode=True,
    ),
    saved("immutable", "deployment", {"name": "chat", "node_type": "L40S"}),
    saved("last_endpoint", "endpoint", {"deployment": "chat", "public": True, "state": "absent"}),
    saved("unverified", "deployment_info", {"deployment": "chat", "validate_certs": False}),
    saved("models", "model_info", {"node_type": "L4"}),
    saved("node_types", "node_type_info", {}),
    saved("deleted", "deployment", {"name": "chat", "state": "absent"}, diff=True),
]


def without_invocation(played: Played) -> dict[str, dict[str, Any]]:
    return {name: {**result, "invocation": None} for name, result in played.comparable().items()}


@pytest.mark.slow
@pytest.mark.every_variant
def test_results_are_equal(player: Player) -> None:
    here = player.play(STORY, "-e", "scaleway_inference_in_process=true")
    there = player.play(STORY, "-e", "scaleway_inference_in_process=false")
    assert here.code == there.code == 0, here.output + there.output
    assert without_invocation(here) == without_invocation(there)
    results = here.registered
    assert [name for name, result in results.items() if result["changed"]] == [
        "saved_predicted",
        "saved_created",
        "saved_deleted",
    ]
    assert results["saved_created"]["deployment"]["tags"] == ["a", "b"]
    assert "Unsupported parameters for (scaleway.inference.deployment)" in results["saved_unknown_option"]["msg"]
    messages = {name: results[f"saved_{name}"]["msg"] for name in ("blank", "no_dictionary", "no_message", "no_rule")}
    assert messages == {
        "blank": "name: holds nothing but blanks, so the name is missing; give one",
        "no_dictionary": "endpoints[1]: 'public' is no dictionary; give a dictionary of public, private_network_id, "
        "disable_auth, or take it out",
        "no_message": "messages[0]: 'Hello, you' is no dictionary; give a dictionary, such as "
        "{role: user, content: Hello}",
        "no_rule": "rules[1]: '7' is no dictionary; give a dictionary of ip, description, or take it out",
    }
    assert results["saved_rule_texts"]["msg"].startswith("rules[0].ip: '192.0.2.0/33' is neither an address")
    wrong = results["saved_wrong_entries"]["msg"]
    assert wrong.startswith("5 of 6 entries can't be met, and nothing was changed.")
    assert [f"deployments[{at}]" in wrong for at in range(6)] == [False, *[True] * 5]
    assert [results[f"saved_{name}"]["deployment"]["status"] for name in ("immutable", "last_endpoint")] == [
        "ready"
    ] * 2
    assert results["saved_denied"]["deployment"] is None
    assert results["saved_denied"]["error"]["type"] == "denied_authentication"


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_invocations_are_equal_and_show_no_secret(player: Player) -> None:
    key = "11111111-aaaa-4bbb-8ccc-222222222222"
    tasks = [saved("denied", "deployment_info", {"deployment": "chat", "secret_key": key})]
    player.environ["ANSIBLE_INJECT_INVOCATION"] = "true"
    shown = []
    for here in ("true", "false"):
        played = player.play(tasks, "-vvv", "-e", f"scaleway_inference_in_process={here}")
        assert key not in played.output
        assert key not in json.dumps(played.registered)
        found = re.search(r'"module_args": (\{.*?\n {8}\})', played.output, re.DOTALL)
        assert found, played.output
        shown.append(json.loads(found.group(1)))
    assert shown[0] == shown[1]
    assert shown[0]["secret_key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.parametrize(
    ("keywords", "here"),
    [
        ({}, True),
        ({"vars": {"scaleway_inference_in_process": False}}, False),
        ({"vars": {"scaleway_inference_in_process": "{{ 1 > 2 }}"}}, False),
        ({"async": 60, "poll": 1}, False),
        ({"become": True, "become_method": "ansible.builtin.su"}, False),
        ({"connection": "ansible.builtin.local"}, True),
    ],
    ids=["local", "variable", "template", "async", "become", "connection"],
)
def test_task_runs_in_process_only_where_the_result_is_equal(
    player: Player, keywords: dict[str, Any], here: bool
) -> None:
    # A module that runs leaves its file there.
    player.environ["ANSIBLE_PIPELINING"] = "false"
    played = player.play([saved("listed", "deployment_info", {"deployment": "chat"}, **keywords)], "-vvv")
    assert played.code == 0, played.output
    assert played.registered["saved_listed"].get("deployments") == [], played.output
    assert ("AnsiballZ_deployment_info" not in played.output) == here


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_variable_that_is_no_boolean_is_named(player: Player) -> None:
    played = player.play(
        [saved("listed", "deployment_info", {"deployment": "chat"})], "-e", "scaleway_inference_in_process=perhaps"
    )
    assert "scaleway_inference_in_process must be true or false" in played.registered["saved_listed"]["msg"]


@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.every_variant
@pytest.mark.parametrize("in_process", ["true", "false"], ids=["action", "module"])
def test_environment_and_module_defaults_are_honoured(player: Player, service: EmulatorServer, in_process: str) -> None:
    environment = {**service.environment(), "SCW_INFERENCE_API_VERSION": "v1"}
    for variable in environment:
        player.environ.pop(variable, None)
    tasks = [
        saved("none", "node_type_info", {"name": "L4"}),
        saved("environment", "node_type_info", {"name": "L4"}, environment=environment),
        saved(
            "defaults",
            "node_type_info",
            {"name": "L4"},
            module_defaults={
                "group/scaleway.inference.all": {
                    "api_url": service.url,
                    "secret_key": service.secret_key,
                }
            },
        ),
    ]
    played = player.play(tasks, "-e", f"scaleway_inference_in_process={in_process}")
    assert played.code == 0, played.output
    assert "SCW_SECRET_KEY" in played.registered["saved_none"]["msg"]
    assert [one["name"] for one in played.registered["saved_environment"]["node_types"]] == ["L4"]
    assert [one["name"] for one in played.registered["saved_defaults"]["node_types"]] == ["L4"]
    assert [one.path.split("/")[2] for one in service.journal()] == ["v1", "v1beta1"]


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.every_variant
@pytest.mark.parametrize("in_process", ["true", "false"], ids=["action", "module"])
def test_vaulted_key_is_unlocked_and_never_shown(
    player: Player, service: EmulatorServer, in_process: str, tmp_path: Any
) -> None:
    password = tmp_path / "password"
    password.write_text("open sesame", encoding="utf-8")
    vaulted = player.vault(service.secret_key, password)
    variables = tmp_path / "vars.yml"
    variables.write_text(f"the_key: {vaulted}\n", encoding="utf-8")
    player.environ.pop("SCW_SECRET_KEY")
    played = player.play(
        [saved("listed", "node_type_info", {"name": "L4", "secret_key": "{{ the_key }}"})],
        *("-vvv", "--vault-password-file", str(password), "-e", f"@{variables}"),
        *("-e", f"scaleway_inference_in_process={in_process}"),
    )
    assert [one["name"] for one in played.registered["saved_listed"]["node_types"]] == ["L4"], played.output
    assert service.secret_key not in played.output
