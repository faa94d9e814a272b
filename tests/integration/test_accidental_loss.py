# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is deleted or opened by accident: not by empty answers of surveys, nor by a run killed amid a recreation."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from ansible_collections.scaleway.inference.tests.support.processes import RunningCommand
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
WEB: dict[str, Any] = {"name": "web", "model": MODEL, "node_type": "L4"}
OFFICE = {"ip": "192.0.2.0/24", "description": "Office"}
GUARDED = {**WEB, "endpoints": [{"public": True, "disable_auth": True}], "rules": [OFFICE]}


@pytest.fixture
def api_version() -> str:
    """The version that has rules."""
    return "v1beta1"


@pytest.fixture(params=[True, False], ids=["action", "module"])
def in_process(request: pytest.FixtureRequest) -> list[str]:
    return ["-e", yaml.safe_dump({"scaleway_inference_in_process": request.param}, default_flow_style=True).strip()]


def test_empty_answers_of_a_survey_change_nothing(
    player: Player, service: EmulatorServer, in_process: list[str]
) -> None:
    made = player.play([{"scaleway.inference.deployment": WEB, "register": "saved_made"}], *in_process)
    assert made.code == 0, made.output
    (before,) = service.deployments()
    service.clear_journal()
    empty = {"empty_text": "", "nothing": None}
    options = {
        "name": "web",
        "model": "{{ empty_text }}",
        "node_type": "{{ nothing }}",
        "min_size": "{{ empty_text }}",
        "max_size": "{{ nothing }}",
        "tags": ["{{ empty_text }}", "{{ nothing }}"],
        "endpoints": "{{ empty_text }}",
        "accept_eula": "{{ empty_text }}",
        "wait": "{{ empty_text }}",
        "wait_timeout": "{{ empty_text }}",
        "state": "{{ empty_text }}",
        "on_immutable_change": "recreate",
        "api_timeout": "{{ empty_text }}",
        "region": "{{ nothing }}",
    }
    fleet = {"name": "shop", "state": "absent", "max_deletions": "{{ empty_text }}"}
    tasks = [
        {"scaleway.inference.deployment": options, "register": "saved_same"},
        {"scaleway.inference.fleet": fleet, "register": "saved_refused", "ignore_errors": True},
    ]
    played = player.play(tasks, *in_process, vars=empty)
    assert played.code == 0, played.output
    assert not played.registered["saved_same"]["changed"]
    assert "max_deletions: is empty" in played.registered["saved_refused"]["msg"]
    assert {one.method for one in service.journal()} == {"GET"}
    assert [one.id for one in service.deployments()] == [before.id]


@pytest.mark.parametrize("moment", ["DELETE", "POST"])
def test_killed_recreation_is_restored(
    player: Player, service: EmulatorServer, tmp_path: Path, in_process: list[str], moment: str
) -> None:
    assert player.play([{"scaleway.inference.deployment": GUARDED}], *in_process).code == 0
    recreated = {**GUARDED, "node_type": "L40S", "on_immutable_change": "recreate"}
    undeclared = {key: value for key, value in recreated.items() if key != "rules"}
    refused = player.play(
        [{"scaleway.inference.deployment": undeclared, "register": "saved_refused", "ignore_errors": True}], *in_process
    )
    assert 'rules: [{ip: "192.0.2.0/24", description: "Office"}]' in refused.registered["saved_refused"]["msg"]
    service.clear_journal()
    service.configure(creating=1, deploying=1, deleting=1)
    path = tmp_path / "recreate.yml"
    task = {"scaleway.inference.deployment": recreated}
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    with RunningCommand(player.command(path, *in_process), player.environ, tmp_path) as run:
        run.until(lambda: any(one.method == moment for one in service.journal()), moment)
        run.kill(signal.SIGKILL, group=True)
        run.code()
    again = player.play([{**task, "register": "saved_again"}], *in_process)
    assert again.code == 0, again.output
    (there,) = (one for one in service.deployments() if service.status(one.id) != "deleting")
    assert there.node_type == "L40S"
    assert [(rule.ip, rule.description) for rule in there.acls] == [tuple(OFFICE.values())]
    assert [one.disable_auth for one in there.endpoints] == [True]
    assert not player.play([{**task, "register": "saved_same"}], *in_process).registered["saved_same"]["changed"]


def test_role_names_its_own_variables_for_what_is_missing(
    player: Player, service: EmulatorServer, tmp_path: Path
) -> None:
    variables = {
        "deploy_name": "web",
        "deploy_model": MODEL,
        "deploy_node_type": "L4",
        "deploy_tags": ["shop"],
        "deploy_addresses": ["192.0.2.0/24"],
        "deploy_smoke_test": False,
    }
    path = tmp_path / "vars.yml"

    def deploy(**changes: Any) -> Any:
        path.write_text(
            yaml.safe_dump({name: value for name, value in {**variables, **changes}.items() if value is not None})
        )
        return player.play_file(Path("scaleway.inference.deploy"), "-e", f"@{path}")

    assert deploy().code == 0
    service.clear_journal()
    changes = {"deploy_node_type": "L40S", "deploy_on_immutable_change": "recreate"}
    refused = deploy(**changes, deploy_tags=None, deploy_addresses=None)
    assert refused.code != 0
    output = refused.output.replace("\\n", "\n").replace('\\"', '"')
    assert 'deploy_tags: ["shop"]' in output
    assert 'deploy_rules: [{ip: "192.0.2.0/24", description: ""}]' in output
    assert "deploy_purge_rules: true" in output
    assert {one.method for one in service.journal()} == {"GET"}
    assert deploy(**changes).code == 0
    (there,) = service.deployments()
    assert (there.node_type, [rule.ip for rule in there.acls]) == ("L40S", ["192.0.2.0/24"])
