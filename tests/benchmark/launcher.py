# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command, and write to a file what it used: launcher.py FILE SECONDS COMMAND…

This is a program of its own, and a small one, because the system counts the memory of whoever starts a command as the
command's own, and the benchmark itself has grown by an emulator. The command is killed after so many seconds.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time


def main() -> int:
    """The exit status is the command's."""
    file, seconds, *command = sys.argv[1:]
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(process, signal.SIGKILL))
    signal.alarm(int(seconds))
    _process, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    with open(file, "w", encoding="utf-8") as report:
        json.dump({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024 / 1e6}, report)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
