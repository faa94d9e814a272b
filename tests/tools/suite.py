# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the test suite on the newest ansible-core that this Python can run, or with `--all` on every supported one."""

from __future__ import annotations

import os
import subprocess
import sys

import environments


def run(core: str, python: str, arguments: list[str]) -> bool:
    """Whether the suite passes on this ansible-core."""
    env = environments.suite(core, python)
    # More workers than processors, since tests of playbooks wait half of the time.
    workers = (os.cpu_count() or 2) * 3 // 2
    pytest = [str(env / "bin" / "python"), "-m", "pytest", f"--numprocesses={workers}", "--dist=worksteal"]
    command = [*pytest, *arguments]
    return subprocess.run(command, check=False, env=environments.variables(env)).returncode == 0


def run_all(arguments: list[str]) -> bool:
    """Whether the suite passes on every ansible-core whose Python is installed."""
    results = {}
    for core, versions in environments.CORES.items():
        version, python = next(((v, p) for v in versions if (p := environments.find_python(v))), ("", None))
        print(f"\n=== ansible-core {core}, Python {version or ' or '.join(versions)} ===", flush=True)
        if python:
            results[core] = "passed" if run(core, python, arguments) else "FAILED"
        else:
            results[core] = "skipped: no such Python here"
            print(results[core])

    print("\n=== Summary ===")
    for core, result in results.items():
        print(f"ansible-core {core}: {result}")
    return "passed" in results.values() and "FAILED" not in results.values()


def main(arguments: list[str]) -> int:
    """Run the suite. The exit status is 0 if everything passed."""
    if arguments[:1] == ["--all"]:
        return not run_all(arguments[1:])
    return not run(environments.core_for(environments.running_version()), sys.executable, arguments)


if __name__ == "__main__":
    environments.start(main)
