# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator as a distribution: its wheel needs nothing of the checkout, and serves the collection's archive."""

from __future__ import annotations

import signal
import subprocess
import venv
from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.support.emulator_process import started
from ansible_collections.scaleway.inference.tests.support.installed import ROOT, only_installed
from ansible_collections.scaleway.inference.tests.support.playbooks import Player

pytestmark = pytest.mark.slow

# Downloads of the packages that the wheel needs, on a slow line.
TIMEOUT = 240
MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
TASKS = [
    {
        "name": "Have a deployment",
        "scaleway.inference.deployment": {
            "name": "chat",
            "model": "mistral/mistral-7b-instruct-v0.3:bf16",
            "node_type": "L4",
        },
        "register": "saved_made",
    },
]


def test_the_wheel_serves_the_installed_collection(installed: Path, tmp_path: Path) -> None:
    # Without the checkout's own packages: neither by PYTHONPATH nor by an editable installation.
    environ = only_installed(Player(tmp_path, {}).environ, tmp_path)

    def command(*words: object) -> str:
        done = subprocess.run(
            list(map(str, words)),
            check=False,
            env=environ,
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=TIMEOUT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    venv.create(tmp_path / "env", with_pip=True)
    scripts = tmp_path / "env" / "bin"
    pip = [scripts / "python", "-m", "pip"]
    command(*pip, "wheel", "-q", "--no-deps", "--wheel-dir", tmp_path, ROOT / "tests" / "emulator")
    (wheel,) = tmp_path.glob("scaleway_inference_emulator-*.whl")
    command(*pip, "install", "-q", wheel)
    emulator = scripts / "scaleway-inference-emulator"
    assert command(emulator, "--version").split()[1] == wheel.name.split("-")[1]

    with started([str(emulator), "--creating", "0", "--deploying", "0"], environ) as (process, variables):
        player = Player(tmp_path, variables)
        player.environ = only_installed(player.environ, installed)
        first, second = player.play(TASKS), player.play(TASKS)
        assert first.code == 0, first.output
        assert first.registered["saved_made"]["deployment"]["status"] == "ready"
        assert (second.code, second.registered["saved_made"]["changed"]) == (0, False), second.output
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
