# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that is passed in, so that tests can replace it and needn't wait."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from .cancellation import Cancellation

# The longest sleep in seconds before it is checked again whether the run was interrupted.
CANCELLATION_INTERVAL = 1.0


class Clock(Protocol):
    """Reads and spends time. All times are in seconds."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never decreases."""

    def sleep(self, seconds: float, /) -> None:
        """Block for this many seconds. Raises Cancelled once the run was interrupted."""

    def wait(self, changed: threading.Condition, seconds: float, /, *, working: bool) -> None:
        """Block until the condition is notified, for this many seconds at most; may return earlier.

        The caller holds the condition's lock. Raises Cancelled once the run was interrupted.
        working: whether other threads are busy; a test's clock stands still while they are
        """


class SystemClock:
    """The system's clock. Blocking methods raise Cancelled within a second of an interruption."""

    def __init__(self, cancellation: Cancellation | None = None) -> None:
        self._cancellation = cancellation or Cancellation()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            # In steps, so that an interruption ends it.
            time.sleep(min(left, CANCELLATION_INTERVAL))  # the only real pause: all other code waits by a Clock
            self._cancellation.check()

    def wait(self, changed: threading.Condition, seconds: float, /, *, working: bool) -> None:
        del working
        changed.wait(min(seconds, CANCELLATION_INTERVAL))
        self._cancellation.check()
