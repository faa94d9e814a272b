# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that take turns, in an order that the seed chooses: one runs at a time, so that each run is the same.

A thread goes on until it waits for something, or sends a request. Then another one that can go on has its turn.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

from ansible_collections.scaleway.inference.plugins.module_utils._lookup import catalog
from ansible_collections.scaleway.inference.plugins.module_utils._reconcile import reads, watcher

#: Seconds of real time that a thread waits for its turn; the machine may be busy.
TIMEOUT = 120.0


class Turns:
    """Hands out turns. The thread that makes it has the first one."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        # By thread: when it can go on, and what gives it its turn. In the order in which they began.
        self._waiting: dict[int, tuple[Callable[[], bool], threading.Event]] = {}

    def wait(self, until: Callable[[], bool]) -> None:
        """Let others have their turn; return once the condition holds and it is this thread's turn again."""
        turn = threading.Event()
        self._waiting[threading.get_ident()] = until, turn
        self._hand_over()
        if not turn.wait(TIMEOUT):
            raise TimeoutError("no thread can go on")

    def start(self, target: Callable[..., None], args: tuple[Any, ...]) -> None:
        """Start a thread, which waits for its first turn."""
        known, turn = threading.Event(), threading.Event()

        def run() -> None:
            self._waiting[threading.get_ident()] = (lambda: True), turn
            known.set()
            if turn.wait(TIMEOUT):
                try:
                    target(*args)
                finally:
                    self._hand_over()

        threading.Thread(target=run, daemon=True).start()
        known.wait(TIMEOUT)

    def _hand_over(self) -> None:
        able = [thread for thread, (until, _turn) in self._waiting.items() if until()]
        if able:
            _until, turn = self._waiting.pop(able[self._rng.randrange(len(able))])
            turn.set()


class _Event:
    def __init__(self, turns: Turns) -> None:
        self._turns, self._is_set = turns, False

    def set(self) -> None:
        self._is_set = True

    def wait(self, _timeout: float | None = None) -> bool:
        self._turns.wait(lambda: self._is_set)
        return True


class _Lock:
    def __init__(self, turns: Turns) -> None:
        self._turns, self._held = turns, False

    def __enter__(self) -> _Lock:
        if self._held:
            self._turns.wait(lambda: not self._held)
        self._held = True
        return self

    def __exit__(self, *_exception: object) -> None:
        self._held = False


class _Condition(_Lock):
    """Nobody waits for anything else while holding it, so it is free whenever somebody asks."""

    _notified = 0

    def notify(self) -> None:
        self._notified += 1

    def wait(self, _timeout: float | None = None) -> bool:
        before = self._notified
        return self.wait_for(lambda: self._notified > before)

    def wait_for(self, predicate: Callable[[], bool], _timeout: float | None = None) -> bool:
        self._held = False
        self._turns.wait(lambda: predicate() and not self._held)
        self._held = True
        return True


@contextmanager
def taken_from(rng: random.Random) -> Iterator[Turns]:
    """Within the block, the threads of tasks take turns in an order that ``rng`` chooses."""
    turns = Turns(rng)
    stand_in = SimpleNamespace(
        Condition=lambda: _Condition(turns),
        Thread=lambda target, args, daemon: SimpleNamespace(start=lambda: turns.start(target, args)),
        local=threading.local,
    )

    def pending_read(*arguments: Any) -> Any:
        event: Any = _Event(turns)
        since, due, pick = arguments
        return reads.PendingRead(since, due, pick, event)

    with (
        mock.patch.object(watcher, "threading", stand_in),
        mock.patch.object(watcher, "PendingRead", pending_read),
        mock.patch.object(catalog, "Lock", partial(_Lock, turns)),
    ):
        yield turns
