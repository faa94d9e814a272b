# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poll delays, and durations as text. Times are in seconds."""

from __future__ import annotations

import random

MIN_POLL_DELAY = 2.0
MAX_POLL_DELAY = 15.0


def poll_delay(waited: float) -> float:
    """The pause before the next read: a tenth of the time waited so far, 2 to 15 s.

    A random tenth more or less keeps parallel runs from reading at the same moments.
    """
    return min(MAX_POLL_DELAY, max(MIN_POLL_DELAY, waited / 10)) * random.uniform(0.9, 1.1)


def duration(seconds: float) -> str:
    """A duration as text, such as 12s, 3m10s or 1h05m."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
