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
from types import FrameType

from ..module_utils._client.observed import Observed


def orphaned() -> bool:
    """Whether this is a worker whose ansible-playbook is gone."""
    parent = multiprocessing.parent_process()
    return parent is not None and os.getppid() != parent.pid


class Interruption:
    """Shows a task's progress, and a last line that names what exists if the task is interrupted."""

    def __init__(self, show: Callable[[str], None], observed: Observed) -> None:
        self._show = show
        self._observed = observed
        self._main = threading.current_thread()
        self._showing = False
        self._told = False

    def report(self, line: str) -> None:
        """Show a line of progress."""
        # Nobody reads the queue of an orphan: once it is full, writing would hang.
        if orphaned():
            return
        if threading.current_thread() is self._main:
            self._showing = True
        try:
            self._show(line)
        finally:
            if threading.current_thread() is self._main:
                self._showing = False

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
            self._tell()
            core_handler(number, frame)

        signal.signal(signal.SIGINT, handle)
        return lambda: signal.signal(signal.SIGINT, core_handler)

    def _tell(self) -> None:
        # A signal may come while a line is being written, with the queue's lock held by this very thread.
        if self._told or self._showing:
            return
        self._told = True
        self.report(
            f"interrupted; there is by now: {self._observed}. The next run of the playbook continues from there"
        )
