# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A course: the work on one resource as a generator, so that one task may follow one, or many at once.

It sends the requests of its own work. Where it must know how things stand, it yields what it needs, and is sent the
answer: what that takes is up to whoever follows it, a request for one resource (following.py), a list for many
(following_many.py).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar


class Resource(Protocol):
    """What is followed."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str | None: ...

    @property
    def label(self) -> str: ...

    @property
    def status(self) -> str | None: ...

    @property
    def created_at(self) -> str | None: ...

    @property
    def updated_at(self) -> str | None: ...

    @property
    def project_id(self) -> str | None: ...


R = TypeVar("R", bound=Resource)
T = TypeVar("T")


@dataclass(frozen=True)
class Look:
    """Needs all resources of this name in the project as they are C(after) seconds from now, or later."""

    name: str
    project_id: str
    after: float = 0.0


@dataclass(frozen=True)
class See(Generic[R]):
    """Needs the resource as it is by now; null once it is gone."""

    resource: R


@dataclass(frozen=True)
class Until(Generic[R]):
    """Needs the resource, or null once it is gone, as soon as C(done) holds.

    done: is called with whatever is seen on the way; may raise an InferenceError, which ends the wait.
    """

    resource: R
    done: Callable[[R | None], bool]


Need: TypeAlias = "Look | See[R] | Until[R]"
Course: TypeAlias = Generator["Need[R]", Any, T]


def look(name: str, project_id: str, after: float = 0.0) -> Course[R, tuple[R, ...]]:
    found: tuple[R, ...] = yield Look(name, project_id, after)
    return found


def see(resource: R) -> Course[R, R | None]:
    seen: R | None = yield See(resource)
    return seen


def until(resource: R, done: Callable[[R | None], bool]) -> Course[R, R | None]:
    if done(resource):
        return resource
    seen: R | None = yield Until(resource, done)
    return seen
