# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulator remembers: frozen records, the same for both API versions.

Times are epoch seconds, IDs are UUIDs in text.
"""

from __future__ import annotations

from datetime import datetime, timezone

from pydantic import BaseModel, ConfigDict

from emulator.timeline import DELETED, Timeline, status_at

#: The project of the models that everyone sees (v1 spells it out, v1beta1 leaves it empty).
CATALOG_PROJECT = "00000000-0000-0000-0000-000000000000"


class Record(BaseModel):
    """Something with an ID that the store keeps."""

    model_config = ConfigDict(frozen=True)

    id: str


class Endpoint(Record):
    """Where a deployment is reached: a public address, or one in a private network."""

    private_network_id: str | None = None
    disable_auth: bool = False


class AclRule(Record):
    """An address or CIDR range that may connect to the public endpoint."""

    ip: str
    description: str = ""


class Deployment(Record):
    """A model that runs on nodes."""

    name: str
    project_id: str
    region: str
    model_id: str
    model_name: str
    node_type: str
    min_size: int
    max_size: int
    #: Size of the pool when the last change began; it lasts until the deployment is ready.
    old_size: int = 0
    tags: tuple[str, ...] = ()
    bits: int
    #: What the creator said of ``quantization.enabled``; the service doesn't add it by itself.
    quantization_enabled: bool | None = None
    endpoints: tuple[Endpoint, ...]
    acls: tuple[AclRule, ...] = ()
    #: Told in the statuses ``error``, ``locked`` and ``unknown_status``.
    error_message: str = ""
    created_at: float
    #: Last change of a field that left the status alone.
    changed_at: float | None = None
    timeline: Timeline

    def status_at(self, now: float) -> str:
        """The status, as of ``now``."""
        return status_at(self.timeline, now)

    def size_at(self, now: float) -> int:
        """How many nodes run."""
        return self.min_size if self.status_at(now) == "ready" else self.old_size

    def error_at(self, now: float) -> str:
        """What went wrong, or nothing."""
        return self.error_message if self.status_at(now) in {"error", "locked", "unknown_status"} else ""

    def updated_at(self, now: float) -> float | None:
        """The last change of status or fields; None before the first. In the recordings a deletion isn't one."""
        changes = [at for at, status in self.timeline[1:] if at <= now and status not in {"deleting", DELETED}]
        if self.changed_at is not None:
            changes.append(self.changed_at)
        return max(changes, default=None)


class Model(Record):
    """A model of the catalog, or one that a project imported."""

    name: str
    #: Place in the order of display.
    rank: int
    project_id: str = CATALOG_PROJECT
    tags: tuple[str, ...] = ()
    description: str = ""
    has_eula: bool = False
    parameter_size_bits: int
    size_bytes: int
    error_message: str = ""
    created_at: float
    updated_at: float | None = None
    timeline: Timeline
    #: node type: {bits: largest context, in tokens}, for what is allowed; all else isn't.
    nodes: dict[str, dict[int, int]]

    def status_at(self, now: float) -> str:
        """The status, as of ``now``."""
        return status_at(self.timeline, now)


class NodeType(Record):
    """A kind of machine; ``id`` is its name. Memory sizes are in bytes."""

    stock_status: str
    description: str
    vcpus: int
    memory: int
    vram: int
    gpus: int
    disabled: bool = False
    beta: bool = False
    created_at: float
    updated_at: float | None = None


class Authority(Record):
    """The CA of one deployment (by the deployment's ID): certificate and private key, PEM."""

    certificate: str
    key: str


class Port(Record):
    """The port of one private endpoint (by the endpoint's ID), so that its URL outlives a restart."""

    number: int


class Identity(Record):
    """What has to survive a restart, so that the settings printed for clients stay true."""

    secret_key: str
    project_id: str


def rfc3339(at: float) -> str:
    """Epoch seconds in the service's form: UTC with microseconds and ``Z``."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def epoch(text: str) -> float:
    """The reverse of :func:`rfc3339`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
