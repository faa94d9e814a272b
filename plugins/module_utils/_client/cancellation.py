# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop an interrupted run before its next request."""

from __future__ import annotations

from collections.abc import Callable

from .errors import Cancelled


class Cancellation:
    """Tells whether a run was interrupted. Safe to use from many threads.

    A request that was sent is finished, so that what it created is known; only the next one is refused.

    orphaned: returns whether the process that started the run has ended, so that nobody reads the result
    """

    def __init__(self, orphaned: Callable[[], bool] = lambda: False) -> None:
        self._orphaned = orphaned
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def check(self) -> None:
        """Raise Cancelled if the run was interrupted."""
        if self._cancelled or self._orphaned():
            raise Cancelled("the run was interrupted: nothing more was begun. The next run continues from there")
