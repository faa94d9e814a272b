# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several resources of one name: the runs that created them settle which one stays, and others wait for that.

The oldest stays, then the one with the smallest ID; each run deletes only what it created itself (C(create.py)).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from .._client.errors import OptionError
from .._task import Context
from .polling import duration, poll_delay
from .resource import R, creation_order

# How long other runs may take to settle which one stays, counted from when this run first saw several.
SETTLE_TIMEOUT = 60.0
# Seconds between the looks for something that may or may not be there: 30 s in all, as lists lag at most so long.
RECHECK_DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0)


def staying(resources: Iterable[R]) -> list[R]:
    """Those that aren't being deleted, the one that would stay first."""
    return sorted((one for one in resources if not one.is_deleting), key=creation_order)


def read_settled(context: Context, kind: str, names: Collection[str], read: Callable[[], Iterable[R]]) -> tuple[R, ...]:
    """Read until none of the names has several that stay; after a minute, or in check mode, return what there is."""
    deadline: float | None = None
    told = ""
    while True:
        found = tuple(read())
        several = _several(found, names)
        if not several or context.check_mode:
            return found
        now = context.clock.monotonic()
        deadline = now + SETTLE_TIMEOUT if deadline is None else deadline
        if now >= deadline:
            return found
        text = ", ".join(f"{count} {kind}s are named {name}" for name, count in several.items())
        if text != told:
            context.progress(
                f"{text}: waiting until other runs have settled which one stays, {duration(deadline - now)} at most"
            )
            told = text
        waited = now + SETTLE_TIMEOUT - deadline
        context.clock.sleep(min(poll_delay(waited), deadline - now))


def only_one(context: Context, kind: str, name: str, resources: Iterable[R], *, remedy: str) -> R | None:
    """The one of this name that isn't being deleted; null where there is none.

    Raises OptionError where there are several; in check mode, which doesn't wait for them to settle, warns and takes
    the one that would stay.
    """
    there = staying(resources)
    if len(there) > 1:
        known = ", ".join(
            f"{one.id} (created {one.created_at or 'at a time unknown'}, {one.status or 'status unknown'})"
            for one in there
        )
        text = f"{len(there)} {kind}s are named '{name}': {known}."
        if not context.check_mode:
            raise OptionError(f"{text} {remedy}")
        context.warn(
            f"{text} If other runs are settling which one stays, it will be {there[0].id}, which is what is predicted "
            f"here; if they stay, a real run fails. {remedy}"
        )
    return there[0] if there else None


def _several(resources: Iterable[R], names: Collection[str]) -> dict[str, int]:
    """How many stay of each name that has more than one in its project."""
    there = ((one.name, one.project_id) for one in staying(resources))
    counts = Counter((name, project) for name, project in there if name is not None and name in names)
    return {name: count for (name, _project), count in counts.items() if count > 1}
