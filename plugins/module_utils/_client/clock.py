# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time as a value that is passed in, so that tests need no real waiting."""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Protocol

from .cancellation import Cancellation

# Seconds within which a sleeper notes that its run was interrupted.
ATTENTION = 1.0


class Clock(Protocol):
    """What waiting needs of time, in seconds."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""

    def sleep(self, seconds: float, /) -> None:
        """Return after so many seconds."""

    def wait(self, futures: Collection[Future[Any]], seconds: float, /) -> None:
        """Return as soon as one of the futures is done, but after so many seconds at the latest."""


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

    def wait(self, futures: Collection[Future[Any]], seconds: float, /) -> None:
        if futures:
            end = time.monotonic() + seconds
            while not wait(futures, min(seconds, ATTENTION), FIRST_COMPLETED).done and time.monotonic() < end:
                self._cancellation.check()
        else:
            self.sleep(seconds)
