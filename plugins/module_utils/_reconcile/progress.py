# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress lines of a run that waits. Times are in seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .._task import Progress
from .polling import duration

REPORT_INTERVAL = 30.0


class StatusLines:
    """Progress lines about one resource: one at each change of its status, and one every C(every) seconds."""

    def __init__(self, progress: Progress, what: str, begin: float, every: float) -> None:
        """C(what): the resource in words; C(begin): when the wait began."""
        self._progress = progress
        self._what = what
        self._begin = begin
        self._every = every
        self._status = ""
        self._reported_at = begin

    def report(self, status: str, now: float, *, done: bool) -> None:
        """Report the status if it is new or was last reported long ago; never if the wait is over at the first read."""
        is_new = status != self._status and not (done and self._status == "")
        if is_new or (not done and now - self._reported_at >= self._every):
            self._progress(f"{self._what}: {status} ({duration(now - self._begin)})")
            self._status, self._reported_at = status, now


@dataclass(frozen=True)
class Overview:
    """A progress line about many jobs, such as: fleet chat: 7/10 ready, 2 deploying, 1 creating, 3m10s.

    what: all of them in words. goal: the status that each is to reach. already: how many others have it without a job.
    """

    what: str
    goal: str
    already: int

    def line(
        self, jobs: Collection[str], statuses: Mapping[str, str], failed: Mapping[str, bool], waited: float
    ) -> str:
        """The line. C(statuses): the last status by job; C(failed): for each job that ended, whether it failed."""
        counts = Counter(
            statuses.get(job, "to do") if job not in failed else "failed" if failed[job] else self.goal for job in jobs
        )
        good = self.already + counts.pop(self.goal, 0)
        parts = [f"{good}/{self.already + len(jobs)} {self.goal}"]
        parts += [f"{count} {status}" for status, count in counts.most_common()]
        return f"{self.what}: {', '.join([*parts, duration(waited)])}"
