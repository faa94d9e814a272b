# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run sessions of noxfile.py, with a nox of our own that is installed first.

python3 tests/tools/sessions.py test [CORE] -- -k creation   # on the newest ansible-core, or on this one
python3 tests/tools/sessions.py test-all                     # on every ansible-core whose Python is here
python3 tests/tools/sessions.py sanity [SESSION…]            # the default sessions, or these
python3 tests/tools/sessions.py SESSION… -- ARGUMENT…
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import environments
from environments import CORES, SetupError

# The Pythons that run nox, and with it all sessions other than the tests, the preferred one first.
PYTHONS = ("3.12", "3.13", "3.14", "3.11")


def one_core(core: str | None = None) -> dict[str, str]:
    """The session that tests this ansible-core, or else the newest, with the running Python, and that Python."""
    version = environments.running_version()
    core = core or environments.core_for(version)
    if version not in CORES.get(core, ()):
        pairs = ", ".join(f"{core} ({', '.join(versions)})" for core, versions in CORES.items())
        raise SetupError(f"ansible-core {core} on Python {version} is not what we test with; these are: {pairs}")
    return {f"test({core}, {version})": sys.executable}


def all_cores() -> dict[str, str]:
    """For each ansible-core, the session with the first of its Pythons that is here, and that Python."""
    sessions = {}
    for core, versions in CORES.items():
        found = ((version, python) for version in versions if (python := environments.find_python(version)))
        version, python = next(found, ("", ""))
        if python:
            sessions[f"test({core}, {version})"] = python
        else:
            print(f"ansible-core {core}: skipped, as there is no Python {' or '.join(versions)} here", flush=True)
    if not sessions:
        raise SetupError("there is none of the Pythons that we test with")
    return sessions


def main(arguments: list[str]) -> NoReturn:
    """Run these sessions, at the end by becoming nox."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    (command, *words), passed_on = arguments[:end], arguments[end + 1 :]
    options: list[str] = []
    settings: dict[str, str] = {}
    if command in ("test", "test-all"):
        pythons = one_core(*words) if command == "test" else all_cores()
        names = list(pythons)
        # A Python of pyenv may not be on PATH.
        folders = dict.fromkeys(str(Path(python).parent) for python in pythons.values())
        settings["PATH"] = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    elif command == "sanity":
        names = words
        if len(names) != 1:  # as what runs in parallel is shown when it has ended
            options += ["--parallel", "auto", "--allow-parallel"]
        settings["CI"] = "true"  # antsibull-nox then checks the format of files, and leaves them as they are
    else:
        names = [command, *words]
    python = next(filter(None, map(environments.find_python, PYTHONS)), sys.executable)
    nox = environments.ensure("nox", python, ["-r", environments.REQUIREMENTS / "nox.txt"]) / "bin" / "nox"
    environments.link_collection()  # before sessions that run at once do
    environ = environments.without_personal() | settings
    if command == "test-all" and not passed_on:
        # Most of what is slow depends on no ansible-core, and would take hours on all of them.
        *others, newest = names
        parts = [["--session", *others]] if others else []
        parts.append(["--session", newest, "--", "--thorough"])
        failed = [part for part in parts if subprocess.run([str(nox), *part], env=environ, check=False).returncode]
        sys.exit(1 if failed else 0)
    line = [str(nox), *options, *(["--session", *names] if names else []), "--", *passed_on]
    os.execve(nox, line, environ)


if __name__ == "__main__":
    environments.start(main)
