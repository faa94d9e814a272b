# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles treat empty variables, as surveys and templates leave them, as variables that aren't given.

The tests in tests/unit/role_variables check each option by itself. Here, all options of a role are empty at once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.journal import JournalEntry
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
DEPLOYMENT = {"name": "web", "model": MODEL, "node_type": "L4"}
END = "end-of-case"

# Variables that are given in each case: an empty value would have another meaning there, or take too long.
GIVEN: dict[str, dict[str, Any]] = {
    "deploy": {"deploy_name": "web", "deploy_model": MODEL, "deploy_node_type": "L4"},
    "decommission": {"decommission_name": "web"},
    "rollout": {"rollout_from": "web", "rollout_to": "web-2", "rollout_grace": 0},
    "client_config": {"client_config_deployment": "web", "client_config_dir": "{{ folder }}"},
}
# Variables that are refused if they are empty.
LIMITS = {"decommission_only"}


@pytest.fixture
def api_version() -> str:
    """The version that has rules."""
    return "v1beta1"


def empty(role: str, value: Any) -> dict[str, Any]:
    """Each option of the role with this value. A list is given only for options that are lists."""
    return {
        name: value
        for name, option in ENTRY_POINTS[role, "main"].options.items()
        if name not in LIMITS and (not isinstance(value, list) or option["type"] == "list")
    } | GIVEN[role]


def play(role: str, variables: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A play with the role that creates a deployment before it, and removes all deployments after it."""
    fleet = {"name": "web", "deployments": [DEPLOYMENT]}
    fact = {"scaleway_inference_endpoints": {"web": {"url": "{{ made.members[0].deployment.endpoints[0].url }}"}}}
    fact["scaleway_inference_endpoints"]["web"]["model"] = MODEL
    before = [
        {"scaleway.inference.fleet": fleet, "register": "made"},
        {"ansible.builtin.set_fact": fact},
        {"scaleway.inference.deployment_info": {"deployment": END}},
    ]
    return {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"folder": str(folder)},
        "pre_tasks": [] if role == "deploy" else before,
        "roles": [{"role": f"scaleway.inference.{role}", "vars": variables}],
        "post_tasks": [
            {"scaleway.inference.deployment_info": {"deployment": END}},
            {"scaleway.inference.fleet": {"name": "web", "state": "absent"}},
            {"scaleway.inference.deployment_info": {"deployment": END}},
        ],
    }


def comparable(entries: list[JournalEntry]) -> tuple[list[str], list[str]]:
    """The writing requests in order, and the reading ones once each, as how often a run reads depends on timing."""
    requests = [json.dumps([one.method, one.path, one.query, one.body], sort_keys=True) for one in entries]
    requests = [re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", one) for one in requests]
    reads = {one for one in requests if one.startswith('["GET"')}
    return [one for one in requests if one not in reads], sorted(reads)


def cases(journal: list[JournalEntry]) -> list[list[JournalEntry]]:
    parts: list[list[JournalEntry]] = [[]]
    for entry in journal:
        if entry.query.get("name") == [END]:
            parts.append([])
        else:
            parts[-1].append(entry)
    return parts


@pytest.mark.parametrize("role", sorted(GIVEN))
def test_empty_variables_are_not_given(player: Player, service: EmulatorServer, role: str, tmp_path: Path) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    variables = [GIVEN[role], empty(role, ""), empty(role, None), empty(role, [""]), empty(role, [None, ""])]
    folders = [tmp_path / f"case-{number}" for number in range(len(variables))]
    path = tmp_path / "cases.yml"
    plays = [play(role, given, folder) for given, folder in zip(variables, folders, strict=True)]
    path.write_text(yaml.safe_dump(plays), encoding="utf-8")
    played = player.play_file(path)
    assert played.code == 0, played.output
    assert service.deployments() == []
    # A marker ends each case. The other requests set up and clean up.
    each, at = (2, 0) if role == "deploy" else (3, 1)
    requests = [comparable(part) for part in cases(service.journal())[at::each]][: len(variables)]
    assert len(requests) == len(variables)
    assert requests[0][0 if role != "client_config" else 1]
    for given, seen in zip(variables[1:], requests[1:], strict=True):
        assert seen == requests[0], given
    if role == "client_config":
        files = [(folder / "openai.env").read_text(encoding="utf-8") for folder in folders]
        assert [re.sub("[0-9a-f-]{36}", "ID", one) for one in files] == [re.sub("[0-9a-f-]{36}", "ID", files[0])] * 5
