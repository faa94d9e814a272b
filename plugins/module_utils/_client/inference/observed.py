# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last known state of the resources that a run works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..errors import InferenceError
from .resources import Deployment, Model

R = TypeVar("R", bound="Deployment | Model")

# The number of resources that the line for the terminal names, since a fleet may be large.
MAX_NAMED = 10


class ObservedResources:
    """Keeps the last known state of the resources that a run works on, to report it after a failure or an interruption.

    InferenceApi updates it from each answer, so that it is current whichever request fails. Safe to use from many
    threads and in a signal handler, since each change is a single assignment, without a lock.
    """

    def __init__(self) -> None:
        self._tracked: dict[str, Deployment | Model | None] = {}
        self._latest: dict[type, str] = {}
        self._created: dict[str, None] = {}
        # Creations that were sent and whose outcome is unknown, by type and name.
        self._unknown: dict[tuple[type, str], None] = {}

    def track(self, resource: R) -> R:
        """Track the resource from now on. Returns it."""
        self._tracked.setdefault(resource.id, resource)
        self._latest[type(resource)] = resource.id
        if resource.name is not None:
            self._unknown.pop((type(resource), resource.name), None)
        return resource

    def update(self, resource: R) -> R:
        """Record the state of a resource in an answer, if it is tracked. Returns it."""
        if resource.id in self._tracked:
            self._tracked[resource.id] = resource
        return resource

    def gone(self, resource_id: str) -> None:
        """Record that a resource no longer exists, if it is tracked."""
        if resource_id in self._tracked:
            self._tracked[resource_id] = None

    def created(self, resource: R) -> R:
        """Track a resource that the run created. Returns it."""
        self._created[resource.id] = None
        return self.track(resource)

    def has_created(self, resource_id: str) -> bool:
        """Whether the run created the resource, as far as it can know."""
        return resource_id in self._created

    @contextmanager
    def creating(self, kind: type[R], name: str) -> Iterator[None]:
        """Wraps the request of a creation: records it as unknown until an answer or a refusal has come."""
        self._unknown[kind, name] = None
        try:
            yield
            self._unknown.pop((kind, name), None)
        except InferenceError as error:
            if not error.effect_unknown:
                self._unknown.pop((kind, name), None)
            raise

    def latest(self, kind: type[R]) -> R | None:
        """The last known state of the resource of this type that was tracked last; null if it doesn't exist."""
        seen = self._tracked.get(self._latest.get(kind, ""))
        return seen if isinstance(seen, kind) and seen.status != "deleted" else None

    def current(self, resource: R) -> R | None:
        """The last known state of the resource; null if it no longer exists."""
        seen = self._tracked.get(resource.id, resource)
        return seen if isinstance(seen, type(resource)) else None

    def __str__(self) -> str:
        """The tracked resources that exist, for a message; those that the run created come first."""
        ids = [*self._created, *(known for known in list(self._tracked) if known not in self._created)]
        existing = [seen for seen in map(self._tracked.get, ids) if seen is not None]
        parts = [
            f"{_kind(type(seen))} {seen.label} ({seen.id}, {seen.status or 'status unknown'})"
            for seen in existing[:MAX_NAMED]
        ]
        if len(existing) > MAX_NAMED:
            parts.append(f"{len(existing) - MAX_NAMED} more")
        parts += [
            f"perhaps {_kind(kind)} {name}, whose creation had no answer yet" for kind, name in list(self._unknown)
        ]
        return ", ".join(parts) or "nothing"


def _kind(kind: type) -> str:
    return kind.__name__.lower()
