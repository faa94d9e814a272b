# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run tells about its progress while it waits. Times in seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .._task import Progress
from .polling import duration

REPORT_INTERVAL = 30.0


class StatusLines:
    """The lines about one resource that is waited for: at each change of its status, and every C(every) seconds."""

    def __init__(self, progress: Progress, what: str, begin: float, every: float) -> None:
        """C(what): the resource in words; C(begin): when the wait began."""
        self._progress = progress
        self._what = what
        self._begin = begin
        self._every = every
        self._status = ""
        self._told_at = begin

    def tell(self, status: str, now: float, *, done: bool) -> None:
        """Tell the status if it is new, or if nothing was told for long. Nothing, if there was nothing to wait for."""
        is_new = status != self._status and not (done and self._status == "")
        if is_new or (not done and now - self._told_at >= self._every):
            self._progress(f"{self._what}: {status} ({duration(now - self._begin)})")
            self._status, self._told_at = status, now


@dataclass(frozen=True)
class Overview:
    """The words for a line about many resources, such as: fleet chat: 7/10 ready, 2 deploying, 1 creating, 3m10s.

    what: all of them in words; goal: what each is to become; already: how many others are that by now.
    """

    what: str
    goal: str
    already: int

    def line(
        self, jobs: Collection[str], statuses: Mapping[str, str], failed: Mapping[str, bool], waited: float
    ) -> str:
        """C(statuses): by job, the status told last; C(failed): of the jobs that ended, whether each failed."""
        counts = Counter(
            statuses.get(job, "to do") if job not in failed else "failed" if failed[job] else self.goal for job in jobs
        )
        good = self.already + counts.pop(self.goal, 0)
        parts = [f"{good}/{self.already + len(jobs)} {self.goal}"]
        parts += [f"{count} {status}" for status, count in counts.most_common()]
        return f"{self.what}: {', '.join([*parts, duration(waited)])}"
