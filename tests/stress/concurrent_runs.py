# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of ``ansible-playbook`` that run the same task at the same moment, for each kind of task in turn.

They live through all rounds and wait for one another before each step, so that what is measured isn't how long Ansible
takes to start. A seed chooses how each round is run.
"""

from __future__ import annotations

import fcntl
import json
import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import yaml

from ansible_collections.scaleway.inference.tests.stress import work
from scaleway_inference_emulator.server import EmulatorServer

#: The steps of a round, each on what those before it left.
STEPS = ("deployment", "endpoint", "acl", "model", "fleet")
STAGGER = 0.15
STEP_TIMEOUT = 240.0
#: The share of rounds whose tasks run as modules, each of which costs half a second of a processor.
MODULE_SHARE = 0.15
MARKER = "STRESS"


@dataclass(frozen=True)
class Variant:
    """How the processes of a round run. Where a task needs another version of the API, it has that one."""

    version: str
    in_process: bool
    staggered: bool

    @classmethod
    def of(cls, seed: int, number: int) -> Variant:
        """The variant of a round."""
        choose = random.Random(f"{seed}-{number}")
        return cls(choose.choice(("v1beta1", "v1")), choose.random() >= MODULE_SHARE, choose.random() < 0.5)

    def __str__(self) -> str:
        mode = "in process" if self.in_process else "as modules"
        return f"{self.version}, {mode}{', staggered' if self.staggered else ''}"


@dataclass(frozen=True)
class Options:
    """Of all rounds. ``wait``: whether deployments and models are waited for. ``lag``: seconds that lists lag behind.

    ``minutes``: no further round begins after that.
    """

    seed: int
    rounds: int
    processes: int = 8
    lag: float = 0.0
    wait: bool = True
    unique_model_names: bool = True
    minutes: float = 30.0


def gate(number: int, step: str) -> str:
    """The name of what the processes wait at before a step."""
    return f"{number}-{step}"


def after(number: int, step: str) -> tuple[int, str]:
    """The round and the step that follow."""
    index = STEPS.index(step) + 1
    return (number, STEPS[index]) if index < len(STEPS) else (number + 1, STEPS[0])


def playbook(folder: Path, process: int, options: Options) -> list[dict[str, Any]]:
    """The playbook of one process: at each gate it reports what the task before said, and waits."""
    tasks: list[dict[str, Any]] = []
    before = "none"
    for number in range(options.rounds + 1):
        variant = Variant.of(options.seed, number)
        for step in STEPS if number < options.rounds else STEPS[:1]:
            here = gate(number, step)
            said = f"{MARKER} {before} {{{{ result.msg | default('?') if result is failed else 'ok' }}}} END"
            wait = f"touch {folder}/at-{here}-{process}; flock -w {STEP_TIMEOUT:g} -s {folder}/go-{here} "
            wait += f"sleep {process * STAGGER if variant.staggered else 0:g}"
            # The report is written before the gate is waited at.
            tasks.append({"ansible.builtin.debug": {"msg": said if tasks else MARKER}})
            tasks.append({"ansible.builtin.debug": {"msg": f"{{{{ lookup('ansible.builtin.pipe', '{wait}') }}}}"}})
            if number < options.rounds:
                tasks.append(_task(step, process, variant, options))
            before = here
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


def _task(step: str, process: int, variant: Variant, options: Options) -> dict[str, Any]:
    done = work.acl(process) if step == "acl" else work.WORKS[step]()
    version = variant.version if variant.version in done.versions else done.versions[0]
    keywords: dict[str, Any] = {"api_version": version}
    if not options.wait and step in ("deployment", "model"):
        keywords["wait"] = False
    return {
        f"scaleway.inference.{step}": {**done.options, **keywords},
        "vars": {"scaleway_inference_in_process": variant.in_process},
        "register": "result",
        "ignore_errors": True,
    }


class ConcurrentRuns:
    """The processes, and the gates that they wait at; a context manager that ends them."""

    def __init__(self, folder: Path, service: EmulatorServer, options: Options) -> None:
        self._folder = folder
        self._outputs = [folder / f"output-{process}" for process in range(options.processes)]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._locks: dict[str, IO[str]] = {}
        for number in range(options.rounds + 1):
            for step in STEPS:
                self._close(gate(number, step))
        for process, output in enumerate(self._outputs):
            home = folder / f"home-{process}"
            home.mkdir()
            player = work.player(home, service)
            path = home / "playbook.yml"
            path.write_text(yaml.safe_dump(playbook(folder, process, options)), encoding="utf-8")
            with output.open("wb") as stream:
                self._processes.append(
                    subprocess.Popen(
                        player.command(path),
                        env=player.environ,
                        cwd=home,
                        stdin=subprocess.DEVNULL,
                        stdout=stream,
                        stderr=stream,
                    )
                )

    def __enter__(self) -> ConcurrentRuns:
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for lock in self._locks.values():
            lock.close()

    def arrive(self, name: str) -> bool:
        """Wait until all processes are at a gate. False if one ends before, or not all are there in time."""
        end = time.monotonic() + STEP_TIMEOUT
        while time.monotonic() < end:
            at = [(self._folder / f"at-{name}-{process}").exists() for process in range(len(self._processes))]
            if all(at):
                return True
            if any(not here and one.poll() is not None for here, one in zip(at, self._processes, strict=True)):
                return False
            time.sleep(0.05)  # other processes write the files that are waited for
        return False

    def go(self, name: str) -> None:
        """Open a gate, for all at once."""
        self._locks.pop(name).close()

    def said(self, name: str) -> list[str | None]:
        """What each process said of the task behind a gate: its error, or null for a success."""
        return [said_of(output.read_text(encoding="utf-8", errors="replace"), name) for output in self._outputs]

    def _close(self, name: str) -> None:
        lock = (self._folder / f"go-{name}").open("w", encoding="utf-8")
        fcntl.flock(lock, fcntl.LOCK_EX)
        self._locks[name] = lock


def said_of(output: str, name: str) -> str | None:
    """What a process said of the task behind a gate, from its output."""
    for line in output.splitlines():
        if f'"msg": "{MARKER} {name} ' in line:
            message: str = json.loads("{" + line.strip().rstrip(",") + "}")["msg"]
            error = message.removeprefix(f"{MARKER} {name} ").removesuffix(" END")
            return None if error == "ok" else error
    return "it said nothing"
