# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles on a service whose answers leave fields untold (null): they go on, or say what is the matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator.config import Config
from emulator.server import EmulatorServer
from support.altered_service import AlteredService, altered_service
from support.playbooks import Played, Player

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
OLD, NEW = "chat", "chat-2"
# What can't be read, and so is null.
UNREADABLE = {"tags": "odd", "endpoints": [7], "min_size": "odd", "name": 7}


@pytest.fixture
def emulator() -> Iterator[EmulatorServer]:
    with EmulatorServer(Config(creating=0, deploying=0, updating=0, deleting=0, jitter=0)) as emulator:
        yield emulator


@pytest.fixture
def odd(emulator: EmulatorServer) -> Iterator[AlteredService]:
    with altered_service(emulator) as service:
        yield service


@pytest.fixture
def player(emulator: EmulatorServer, odd: AlteredService, tmp_path: Path) -> Player:
    environ = {**emulator.environment(), "SCW_INFERENCE_API_VERSION": "v1beta1", "SCW_API_URL": odd.url}
    return Player(tmp_path, environ)


def make(emulator: EmulatorServer, name: str, *tags: str) -> str:
    body = {"name": name, "project_id": emulator.project_id, "model_name": MODEL, "node_type": "L4", "tags": tags}
    made = requests.post(
        f"{emulator.url}/inference/v1beta1/regions/{emulator.region}/deployments",
        json={**body, "endpoints": [{"public": {}}]},
        headers={"X-Auth-Token": emulator.secret_key},
        timeout=10,
    ).json()
    emulator.force_status(made["id"], "ready")
    return str(made["id"])


def role(name: str, variables: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "ansible.builtin.include_role": {"name": f"scaleway.inference.{name}"}, "vars": variables}


def told(played: Played) -> str:
    return " ".join(played.output.split())


ROLLOUT = {"rollout_from": OLD, "rollout_to": NEW, "rollout_grace": 0, "rollout_smoke_test": False}


@pytest.mark.parametrize("field", ["tags", "endpoints", "min_size"])
def test_rollout_from_a_deployment_that_is_not_told_in_full(
    player: Player, emulator: EmulatorServer, odd: AlteredService, field: str
) -> None:
    make(emulator, OLD)
    odd.odd("deployments", OLD, field, UNREADABLE[field])
    played = player.play([role("rollout", ROLLOUT)])
    assert played.code == 2
    assert f"The service doesn't tell the {field} of '{OLD}'" in told(played)
    assert "Nothing was changed" in told(played)
    assert ("rollout_min_size" in told(played)) == (field == "min_size")
    assert odd.writes() == []
    if field == "min_size":
        given = {**ROLLOUT, "rollout_min_size": 1}
        assert player.play([role("rollout", given)], "--check").code == 0


def test_rollout_to_a_deployment_that_is_not_told_in_full(
    player: Player, emulator: EmulatorServer, odd: AlteredService
) -> None:
    make(emulator, OLD)
    make(emulator, NEW, f"rollout: {OLD}")
    odd.odd("deployments", NEW, "tags", UNREADABLE["tags"])
    played = player.play([role("rollout", ROLLOUT)])
    assert played.code == 2
    assert f"The service doesn't tell the tags of '{NEW}'" in told(played)
    assert odd.writes() == []


@pytest.mark.parametrize("field", ["tags", "endpoints"])
def test_rollout_that_cannot_be_taken_back_for_sure(
    player: Player, emulator: EmulatorServer, odd: AlteredService, tmp_path: Path, field: str
) -> None:
    """Nobody knows whether it is this role's, or whether the consumer uses it: it stays, and the error says so."""
    make(emulator, OLD)
    odd.odd("deployments", NEW, field, UNREADABLE[field])
    (tmp_path / "app").mkdir()
    app = {
        "name": "Have a consumer",
        "ansible.builtin.add_host": {
            "name": "app",
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "client_config_dir": str(tmp_path / "app"),
        },
    }
    check = tmp_path / "check.yml"
    check.write_text("- ansible.builtin.fail: {msg: Not good}\n", encoding="utf-8")
    options = {**ROLLOUT, "rollout_consumers": ["app"], "rollout_checks": [str(check)]}
    played = player.play([app, role("rollout", options)])
    assert played.code == 2
    assert f"The rollout from {OLD} to {NEW} failed at" in told(played)
    assert f"{NEW} stays, as the service doesn't tell its {field}" in told(played)
    assert {one.name for one in emulator.deployments()} == {OLD, NEW}


def test_deploy_beside_and_on_what_is_not_told_in_full(
    player: Player, emulator: EmulatorServer, odd: AlteredService
) -> None:
    make(emulator, "support-chat")
    odd.odd("deployments", "support-chat", "tags", UNREADABLE["tags"])
    options = {"deploy_name": "support-chat", "deploy_model": MODEL, "deploy_node_type": "L4"}
    played = player.play([role("deploy", options)])
    assert played.code == 2
    assert "tags: the service's answer doesn't tell it for deployment support-chat" in told(played)
    # What can't be known of the endpoints is null.
    odd.odd("deployments", "chat", "endpoints", UNREADABLE["endpoints"])
    fact = {"ansible.builtin.debug": {"msg": "url={{ scaleway_inference_endpoints.chat.url is none }}"}}
    options = {**options, "deploy_name": "chat", "deploy_smoke_test": False}
    played = player.play([role("deploy", options), fact])
    assert played.code == 0, played.output
    assert "url=True" in told(played)


def test_smoke_test_of_a_deployment_without_a_name(
    player: Player, emulator: EmulatorServer, odd: AlteredService
) -> None:
    for name in (OLD, NEW):
        make(emulator, name, "fleet: support")
    odd.odd("deployments", OLD, "name", UNREADABLE["name"])
    played = player.play_file(Path("scaleway.inference.smoke_test"), "-e", "deploy_name=support")
    assert played.code == 0, played.output


def test_decommission_of_what_is_not_told_in_full(
    player: Player, emulator: EmulatorServer, odd: AlteredService
) -> None:
    for name in (OLD, NEW):
        make(emulator, name, "fleet: support")
    odd.odd("deployments", OLD, "tags", UNREADABLE["tags"])
    options: dict[str, Any] = {"decommission_name": "support", "decommission_confirmed": True}
    played = player.play([role("decommission", options)])
    assert played.code == 2
    assert f"The service doesn't tell the tags of {OLD}" in told(played)
    assert odd.writes() == []
    # Another of the fleet can go, and so can one without a name.
    played = player.play([role("decommission", {**options, "decommission_only": [NEW]})])
    assert played.code == 0, played.output
    assert [one.name for one in emulator.deployments()] == [OLD]
    odd.odd("deployments", OLD, "name", UNREADABLE["name"])
    make(emulator, NEW, "fleet: support")
    played = player.play([role("decommission", options)])
    assert played.code == 0, played.output
    assert emulator.deployments() == []


def test_rollout_to_a_deployment_whose_url_is_not_told(
    player: Player, emulator: EmulatorServer, odd: AlteredService
) -> None:
    make(emulator, OLD)
    odd.odd("deployments", NEW, "endpoints.url", None)
    played = player.play([role("rollout", ROLLOUT)])
    assert played.code == 2
    assert f"the service doesn't tell the URL of {NEW}" in told(played)
    assert f"{OLD} is as it was" in told(played)
    assert [one.name for one in emulator.deployments()] == [OLD]
