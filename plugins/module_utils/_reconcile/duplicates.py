# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several resources with one name: waits until the runs that created them have kept only one.

The oldest is kept, then the one with the smallest ID; each run deletes only what it created itself (C(create.py)).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from .._client.errors import OptionError
from .._task import Context
from .polling import duration, poll_delay
from .resource import R, creation_order

# Seconds that other runs get to keep only one, from when this run first read several.
SETTLE_TIMEOUT = 60.0
# Seconds before each further read for a resource that may appear: 30 s in all, as lists lag at most so long.
RECHECK_DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0)


def active_resources(resources: Iterable[R]) -> list[R]:
    """The resources that aren't being deleted, oldest first."""
    return sorted((one for one in resources if not one.is_deleting), key=creation_order)


def read_settled(context: Context, kind: str, names: Collection[str], read: Callable[[], Iterable[R]]) -> tuple[R, ...]:
    """Read until each name has one resource at most; after SETTLE_TIMEOUT, or in check mode, return all there are.

    kind: the word for one in messages. read: reads the resources, of these names and maybe others.
    """
    deadline: float | None = None
    reported = ""
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
        if text != reported:
            context.progress(
                f"{text}: waiting until other runs have settled which one stays, {duration(deadline - now)} at most"
            )
            reported = text
        waited = now + SETTLE_TIMEOUT - deadline
        context.clock.sleep(min(poll_delay(waited), deadline - now))


def only_one(context: Context, kind: str, name: str, resources: Iterable[R], *, remedy: str) -> R | None:
    """The one resource that isn't being deleted; null where there is none.

    Raises OptionError where there are several. In check mode, which doesn't wait for other runs, warns instead and
    returns the oldest. remedy: what to do, as the end of the message.
    """
    active = active_resources(resources)
    if len(active) > 1:
        known = ", ".join(
            f"{one.id} (created {one.created_at or 'at a time unknown'}, {one.status or 'status unknown'})"
            for one in active
        )
        text = f"{len(active)} {kind}s are named '{name}': {known}."
        if not context.check_mode:
            raise OptionError(f"{text} {remedy}")
        context.warn(
            f"{text} If other runs are settling which one stays, it will be {active[0].id}, which is what is predicted "
            f"here; if they stay, a real run fails. {remedy}"
        )
    return active[0] if active else None


def _several(resources: Iterable[R], names: Collection[str]) -> dict[str, int]:
    """How many there are of each name that more than one resource of a project has."""
    active = ((one.name, one.project_id) for one in active_resources(resources))
    counts = Counter((name, project) for name, project in active if name is not None and name in names)
    return {name: count for (name, _project), count in counts.items() if count > 1}
