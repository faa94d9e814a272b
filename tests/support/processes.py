# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command that runs while the test goes on, and that the test may send signals to."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from support.ansible_warnings import without_warnings

#: Real seconds for whatever must happen soon; a machine may be busy.
TIMEOUT = 120.0
#: Real seconds between two looks.
PAUSE = 0.02


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Return once the condition holds. Raises ``TimeoutError`` if it doesn't in time."""
    never = threading.Event()
    for _look in range(int(TIMEOUT / PAUSE)):
        if condition():
            return
        never.wait(PAUSE)
    raise TimeoutError(f"{what} didn't happen within {TIMEOUT:g} s")


def in_terminal(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> list[str]:
    """The lines that a command which succeeds writes to its terminal, without the colours."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            command, env=environ, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
    finally:
        os.close(theirs)
    written = bytearray()
    try:
        # A terminal that nobody writes to any more is an error to who reads it.
        with suppress(OSError):
            while select.select([ours], [], [], TIMEOUT)[0] and (more := os.read(ours, 65536)):
                written += more
        code = process.wait(TIMEOUT)
    finally:
        process.kill()
        process.wait(TIMEOUT)
        os.close(ours)
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", written.decode("utf-8"))
    assert code == 0, text
    return without_warnings(text).splitlines()


class RunningCommand:
    """The command, in a session and process group of its own; a context manager, which leaves no process behind."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], folder: Path) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            command,
            env=environ,
            cwd=folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        self._forks: dict[int, int] = {}

    def __enter__(self) -> RunningCommand:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.watch_forks()
        self._process.kill()
        self._process.wait(TIMEOUT)
        for pid, descriptor in self._forks.items():
            if not _has_ended(descriptor, 0):
                os.kill(pid, signal.SIGKILL)
            os.close(descriptor)
        self._reader.join(TIMEOUT)
        without_warnings(self.output)

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def until_line(self, part: str) -> str:
        """The first line of the output that holds this, once it has come."""
        self._until(lambda: any(part in line for line in self.lines), f"the line '{part}'")
        return next(line for line in self.lines if part in line)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Go on once the condition holds, while the command runs."""
        self._until(condition, what)

    def kill(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the command alone, or to its process group, as a terminal does."""
        self.watch_forks()
        (os.killpg if group else os.kill)(self._process.pid, number)

    def time_out(self) -> None:
        """Have the task's C(timeout) be over, by the signal that ansible-core has the system send then."""
        self.watch_forks()
        workers = list(self._forks)
        assert len(workers) == 1
        os.kill(workers[0], signal.SIGALRM)

    def code(self) -> int:
        """The exit status, once the command has ended and all that it wrote was read."""
        self._reader.join(TIMEOUT)
        return self._process.wait(TIMEOUT)

    def until_no_fork_is_left(self) -> None:
        """Go on once every process below the command has ended, of those that there were when the signal was sent."""
        for pid, descriptor in self._forks.items():
            assert _has_ended(descriptor, TIMEOUT), f"process {pid} goes on"

    def watch_forks(self) -> None:
        """Keep hold of the processes below the command: they may survive it, and then aren't its children any more."""
        for pid in _below(self._process.pid):
            if pid in self._forks:
                continue
            try:
                self._forks[pid] = os.pidfd_open(pid)
            except ProcessLookupError:
                continue

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        def holds_or_ended() -> bool:
            return condition() or not self._reader.is_alive()

        eventually(holds_or_ended, what)
        assert condition(), f"the command ended without {what}:\n{self.output}"

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line.rstrip("\n"))


def _below(pid: int) -> list[int]:
    """The processes below this one: its children, theirs, and so on."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    children = [int(one) for one in text.split()]
    return [*children, *(one for child in children for one in _below(child))]


def _has_ended(descriptor: int, patience: float) -> bool:
    return bool(select.select([descriptor], [], [], patience)[0])
