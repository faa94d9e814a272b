# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles on a service whose answers lack fields (null): they go on, or name the missing field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.scaleway.inference.tests.support.altered_service import AlteredService, altered_service
from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
OLD, NEW = "chat", "chat-2"
# Values of a wrong type, which count as null.
UNREADABLE = {"tags": "odd", "endpoints": [7], "min_size": "odd", "name": 7}


@pytest.fixture
def emulator() -> Iterator[EmulatorServer]:
    with EmulatorServer(Config(creating=0, deploying=0, updating=0, deleting=0, jitter=0)) as emulator:
        yield emulator


@pytest.fixture
def altered(emulator: EmulatorServer) -> Iterator[AlteredService]:
    with altered_service(emulator) as service:
        yield service


@pytest.fixture
def player(emulator: EmulatorServer, altered: AlteredService, tmp_path: Path) -> Player:
    environ = {**emulator.environment(), "SCW_INFERENCE_API_VERSION": "v1beta1", "SCW_API_URL": altered.url}
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


def output_of(played: Played) -> str:
    return " ".join(played.output.split())


ROLLOUT = {"rollout_from": OLD, "rollout_to": NEW, "rollout_grace": 0, "rollout_smoke_test": False}


@pytest.mark.parametrize("field", ["tags", "endpoints", "min_size"])
def test_rollout_from_a_deployment_with_missing_fields(
    player: Player, emulator: EmulatorServer, altered: AlteredService, field: str
) -> None:
    make(emulator, OLD)
    altered.alter("deployments", OLD, field, UNREADABLE[field])
    played = player.play([role("rollout", ROLLOUT)])
    assert played.code == 2
    assert f"The service doesn't tell the {field} of '{OLD}'" in output_of(played)
    assert "Nothing was changed" in output_of(played)
    assert ("rollout_min_size" in output_of(played)) == (field == "min_size")
    assert altered.writes() == []
    if field == "min_size":
        given = {**ROLLOUT, "rollout_min_size": 1}
        assert player.play([role("rollout", given)], "--check").code == 0


def test_rollout_to_a_deployment_with_missing_fields(
    player: Player, emulator: EmulatorServer, altered: AlteredService
) -> None:
    make(emulator, OLD)
    make(emulator, NEW, f"rollout: {OLD}")
    altered.alter("deployments", NEW, "tags", UNREADABLE["tags"])
    played = player.play([role("rollout", ROLLOUT)])
    assert played.code == 2
    assert f"The service doesn't tell the tags of '{NEW}'" in output_of(played)
    assert altered.writes() == []


@pytest.mark.parametrize("field", ["tags", "endpoints"])
def test_rollout_that_may_not_be_rolled_back(
    player: Player, emulator: EmulatorServer, altered: AlteredService, tmp_path: Path, field: str
) -> None:
    """If nobody knows whether the role made it, or whether the consumer uses it, it stays, and the error says so."""
    make(emulator, OLD)
    altered.alter("deployments", NEW, field, UNREADABLE[field])
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
    assert f"The rollout from {OLD} to {NEW} failed at" in output_of(played)
    assert f"{NEW} stays, as the service doesn't tell its {field}" in output_of(played)
    assert {one.name for one in emulator.deployments()} == {OLD, NEW}


def test_deploy_with_missing_fields(player: Player, emulator: EmulatorServer, altered: AlteredService) -> None:
    make(emulator, "support-chat")
    altered.alter("deployments", "support-chat", "tags", UNREADABLE["tags"])
    options = {"deploy_name": "support-chat", "deploy_model": MODEL, "deploy_node_type": "L4"}
    played = player.play([role("deploy", options)])
    assert played.code == 2
    assert "tags: the service's answer doesn't tell it for deployment support-chat" in output_of(played)
    # Unknown fields of an endpoint are null in the fact.
    altered.alter("deployments", "chat", "endpoints", UNREADABLE["endpoints"])
    fact = {"ansible.builtin.debug": {"msg": "url={{ scaleway_inference_endpoints.chat.url is none }}"}}
    options = {**options, "deploy_name": "chat", "deploy_smoke_test": False}
    played = player.play([role("deploy", options), fact])
    assert played.code == 0, played.output
    assert "url=True" in output_of(played)


def test_smoke_test_of_a_deployment_without_a_name(
    player: Player, emulator: EmulatorServer, altered: AlteredService
) -> None:
    for name in (OLD, NEW):
        make(emulator, name, "fleet: support")
    altered.alter("deployments", OLD, "name", UNREADABLE["name"])
    played = player.play_file(Path("scaleway.inference.smoke_test"), "-e", "deploy_name=support")
    assert played.code == 0, played.output


def test_decommission_with_missing_fields(player: Player, emulator: EmulatorServer, altered: AlteredService) -> None:
    for name in (OLD, NEW):
        make(emulator, name, "fleet: support")
    altered.alter("deployments", OLD, "tags", UNREADABLE["tags"])
    options: dict[str, Any] = {"decommission_name": "support", "decommission_confirmed": True}
    played = player.play([role("decommission", options)])
    assert played.code == 2
    assert f"The service doesn't tell the tags of {OLD}" in output_of(played)
    assert altered.writes() == []
    # Another member can be deleted, and so can one without a name.
    played = player.play([role("decommission", {**options, "decommission_only": [NEW]})])
    assert played.code == 0, played.output
    assert [one.name for one in emulator.deployments()] == [OLD]
    altered.alter("deployments", OLD, "name", UNREADABLE["name"])
    make(emulator, NEW, "fleet: support")
    played = player.play([role("decommission", options)])
    assert played.code == 0, played.output
    assert emulator.deployments() == []


def test_rollout_to_a_deployment_without_a_url(
    player: Player, emulator: EmulatorServer, altered: AlteredService
) -> None:
    make(emulator, OLD)
    altered.alter("deployments", NEW, "endpoints.url", None)
    played = player.play([role("rollout", ROLLOUT)])
    assert played.code == 2
    assert f"the service doesn't tell the URL of {NEW}" in output_of(played)
    assert f"{OLD} is as it was" in output_of(played)
    assert [one.name for one in emulator.deployments()] == [OLD]
