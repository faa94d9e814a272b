# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes that the engine needs of a resource of any kind."""

from __future__ import annotations

from typing import Protocol, TypeVar

from .._client.errors import WaitError
from .polling import duration


class Resource(Protocol):
    """A resource that is created and deleted. Times are RFC 3339 in UTC; null: the service gave no value."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str | None: ...

    @property
    def label(self) -> str:
        """Its name, else its ID."""

    @property
    def status(self) -> str | None: ...

    @property
    def is_deleting(self) -> bool:
        """Whether it is being deleted, or is deleted."""

    @property
    def is_stable(self) -> bool:
        """Whether its status stays as it is until somebody changes the resource."""

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
    """The sort key for the order of creation, then of IDs; resources without a time of creation come last."""
    return (_moment(resource.created_at or "9999"), resource.id)


def is_older(listed: Resource, known: Resource) -> bool:
    """Whether a list shows an older state of the resource than is known already."""
    return _moment(listed.updated_at) < _moment(known.updated_at)


def is_changed_since(seen: Resource, known: Resource) -> bool:
    """Whether the time stamp of the last change is later than it was; compared by the millisecond."""
    return _millisecond(seen.updated_at) > _millisecond(known.updated_at)


def shown_status(seen: Resource | None) -> str:
    """The status in messages; null: the resource is gone."""
    return "gone" if seen is None else seen.status or "unknown"


def timeout_error(kind: str, resource: Resource, seen: Resource | None, status: str, waited: float) -> WaitError:
    """The error of a wait that timed out.

    seen: the resource as last read; status: that of it in words; waited: seconds.
    """
    what = f"{kind} {resource.label}"
    if seen is not None and not seen.has_known_status:
        return WaitError(
            f"{what} has the status '{seen.status or 'unknown'}' after {duration(waited)}, which this collection "
            "doesn't know, so nobody can say whether it goes on. Look at it in Scaleway's console; run again with a "
            "longer wait_timeout if it does, and contact Scaleway's support if it doesn't"
        )
    return WaitError(
        f"{what} is still {status} after {duration(waited)}. It goes on by itself: run again to wait on, or raise "
        "wait_timeout"
    )


def _moment(timestamp: str | None) -> str:
    # RFC 3339 in UTC sorts as text once the Z is off, whatever the number of its decimals.
    return (timestamp or "").rstrip("Z")


def _millisecond(timestamp: str | None) -> str:
    # The service may show the same moment with three decimals in one answer and with six in another.
    seconds, _point, decimals = _moment(timestamp).partition(".")
    return f"{seconds}.{decimals[:3]:0<3}"
