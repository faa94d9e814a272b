# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-inventory`` in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.scaleway.inference.tests.support.ansible_warnings import without_warnings
from ansible_collections.scaleway.inference.tests.support.playbooks import Player, run_command

PLUGIN = "scaleway.inference.inference"


@dataclass(frozen=True)
class Listed:
    """How a run ended. ``stderr`` is its standard error as one line."""

    code: int
    output: str
    stderr: str

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        """The variables of each host."""
        hosts: dict[str, dict[str, Any]] = self._read()["_meta"]["hostvars"]
        return hosts

    @property
    def groups(self) -> dict[str, list[str]]:
        """The hosts of each group that has any, sorted."""
        return {name: sorted(group["hosts"]) for name, group in self._read().items() if "hosts" in group}

    def _read(self) -> dict[str, Any]:
        assert self.code == 0, self.stderr
        read: dict[str, Any] = json.loads(self.output)
        return read


class Lister:
    """Lists inventories with the environment of ``player``. A source that can't be parsed makes the run fail."""

    def __init__(self, folder: Path, player: Player) -> None:
        self._folder = folder
        self.environ: dict[str, str] = player.environ
        self.environ["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"

    def write(self, options: Mapping[str, Any] | str = "", name: str = "scaleway_inference.yml") -> Path:
        """An inventory file with these options, or with this text of options."""
        path = self._folder / name
        text = options if isinstance(options, str) else yaml.safe_dump(dict(options))
        path.write_text(f"plugin: {PLUGIN}\n{'' if text.strip() == '{}' else text}", encoding="utf-8")
        return path

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "ansible", "inventory", *args]

    def list(self, source: Path, *args: str) -> Listed:
        return self.run("--list", "-i", str(source), *args)

    def run(self, *args: str) -> Listed:
        done = run_command(self.command(*args), self.environ, self._folder)
        if done.returncode == 0:
            # A failed run may warn: Ansible reports a source that can't be parsed in a warning.
            without_warnings(done.stderr)
        return Listed(done.returncode, done.stdout, " ".join(done.stderr.split()))
