# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run commands in a terminal, or in the background with signals sent to them."""

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

from ansible_collections.scaleway.inference.tests.support.ansible_warnings import without_warnings

#: Seconds of real time for whatever must happen soon; the machine may be busy.
TIMEOUT = 120.0
#: Seconds of real time between two checks of a condition.
INTERVAL = 0.02


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until the condition holds. Raises ``TimeoutError`` after :data:`TIMEOUT`; ``what`` names the condition."""
    never = threading.Event()
    for _check in range(int(TIMEOUT / INTERVAL)):
        if condition():
            return
        never.wait(INTERVAL)
    raise TimeoutError(f"{what} didn't happen within {TIMEOUT:g} s")


def accept_ctrl_c() -> None:
    """Let the commands that this process starts end on Ctrl-C, as those of a terminal do.

    The job of a shell's ``&`` ignores SIGINT (POSIX, Shell Command Language, 2.11), and so does all that it starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def in_terminal(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> list[str]:
    """The lines that a command writes to its terminal, without colours. Raises AssertionError if it fails."""
    reading_end, writing_end = pty.openpty()
    try:
        process = subprocess.Popen(
            command,
            env=environ,
            cwd=folder,
            stdin=writing_end,
            stdout=writing_end,
            stderr=writing_end,
            start_new_session=True,
        )
    finally:
        os.close(writing_end)
    written = bytearray()
    try:
        # Reading a terminal is an error once no process has it open for writing.
        with suppress(OSError):
            while select.select([reading_end], [], [], TIMEOUT)[0] and (more := os.read(reading_end, 65536)):
                written += more
        code = process.wait(TIMEOUT)
    finally:
        process.kill()
        process.wait(TIMEOUT)
        os.close(reading_end)
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", written.decode("utf-8"))
    assert code == 0, text
    return without_warnings(text).splitlines()


class RunningCommand:
    """A command in the background, in a session of its own; as a context manager, it kills what is left of it."""

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
        self._kill_forks()
        for descriptor in self._forks.values():
            os.close(descriptor)
        self._reader.join(TIMEOUT)
        without_warnings(self.output)

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def is_running(self) -> bool:
        """Whether its output is still open."""
        return self._reader.is_alive()

    def until_line(self, part: str) -> str:
        """The first line of the output that contains ``part``, as soon as it is written."""
        self._until(lambda: any(part in line for line in self.lines), f"the line '{part}'")
        return next(line for line in self.lines if part in line)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until the condition holds. Raises AssertionError if the command ends before."""
        self._until(condition, what)

    def kill(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the command only, or to its process group as a terminal does."""
        self.watch_forks()
        (os.killpg if group else os.kill)(self._process.pid, number)

    def kill_all(self) -> None:
        """Kill the command and its child processes at once, as the end of a container does."""
        self.kill(signal.SIGKILL)
        self._kill_forks()

    def time_out(self) -> None:
        """Make the task's ``timeout`` expire, by the signal that ansible-core uses for it."""
        self.watch_forks()
        workers = list(self._forks)
        assert len(workers) == 1
        os.kill(workers[0], signal.SIGALRM)

    def code(self, timeout: float = TIMEOUT) -> int:
        """The exit status, once the command has ended and its output has been read."""
        self._reader.join(timeout)
        return self._process.wait(timeout)

    def until_no_fork_is_left(self) -> None:
        """Wait until all child processes that existed when the signal was sent have ended."""
        for pid, descriptor in self._forks.items():
            assert _has_ended(descriptor, TIMEOUT), f"process {pid} is still running"

    def watch_forks(self) -> None:
        """Take note of the command's child processes. They may survive it, and are no longer its children then."""
        for pid in _descendants(self._process.pid):
            if pid in self._forks:
                continue
            try:
                self._forks[pid] = os.pidfd_open(pid)
            except ProcessLookupError:
                continue

    def _kill_forks(self) -> None:
        for pid, descriptor in self._forks.items():
            if not _has_ended(descriptor, 0):
                os.kill(pid, signal.SIGKILL)

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        def holds_or_ended() -> bool:
            return condition() or not self._reader.is_alive()

        eventually(holds_or_ended, what)
        assert condition(), f"the command ended without {what}:\n{self.output}"

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line.rstrip("\n"))


class ProcessList:
    """What the process list shows of the children of this process, and of theirs, while a block runs.

    ``commands``: command lines; ``environments``: lines such as ``HOME=/root``.
    """

    def __init__(self) -> None:
        self.commands: set[str] = set()
        self.environments: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProcessList:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join(TIMEOUT)

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL):
            for pid in _descendants(os.getpid()):
                with suppress(OSError):
                    self.commands.add(_fields(pid, "cmdline", " "))
                    self.environments.update(_fields(pid, "environ", "\n").split("\n"))


def _fields(pid: int, name: str, separator: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace").replace("\0", separator)


def _descendants(pid: int) -> list[int]:
    """The children of a process, their children, and so on."""
    try:
        text = " ".join(path.read_text(encoding="ascii") for path in Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:
        return []
    children = [int(one) for one in text.split()]
    return [*children, *(one for child in children for one in _descendants(child))]


def _has_ended(descriptor: int, timeout: float) -> bool:
    return bool(select.select([descriptor], [], [], timeout)[0])
