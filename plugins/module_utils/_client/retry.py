# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a request is sent again, and after how long. Pure functions; times in seconds."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from .errors import InferenceError

# PATCH belongs here: the service's sets named fields to given values, so twice is as good as once.
REPEATABLE_METHODS = frozenset(("GET", "PUT", "PATCH", "DELETE"))
FIRST_DELAY = 0.5
LONGEST_DELAY = 20.0
LONGEST_RETRY_AFTER = 120.0


def may_repeat(method: str, error: InferenceError) -> bool:
    """Whether sending again is both safe and of use: a POST only if it surely had no effect."""
    return error.transient and (method in REPEATABLE_METHODS or not error.effect_unknown)


def delay_before(attempt: int, retry_after: str | None, rng: random.Random) -> float | None:
    """How long to wait before retry number C(attempt), from 1.

    Exponential back-off with full jitter; C(Retry-After) (RFC 9110, 10.2.3: seconds or a date), where the service sent
    one, is the least. Null where the service asks for more than two minutes: better to say so than to hang.
    """
    backoff = rng.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempt - 1, 10)))
    asked = _seconds(retry_after)
    if asked > LONGEST_RETRY_AFTER:
        return None
    return max(asked, 0.0) + backoff


def _seconds(retry_after: str | None) -> float:
    if retry_after is None:
        return 0.0
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return (moment - datetime.now(timezone.utc)).total_seconds()
    except (ValueError, OverflowError, TypeError):
        # No date, or none that a calendar has.
        return 0.0
