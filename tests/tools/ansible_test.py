# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test`, also on a machine that cannot download the script with which it installs pip.

Where that download works, this does no more than `ansible-test`. It is meant for networks with a package index and
nothing else: there, ansible-test names the file that it misses. This saves a script that does the same, and starts
ansible-test once more.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Installs the pip that Python brings, and then what is asked for.
BOOTSTRAP = """\
import runpy, subprocess, sys
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
sys.argv[1:] = ["install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def run(arguments: list[str]) -> tuple[int, str | None]:
    """Its exit status, and the path of the script that it could not download. The output is shown as it comes."""
    missing = None
    with subprocess.Popen(
        ["ansible-test", *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if found := re.search(r"can be manually downloaded and saved to: (\S+)", line):
                missing = found[1]
    return process.returncode, missing


def main(arguments: list[str]) -> int:
    """The exit status of ansible-test."""
    status, missing = run(arguments)
    if status and missing:
        print("Not to be downloaded from here: saving an equivalent and starting again.", flush=True)
        Path(missing).write_text(BOOTSTRAP)
        status, _missing = run(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
