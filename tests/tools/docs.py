# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the pages of `docs/modules` from the documentation in the plugins and roles."""

from __future__ import annotations

import filecmp
import subprocess
from collections.abc import Mapping
from pathlib import Path

import environments

PAGES = environments.ROOT / "docs" / "modules"
COMMAND = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--output-format=simplified-rst"]
COMMAND += ["--no-add-antsibull-docs-version", "--fail-on-error", "--cleanup=everything"]


def write(folder: Path, variables: Mapping[str, str]) -> bool:
    """Write the pages into this folder. Returns whether that succeeded."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [*COMMAND, "--dest-dir", str(folder), "scaleway.inference"]
    return subprocess.run(command, check=False, env=variables).returncode == 0


def is_current(variables: Mapping[str, str]) -> bool:
    """Whether the pages are up to date."""
    fresh = environments.VENV / "docs"
    written = write(fresh, variables)
    compared = filecmp.dircmp(fresh, PAGES) if PAGES.is_dir() else None
    current = compared is not None and not (compared.left_only or compared.right_only or compared.diff_files)
    if not current:
        print("docs/modules is not what the modules say: make docs")
    return written and current


def main(arguments: list[str]) -> int:
    """Write the pages of this checkout."""
    env, _python = environments.sanity()
    return not write(PAGES, environments.variables(env))


if __name__ == "__main__":
    environments.start(main)
