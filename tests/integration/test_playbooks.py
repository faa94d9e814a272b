# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of the collection as it is installed, with localhost and no inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.server import EmulatorServer
from support.installed import ROOT, install, only_installed
from support.playbooks import Played, Player

VARIABLES: dict[str, Any] = {
    "deploy_name": "support",
    "deploy_node_type": "L4",
    "deploy_accept_eula": True,
    "deploy_addresses": ["127.0.0.0/8"],
    "deploy_deployments": [
        {"name": "support-chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16"},
        {"name": "support-search", "model": "baai/bge-multilingual-gemma2:fp32"},
    ],
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("collection"))


@pytest.fixture
def api_version() -> str:
    """The version that has rules."""
    return "v1beta1"


@pytest.fixture
def player(player: Player, installed: Path) -> Player:
    player.environ = only_installed(player.environ, installed)
    return player


class Playbooks:
    """Runs C(ansible-playbook scaleway.inference.NAME -e @vars.yml)."""

    def __init__(self, player: Player, folder: Path) -> None:
        self._player = player
        self._file = folder / "vars.yml"
        self.outputs: list[str] = []

    def play(self, name: str, variables: dict[str, Any], *args: str) -> Played:
        self._file.write_text(yaml.safe_dump(variables), encoding="utf-8")
        played = self._player.play_file(Path(f"scaleway.inference.{name}"), "-e", f"@{self._file}", *args)
        self.outputs.append(played.output)
        return played


@pytest.fixture
def playbooks(player: Player, tmp_path: Path) -> Playbooks:
    return Playbooks(player, tmp_path)


def names(service: EmulatorServer) -> list[str]:
    return sorted(one.name for one in service.deployments())


def test_life_of_a_fleet(playbooks: Playbooks, service: EmulatorServer, installed: Path) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    foretold = playbooks.play("deploy", VARIABLES, "--check", "--diff")
    assert foretold.code == 0, foretold.output
    assert "changed=1 " in foretold.recap
    assert {one.method for one in service.journal()} == {"GET"}

    made = playbooks.play("deploy", VARIABLES, "-vv")
    assert made.code == 0, made.output
    assert names(service) == ["support-chat", "support-search"]
    for answered in ("support-chat (mistral/mistral-7b", "a vector of 3584 numbers"):
        assert answered in made.output

    service.clear_journal()
    again = playbooks.play("deploy", VARIABLES, "--diff")
    assert "changed=0 " in again.recap, again.output
    # Besides questions to the models, which are POSTs to their endpoints.
    assert {one.method for one in service.journal() if one.endpoint is None} == {"GET"}
    checked = playbooks.play("deploy", VARIABLES, "--check")
    assert "changed=0 " in checked.recap, checked.output
    assert " answered in " in checked.output

    assert playbooks.play("smoke_test", {"deploy_name": "support"}).code == 0

    fewer = {**VARIABLES, "deploy_deployments": VARIABLES["deploy_deployments"][:1]}
    assert playbooks.play("deploy", fewer).code == 0
    assert names(service) == ["support-chat", "support-search"]
    assert playbooks.play("fleet", fewer).code == 0
    assert names(service) == ["support-chat"]

    rollout = {
        "rollout_from": "support-chat",
        "rollout_to": "support-chat-2",
        "rollout_model": "meta/llama-3.1-8b-instruct:fp8",
        "rollout_accept_eula": True,
        "rollout_grace": 0,
    }
    foretold = playbooks.play("rollout", rollout, "--check", "--diff")
    assert "changed=2 " in foretold.recap, foretold.output
    assert names(service) == ["support-chat"]
    assert playbooks.play("rollout", rollout).code == 0
    assert names(service) == ["support-chat-2"]

    # The variables of deploy do.
    gone = playbooks.play("decommission", VARIABLES)
    assert gone.code == 0, gone.output
    assert names(service) == []
    assert "changed=0 " in playbooks.play("decommission", VARIABLES).recap

    output = "".join(playbooks.outputs)
    assert service.secret_key not in output
    assert str(installed) in output
    # The Ansible that runs may lie below the checkout; what it runs doesn't.
    for folder in ("plugins", "roles", "playbooks", ".venv/collections"):
        assert f"{ROOT / folder}/" not in output


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("deploy", "Set deploy_name,"),
        ("fleet", "Set deploy_name and deploy_deployments,"),
        ("rollout", "Set rollout_from and rollout_to,"),
        ("decommission", "decommission_name, or deploy_name"),
        ("smoke_test", "the variable deploy_name"),
    ],
)
def test_missing_variables_are_named(playbooks: Playbooks, service: EmulatorServer, name: str, missing: str) -> None:
    played = playbooks.play(name, {})
    assert played.code == 2
    assert missing in " ".join(played.output.split())
    assert "argument_spec_data" not in played.output
    assert "failed=1 " in played.recap
    assert service.deployments() == []


@pytest.fixture
def fleet(playbooks: Playbooks, service: EmulatorServer) -> list[str]:
    """Two members and a stranger, that ask no question."""
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    quick = {**VARIABLES, "deploy_smoke_test": "false"}
    assert playbooks.play("deploy", quick).code == 0
    assert playbooks.play("deploy", {**quick, "deploy_name": "other", "deploy_deployments": [OTHER]}).code == 0
    service.clear_journal()
    return names(service)


OTHER = {"name": "other", "model": "mistral/mistral-7b-instruct-v0.3:bf16"}


def told(played: Played) -> str:
    assert played.code == 2, played.output
    return " ".join(played.output.split())


def test_nothing_is_deleted_that_nobody_asked_for(
    playbooks: Playbooks, service: EmulatorServer, fleet: list[str]
) -> None:
    everything = {"decommission_name": "support", "decommission_confirmed": True}
    refused: list[tuple[str, dict[str, Any], str]] = [
        # The target role_decommission and the unit tests have more of them.
        ("decommission", {**everything, "decommission_only": ""}, "decommission_only: is empty"),
        ("decommission", {**everything, "decommision_only": ["support-chat"]}, "did you mean decommission_only?"),
        ("decommission", {**VARIABLES, **everything, "decommission_name": ""}, "decommission_name: is empty"),
        ("fleet", {**VARIABLES, "deploy_deployments": [None]}, "Set deploy_deployments"),
        ("fleet", {**VARIABLES, "deploy_deployments": []}, "deploy_deployments: is empty, and with deploy_purge"),
    ]
    for name, variables, reason in refused:
        assert reason in told(playbooks.play(name, variables)), variables
    assert names(service) == fleet
    assert {one.method for one in service.journal()} <= {"GET"}


def test_decommission_of_some_is_repeated(playbooks: Playbooks, service: EmulatorServer, fleet: list[str]) -> None:
    # A text with commas, and part of the name of another.
    variables = {"deploy_name": "support", "decommission_only": "support-chat, long-gone"}
    assert playbooks.play("decommission", variables).code == 0
    assert names(service) == ["other", "support-search"]
    again = playbooks.play("decommission", variables)
    assert "changed=0 " in again.recap, again.output
    assert "there is no deployment support-chat, long-gone; taken for gone already" in " ".join(again.output.split())
    assert names(service) == ["other", "support-search"]


def test_undo_deletes_what_was_made(playbooks: Playbooks, service: EmulatorServer, fleet: list[str]) -> None:
    assert "Set scaleway_inference_created" in told(playbooks.play("undo", {"deploy_name": "support"}))
    undone = playbooks.play("undo", {"deploy_name": "support", "scaleway_inference_created": []})
    assert undone.code == 0, undone.output
    assert "there is nothing to undo" in undone.output
    assert names(service) == fleet
    made = {"deploy_name": "support", "scaleway_inference_created": ["support-chat", "support-search"]}
    assert playbooks.play("undo", made).code == 0
    assert names(service) == ["other"]


def test_misspelt_variable_protects_nobody(playbooks: Playbooks, service: EmulatorServer) -> None:
    for name, variables, right in (
        ("deploy", {"deply_adresses": ["127.0.0.1"]}, "deploy_addresses"),
        ("fleet", {"deploy_max_deletion": 0}, "deploy_max_deletions"),
        ("rollout", {"rollout_form": "support-chat", "rollout_to": "other"}, "rollout_from"),
        ("smoke_test", {"smoke_test_host": "deployments"}, "smoke_test_hosts"),
    ):
        assert f"did you mean {right}?" in told(playbooks.play(name, {**VARIABLES, **variables}))
    assert service.journal() == []
    meant = {"deploy_user": "somebody", "deploy_names": 1, "scaleway_inference_ignored_variables": ["deploy_names"]}
    checked = playbooks.play("deploy", {**VARIABLES, **meant}, "--check")
    assert checked.code == 0, checked.output
    assert "has no variable deploy_user" in " ".join(checked.output.split())


def test_smoke_test_asks_no_more_than_is_meant(playbooks: Playbooks, service: EmulatorServer, fleet: list[str]) -> None:
    for name, empty in (("deploy_asked", []), ("smoke_test_hosts", ""), ("smoke_test_hosts", None)):
        reason = told(playbooks.play("smoke_test", {"deploy_name": "support", name: empty}))
        assert f"{name}: is empty" in reason
    asked = {"deploy_asked": ["support-chat", "suport-search"]}
    assert "there is no deployment suport-search" in told(playbooks.play("smoke_test", asked))
    assert {one.method for one in service.journal()} <= {"GET"}


def test_failing_smoke_test_fails_the_run(playbooks: Playbooks, service: EmulatorServer) -> None:
    variables = {**VARIABLES, "deploy_addresses": ["192.0.2.1"]}
    played = playbooks.play("deploy", variables)
    assert played.code == 2
    assert "no access rule of the deployment admits the address" in " ".join(played.output.split())
