# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is about, as it was last seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..errors import InferenceError
from .resources import Deployment, Model

R = TypeVar("R", bound="Deployment | Model")

# A line for a terminal: of a large fleet, it names only the first.
MAX_NAMED = 10


class ObservedResources:
    """Keeps the newest state of what a run is about, for the result of a failure and for an interruption.

    The API client updates it with each answer, so that no path to a failure misses it. Safe to use from many threads
    and in a signal handler: each change is one assignment, and there is no lock.
    """

    def __init__(self) -> None:
        self._tracked: dict[str, Deployment | Model | None] = {}
        self._latest: dict[type, str] = {}
        self._created: dict[str, None] = {}
        # Creations that were sent, and whose outcome isn't known.
        self._unknown: dict[tuple[type, str], None] = {}

    def track(self, resource: R) -> R:
        """Keep this one from now on: the run is about it."""
        self._tracked.setdefault(resource.id, resource)
        self._latest[type(resource)] = resource.id
        if resource.name is not None:
            self._unknown.pop((type(resource), resource.name), None)
        return resource

    def update(self, resource: R) -> R:
        """Take note of the resource in an answer."""
        if resource.id in self._tracked:
            self._tracked[resource.id] = resource
        return resource

    def gone(self, resource_id: str) -> None:
        """Take note that the service no longer has it."""
        if resource_id in self._tracked:
            self._tracked[resource_id] = None

    def created(self, resource: R) -> R:
        """The same as C(track), for what this run created."""
        self._created[resource.id] = None
        return self.track(resource)

    @contextmanager
    def creating(self, kind: type[R], name: str) -> Iterator[None]:
        """Around the request of a creation: its outcome is unknown until a good answer, or a refusal, has come."""
        self._unknown[kind, name] = None
        try:
            yield
            self._unknown.pop((kind, name), None)
        except InferenceError as error:
            if not error.effect_unknown:
                self._unknown.pop((kind, name), None)
            raise

    def latest(self, kind: type[R]) -> R | None:
        """The resource of this kind that the run is about, as last seen; null where there is none, or no longer."""
        seen = self._tracked.get(self._latest.get(kind, ""))
        return seen if isinstance(seen, kind) and seen.status != "deleted" else None

    def current(self, resource: R) -> R | None:
        """This resource as last seen; null once it is gone."""
        seen = self._tracked.get(resource.id, resource)
        return seen if isinstance(seen, type(resource)) else None

    def __str__(self) -> str:
        """What exists by now, in words; what this run created comes first."""
        ids = [*self._created, *(one for one in list(self._tracked) if one not in self._created)]
        there = [seen for seen in map(self._tracked.get, ids) if seen is not None]
        parts = [
            f"{_kind(type(one))} {one.label} ({one.id}, {one.status or 'status unknown'})" for one in there[:MAX_NAMED]
        ]
        if len(there) > MAX_NAMED:
            parts.append(f"{len(there) - MAX_NAMED} more")
        parts += [
            f"perhaps {_kind(kind)} {name}, whose creation had no answer yet" for kind, name in list(self._unknown)
        ]
        return ", ".join(parts) or "nothing"


def _kind(kind: type) -> str:
    return kind.__name__.lower()
