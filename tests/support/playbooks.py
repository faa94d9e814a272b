# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-playbook`` in a process of its own, against an emulator."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.scaleway.inference.tests.support.ansible_warnings import without_warnings

RUN_TIMEOUT = 240


@dataclass(frozen=True)
class Played:
    """How a run of a playbook ended: exit status, whole output, and the results that it saved by name."""

    code: int
    output: str
    registered: Mapping[str, Any]

    @property
    def recap(self) -> str:
        return next((line for line in self.output.splitlines() if line.startswith("localhost ")), "")

    def comparable(self) -> dict[str, dict[str, Any]]:
        """The saved results, without what differs between two runs, or tells how Ansible itself ran the task."""
        text = json.dumps(self.registered, sort_keys=True)
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", text)
        # Ansible lists a set here, in random order.
        text = re.sub(r"(Valid booleans include: )[^\"]*", r"\1...", text)
        # ansible-core 2.22 says of modules that their output was parsed.
        left_out = ("ansible_facts", "ansible_parsed", "exception")
        results: dict[str, dict[str, Any]] = json.loads(text)
        return {
            name: {key: value for key, value in result.items() if key not in left_out}
            for name, result in results.items()
        }


@dataclass(frozen=True)
class Streams:
    """What a command wrote to its standard output and error."""

    out: str
    err: str


def run_command(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with no standard input, and keep its output and errors apart."""
    return subprocess.run(
        command,
        env=environ,
        cwd=folder,
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=RUN_TIMEOUT,
        check=False,
    )


class Player:
    """Runs playbooks in a folder of their own, without the settings of Ansible and Scaleway on this machine.

    ``environ``: environment variables to add, such as those of an emulator.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "SCW_"))}
        self.environ = {
            **kept,
            "HOME": str(folder),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(_collections()),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
            "PYTHONUNBUFFERED": "1",
            **environ,
        }

    def play(self, tasks: Sequence[Mapping[str, Any]], *args: str, **play: Any) -> Played:
        """Run the tasks on localhost. Results registered as ``saved_…`` are in ``registered``."""
        saved = [task["register"] for task in tasks if str(task.get("register", "")).startswith("saved_")]
        results = self._folder / "registered.json"
        keep = {
            "name": "Save what was registered",
            "ansible.builtin.copy": {
                "dest": str(results),
                "mode": "0600",
                "content": "{{ {" + ", ".join(f"'{one}': {one}" for one in saved) + "} | to_json }}",
            },
            "check_mode": False,
            "diff": False,
            "no_log": True,
        }
        playbook = [
            {"hosts": "localhost", "gather_facts": False, "tasks": [*tasks, *([keep] if saved else [])], **play}
        ]
        path = self._folder / "playbook.yml"
        path.write_text(yaml.safe_dump(playbook, sort_keys=False), encoding="utf-8")
        return self.play_file(path, *args)

    def play_file(self, path: Path, *args: str) -> Played:
        done = subprocess.run(
            self.command(path, *args),
            env=self.environ,
            cwd=self._folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=RUN_TIMEOUT,
            check=False,
        )
        results = self._folder / "registered.json"
        registered = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
        results.unlink(missing_ok=True)
        return Played(done.returncode, without_warnings(done.stdout), registered)

    def run_command(self, command: Sequence[str]) -> Streams:
        """What a command that must succeed wrote. Raises AssertionError if it fails or warns."""
        done = run_command(command, self.environ, self._folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return Streams(done.stdout, without_warnings(done.stderr))

    def lines(self, path: Path, *args: str) -> Iterator[str]:
        """The lines of a run's output, each as soon as it is written. Raises AssertionError if the run fails."""
        with subprocess.Popen(
            self.command(path, *args),
            env=self.environ,
            cwd=self._folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                yield without_warnings(line.rstrip("\n"))
        assert process.returncode == 0

    def vault(self, secret: str, password: Path) -> str:
        """The secret as an encrypted YAML value."""
        command = [sys.executable, "-m", "ansible", "vault", "encrypt_string", "--vault-password-file", str(password)]
        done = subprocess.run(
            command, input=secret, env=self.environ, text=True, capture_output=True, timeout=RUN_TIMEOUT, check=True
        )
        return done.stdout

    def command(self, path: Path, *args: str) -> list[str]:
        # Use the ansible-playbook of the Python that runs the tests, whatever PATH says.
        return [sys.executable, "-m", "ansible", "playbook", str(path), *args]


def _collections() -> Path:
    for folder in sys.path:
        if (Path(folder) / "ansible_collections" / "scaleway" / "inference").is_dir():
            return Path(folder)
    raise RuntimeError("The collection isn't on the path as ansible_collections/scaleway/inference: run 'make test'.")
