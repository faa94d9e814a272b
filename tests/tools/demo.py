# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the example playbooks against an emulator."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator

import environments

PLAYBOOKS = ("docs/examples/demo.yml", "docs/examples/access.yml", "docs/examples/private_only.yml")
LOG = environments.VENV / "emulator.log"
EXPORTS = {"SCW_API_URL", "SCW_SECRET_KEY", "SCW_DEFAULT_PROJECT_ID", "SCW_DEFAULT_REGION"}


@contextlib.contextmanager
def emulator(command: list[str], variables: dict[str, str], timeout: float = 30) -> Iterator[dict[str, str]]:
    """Start an emulator. Yields the environment variables that it prints for its users."""
    with open(LOG, "w") as log, subprocess.Popen(command, env=variables, stdout=log, stderr=log) as process:
        try:
            deadline = time.monotonic() + timeout
            while EXPORTS - (exported := exports(LOG.read_text())).keys():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise environments.SetupError(f"the emulator did not start:\n{LOG.read_text()}")
                time.sleep(0.05)
            yield exported
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


def exports(text: str) -> dict[str, str]:
    """The variables that the complete lines `export NAME=value` set."""
    lines = (line[7:] for line in text.splitlines(keepends=True) if line.startswith("export ") and line.endswith("\n"))
    return dict(word.split("=", 1) for line in lines for word in shlex.split(line))


def main(arguments: list[str]) -> int:
    """Run the playbooks, and return their exit status."""
    env = environments.demo(sys.executable, environments.running_version())
    variables = environments.variables(env) | {"PYTHONUNBUFFERED": "1", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}
    serve = [str(env / "bin" / "scaleway-inference-emulator"), "--port", "0"]
    play = [str(env / "bin" / "ansible-playbook"), *PLAYBOOKS, *arguments]
    with emulator(serve, variables) as exported:
        print(f"Emulator at {exported['SCW_API_URL']}; its log: {LOG.relative_to(environments.ROOT)}", flush=True)
        return subprocess.run(play, check=False, env=variables | exported, timeout=600).returncode


if __name__ == "__main__":
    environments.start(main)
