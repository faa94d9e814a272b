# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pin the packages of the environments: a `.txt` for each `.in`, valid for every Python that may install it."""

from __future__ import annotations

import subprocess
import sys

import environments

# The oldest Python of each environment; markers in the files cover newer ones.
OLDEST = {f"core-{core}": pythons[0] for core, pythons in environments.CORES.items()}
OLDEST |= {"sanity": "3.11", "lock": "3.10"}


def main(arguments: list[str]) -> int:
    """Resolve all environments."""
    env = environments.ensure("lock", sys.executable, "lock.txt")
    for name, python in OLDEST.items():
        command = [str(env / "bin" / "uv"), "pip", "compile", "--quiet", "--universal", "--upgrade", "--no-annotate"]
        command += ["--custom-compile-command", "make lock", "--python-version", python]
        emulator = [] if name == "lock" else [str(environments.EMULATOR / "pyproject.toml")]
        command += [*arguments, f"{name}.in", *emulator, "--output-file", f"{name}.txt"]
        subprocess.run(command, cwd=environments.REQUIREMENTS, check=True)
    return 0


if __name__ == "__main__":
    environments.start(main)
