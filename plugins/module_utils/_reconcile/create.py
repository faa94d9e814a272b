# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating something once and only once. A deployment is a GPU by the hour.

A C(POST) whose outcome is unknown is never just repeated: what it may have created is looked for first. And as two
runs may create at the same moment, each looks again after its own creation, until a list shows what it created (and so
what was created before), and once more when it is ready: the older one stays, then the one with the smaller ID.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

from .._client.errors import InferenceError, RequestError, WaitError
from .._client.inference.errors import ApiError, OutOfStock, PreconditionFailed, QuotasExceeded, TransientState
from .duplicates import RECHECK_DELAYS
from .resource import R, creation_order
from .watcher import Watcher

MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Creator(Generic[R]):
    """How one resource is created.

    create: sends the C(POST). delete: deletes one by its ID. follow: keeps the one that stays as what the run is about.
    is_new: whether one of its name wasn't there before, and isn't being deleted. matches_request: whether one that appeared
    is just what was asked for.
    """

    name: str
    create: Callable[[], R]
    delete: Callable[[str], object]
    follow: Callable[[R], R]
    is_new: Callable[[R], bool]
    matches_request: Callable[[R], bool]


@dataclass(frozen=True)
class Created(Generic[R]):
    """C(resource) is the one that stays; C(taken_over): another run may have created it, unlike ours."""

    resource: R
    taken_over: bool


class IdempotentCreation(Generic[R]):
    """The creation of one resource. C(created): whether this run created one, as far as it can know.

    record: is called with a step in words for each that this run created and deleted again, as another stays.
    """

    def __init__(self, watcher: Watcher[R], creator: Creator[R], record: Callable[[str], None]) -> None:
        self.created = False
        self._watcher = watcher
        self._reader = watcher.reader
        self._progress = watcher.progress
        self._creator = creator
        self._record = record
        self._what = f"{watcher.reader.kind} {creator.name}"
        # What this run created for certain, or perhaps: what appeared after a lost answer.
        self._certain: tuple[R, ...] = ()
        self._possible: tuple[R, ...] = ()
        # What stayed at the last look, whoever created it.
        self._staying: tuple[R, ...] = ()

    def create(self) -> R:
        """Create the resource, and return it, or what another run created at the same moment.

        C(resolve_race) must follow. Raises the error of the creation where the service refused it, or RequestError
        where nobody can say, after several attempts and looks, whether there is one now.
        """
        lost: InferenceError | None = None
        for _attempt in range(MAX_ATTEMPTS):
            try:
                self._certain = (self._creator.create(),)
                self.created = True
                # At once: whatever happens after this, the ID of what costs by the hour was told.
                self._progress(f"{self._what}: created {self._certain[0].id}")
                return self._certain[0]
            except InferenceError as error:
                if not error.effect_unknown:
                    return self._find_concurrent(error)
                lost = error
            self.created = True
            self._progress(f"{self._what}: no good answer to its creation; looking whether it was created ({lost})")
            for delay in (0.0, *RECHECK_DELAYS):
                self._possible = self._find_new(delay)
                if self._possible:
                    found = self._creator.follow(min(self._possible, key=creation_order))
                    self._progress(f"{self._what}: {found.id} has appeared, most likely by this creation")
                    return found
        raise RequestError(
            f"It isn't known whether {self._what} was created: {MAX_ATTEMPTS} attempts got no good answer, and none of "
            f"that name has appeared. Run again later: if there is one by then, it is taken over ({lost})",
            route="POST",
            transient=True,
            effect_unknown=True,
        )

    def resolve_race(self, after: float = 0.0) -> Created[R]:
        """Let the oldest stay, and return it; delete ours if that is another.

        Looks until a list shows what this run created: lists tell of things in the order in which they were created,
        so it then shows whatever was created before. after: seconds until the first look.
        """
        told = False
        for delay in (after, *RECHECK_DELAYS):
            others = self._find_new(delay)
            outcome = self._keep_oldest(others)
            if outcome.taken_over or any(one.id == outcome.resource.id for one in others):
                break
            if not told:
                self._progress(
                    f"{self._what}: the service's lists don't show {outcome.resource.id} yet; looking again for "
                    "one that another run created before"
                )
                told = True
        return outcome

    def _find_concurrent(self, refusal: InferenceError) -> R:
        """What another run created, where that is why the service refused ours; else raise the refusal."""
        delays = _delays_after(refusal)
        if len(delays) > 1:
            self._progress(f"{self._what}: its creation was refused; looking whether another run was first ({refusal})")
        for delay in delays:
            # The first look keeps the turn, so that a refusal that stands keeps others from beginning.
            named = partial(self._watcher.named, after=delay) if delay else self._reader.find
            found = named(self._creator.name)
            self._staying = tuple(filter(self._creator.is_new, found))
            if self._staying:
                return min(self._staying, key=creation_order)
        raise refusal

    def _keep_oldest(self, others: Sequence[R]) -> Created[R]:
        ours = (*self._certain, *(one for one in self._possible if self._creator.matches_request(one)))
        candidates = {one.id: one for one in (*ours, *self._possible, *self._staying, *others)}
        oldest = self._first_existing(sorted(candidates.values(), key=creation_order))
        self._staying = (oldest,)
        for one in ours:
            if one.id != oldest.id:
                self._progress(f"{self._what}: another run created {oldest.id} before; deleting {one.id}")
                self._delete(one, oldest)
                self._record(f"delete {self._what} ({one.id}), as another run created {oldest.id} before")
        taken_over = all(one.id != oldest.id for one in self._certain)
        self._certain = tuple(one for one in self._certain if one.id == oldest.id)
        self._possible = tuple(one for one in self._possible if one.id == oldest.id)
        return Created(self._creator.follow(oldest), taken_over)

    def _first_existing(self, candidates: Sequence[R]) -> R:
        """A list is only a hint: ours must not give way to one that is gone by now."""
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
                    # It was our own request, whose answer got lost.
                    return
                if attempt == MAX_ATTEMPTS - 1:
                    raise
                self._watcher.wait_until(now, _can_be_deleted)
            except PreconditionFailed as error:
                raise WaitError(
                    f"there are two of {self._what}: another run created {oldest.id} before {one.id}, which this "
                    f"run created and can't delete any more. Stop using {one.id}, and delete it by its ID ({error})"
                ) from error

    def _find_new(self, after: float) -> tuple[R, ...]:
        return tuple(filter(self._creator.is_new, self._watcher.named(self._creator.name, after=after)))


def _delays_after(refusal: InferenceError) -> tuple[float, ...]:
    """The delays before each look for what another run created, where that may be why the service refused ours."""
    if isinstance(refusal, (QuotasExceeded, OutOfStock)):
        # It may have taken the last one. One look, as these refusals mostly mean what they say.
        return (0.0,)
    if not isinstance(refusal, ApiError) or refusal.status not in (400, 409) or refusal.type == TransientState.kind:
        return ()
    arguments = [item for item in refusal.items() if item.get("argument_name") == "name"]
    if refusal.status == 400 and not any(item.get("reason") not in ("required", "format") for item in arguments):
        return ()
    # The name is taken, and lists may lag behind.
    return (0.0, *RECHECK_DELAYS)


def _can_be_deleted(seen: R | None) -> bool:
    return seen is None or seen.is_stable or seen.is_deleting
