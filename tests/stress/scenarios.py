# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios to kill a run in: an emulator, what is there before, and a playbook that can be started again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any, Protocol

import yaml

from ansible_collections.scaleway.inference.tests.stress import work
from ansible_collections.scaleway.inference.tests.stress.judgement import Ended
from ansible_collections.scaleway.inference.tests.stress.states import Desired, EndState, State, read_state
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from ansible_collections.scaleway.inference.tests.support.processes import RunningCommand
from ansible_collections.scaleway.inference.tests.support.rollouts import NEW, NEW_MODEL, Setting
from scaleway_inference_emulator.server import EmulatorServer

#: Real seconds for a run; the role `rollout` has many modules, and the machine may be busy.
RUN_TIMEOUT = 600.0
#: The kinds of scenarios, and the versions of the API that have them.
KINDS: dict[str, tuple[str, ...]] = {
    **{kind: make().versions for kind, make in work.WORKS.items()},
    "rollout": ("v1beta1", "v1"),
}


class Scenario(Protocol):
    """A playbook on an emulator, and what must be there after it."""

    desired: EndState

    def start(self) -> RunningCommand:
        """Start a run, to be killed."""

    def wrong(self) -> Iterator[str]:
        """What is wrong on this machine after a successful run."""


class TaskScenario:
    """One task. ``folder``: for this scenario only."""

    def __init__(self, folder: Path, service: EmulatorServer, kind: str, version: str, in_process: bool) -> None:
        folder.mkdir()
        done = work.WORKS[kind]()
        self.desired = done.end
        self._folder = folder
        self._player = work.player(folder, service, SCW_INFERENCE_API_VERSION=version)
        self._path = write_playbook(folder, done.task(), in_process)

    def start(self) -> RunningCommand:
        return start(self._player, self._path, self._folder)

    def wrong(self) -> Iterator[str]:
        yield from ()


class RolloutScenario:
    """The role ``rollout``, with an application that uses the deployment."""

    def __init__(self, folder: Path, service: EmulatorServer, version: str, in_process: bool) -> None:
        folder.mkdir()
        self._folder = folder
        self._setting = Setting(folder, service, version)
        self._setting.player.environ.update(work.settings(folder))
        self._in_process = in_process
        rules = frozenset({"127.0.0.0/8"} if version == "v1beta1" else ())
        self.desired = EndState({NEW: Desired(rules=rules, model=NEW_MODEL)})

    def start(self) -> RunningCommand:
        mode = f'{{"scaleway_inference_in_process": {str(self._in_process).lower()}}}'
        return RunningCommand(self._setting.command("-e", mode), self._setting.player.environ, self._folder)

    def wrong(self) -> Iterator[str]:
        """The application must use the deployment that is left."""
        if self._setting.loaded() not in self._setting.there().values():
            yield f"the application uses {self._setting.loaded()}, which is gone"


def write_playbook(folder: Path, task: Mapping[str, Any], in_process: bool = True) -> Path:
    """A playbook of one task."""
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"scaleway_inference_in_process": in_process},
        "tasks": [dict(task)],
    }
    path = folder / "playbook.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return path


def start(player: Player, path: Path, folder: Path) -> RunningCommand:
    """Start ``ansible-playbook`` in the background."""
    return RunningCommand(player.command(path), player.environ, folder)


def end(run: RunningCommand) -> Ended:
    """Wait for the end of a run that isn't interrupted. One that takes too long is ended, and has failed."""
    with run:
        try:
            return Ended(run.code(RUN_TIMEOUT), run.output)
        except TimeoutExpired:
            return Ended(-1, f"{run.output}\nIt didn't end within {RUN_TIMEOUT:g} s.")


def play_task(folder: Path, service: EmulatorServer, task: Mapping[str, Any]) -> Ended:
    """Run one task, in a folder of its own."""
    folder.mkdir()
    return end(start(work.player(folder, service), write_playbook(folder, task), folder))


def state_of(service: EmulatorServer, scenario: Scenario) -> State:
    """The state as it is now, with the models that the scenario makes."""
    return read_state(service, scenario.desired.models)


def writes(service: EmulatorServer) -> list[str]:
    """The requests to the API that may have changed something. What endpoints are asked isn't among them."""
    return [f"{one.method} {one.path}" for one in service.journal() if one.method != "GET" and one.endpoint is None]
