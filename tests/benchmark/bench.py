# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Ansible's commands against an emulator of their own, and measure what they use."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.scaleway.inference.tests.benchmark.measure import Usage
from ansible_collections.scaleway.inference.tests.support.inventories import Listed, Lister
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

HERE = Path(__file__).resolve().parent
#: Seconds after which a command is killed: many times as long as the slowest takes.
TIMEOUT = 900

#: A key and a project that stay the same when the emulator is reset.
IDENTITY = {"secret_key": "11111111-1111-4111-8111-111111111111", "project_id": "22222222-2222-4222-8222-222222222222"}
#: Deployments are ready at once, as waiting for models isn't what is measured; the service is as far away as usual.
AT_ONCE: dict[str, Any] = {"creating": 0, "deploying": 0, "updating": 0, "deleting": 0, "jitter": 0, "latency": 0.05}
READY_AT_ONCE = Config.model_validate({**IDENTITY, **AT_ONCE})


class Bench:
    """Measures commands that run one at a time. Raises SystemExit with the output of one that fails."""

    def __init__(self, emulator: EmulatorServer, folder: Path, environ: Mapping[str, str]) -> None:
        self.emulator = emulator
        self.folder = folder
        self._player = Player(folder, {**emulator.environment(), **environ})
        self.lister = Lister(folder, self._player)

    def play(self, tasks: Sequence[Mapping[str, Any]] = (), **variables: Any) -> Usage:
        """What a playbook with these tasks uses."""
        path = self.folder / "playbook.yml"
        named = [{"name": f"Task {number}", **task} for number, task in enumerate(tasks)]
        play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": named}
        path.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        return self._run(self._player.command(path))[0]

    def list(self, source: Path) -> tuple[Usage, Listed]:
        """What listing an inventory uses, and the list."""
        usage, output = self._run(self.lister.command("--list", "-i", str(source)))
        return usage, Listed(0, output, "")

    def floor(self, *, reads: int, writes: int) -> float:
        """Seconds that a client needs for these requests, which does nothing else (see floor.py)."""
        program = [sys.executable, str(HERE / "floor.py"), str(reads), str(writes)]
        return float(self._run(program)[1])

    def _run(self, command: Sequence[str]) -> tuple[Usage, str]:
        report = self.folder / "usage.json"
        # Without what Python otherwise loads, as the launcher has to be small.
        launcher = [sys.executable, "-I", "-S", str(HERE / "launcher.py"), str(report), str(TIMEOUT)]
        done = subprocess.run(
            [*launcher, *command],
            env=self._player.environ,
            cwd=self.folder,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
        return Usage(**json.loads(report.read_text(encoding="utf-8"))), done.stdout


@contextmanager
def new_bench(config: Config | None = None, environ: Mapping[str, str] | None = None) -> Iterator[Bench]:
    """A bench with an emulator of its own. ``environ``: variables for the commands."""
    with EmulatorServer(config) as emulator, tempfile.TemporaryDirectory() as folder:
        yield Bench(emulator, Path(folder), environ or {})
