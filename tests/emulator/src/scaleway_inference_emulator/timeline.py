# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timelines: each change decides at once which statuses a resource will have, and from when on.

A timeline is stored with its resource, so the status is a pure function of the record and the time.
Nothing runs in the background, and a restart changes nothing.
"""

from __future__ import annotations

#: (epoch seconds, status that begins then), in order of time.
Timeline = tuple[tuple[float, str], ...]

#: The last status of a deployment. The API answers 404 from then on.
DELETED = "deleted"

#: The statuses in which a resource can't be changed.
TRANSIENT = frozenset({"creating", "deploying", "scaling", "deleting", "preparing", "downloading"})


def begin(now: float, *steps: tuple[str, float], end: str) -> Timeline:
    """A timeline of ``steps`` (status, seconds) that then stays at ``end``. Steps of 0 seconds are left out."""
    timeline: list[tuple[float, str]] = []
    for status, seconds in steps:
        if seconds > 0:
            timeline.append((now, status))
            now += seconds
    return (*timeline, (now, end))


def change(timeline: Timeline, now: float, *steps: tuple[str, float], end: str) -> Timeline:
    """``timeline`` until ``now``, followed by new ``steps`` and ``end`` as in :func:`begin`."""
    return (*past(timeline, now), *begin(now, *steps, end=end))


def past(timeline: Timeline, now: float) -> Timeline:
    """The part of the timeline that has begun by ``now``."""
    return tuple(entry for entry in timeline if entry[0] <= now)


def status_at(timeline: Timeline, now: float) -> str:
    """The status at ``now``; before the first entry, the status of that entry."""
    return (past(timeline, now) or timeline)[-1][1]
