# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Official clients that can't be in the environment of the tests: one environment for Python's, one for npm's.

Both are in ``.venv``, pinned, and made again only when the pins change. Two workers never make one at once.
"""

from __future__ import annotations

import fcntl
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "conformance" / "clients"
PINS = ROOT / "tests" / "requirements" / "clients.txt"
#: Seconds that an installation may take, on a slow line.
TIMEOUT = 600

_ENVIRONMENTS: dict[str, Any] = runpy.run_path(str(ROOT / "tests" / "tools" / "environments.py"))


class ClientsMissing(Exception):
    """The clients can't be installed here; the text says why."""


def python() -> list[str]:
    """The command that runs a Python with the clients of ``clients.txt``. Raises ClientsMissing."""
    name = f"clients-{_ENVIRONMENTS['running_version']()}"
    env = _installed(lambda: _ENVIRONMENTS["ensure"](name, sys.executable, ["-r", PINS]))
    return [str(env / "bin" / "python")]


def node() -> list[str]:
    """The command that runs Node.js, in the folder of :func:`node_programs`. Raises ClientsMissing."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        raise ClientsMissing("there is no Node.js with npm here")
    return [found]


def node_programs() -> Path:
    """A folder with the programs for Node.js and the packages that they import. Raises ClientsMissing."""
    node()
    return _installed(_install_node_packages)


def _install_node_packages() -> Path:
    folder: Path = _ENVIRONMENTS["VENV"] / "clients-node"
    folder.mkdir(parents=True, exist_ok=True)
    pins, stamp = [PROGRAMS / "package.json", PROGRAMS / "package-lock.json"], folder / "complete"
    expected = _ENVIRONMENTS["fingerprint"](pins)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != expected:
            for file in pins:
                shutil.copy(file, folder)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT)
            stamp.write_text(expected, encoding="utf-8")
        # Beside node_modules, where Node.js looks for what they import.
        for program in PROGRAMS.glob("*.js"):
            shutil.copy(program, folder)
    return folder


def _installed(install: Callable[[], Path]) -> Path:
    try:
        return install()
    except (OSError, subprocess.SubprocessError) as error:
        raise ClientsMissing(f"{error} {getattr(error, 'stderr', None) or ''}".strip()) from error


def run(command: list[str], environ: dict[str, str], folder: Path | None = None, *, timeout: float = 120) -> None:
    """Run a client program, for so many seconds at most. Raises AssertionError with its output if it fails."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(_ENVIRONMENTS["HOME"]), **environ}
    ended = subprocess.run(
        command, check=False, env=environ, cwd=folder, text=True, capture_output=True, timeout=timeout
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
