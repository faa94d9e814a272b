# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a task in the controller's process when somebody interrupts ansible-playbook.

ansible-core runs the action in a worker, a fork of ansible-playbook. On Ctrl-C, 2.16 raises KeyboardInterrupt in it; in
2.19, it has a session and signal handlers of its own, and dies in them. The keyword C(timeout) raises an exception in
all versions. If ansible-playbook itself is killed, nobody tells the worker.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

from ..module_utils._client.inference.observed import ObservedResources

# Seconds for another thread to finish its line.
PATIENCE = 1.0


def orphaned() -> bool:
    """Whether this is a worker whose ansible-playbook is gone."""
    parent = multiprocessing.parent_process()
    return parent is not None and os.getppid() != parent.pid


class Interruption:
    """Shows a task's progress, and a last line that names the task, and what exists, if it is interrupted."""

    def __init__(self, task: str, show: Callable[[str], None], observed: ObservedResources) -> None:
        self._task = task
        self._show = show
        self._observed = observed
        self._main = threading.current_thread()
        # Held while a line is written: a worker that died amid one would keep the lock of ansible-core's queue, and
        # ansible-playbook would hang.
        self._lock = threading.Lock()
        self._showing = False
        self._postponed: Callable[[], None] | None = None
        self._told = False

    def report(self, line: str) -> None:
        """Show a line of progress."""
        # Nobody reads the queue of an orphan: once it is full, writing would hang.
        if orphaned():
            return
        if threading.current_thread() is not self._main:
            with self._lock:
                self._show(line)
            return
        self._showing = True
        try:
            with self._lock:
                self._show(line)
        finally:
            self._showing = False
        if self._postponed is not None:
            self._postponed()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Around the task: tells the last line, and lets the interruption go on as it would have."""
        restore = self._handle_ctrl_c()
        try:
            yield
        except Exception:
            raise
        except BaseException:
            self._tell()
            raise
        finally:
            restore()

    def _handle_ctrl_c(self) -> Callable[[], object]:
        """Tell the last line before what ansible-core does on Ctrl-C; returns how to take that back."""
        before = signal.getsignal(signal.SIGINT)
        if (
            multiprocessing.parent_process() is None
            or self._main is not threading.main_thread()
            or not callable(before)
        ):
            return lambda: None
        core_handler = before

        def handle(number: int, frame: FrameType | None) -> None:
            if self._showing:
                self._postponed = partial(handle, number, frame)
                return
            held = self._lock.acquire(timeout=PATIENCE)
            try:
                if held and not self._told:
                    self._told = True
                    self._show(self._last_line())
                core_handler(number, frame)
            finally:
                if held:
                    self._lock.release()

        signal.signal(signal.SIGINT, handle)
        return lambda: signal.signal(signal.SIGINT, core_handler)

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self.report(self._last_line())

    def _last_line(self) -> str:
        return (
            f"{self._task}: interrupted; there is by now: {self._observed}. "
            "The next run of the playbook continues from there"
        )
