# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that moves only when told: twenty simulated minutes pass in no time at all."""

from __future__ import annotations

import threading
from collections.abc import Callable


class ManualClock:
    """Stands in for the ``time`` module, for the client under test and the emulator alike.

    Safe to share between threads. All durations are in seconds.
    """

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        """``start`` is the first answer of :meth:`time`, in epoch seconds; by default 2026-01-01T00:00:00Z."""
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.Lock()
        #: Every duration that :meth:`sleep` was asked for, in order.
        self.sleeps: list[float] = []

    def time(self) -> float:
        """Epoch seconds."""
        with self._lock:
            return self._start + self._elapsed

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Return at once, with the clock moved on and the duration written down.

        Raises ``ValueError`` for a negative duration, as ``time.sleep`` does.
        """
        self.advance(seconds)
        with self._lock:
            self.sleeps.append(seconds)

    def wait(self, changed: threading.Condition, seconds: float, *, working: bool) -> None:
        """Return once notified, if anybody works: no time passes meanwhile. Else move on.

        Raises ``TimeoutError`` if nobody notifies in a minute of the machine's own time.
        """
        if not working:
            self.sleep(seconds)
        elif not changed.wait(60):
            raise TimeoutError("nothing came of the work that was waited for")

    def advance(self, seconds: float) -> None:
        """Move on, as if nobody had slept. Raises ``ValueError`` for a negative duration."""
        if seconds < 0:
            raise ValueError("time doesn't go backwards")
        with self._lock:
            self._elapsed += seconds


class ScriptedClock(ManualClock):
    """A manual clock at which other things happen meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._script: list[tuple[float, Callable[[], object]]] = []

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Have something done once the clock has moved on by so many seconds."""
        self._script.append((self.monotonic() + seconds, action))

    def advance(self, seconds: float) -> None:
        """Move on, and do what is due by then."""
        super().advance(seconds)
        due = [one for one in self._script if one[0] <= self.monotonic()]
        for one in due:
            self._script.remove(one)
            one[1]()
