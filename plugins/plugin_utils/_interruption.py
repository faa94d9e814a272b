# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles the interruption of a task that runs in the controller's process.

ansible-core runs an action in a worker process, a fork of ansible-playbook. On Ctrl-C, ansible-core 2.16 raises
KeyboardInterrupt in the worker; since 2.19, the worker has its own session and signal handlers, and exits in them. The
keyword C(timeout) raises an exception in all versions. If ansible-playbook itself is killed, the worker gets no signal.
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

# How many seconds to wait for another thread to finish its line.
LOCK_TIMEOUT = 1.0


def parent_is_gone() -> bool:
    """Whether this process is a worker whose ansible-playbook has ended."""
    parent = multiprocessing.parent_process()
    return parent is not None and os.getppid() != parent.pid


class Interruption:
    """Shows a task's progress, and if the task is interrupted, a last line that says what exists by then."""

    def __init__(self, task: str, show: Callable[[str], None], observed: ObservedResources) -> None:
        self._task = task
        self._show = show
        self._observed = observed
        self._main = threading.current_thread()
        # Held while a line is written. If the worker exited in the middle of a line, it would leave the lock of
        # ansible-core's queue taken, and ansible-playbook would hang.
        self._lock = threading.Lock()
        self._showing = False
        self._postponed: Callable[[], None] | None = None
        self._last_line_shown = False

    def report(self, line: str) -> None:
        """Show a line of progress."""
        # Without ansible-playbook, nobody reads the queue: once it is full, writing would hang.
        if parent_is_gone():
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
    def guard(self) -> Iterator[None]:
        """Show the last line if the body is interrupted, then let the interruption take its course."""
        restore = self._handle_ctrl_c()
        try:
            yield
        except Exception:
            raise
        except BaseException:
            self._show_last_line()
            raise
        finally:
            restore()

    def _handle_ctrl_c(self) -> Callable[[], object]:
        """On Ctrl-C, show the last line before ansible-core's own handler runs. Returns a function that undoes this."""
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
            held = self._lock.acquire(timeout=LOCK_TIMEOUT)
            try:
                if held and not self._last_line_shown:
                    self._last_line_shown = True
                    self._show(self._last_line())
                core_handler(number, frame)
            finally:
                if held:
                    self._lock.release()

        signal.signal(signal.SIGINT, handle)
        return lambda: signal.signal(signal.SIGINT, core_handler)

    def _show_last_line(self) -> None:
        if not self._last_line_shown:
            self._last_line_shown = True
            self.report(self._last_line())

    def _last_line(self) -> str:
        return (
            f"{self._task}: interrupted; there is by now: {self._observed}. "
            "The next run of the playbook continues from there"
        )
