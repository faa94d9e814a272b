# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records that the emulator stores. They are frozen, and the same for both API versions.

Times are epoch seconds, IDs are UUIDs in text.
"""

from __future__ import annotations

from datetime import datetime, timezone

from pydantic import BaseModel, ConfigDict

from scaleway_inference_emulator.timeline import DELETED, Timeline, status_at

#: Project ID of the catalog's models, which every key may see. v1 shows this ID, v1beta1 an empty text.
CATALOG_PROJECT = "00000000-0000-0000-0000-000000000000"


class Record(BaseModel):
    """Anything with an ID that the store keeps."""

    model_config = ConfigDict(frozen=True)

    id: str


class Endpoint(Record):
    """An endpoint of a deployment: public, or in the private network of this ID."""

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
    #: The pool's size when the last change began, shown until the deployment is ready.
    old_size: int = 0
    tags: tuple[str, ...] = ()
    bits: int
    #: ``quantization.enabled`` of the creation, if given; the recorded answers lack it otherwise.
    quantization_enabled: bool | None = None
    endpoints: tuple[Endpoint, ...]
    acls: tuple[AclRule, ...] = ()
    #: Shown only in the statuses ``error``, ``locked`` and ``unknown_status``.
    error_message: str = ""
    created_at: float
    #: When a change last left the status as it was: of an endpoint or an access rule.
    changed_at: float | None = None
    timeline: Timeline

    def status_at(self, now: float) -> str:
        """The status, as of ``now``."""
        return status_at(self.timeline, now)

    def has_false_ready_at(self, now: float) -> bool:
        """Whether the deployment is ``ready`` at ``now``, but about to deploy its last change."""
        return self.status_at(now) == "ready" and self.timeline[-1][0] > now

    def size_at(self, now: float) -> int:
        """How many nodes run at ``now``: those of the last change only once it is deployed."""
        deployed = self.status_at(now) == "ready" and not self.has_false_ready_at(now)
        return self.min_size if deployed else self.old_size

    def error_at(self, now: float) -> str:
        """The error message to show at ``now``; empty if there is none."""
        return self.error_message if self.status_at(now) in {"error", "locked", "unknown_status"} else ""

    def updated_at(self, now: float) -> float | None:
        """When status or fields last changed; None before the first change. A deletion doesn't count, as recorded."""
        changes = [at for at, status in self.timeline[1:] if at <= now and status not in {"deleting", DELETED}]
        if self.changed_at is not None:
            changes.append(self.changed_at)
        return max(changes, default=None)


class Model(Record):
    """A model of the catalog, or one that a project imported."""

    name: str
    #: Position in the order of display.
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
    #: {node type: {quantization in bits: largest context in tokens}}; combinations that are left out aren't allowed.
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
    """The CA of one deployment: certificate and private key, as PEM. ``id`` is the deployment's."""

    certificate: str
    key: str


class Port(Record):
    """The port of one private endpoint, so that its URL survives a restart. ``id`` is the endpoint's."""

    number: int


class PrivateAddress(Record):
    """The address of one private endpoint in its network, in CIDR form. ``id`` is the endpoint's."""

    address: str


class Identity(Record):
    """The key and project of the emulator, so that the settings printed for clients stay valid after a restart."""

    secret_key: str
    project_id: str


def rfc3339(at: float) -> str:
    """Epoch seconds in the service's format: RFC 3339 in UTC with ``Z``, and 6, 3 or no digits of a second.

    As recorded, and as Protocol Buffers write times: no more digits than the time needs, three at a time.
    """
    moment = datetime.fromtimestamp(at, timezone.utc)
    milliseconds, rest = divmod(moment.microsecond, 1000)
    precision = "microseconds" if rest else "milliseconds" if milliseconds else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def epoch(text: str) -> float:
    """The reverse of :func:`rfc3339`."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
