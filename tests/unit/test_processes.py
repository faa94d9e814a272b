# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that tests interrupt, wherever the tests were started."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.support.processes import RunningCommand, accept_ctrl_c


@pytest.mark.parametrize("before", [signal.SIG_IGN, signal.SIG_DFL], ids=["in the background", "in a terminal"])
def test_ctrl_c_ends_a_command(before: signal.Handlers, tmp_path: Path) -> None:
    own = signal.signal(signal.SIGINT, before)
    try:
        accept_ctrl_c()
        with RunningCommand(["sh", "-c", "echo begun; exec sleep 600"], os.environ, tmp_path) as run:
            run.until_line("begun")
            run.kill(signal.SIGINT, group=True)
            assert run.code() == -signal.SIGINT
    finally:
        signal.signal(signal.SIGINT, own)
