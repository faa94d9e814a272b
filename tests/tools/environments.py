# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments with pinned packages under `.venv`: made when needed, kept until their pins change.

Standard library only: this is what runs before anything is installed.

    python3 tests/tools/environments.py demo python -m emulator
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
COLLECTIONS = VENV / "collections"
REQUIREMENTS = ROOT / "tests" / "requirements"

# The lines of ansible-core that the collection is tested with, and their Pythons, the preferred one first.
CORES = {
    "2.16": ("3.10", "3.11", "3.12"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.21": ("3.12", "3.13", "3.14"),
    "2.22": ("3.13", "3.14"),
}

# Settings of the person who runs this that would change what the tests see.
PERSONAL = ("ANSIBLE_", "SCW_", "PYTEST_", "OPENAI_")
PERSONAL_NAMES = {"PYTHONPATH", "PYTHONHOME", "PYENV_VERSION", "VIRTUAL_ENV", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"}


class SetupError(Exception):
    """Something that the person at the keyboard has to change."""


def here() -> str:
    """The version of the Python at hand."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def find_python(version: str) -> str | None:
    """A Python of this version that works: a name on PATH may be a shim with nothing behind it, or lack `venv`."""
    name = f"python{version}"
    found = [sys.executable] if version == here() else []
    found += filter(None, (shutil.which(name, path=folder) for folder in os.get_exec_path()))
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found += sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/{name}")), reverse=True)
    check = f"import ensurepip, venv, sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    return next((python for python in found if _runs([python, "-c", check])), None)


def core_for(version: str) -> str:
    """The newest ansible-core of ours that this Python can run."""
    fitting = [core for core, pythons in CORES.items() if version in pythons]
    if not fitting:
        raise SetupError(f"Python {version} is not one that we test with: choose one, e.g. make PYTHON=python3.12")
    return fitting[-1]


def demo(python: str, version: str) -> Path:
    """What running the collection against the emulator takes, and no more."""
    return ensure("demo", python, "demo.in", pins=f"core-{core_for(version)}.txt")


def suite(core: str, python: str) -> Path:
    """What the test suite takes, with this ansible-core."""
    return ensure(f"core-{core}", python, f"core-{core}.txt")


def sanity() -> tuple[Path, str]:
    """The linters, on the newest ansible-core whose Python is at hand; with the version of that Python."""
    for version in ("3.12", "3.13", "3.14", "3.11"):
        if python := find_python(version):
            return ensure("sanity", python, "sanity.txt"), version
    raise SetupError("make sanity needs a Python from 3.11 on")


def ensure(name: str, python: str, requirements: str, *, pins: str | None = None) -> Path:
    """The environment of this name; made anew when its Python or its requirements are not the ones that made it."""
    env, stamp = VENV / name, VENV / name / "complete"
    arguments = ["-r", str(REQUIREMENTS / requirements)] + (["-c", str(REQUIREMENTS / pins)] if pins else [])
    wanted = hashlib.sha256(f"{env} {os.path.realpath(python)}".encode())  # scripts hold the path they are at
    for file in filter(None, (requirements, pins)):
        wanted.update((REQUIREMENTS / file).read_bytes())

    link_collection()
    with open(VENV / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at the same moment
        if stamp.is_file() and stamp.read_text() == wanted.hexdigest():
            return env
        print(f"Installing {env.relative_to(ROOT)}: {pins or requirements}, {python}", file=sys.stderr, flush=True)
        shutil.rmtree(env, ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(env)], check=True)
        # Twice quiet: errors only. An interrupted installation leaves no stamp, and is thrown away next time.
        pip = [str(env / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check"]
        subprocess.run(pip + arguments, check=True, env=_without_personal())
        stamp.write_text(wanted.hexdigest())
    return env


def link_collection() -> None:
    """The checkout at the path that Ansible and Python import it from, whatever the folder of the clone is called."""
    link = COLLECTIONS / "ansible_collections" / "scaleway" / "inference"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or os.readlink(link) != str(ROOT):
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)


def variables(env: Path) -> dict[str, str]:
    """Environment variables to run in this environment, apart from the settings and the home of the person."""
    home = VENV / "home"
    home.mkdir(parents=True, exist_ok=True)
    return _without_personal() | {
        "ANSIBLE_CONFIG": str(ROOT / "tests" / "tools" / "ansible.cfg"),
        "HOME": str(home),
        "PATH": f"{env / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(env),
    }


def _without_personal() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PERSONAL) and name not in PERSONAL_NAMES
    }


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def start(main: Callable[[list[str]], int]) -> NoReturn:
    """Run one of these tools: mistakes of set-up become one line, and `kill` cleans up as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except (SetupError, subprocess.SubprocessError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def main(arguments: list[str]) -> NoReturn:
    """Run a command in one of them, with the emulator and the collection to be imported."""
    name, *command = arguments
    env = sanity()[0] if name == "sanity" else demo(sys.executable, here())
    path = os.pathsep.join((str(ROOT / "tests"), str(COLLECTIONS)))
    os.execvpe(command[0], command, variables(env) | {"PYTHONPATH": path})


if __name__ == "__main__":
    start(main)
