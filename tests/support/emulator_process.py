# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the emulator's command in a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

VARIABLES = ["SCW_API_URL", "SCW_SECRET_KEY", "SCW_DEFAULT_PROJECT_ID", "SCW_DEFAULT_REGION"]


@contextmanager
def started(
    command: Sequence[str], environ: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A running emulator on a free port, and the variables that it printed. It is killed at the end."""
    process = subprocess.Popen(
        [*command, "--port", "0"], env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout
        lines = [process.stdout.readline() for _name in VARIABLES]
        assert all(line.startswith("export ") for line in lines), process.stderr and process.stderr.read()
        yield process, dict(line.removeprefix("export ").rstrip("\n").split("=", 1) for line in lines)
    finally:
        process.kill()
        process.communicate(timeout=10)
