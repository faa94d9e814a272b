# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line on Ctrl-C, in a worker with a signal handler like ansible-core's. In a real run, this is a race."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from types import FrameType

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.observed import ObservedResources
from ansible_collections.scaleway.inference.plugins.plugin_utils._interruption import Interruption

TIMEOUT = 60
FORK = multiprocessing.get_context("fork")


def lines_of_worker(work: Callable[[Interruption], None], *, interrupted_by: str = "") -> list[str]:
    """The lines of a forked worker, then C(end) from its signal handler.

    interrupted_by: the line during whose writing the signal arrives.
    """
    lines = FORK.SimpleQueue()

    def show(line: str) -> None:
        lines.put(line)
        if line == interrupted_by:
            os.kill(os.getpid(), signal.SIGINT)
        lines.put("written")

    def end(_number: int, _frame: FrameType | None) -> None:
        lines.put("end")
        os._exit(1)

    def run() -> None:
        signal.signal(signal.SIGINT, end)
        interruption = Interruption("Deploy", show, ObservedResources())
        with interruption.guard():
            work(interruption)
        lines.put("end")

    worker = FORK.Process(target=run)
    worker.start()
    worker.join(TIMEOUT)
    assert worker.exitcode is not None
    shown = []
    while not shown or shown[-1] != "end":
        assert not lines.empty()
        shown.append(lines.get())
    return shown


def test_ctrl_c_shows_what_exists_before_the_worker_ends() -> None:
    shown = lines_of_worker(lambda _interruption: os.kill(os.getpid(), signal.SIGINT))
    last = "Deploy: interrupted; there is by now: nothing. The next run of the playbook continues from there"
    assert shown == [last, "written", "end"]


def test_ctrl_c_during_a_line_waits_for_its_end() -> None:
    """The queue's lock is held then: ending would leave it held, and showing another line would wait for it."""
    shown = lines_of_worker(lambda one: one.report("busy"), interrupted_by="busy")
    assert [line.split(";")[0] for line in shown] == ["busy", "written", "Deploy: interrupted", "written", "end"]
