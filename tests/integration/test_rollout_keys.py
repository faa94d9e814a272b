# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout fails before it creates anything if a consumer has no key to call the new deployment with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
ROLLOUT = {
    "rollout_from": "chat",
    "rollout_to": "chat-2",
    "rollout_grace": 0,
    "rollout_smoke_test": False,
    "rollout_consumers": ["app"],
}


@pytest.fixture
def emulator() -> Iterator[EmulatorServer]:
    with EmulatorServer(Config(creating=0, deploying=0, updating=0, deleting=0, jitter=0)) as emulator:
        yield emulator


@pytest.fixture
def player(emulator: EmulatorServer, tmp_path: Path) -> Player:
    """A player with its key from a file, so that consumers don't inherit it."""
    environ = {**emulator.environment(), "SCW_INFERENCE_API_VERSION": "v1beta1"}
    config = tmp_path / ".config" / "scw" / "config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(yaml.safe_dump({"secret_key": environ.pop("SCW_SECRET_KEY")}), encoding="utf-8")
    config.chmod(0o600)
    return Player(tmp_path, environ)


def make(emulator: EmulatorServer, *, disable_auth: bool) -> None:
    body = {"name": "chat", "project_id": emulator.project_id, "model_name": MODEL, "node_type": "L4"}
    made = requests.post(
        f"{emulator.url}/inference/v1beta1/regions/{emulator.region}/deployments",
        json={**body, "endpoints": [{"public": {}, "disable_auth": disable_auth}]},
        headers={"X-Auth-Token": emulator.secret_key},
        timeout=10,
    ).json()
    emulator.force_status(made["id"], "ready")
    emulator.clear_journal()


def roll_out(player: Player, folder: Path, *arguments: str, **consumer: Any) -> Played:
    (folder / "app").mkdir(exist_ok=True)
    host = {
        "name": "app",
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "client_config_dir": str(folder / "app"),
    }
    tasks = [
        {"name": "Have a consumer", "ansible.builtin.add_host": {**host, **consumer}},
        {"name": "Go", "ansible.builtin.include_role": {"name": "scaleway.inference.rollout"}, "vars": ROLLOUT},
    ]
    return player.play(tasks, *arguments)


def test_key_of_each_consumer_is_checked_before_anything_is_made(
    player: Player, emulator: EmulatorServer, tmp_path: Path
) -> None:
    make(emulator, disable_auth=False)
    for arguments in ([], ["--check"]):
        played = roll_out(player, tmp_path, *arguments)
        assert played.code == 2
        output = " ".join(played.output.split())
        assert "app has no key to call the endpoint with: set client_config_key or client_config_key_file" in output
        assert "client_config_validation_key" in output
    played = roll_out(player, tmp_path, client_config_key_file=str(tmp_path / "none.env"))
    assert played.code == 2
    assert f"app has no file {tmp_path}/none.env (client_config_key_file)" in " ".join(played.output.split())
    assert {one.method for one in emulator.journal()} == {"GET"}


@pytest.mark.parametrize("way", ["key", "file", "variable", "open", "unchecked"])
def test_consumer_that_has_a_key_or_needs_none(
    player: Player, emulator: EmulatorServer, tmp_path: Path, way: str
) -> None:
    make(emulator, disable_auth=way == "open")
    key_file = tmp_path / "key.env"
    key_file.write_text(f"OPENAI_API_KEY={emulator.secret_key}\n", encoding="utf-8")
    consumers: dict[str, dict[str, Any]] = {
        "key": {"client_config_key": emulator.secret_key},
        "file": {"client_config_key_file": str(key_file)},
        "unchecked": {"client_config_validate": False},
    }
    arguments = ["-e", f"client_config_validation_key={emulator.secret_key}"] if way == "variable" else []
    played = roll_out(player, tmp_path, *arguments, **consumers.get(way, {}))
    assert played.code == 0, played.output
    assert [one.name for one in emulator.deployments()] == ["chat-2"]
