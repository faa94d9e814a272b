# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that manage one deployment: progress, second runs, check mode, interruptions, and two plays at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
CHAT: dict[str, Any] = {"name": "chat", "model": MODEL, "node_type": "L4", "tags": ["demo"]}


def deployment(**options: Any) -> dict[str, Any]:
    return {"name": "Deploy", "scaleway.inference.deployment": {**CHAT, **options}}


@pytest.mark.parametrize(
    "in_process", [pytest.param("true", id="action"), pytest.param("false", id="module", marks=pytest.mark.slow)]
)
def test_second_run_changes_nothing_and_sends_only_gets(
    player: Player, service: EmulatorServer, in_process: str
) -> None:
    extra = ("-e", f"scaleway_inference_in_process={in_process}")
    first = player.play([deployment()], *extra)
    assert "changed=1 " in first.recap, first.output
    service.clear_journal()
    second = player.play([deployment()], *extra)
    assert "changed=0 " in second.recap, second.output
    assert {one.method for one in service.journal()} == {"GET"}
    assert len(service.deployments()) == 1


@pytest.mark.slow
def test_check_and_diff_on_an_empty_project(player: Player, service: EmulatorServer) -> None:
    played = player.play([deployment()], "--check", "--diff")
    assert played.code == 0
    assert "changed=1 " in played.recap
    assert f'+    "model": "{MODEL}"' in played.output
    assert "--- before: deployment chat" in played.output
    for options, remedy in (
        ({"model": "mistral/unknown"}, "model_info lists"),
        ({"model": "meta/llama-3.1-8b-instruct:bf16"}, "accept_eula: true"),
        ({"model": "google/gemma-3-27b-it:bf16"}, "node types that can: H100, H100-2"),
    ):
        played = player.play([deployment(**options)], "--check", "--diff")
        assert played.code == 2
        assert remedy in " ".join(played.output.split())
    assert {one.method for one in service.journal()} == {"GET"}


@pytest.mark.slow
def test_progress_shows_while_it_lasts(player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    service.configure(creating=2.5, deploying=1.5)
    path = tmp_path / "progress.yml"
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [deployment()]}]))
    seen = []
    for line in player.lines(path):
        if line.startswith("waiting: [localhost] => deployment chat: "):
            # The line is shown while the service has this status, not at the end of the task.
            seen.append((line.split(": ")[-1].split(" ")[0], service.status(service.deployments()[0].id)))
    assert ("creating", "creating") in seen
    assert seen[-1] == ("ready", "ready")


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1"])
@pytest.mark.parametrize("in_process", [True, False])
def test_next_task_finds_a_changed_deployment_deployed(
    player: Player, service: EmulatorServer, in_process: bool
) -> None:
    service.configure(creating=0, deploying=0, updating=0.5, false_ready=1)
    deploy = {"deploy_name": "chat", "deploy_model": MODEL, "deploy_node_type": "L4", "deploy_adopt": True}
    role = {
        "name": "Deploy by the role",
        "ansible.builtin.include_role": {"name": "scaleway.inference.deploy"},
        "vars": {**deploy, "deploy_tags": ["other"], "deploy_smoke_test": False},
    }
    member = {name: CHAT[name] for name in ("name", "model", "node_type")}
    fleet = {"name": "all", "deployments": [{**member, "tags": ["third"]}]}
    endpoint = {"deployment": "chat", "public": True, "disable_auth": True}
    for tasks in (
        [deployment(), deployment(tags=["new"])],
        [deployment(tags=["newer"], wait=False), {"scaleway.inference.endpoint": endpoint}],
        [role],
        [{"scaleway.inference.deployment": {"name": "chat", "tags": []}}, {"scaleway.inference.fleet": fleet}],
    ):
        played = player.play(tasks, vars={"scaleway_inference_in_process": in_process})
        assert played.code == 0, played.output
        (found,) = service.deployments()
        deployed_at, status = found.timeline[-1]
        assert len(found.timeline) > 1
        assert (status, deployed_at <= time.time()) == ("ready", True)


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_interrupted_run_is_picked_up(tmp_path: Path, api_version: str) -> None:
    with EmulatorServer(Config(creating=600, deploying=1, jitter=0)) as service:
        player = Player(tmp_path, {**service.environment(), "SCW_INFERENCE_API_VERSION": api_version})
        given_up = player.play([deployment(wait_timeout=1)])
        assert given_up.code == 2
        assert "still creating" in " ".join(given_up.output.split())
        service.force_status(service.deployments()[0].id, "ready")
        picked_up = player.play([deployment()])
        assert "changed=0 " in picked_up.recap, picked_up.output
        assert len(service.deployments()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_two_plays_at_once_make_one(player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    play = {
        "hosts": "one,two",
        "gather_facts": False,
        "connection": "local",
        "tasks": [deployment()],
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    }
    path = tmp_path / "both.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    played = player.play_file(path, "-i", "one,two,", "-f", "2")
    assert played.code == 0, played.output
    staying = [one for one in service.deployments() if service.status(one.id) != "deleting"]
    assert len(staying) == 1


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_run_that_ansible_warns_of_fails_its_test(player: Player) -> None:
    """So no run in these tests causes a warning of ansible-core."""
    with pytest.raises(AssertionError, match=r"\[(DEPRECATION )?WARNING\]"):
        player.play([{"ansible.builtin.debug": {"msg": "x"}, "when": "{{ 1 == 1 }}"}])
