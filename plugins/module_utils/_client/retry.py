# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether a request is sent again, and after how long. Times are in seconds."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from .errors import InferenceError
from .limits import MAX_RETRY_AFTER

# PATCH is included, since the service's sets fields to given values: a second one changes nothing more.
REPEATABLE_METHODS = frozenset(("GET", "PUT", "PATCH", "DELETE"))
FIRST_BACKOFF = 0.5
MAX_BACKOFF = 20.0


def may_repeat(method: str, error: InferenceError) -> bool:
    """Whether a retry is safe and may help. A POST is only repeated if it surely had no effect."""
    return error.transient and (method in REPEATABLE_METHODS or not error.effect_unknown)


def delay_before(attempt: int, retry_after: str | None, rng: random.Random) -> float | None:
    """The seconds to wait before retry number `attempt`, counted from 1; null if it shouldn't be retried.

    Exponential back-off with full jitter, added to `Retry-After` if the service sent one (RFC 9110, 10.2.3: seconds or
    a date). A `Retry-After` of more than two minutes isn't waited for: the task fails rather than seeming to hang.
    """
    backoff = rng.uniform(0, min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** min(attempt - 1, 10)))
    requested = _seconds(retry_after)
    if requested > MAX_RETRY_AFTER:
        return None
    return max(requested, 0.0) + backoff


def _seconds(retry_after: str | None) -> float:
    """The seconds until a `Retry-After`; 0 if there is none, or none that can be read."""
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
        # Neither a number nor a valid date.
        return 0.0
