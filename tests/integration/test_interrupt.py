# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted runs: what they show, which requests they still send, and what the next run does."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from ansible_collections.scaleway.inference.tests.support.processes import RunningCommand
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
WEB = {"name": "web", "model": MODEL, "node_type": "L4"}
MEMBERS = [f"web-{number}" for number in range(1, 7)]
FLEET: dict[str, Any] = {
    "name": "shop",
    "defaults": {"model": MODEL, "node_type": "L4"},
    "deployments": [{"name": name} for name in MEMBERS],
    "parallel": 2,
}


class Interrupted:
    """A playbook with one task, to be started, interrupted, and run again."""

    def __init__(self, player: Player, service: EmulatorServer, folder: Path) -> None:
        self.player = player
        self.service = service
        self._folder = folder

    def start(self, module: str, options: dict[str, Any], **keywords: Any) -> RunningCommand:
        task = {f"scaleway.inference.{module}": options, **keywords}
        path = self._folder / "interrupted.yml"
        path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
        return RunningCommand(self.player.command(path), self.player.environ, self._folder)

    def rerun(self, module: str, options: dict[str, Any]) -> dict[str, Any]:
        """Run the same task again without an interruption; returns its result."""
        self.service.clear_faults()
        self.service.configure(creating=0, deploying=0, deleting=0)
        played = self.player.play([{f"scaleway.inference.{module}": options, "register": "saved_again"}])
        assert played.code == 0, played.output
        result: dict[str, Any] = played.registered["saved_again"]
        return result

    def writes(self) -> list[str]:
        return [one.method for one in self.service.journal() if one.method != "GET"]

    def names(self) -> list[str]:
        return sorted(one.name for one in self.service.deployments())


@pytest.fixture
def api_version() -> str:
    """The default version: what is tested here doesn't depend on it."""
    return "v1beta1"


@pytest.fixture
def play(player: Player, service: EmulatorServer, tmp_path: Path) -> Interrupted:
    return Interrupted(player, service, tmp_path)


def reported_creations(run: RunningCommand) -> set[str]:
    """The IDs in the lines on creations."""
    return {line.rsplit(": created ", 1)[1] for line in run.lines if ": created " in line}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_killed_recreation_writes_no_more(play: Interrupted, number: signal.Signals) -> None:
    """If ansible-playbook is gone, the worker must not go on from the deletion to the creation."""
    play.service.configure(creating=0, deploying=0, deleting=2)
    old = play.player.play([{"scaleway.inference.deployment": WEB}])
    assert old.code == 0, old.output
    play.service.clear_journal()
    desired = {**WEB, "node_type": "L40S", "on_immutable_change": "recreate"}
    with play.start("deployment", desired) as run:
        run.until(lambda: play.writes() == ["DELETE"], "the deletion")
        run.kill(number)
        run.until_no_fork_is_left()
        assert play.writes() == ["DELETE"]
    again = play.rerun("deployment", desired)
    assert again["deployment"]["node_type"] == "L40S"
    assert play.names() == ["web"]


@pytest.mark.slow
def test_killed_creation_is_finished_and_nothing_more_is_sent(play: Interrupted) -> None:
    play.service.add_fault(Fault(method="POST", path="/deployments$", kind="delay", when="after", seconds=2))
    with play.start("deployment", WEB) as run:
        run.until(lambda: play.names() == ["web"], "the creation")
        run.kill(signal.SIGKILL)
        run.until_no_fork_is_left()
    last = play.service.journal()[-1]
    assert (last.method, last.status) == ("POST", 200)
    (made,) = play.service.deployments()
    again = play.rerun("deployment", WEB)
    assert (again["changed"], again["deployment"]["id"]) == (False, made.id)


@pytest.mark.slow
def test_killed_fleet_begins_no_more_members(play: Interrupted) -> None:
    play.service.configure(latency=0.5)
    with play.start("fleet", FLEET) as run:
        run.until_line(": created ")
        run.kill(signal.SIGKILL)
        run.until_no_fork_is_left()
    # The two creations under way, and those that their threads began before the signal came.
    assert 1 <= len(play.writes()) < len(MEMBERS)
    before = {one.id for one in play.service.deployments()}
    play.service.configure(latency=0)
    again = play.rerun("fleet", FLEET)
    assert play.names() == MEMBERS
    assert before <= {member["deployment"]["id"] for member in again["members"]}


@pytest.mark.parametrize("module", ["deployment", pytest.param("fleet", marks=pytest.mark.slow)])
def test_ctrl_c_leaves_the_id_on_the_screen(play: Interrupted, module: str) -> None:
    options = {"deployment": WEB, "fleet": {**FLEET, "deployments": [{"name": "web"}]}}[module]
    play.service.configure(creating=600)
    with play.start(module, options) as run:
        run.until_line("deployment web: creating")
        run.kill(signal.SIGINT, group=True)
        assert run.code() != 0
        run.until_no_fork_is_left()
        (made,) = play.service.deployments()
        assert reported_creations(run) == {made.id}
        # The ID is shown before the wait begins. Not every ansible-core leaves time for a last line.
        assert f"deployment web: created {made.id}" in run.output
        assert play.writes() == ["POST"]
    play.service.force_status(made.id, "ready")
    again = play.rerun(module, options)
    assert not again["changed"]
    assert play.names() == ["web"]


@pytest.mark.slow
def test_timeout_of_the_task_names_what_exists(play: Interrupted) -> None:
    play.service.configure(creating=600)
    with play.start("deployment", WEB, timeout=600) as run:
        run.until_line("deployment web: creating")
        run.time_out()
        assert run.code() == 2
    (made,) = play.service.deployments()
    last = run.until_line("interrupted; ")
    assert f"there is by now: deployment web ({made.id}, creating). The next run of the playbook continues" in last
    play.service.force_status(made.id, "ready")
    assert not play.rerun("deployment", WEB)["changed"]


@pytest.mark.slow
def test_timeout_while_the_creation_is_under_way_says_that_it_may_exist(play: Interrupted) -> None:
    play.service.add_fault(Fault(method="POST", path="/deployments$", kind="delay", when="after", seconds=30))
    with play.start("deployment", WEB, timeout=600) as run:
        run.until(lambda: play.names() == ["web"], "the creation")
        run.time_out()
        assert run.code() == 2
    assert "perhaps deployment web, whose creation had no answer yet" in run.until_line("interrupted; ")
    (made,) = play.service.deployments()
    assert play.rerun("deployment", WEB)["deployment"]["id"] == made.id


@pytest.mark.slow
def test_timeout_of_a_fleet_names_each_creation(play: Interrupted) -> None:
    """Its threads finish the creations under way, report them, and begin no more."""
    play.service.configure(creating=600)
    play.service.add_fault(
        Fault(method="POST", path="/deployments$", kind="delay", when="after", seconds=2, times=len(MEMBERS))
    )
    with play.start("fleet", FLEET, timeout=600) as run:
        run.until(lambda: len(play.names()) == FLEET["parallel"], "the first creations")
        run.time_out()
        assert run.code() == 2
    made = {one.id for one in play.service.deployments()}
    assert len(made) == FLEET["parallel"]
    assert reported_creations(run) == made
    last = run.until_line("interrupted; ")
    assert all(one in last for one in made)
    for one in made:
        play.service.force_status(one, "ready")
    play.rerun("fleet", FLEET)
    assert play.names() == MEMBERS
