# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating something once and only once. A deployment is a GPU by the hour.

A C(POST) whose outcome is unknown is never just repeated: what it may have made is looked for first. And as two runs
may create at the same moment, each looks again after its own creation, until a list shows what it made (and so what
was made before), and once more when it is ready: the older one stays, then the one with the smaller ID.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from .._client.errors import InferenceError, RequestError, WaitError
from .._client.resources import GONE_STATUSES, STABLE_STATUSES
from .._client.service_errors import ApiError, OutOfStock, PreconditionFailed, QuotasExceeded, TransientState
from .course import Course, R, look, until
from .settling import PATIENCE, creation_order
from .task import Report

ATTEMPTS = 3


@dataclass(frozen=True)
class Maker(Generic[R]):
    """How one kind of resource is made.

    create: sends the C(POST); find: reads one by its ID, null where there is none; follow: keeps the one that stays as
    what the run is about; is_new: whether one of its name wasn't there before and isn't on its way out; is_as_asked:
    whether one that appeared is just what we asked for.
    """

    kind: str
    name: str
    project_id: str
    create: Callable[[], R]
    delete: Callable[[str], object]
    find: Callable[[str], R | None]
    follow: Callable[[R], R]
    is_new: Callable[[R], bool]
    is_as_asked: Callable[[R], bool]

    @property
    def what(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Created(Generic[R]):
    """C(resource) is the one that stays; C(adopted): another run may have made it, unlike ours."""

    resource: R
    adopted: bool


class Creation(Generic[R]):
    """The creation of one resource. C(made): whether this run made one, as far as it can know.

    note: is called with a step in words for each that this run made and deleted again, as another stays.
    """

    def __init__(self, maker: Maker[R], report: Report, note: Callable[[str], None]) -> None:
        self.made = False
        self._note = note
        self._maker = maker
        self._report = report
        # What this run made for certain, or perhaps: what appeared after a lost answer.
        self._certain: tuple[R, ...] = ()
        self._possible: tuple[R, ...] = ()
        # What stayed at the last look, whoever made it.
        self._stays: tuple[R, ...] = ()

    def create(self) -> Course[R, R]:
        """Create the resource, and return it, or what another run made at the same moment; C(settle) must follow.

        Raises the error of the creation where the service refused it, or RequestError where nobody can say, after
        several attempts and looks, whether there is one now.
        """
        lost: InferenceError | None = None
        what = self._maker.what
        for _try in range(ATTEMPTS):
            try:
                self._certain = (self._maker.create(),)
                self.made = True
                # At once: whatever happens after this, the ID of what costs by the hour was told.
                self._report(f"{what}: created {self._certain[0].id}")
                return self._certain[0]
            except InferenceError as error:
                if not error.effect_unknown:
                    return (yield from self._find_other(error))
                lost = error
            self.made = True
            self._report(f"{what}: no good answer to its creation; looking whether it was created ({lost})")
            for pause in (0.0, *PATIENCE):
                self._possible = yield from self._others(pause)
                if self._possible:
                    found = self._maker.follow(min(self._possible, key=creation_order))
                    self._report(f"{what}: {found.id} has appeared, most likely by this creation")
                    return found
        raise RequestError(
            f"It isn't known whether {what} was created: {ATTEMPTS} attempts got no good answer, and none of that name "
            f"has appeared. Run again later: if there is one by then, it is taken over ({lost})",
            route="POST",
            transient=True,
            effect_unknown=True,
        )

    def settle(self, after: float = 0.0) -> Course[R, Created[R]]:
        """Let the oldest stay, and return it; delete ours if that is another.

        Looks until a list shows what this run made: lists tell of things in the order in which they were made, so it
        then shows whatever was made before. after: seconds until the first look.
        """
        told = False
        for pause in (after, *PATIENCE):
            others = yield from self._others(pause)
            created = yield from self._give_way(others)
            if created.adopted or any(one.id == created.resource.id for one in others):
                break
            if not told:
                self._report(
                    f"{self._maker.what}: the service's lists don't show {created.resource.id} yet; looking again for "
                    "one that another run created before"
                )
                told = True
        return created

    def _find_other(self, refusal: InferenceError) -> Course[R, R]:
        """What another run made, where that is why the service refused ours; else raise the refusal."""
        pauses = _looks_after(refusal)
        if len(pauses) > 1:
            self._report(
                f"{self._maker.what}: its creation was refused; looking whether another run was first ({refusal})"
            )
        for pause in pauses:
            self._stays = yield from self._others(pause)
            if self._stays:
                return min(self._stays, key=creation_order)
        raise refusal

    def _give_way(self, others: Sequence[R]) -> Course[R, Created[R]]:
        ours = (*self._certain, *(one for one in self._possible if self._maker.is_as_asked(one)))
        rivals = {one.id: one for one in (*ours, *self._possible, *self._stays, *others)}
        stays = self._first_that_is_there(sorted(rivals.values(), key=creation_order))
        self._stays = (stays,)
        for one in ours:
            if one.id != stays.id:
                self._report(f"{self._maker.what}: another run created {stays.id} before; deleting {one.id}")
                yield from self._delete(one, stays)
                self._note(f"delete {self._maker.what} ({one.id}), as another run created {stays.id} before")
        adopted = all(one.id != stays.id for one in self._certain)
        self._certain = tuple(one for one in self._certain if one.id == stays.id)
        self._possible = tuple(one for one in self._possible if one.id == stays.id)
        return Created(self._maker.follow(stays), adopted)

    def _first_that_is_there(self, rivals: Sequence[R]) -> R:
        """A list is only a hint: ours must not give way to one that is gone by now."""
        certain = {one.id for one in self._certain}
        for one in rivals:
            if one.id in certain:
                return one
            now = self._maker.find(one.id)
            if now is not None and now.status not in GONE_STATUSES:
                return now
        return rivals[0]

    def _delete(self, one: R, stays: R) -> Course[R, None]:
        for turn in range(ATTEMPTS):
            try:
                self._maker.delete(one.id)
                return
            except TransientState:
                now = self._maker.find(one.id)
                if now is None or now.status in GONE_STATUSES:
                    # It was our own request, whose answer got lost.
                    return
                if turn == ATTEMPTS - 1:
                    raise
                yield from until(now, _can_be_deleted)
            except PreconditionFailed as error:
                raise WaitError(
                    f"there are two of {self._maker.what}: another run created {stays.id} before {one.id}, which this "
                    f"run created and can't delete any more. Stop using {one.id}, and delete it by its ID ({error})"
                ) from error

    def _others(self, after: float = 0.0) -> Course[R, tuple[R, ...]]:
        found: tuple[R, ...] = yield from look(self._maker.name, self._maker.project_id, after)
        return tuple(one for one in found if self._maker.is_new(one))


def _looks_after(refusal: InferenceError) -> tuple[float, ...]:
    """The pauses before each look for what another run made, where that may be why the service refused ours."""
    if isinstance(refusal, (QuotasExceeded, OutOfStock)):
        # It may have taken the last one. One look, as these refusals mostly mean what they say.
        return (0.0,)
    if not isinstance(refusal, ApiError) or refusal.status not in (400, 409) or refusal.type == TransientState.kind:
        return ()
    arguments = [item for item in refusal.items() if item.get("argument_name") == "name"]
    if refusal.status == 400 and not any(item.get("reason") not in ("required", "format") for item in arguments):
        return ()
    # The name is taken, and lists may lag behind.
    return (0.0, *PATIENCE)


def _can_be_deleted(seen: R | None) -> bool:
    return seen is None or seen.status in STABLE_STATUSES or seen.status in GONE_STATUSES
