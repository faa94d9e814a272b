# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a resource, telling of its progress. Times in seconds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

from .._client.clock import Clock
from .._client.errors import InferenceError, WaitError
from .._client.resources import STABLE_STATUSES, WORKING_STATUSES
from .task import Report

T = TypeVar("T")

FIRST_POLL = 2.0
LONGEST_POLL = 15.0
GROWTH = 1.3
REPORT_EVERY = 30.0
# A short outage of the service must not end a wait of half an hour.
FAILED_POLLS = 10


def duration(seconds: float) -> str:
    """A duration as people write it: 12s, 3m10s, 1h05m."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def time_is_over(what: str, status: str, waited: float) -> WaitError:
    """The error of a wait whose time is over; what: the resource in words."""
    if status not in WORKING_STATUSES | STABLE_STATUSES:
        return WaitError(
            f"{what} has the status '{status}' after {duration(waited)}, which this collection doesn't know, so nobody "
            "can say whether it goes on. Look at it in Scaleway's console; run again with a longer wait_timeout if it "
            "does, and contact Scaleway's support if it doesn't"
        )
    return WaitError(
        f"{what} is still {status} after {duration(waited)}. It goes on by itself: run again to wait on, or raise "
        "wait_timeout"
    )


def poll_delays(rng: random.Random) -> Iterator[float]:
    """Delays between polls: from 2 s, growing to 15 s, each a tenth more or less so that runs don't fall into step."""
    delay = FIRST_POLL
    while True:
        yield delay * rng.uniform(0.9, 1.1)
        delay = min(LONGEST_POLL, delay * GROWTH)


class Wait:
    """The time that one task may wait, for whatever it waits for in turn; it begins when this is made."""

    def __init__(self, clock: Clock, report: Report, timeout: float, rng: random.Random | None = None) -> None:
        self._clock = clock
        self._report = report
        self._timeout = timeout
        self._rng = rng or random.Random()
        self._begin = clock.monotonic()

    def until(
        self, what: str, seen: T, poll: Callable[[], T], status: Callable[[T], str], done: Callable[[T], bool]
    ) -> T:
        """Poll until done; return what was seen last.

        what: the resource in words, for messages; seen: its state as known at the start.
        Raises WaitError when the time is over, and whatever C(done) and C(poll) raise.
        """
        begin = self._clock.monotonic()
        told_status, told_at = "", begin
        failures = 0
        delays = poll_delays(self._rng)
        while True:
            now, current = self._clock.monotonic(), status(seen)
            finished = done(seen)
            if current != told_status and not (finished and told_status == ""):
                self._report(f"{what}: {current} ({duration(now - begin)})")
                told_status, told_at = current, now
            elif not finished and now - told_at >= REPORT_EVERY:
                self._report(f"{what}: {current} ({duration(now - begin)})")
                told_at = now
            if finished:
                return seen
            left = self._begin + self._timeout - now
            if left <= 0:
                raise time_is_over(what, current, now - self._begin)
            self._clock.sleep(min(next(delays), left))
            try:
                seen = poll()
                failures = 0
            except InferenceError as error:
                failures += 1
                if not error.transient or failures > FAILED_POLLS:
                    raise
                self._report(f"{what}: {error}; asking again")
