# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine knows of a resource, whatever its kind."""

from __future__ import annotations

from typing import Protocol, TypeVar

from .._client.errors import WaitError
from .polling import duration


class Resource(Protocol):
    """A resource with a life of its own. Times are RFC 3339 in UTC; null is what the service didn't say."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str | None: ...

    @property
    def label(self) -> str:
        """What people call it: its name, else its ID."""

    @property
    def status(self) -> str | None: ...

    @property
    def is_deleting(self) -> bool:
        """Whether it is on its way out, or gone."""

    @property
    def is_stable(self) -> bool:
        """Whether it stays as it is until somebody changes it."""

    @property
    def has_known_status(self) -> bool: ...

    @property
    def created_at(self) -> str | None: ...

    @property
    def updated_at(self) -> str | None: ...

    @property
    def project_id(self) -> str | None: ...


R = TypeVar("R", bound=Resource)


def creation_order(resource: Resource) -> tuple[str, str]:
    """The key by which resources sort in the order of their creation, then by ID."""
    return (_moment(resource.created_at or "9999"), resource.id)


def is_older(listed: Resource, known: Resource) -> bool:
    """Whether a list shows the resource as it was before it became what is known already."""
    return _moment(listed.updated_at) < _moment(known.updated_at)


def timeout_error(kind: str, resource: Resource, seen: Resource | None, waited: float) -> WaitError:
    """The error of a wait whose time is over. C(seen): the resource as it was last seen; C(waited): seconds."""
    what = f"{kind} {resource.label}"
    if seen is not None and not seen.has_known_status:
        return WaitError(
            f"{what} has the status '{seen.status or 'unknown'}' after {duration(waited)}, which this collection "
            "doesn't know, so nobody can say whether it goes on. Look at it in Scaleway's console; run again with a "
            "longer wait_timeout if it does, and contact Scaleway's support if it doesn't"
        )
    status = "gone" if seen is None else seen.status
    return WaitError(
        f"{what} is still {status} after {duration(waited)}. It goes on by itself: run again to wait on, or raise "
        "wait_timeout"
    )


def _moment(timestamp: str | None) -> str:
    # RFC 3339 in UTC sorts as text once the Z is off, whatever the number of its decimals.
    return (timestamp or "").rstrip("Z")
