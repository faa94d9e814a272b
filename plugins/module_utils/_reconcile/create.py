# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idempotent creation: creates a resource exactly once, as a deployment is paid for by the minute.

A C(POST) whose outcome is unknown is never just repeated: a resource that it may have created is searched for first.
Two runs may create at the same moment. So each run reads the name again after its own creation, until a list shows
what it created (and so what was created before), and once more when that is ready. The older one is kept, then the one
with the smaller ID; the run that created the other one deletes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

from .._client.errors import Cancelled, InferenceError, RequestError, WaitError
from .._client.inference.errors import ApiError, OutOfStock, PreconditionFailed, QuotasExceeded, TransientState
from .duplicates import RECHECK_DELAYS
from .resource import R, creation_order
from .watcher import Watcher

MAX_ATTEMPTS = 3
# Seconds before a race is resolved once more, where nothing is waited for in between.
RACE_RECHECK_DELAY = 2.0


@dataclass(frozen=True)
class Creator(Generic[R]):
    """How one resource is created.

    create: sends the C(POST).
    delete: deletes one by its ID.
    track: remembers the one that is kept, for the result of a task that fails.
    created: the same for one that the C(POST) created, although its answer was lost.
    is_new: whether a resource with the name didn't exist before this run, and isn't being deleted.
    matches_request: whether a resource is exactly what the C(POST) asks for, and so may be ours.
    """

    name: str
    create: Callable[[], R]
    delete: Callable[[str], object]
    track: Callable[[R], R]
    created: Callable[[R], R]
    is_new: Callable[[R], bool]
    matches_request: Callable[[R], bool]


@dataclass(frozen=True)
class Created(Generic[R]):
    """The resource that is kept. C(taken_over): whether another run may have created it."""

    resource: R
    taken_over: bool


class IdempotentCreation(Generic[R]):
    """The creation of one resource.

    created: whether this run created one, as far as it can know.
    record: called with a step in words for each resource that this run created and deleted again.
    """

    def __init__(self, watcher: Watcher[R], creator: Creator[R], record: Callable[[str], None]) -> None:
        self.created = False
        self._watcher = watcher
        self._reader = watcher.reader
        self._progress = watcher.progress
        self._creator = creator
        self._record = record
        self._what = f"{watcher.reader.kind} {creator.name}"
        # What this run created for certain, and what it may have created: what appeared after a lost answer.
        self._certain: tuple[R, ...] = ()
        self._possible: tuple[R, ...] = ()
        # What was to be kept when the name was last read, whoever created it.
        self._kept: tuple[R, ...] = ()

    def create(self) -> R:
        """Create the resource; return it, or the one that another run created at the same moment.

        The caller must call C(resolve_race) next. Raises the error of the service if it refused the creation, and
        RequestError if it stays unknown whether the resource exists: after several attempts, or as a search failed.
        """
        lost: InferenceError | None = None
        for _attempt in range(MAX_ATTEMPTS):
            try:
                self._certain = (self._creator.create(),)
                self.created = True
                # At once, so that the ID of a resource that costs money is known whatever happens next.
                self._progress(f"{self._what}: created {self._certain[0].id}")
                return self._certain[0]
            except InferenceError as error:
                if not error.effect_unknown:
                    return self._find_concurrent(error)
                lost = error
            self.created = True
            self._progress(f"{self._what}: no good answer to its creation; checking whether it was created ({lost})")
            for delay in (0.0, *RECHECK_DELAYS):
                try:
                    self._possible = self._find_new(delay)
                except Cancelled:
                    raise
                except InferenceError as error:
                    why = f"its creation got no good answer ({lost}), and looking for it failed"
                    raise self._unknown(why, error) from error
                if self._possible:
                    found = min(self._possible, key=creation_order)
                    remember = self._creator.created if self._creator.matches_request(found) else self._creator.track
                    remember(found)
                    self._progress(f"{self._what}: {found.id} has appeared, most likely by this creation")
                    return found
        raise self._unknown(f"{MAX_ATTEMPTS} attempts got no good answer, and none of that name has appeared", lost)

    def resolve_race(self, after: float = 0.0) -> Created[R]:
        """Keep the oldest resource with the name, and return it; delete ours if that is another one.

        Reads the name until a list shows what this run created: lists show resources in the order of their creation,
        so it then shows whatever was created before. after: seconds until the first read.
        """
        reported = False
        for delay in (after, *RECHECK_DELAYS):
            others = self._find_new(delay)
            outcome = self._keep_oldest(others)
            if outcome.taken_over or any(one.id == outcome.resource.id for one in others):
                break
            if not reported:
                self._progress(
                    f"{self._what}: the service's lists don't show {outcome.resource.id} yet; looking again for "
                    "one that another run created before"
                )
                reported = True
        return outcome

    def _unknown(self, why: str, error: InferenceError | None) -> RequestError:
        return RequestError(
            f"It isn't known whether {self._what} was created: {why}. Run again later: if there is one by then, it is "
            f"taken over ({error})",
            route="POST",
            transient=True,
            effect_unknown=True,
        )

    def _find_concurrent(self, refusal: InferenceError) -> R:
        """What another run created, if that is why the service refused ours. Raises C(refusal) otherwise."""
        delays = _delays_after(refusal)
        if len(delays) > 1:
            self._progress(
                f"{self._what}: its creation was refused; checking whether another run was first ({refusal})"
            )
        for delay in delays:
            # The first read keeps the turn, so that with fail_fast no other job begins before a refusal is known.
            named = partial(self._watcher.named, after=delay) if delay else self._reader.find
            found = named(self._creator.name)
            self._kept = tuple(filter(self._creator.is_new, found))
            if self._kept:
                return min(self._kept, key=creation_order)
        raise refusal

    def _keep_oldest(self, others: Sequence[R]) -> Created[R]:
        ours = (*self._certain, *(one for one in self._possible if self._creator.matches_request(one)))
        candidates = {one.id: one for one in (*ours, *self._possible, *self._kept, *others)}
        oldest = self._first_existing(sorted(candidates.values(), key=creation_order))
        self._kept = (oldest,)
        for one in ours:
            if one.id != oldest.id:
                self._progress(f"{self._what}: another run created {oldest.id} before; deleting {one.id}")
                self._delete(one, oldest)
                self._record(f"delete {self._what} ({one.id}), as another run created {oldest.id} before")
        taken_over = all(one.id != oldest.id for one in self._certain)
        self._certain = tuple(one for one in self._certain if one.id == oldest.id)
        self._possible = tuple(one for one in self._possible if one.id == oldest.id)
        return Created(self._creator.track(oldest), taken_over)

    def _first_existing(self, candidates: Sequence[R]) -> R:
        """The first that still exists: a list may show one that is gone, and ours must not be deleted for that."""
        certain = {one.id for one in self._certain}
        for one in candidates:
            if one.id in certain:
                return one
            now = self._reader.get(one.id)
            if now is not None and not now.is_deleting:
                return now
        return candidates[0]

    def _delete(self, one: R, oldest: R) -> None:
        for attempt in range(MAX_ATTEMPTS):
            try:
                self._creator.delete(one.id)
                return
            except TransientState:
                now = self._reader.get(one.id)
                if now is None or now.is_deleting:
                    # Our own request deleted it, and its answer was lost.
                    return
                if attempt == MAX_ATTEMPTS - 1:
                    raise
                self._watcher.wait_until(now, can_be_deleted)
            except PreconditionFailed as error:
                raise WaitError(
                    f"there are two of {self._what}: another run created {oldest.id} before {one.id}, which this "
                    f"run created and can no longer delete. Stop using {one.id}, and delete it by its ID ({error})"
                ) from error

    def _find_new(self, after: float) -> tuple[R, ...]:
        return tuple(filter(self._creator.is_new, self._watcher.named(self._creator.name, after=after)))


def _delays_after(refusal: InferenceError) -> tuple[float, ...]:
    """The delays before each read of the name, if another run's creation may be why the service refused ours."""
    if isinstance(refusal, (QuotasExceeded, OutOfStock)):
        # Another run may have taken the last one. One read is enough, as this is mostly not the cause.
        return (0.0,)
    if not isinstance(refusal, ApiError) or refusal.status not in (400, 409) or refusal.type == TransientState.kind:
        return ()
    arguments = [item for item in refusal.items() if item.get("argument_name") == "name"]
    if refusal.status == 400 and not any(item.get("reason") not in ("required", "format") for item in arguments):
        return ()
    # The name is taken, and lists may lag behind.
    return (0.0, *RECHECK_DELAYS)


def can_be_deleted(seen: R | None) -> bool:
    """Whether a resource that was busy takes a deletion by now, or needs none."""
    return seen is None or seen.is_stable or seen.is_deleting
