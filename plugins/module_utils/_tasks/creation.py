# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating something once and only once. A deployment is a GPU by the hour.

A C(POST) whose outcome is unknown is never just repeated: what it may have made is looked for first. And as two runs
may create at the same moment, each looks once more after its own creation, and again once it is ready: the older one
stays, then the one with the smaller ID.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from .._client.errors import InferenceError, RequestError
from .course import Course, R, Resource, look
from .task import Report

# Seconds between the looks for something that may or may not have been made: lists may lag behind.
PATIENCE = (1.0, 2.0, 4.0, 8.0, 15.0)
ATTEMPTS = 3


@dataclass(frozen=True)
class Maker(Generic[R]):
    """How one kind of resource is made.

    create: sends the C(POST); follow: keeps the one that stays as what the run is about; is_new: whether one of its
    name wasn't there before and isn't on its way out; is_as_asked: whether one that appeared is just what we asked for.
    """

    kind: str
    name: str
    project_id: str
    create: Callable[[], R]
    delete: Callable[[str], object]
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
    """The creation of one resource."""

    def __init__(self, maker: Maker[R], report: Report) -> None:
        self._maker = maker
        self._report = report
        # What this run made for certain, or perhaps: what appeared after a lost answer.
        self._certain: tuple[R, ...] = ()
        self._possible: tuple[R, ...] = ()
        # What stayed at the last look, whoever made it.
        self._stays: tuple[R, ...] = ()

    def create(self) -> Course[R, R]:
        """Create the resource, and return it; C(give_way) must follow.

        Raises the error of the creation where the service refused it, or RequestError where nobody can say, after
        several attempts and looks, whether there is one now.
        """
        lost: InferenceError | None = None
        what = self._maker.what
        for _try in range(ATTEMPTS):
            try:
                self._certain = (self._maker.create(),)
                # At once: whatever happens after this, the ID of what costs by the hour was told.
                self._report(f"{what}: created {self._certain[0].id}")
                return self._certain[0]
            except InferenceError as error:
                if not error.effect_unknown:
                    raise
                lost = error
            self._report(f"{what}: no good answer to its creation; looking whether it was created ({lost})")
            for pause in (0.0, *PATIENCE):
                self._possible = yield from self._others(pause)
                if self._possible:
                    found = self._maker.follow(min(self._possible, key=_age))
                    self._report(f"{what}: {found.id} has appeared, most likely by this creation")
                    return found
        raise RequestError(
            f"It isn't known whether {what} was created: {ATTEMPTS} attempts got no good answer, and none of that name "
            f"has appeared. Run again later: if there is one by then, it is taken over ({lost})",
            route="POST",
            transient=True,
            effect_unknown=True,
        )

    def give_way(self) -> Course[R, Created[R]]:
        """If another run made an older one meanwhile, delete ours and take that."""
        others = yield from self._others()
        ours = (*self._certain, *(one for one in self._possible if self._maker.is_as_asked(one)))
        rivals = {one.id: one for one in (*ours, *self._possible, *self._stays, *others)}
        stays = min(rivals.values(), key=_age)
        self._stays = (stays,)
        for one in ours:
            if one.id != stays.id:
                self._report(f"{self._maker.what}: another run created {stays.id} before; deleting {one.id}")
                self._maker.delete(one.id)
        adopted = all(one.id != stays.id for one in self._certain)
        self._certain = tuple(one for one in self._certain if one.id == stays.id)
        self._possible = tuple(one for one in self._possible if one.id == stays.id)
        return Created(self._maker.follow(stays), adopted)

    def _others(self, after: float = 0.0) -> Course[R, tuple[R, ...]]:
        found: tuple[R, ...] = yield from look(self._maker.name, self._maker.project_id, after)
        return tuple(one for one in found if self._maker.is_new(one))


def _age(resource: Resource) -> tuple[str, str]:
    # RFC 3339 in UTC sorts as text once the Z is off, whatever the number of its decimals.
    return ((resource.created_at or "9999").rstrip("Z"), resource.id)
