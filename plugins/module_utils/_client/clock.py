# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time as a value that is passed in, so that tests need no real waiting."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from .cancellation import Cancellation

# Seconds within which a sleeper notes that its run was interrupted.
ATTENTION = 1.0


class Clock(Protocol):
    """What waiting needs of time, in seconds."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""

    def sleep(self, seconds: float, /) -> None:
        """Return after so many seconds."""

    def wait(self, changed: threading.Condition, seconds: float, /, *, working: bool) -> None:
        """Return once notified, but after so many seconds at the latest; perhaps earlier. The condition is held.

        working: whether other threads are at work; a clock of tests stands still meanwhile.
        """


class SystemClock:
    """The machine's own clock. Sleeping raises Cancelled soon after the run was interrupted."""

    def __init__(self, cancellation: Cancellation | None = None) -> None:
        self._cancellation = cancellation or Cancellation()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, ATTENTION))  # the one place that sleeps: everybody else is given a clock
            self._cancellation.check()

    def wait(self, changed: threading.Condition, seconds: float, /, *, working: bool) -> None:
        del working
        changed.wait(min(seconds, ATTENTION))
        self._cancellation.check()
