# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture in the README shows what the playbook prints today."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parents[2] / "tests" / "tools" / "picture.py"


def test_picture(tmp_path: Path) -> None:
    environ = {name: value for name, value in Player(tmp_path, {}).environ.items() if name != "ANSIBLE_NOCOLOR"}
    # Those of the environment that runs the tests.
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    command = [sys.executable, str(SCRIPT), "--check"]
    done = subprocess.run(command, check=False, env=environ, text=True, capture_output=True, timeout=280)
    assert done.returncode == 0, done.stderr
