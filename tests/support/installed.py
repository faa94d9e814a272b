# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the collection as a user does: build its archive, and install that into an empty folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.scaleway.inference.tests.support.playbooks import Player

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 120


def install(folder: Path) -> Path:
    """Build and install the collection below ``folder``. Returns the folder to use as Ansible's collections path."""
    installed = folder / "installed"
    # ansible-galaxy installs nothing that it finds on its path already.
    environ = only_installed(Player(folder, {}).environ, installed)
    galaxy = [sys.executable, "-m", "ansible", "galaxy", "collection"]
    built = [*galaxy, "build", str(ROOT), "--output-path", str(folder)]
    subprocess.run(built, cwd=folder, env=environ, check=True, capture_output=True, timeout=TIMEOUT)
    (archive,) = folder.glob("scaleway-inference-*.tar.gz")
    put = [*galaxy, "install", "--offline", "--collections-path", str(installed), str(archive)]
    subprocess.run(put, cwd=folder, env=environ, check=True, capture_output=True, timeout=TIMEOUT)
    return installed


def only_installed(environ: Mapping[str, str], installed: Path) -> dict[str, str]:
    """The environment in which Ansible finds the installed collection, and not the checkout."""
    kept = {name: value for name, value in environ.items() if name != "PYTHONPATH"}
    return {**kept, "ANSIBLE_COLLECTIONS_PATH": str(installed), "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false"}
