# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a run may begin another request."""

from __future__ import annotations

from collections.abc import Callable

from .errors import Cancelled


class Cancellation:
    """Refuses the next request of a run that was interrupted. Safe to use from many threads.

    A request under way is finished, so that what it created is known; nothing new begins after it.

    orphaned: whether the process that started the run is gone, and with it whoever reads the result.
    """

    def __init__(self, orphaned: Callable[[], bool] = lambda: False) -> None:
        self._orphaned = orphaned
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def check(self) -> None:
        """Raise Cancelled if the run must not go on."""
        if self._cancelled or self._orphaned():
            raise Cancelled("the run was interrupted: nothing more was begun. The next run continues from there")
