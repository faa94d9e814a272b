# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create virtual environments with pinned packages under `.venv`, and keep them until their pins change.

This uses the standard library only, since it runs before anything is installed: for the demo and the emulator, and for
nox, which creates all other environments.

    python3 tests/tools/environments.py scaleway-inference-emulator
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
COLLECTIONS = VENV / "collections"
HOME = VENV / "home"
REQUIREMENTS = ROOT / "tests" / "requirements"
EMULATOR = ROOT / "tests" / "emulator"

# The versions of ansible-core that the collection is tested with, and their Pythons, the preferred one first.
CORES = {
    "2.16": ("3.10", "3.11", "3.12"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
    "2.22": ("3.13", "3.14"),
}

# Environment variables of the user that would change the results of tests, or make each playbook compile Ansible again.
PERSONAL = ("ANSIBLE_", "SCW_", "PYTEST_", "OPENAI_")
PERSONAL_NAMES = {"PYTHONPATH", "PYTHONHOME", "PYENV_VERSION", "VIRTUAL_ENV", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"}
PERSONAL_NAMES |= {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}


class SetupError(Exception):
    """An error that the user has to fix."""


def running_version() -> str:
    """The version of the running Python, such as 3.12."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def find_python(version: str) -> str | None:
    """The path of a working Python of this version; None if there is none.

    A Python on PATH may be a shim without an interpreter, or lack `venv`.
    """
    name = f"python{version}"
    found = [sys.executable] if version == running_version() else []
    found += filter(None, (shutil.which(name, path=folder) for folder in os.get_exec_path()))
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found += sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/{name}")), reverse=True)
    check = f"import ensurepip, venv, sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    return next((python for python in found if _runs([python, "-c", check])), None)


def core_for(version: str) -> str:
    """The newest ansible-core of :data:`CORES` that this Python can run. Raises SetupError if there is none."""
    fitting = [core for core, pythons in CORES.items() if version in pythons]
    if not fitting:
        raise SetupError(f"Python {version} is not one that we test with: choose one, e.g. make PYTHON=python3.12")
    return fitting[-1]


def demo(python: str, version: str) -> Path:
    """An environment with what the collection and the emulator need, and no more."""
    pins = REQUIREMENTS / f"core-{core_for(version)}.txt"
    return ensure("demo", python, ["-r", REQUIREMENTS / "demo.in", "-c", pins, "-e", EMULATOR])


def ensure(name: str, python: str, packages: list[str | Path]) -> Path:
    """The environment of this name, created again if its Python or what it needs has changed.

    `packages` are arguments of `pip install`.
    """
    env, stamp = VENV / name, VENV / name / "complete"
    expected = fingerprint([env, os.path.realpath(python), *packages])  # scripts contain their own path

    env.parent.mkdir(exist_ok=True)
    with open(VENV / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # for two `make` at once
        if stamp.is_file() and stamp.read_text() == expected:
            return env
        print(f"Installing {env.relative_to(ROOT)}, with {python}", file=sys.stderr, flush=True)
        shutil.rmtree(env, ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(env)], check=True)
        # `-qq` prints errors only. An interrupted installation leaves no stamp, and is deleted next time.
        pip = [str(env / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check"]
        subprocess.run([*pip, *map(str, packages)], check=True, env=without_personal())
        stamp.write_text(expected)
    return env


def fingerprint(words: Iterable[str | Path]) -> str:
    """A digest of these words, and of the contents of those that are files or projects."""
    digest = hashlib.sha256()
    for word in words:
        digest.update(f"{word}\n".encode())
        for file in (Path(word), Path(word) / "pyproject.toml"):
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()


def link_collection() -> None:
    """Link the checkout to the path that Ansible and Python import the collection from."""
    link = COLLECTIONS / "ansible_collections" / "scaleway" / "inference"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or os.readlink(link) != str(ROOT):
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)


def variables(env: Path) -> dict[str, str]:
    """Environment variables for commands of this environment, without the user's own settings and home."""
    link_collection()
    HOME.mkdir(parents=True, exist_ok=True)
    return without_personal() | {
        "HOME": str(HOME),
        "PATH": f"{env / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(env),
    }


def without_personal() -> dict[str, str]:
    """The environment variables, without the user's own settings of what we run."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(PERSONAL) and n not in PERSONAL_NAMES}
    return kept | {"ANSIBLE_CONFIG": str(ROOT / "tests" / "tools" / "ansible.cfg")}


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def start(main: Callable[[list[str]], int]) -> NoReturn:
    """Run one of these tools. A SetupError becomes one line, and SIGTERM cleans up as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except (SetupError, subprocess.SubprocessError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def main(arguments: list[str]) -> NoReturn:
    """Run a command in the environment of the demo, where the collection can be imported."""
    env = demo(sys.executable, running_version())
    os.execvpe(arguments[0], arguments, variables(env) | {"PYTHONPATH": str(COLLECTIONS)})


if __name__ == "__main__":
    start(main)
