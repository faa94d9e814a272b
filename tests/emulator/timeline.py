# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status machine: what a resource's status will be is settled when a change happens.

A timeline is kept with its resource, so a status is a pure function of what is stored and the time.
Nothing runs in the background, and a restart changes nothing.
"""

from __future__ import annotations

#: (epoch seconds, status that begins then), in order of time.
Timeline = tuple[tuple[float, str], ...]

#: The last status of a deployment's life: it's answered with 404 from then on.
DELETED = "deleted"

#: In these, nothing may be changed.
TRANSIENT = frozenset({"creating", "deploying", "scaling", "deleting", "preparing", "downloading"})


def begin(now: float, *steps: tuple[str, float], end: str) -> Timeline:
    """A life that goes through ``steps`` (status, seconds) and stays at ``end``. Steps of no length are left out."""
    timeline: list[tuple[float, str]] = []
    for status, seconds in steps:
        if seconds > 0:
            timeline.append((now, status))
            now += seconds
    return (*timeline, (now, end))


def change(timeline: Timeline, now: float, *steps: tuple[str, float], end: str) -> Timeline:
    """``timeline`` as it was until ``now``, and from there on another future."""
    return (*past(timeline, now), *begin(now, *steps, end=end))


def past(timeline: Timeline, now: float) -> Timeline:
    """What has happened by ``now``."""
    return tuple(entry for entry in timeline if entry[0] <= now)


def status_at(timeline: Timeline, now: float) -> str:
    """The status at ``now``; before the first entry, the first one."""
    return (past(timeline, now) or timeline)[-1][1]
