# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's resources in one vocabulary for both versions of its API.

What a version doesn't have is null, and so is what an answer lacks or spells otherwise than documented: only an ID (of
a node type its name) makes a resource. Who needs a field that is null fails there, by C(require_field). Times are RFC 3339
strings as the service sends them; sizes are bytes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import OptionError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")

STABLE_STATUSES = frozenset(("ready", "error", "locked"))
GONE_STATUSES = frozenset(("deleting", "deleted"))
# In these the service is at work, and gets on by itself; of one that isn't known nobody can say so.
WORKING_STATUSES = frozenset(("creating", "deploying", "scaling", "deleting", "preparing", "downloading"))


def require_field(value: T | None, field: str, what: str, why: str) -> T:
    """The field of a resource. Raises OptionError where the service didn't tell it.

    what: the resource in words; why: what it is needed for, and what to do without it.
    """
    if value is None:
        raise OptionError(
            f"{field}: the service's answer doesn't tell it for {what}, and it is needed {why}. Contact Scaleway's "
            "support if it stays so"
        )
    return value


def to_plain(resource: DataclassInstance) -> dict[str, Any]:
    """A resource as a task returns it: dicts, lists and scalars."""
    return {key: _plain(value) for key, value in asdict(resource).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


class _HasStatus:
    """What the status of a resource means."""

    status: str | None

    @property
    def is_deleting(self) -> bool:
        """Whether it is on its way out, or gone."""
        return self.status in GONE_STATUSES

    @property
    def is_stable(self) -> bool:
        """Whether it stays as it is until somebody changes it."""
        return self.status in STABLE_STATUSES

    @property
    def has_known_status(self) -> bool:
        return self.status in WORKING_STATUSES | STABLE_STATUSES


class Feature(Enum):
    """What only some versions of the API have. The value names it in messages."""

    ACL_RULES = "acl rules"
    LICENCE_TEXTS = "licence texts"
    MODEL_IMPORT = "model import"
    MODEL_STATUS = "model_status"
    MODEL_BY_ID = "deploying a model that has no name"
    CHANGING_MODEL = "changing the model"
    QUANTIZATION = "quantization_bits"


@dataclass(frozen=True, kw_only=True)
class EndpointSpec:
    """An endpoint to be made: public, or in the private network named."""

    private_network_id: str | None = None
    disable_auth: bool = False

    @property
    def public(self) -> bool:
        return self.private_network_id is None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a deployment answers. C(private_network_id) is null for a public one, and where it isn't known."""

    id: str | None
    url: str | None
    public: bool
    private_network_id: str | None
    disable_auth: bool | None


@dataclass(frozen=True, kw_only=True)
class DeploymentSpec:
    """A deployment to be made. A version names the model, or sends its ID. A null size is left to the service."""

    name: str
    project_id: str
    model: str
    model_id: str
    node_type: str
    accept_eula: bool
    endpoints: tuple[EndpointSpec, ...]
    tags: tuple[str, ...] = ()
    min_size: int | None = None
    max_size: int | None = None
    quantization_bits: int | None = None

    @property
    def needs(self) -> frozenset[Feature]:
        """What a version must have to take it."""
        return frozenset(() if self.quantization_bits is None else (Feature.QUANTIZATION,))


@dataclass(frozen=True, kw_only=True)
class DeploymentChange:
    """What an update sets; null fields stay as they are. Not every version has the last two."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    min_size: int | None = None
    max_size: int | None = None
    model_id: str | None = None
    quantization_bits: int | None = None

    @property
    def needs(self) -> frozenset[Feature]:
        """What a version must have to take it."""
        fields = {Feature.CHANGING_MODEL: self.model_id, Feature.QUANTIZATION: self.quantization_bits}
        return frozenset(feature for feature, value in fields.items() if value is not None)


@dataclass(frozen=True, kw_only=True)
class Deployment(_HasStatus):
    """A pool of GPU nodes that serves one model. C(model) is the model's name; C(size) counts the nodes that run.

    C(tags) and C(endpoints) are null where they couldn't be read: that isn't the same as none.
    """

    id: str
    name: str | None
    project_id: str | None
    region: str | None
    status: str | None
    model: str | None
    model_id: str | None
    node_type: str | None
    min_size: int | None
    max_size: int | None
    size: int | None
    tags: tuple[str, ...] | None
    endpoints: tuple[Endpoint, ...] | None
    # Null where the version has none.
    quantization_bits: int | None = None
    error_message: str | None
    created_at: str | None
    updated_at: str | None

    @property
    def label(self) -> str:
        """What to call it in a text for people."""
        return self.name or self.id

    @property
    def what(self) -> str:
        return f"deployment {self.label} ({self.id})"


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """Whether a model runs with so many bits a parameter, and with how many tokens of context at most."""

    bits: int
    allowed: bool
    max_context_size: int | None


@dataclass(frozen=True, kw_only=True)
class NodeSupport:
    """How a model runs on a type of node."""

    node_type: str
    quantizations: tuple[Quantization, ...]


@dataclass(frozen=True, kw_only=True)
class Model(_HasStatus):
    """A model of the catalog (C(project_id) is null) or of a project.

    C(nodes_support), C(status), C(error_message) and the sizes are v1's; C(quantization_level) is v1beta1's.
    C(compatible_node_types) are the names of the node types that it can be deployed on, in both versions. Lists are
    null where they couldn't be read.
    """

    id: str
    name: str | None
    project_id: str | None
    is_public: bool | None
    provider: str | None
    tags: tuple[str, ...] | None
    description: str | None
    has_eula: bool | None
    region: str | None
    status: str | None
    error_message: str | None
    compatible_node_types: tuple[str, ...] | None
    nodes_support: tuple[NodeSupport, ...] | None
    quantization_level: str | None
    parameter_size_bits: int | None
    size_bytes: int | None
    created_at: str | None
    updated_at: str | None

    @property
    def label(self) -> str:
        """What to call it in a text for people."""
        return self.name or self.id

    @property
    def what(self) -> str:
        return f"model {self.label} ({self.id})"


@dataclass(frozen=True, kw_only=True)
class NodeType:
    """A type of GPU node. C(memory) and C(vram) in bytes."""

    name: str
    description: str | None
    stock_status: str
    vcpus: int | None
    memory: int | None
    vram: int | None
    gpus: int | None
    disabled: bool | None
    beta: bool | None
    region: str | None
    created_at: str | None
    updated_at: str | None


@dataclass(frozen=True, kw_only=True)
class AclRuleSpec:
    """A rule to be made: an address or a range in CIDR notation that may connect."""

    ip: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class AclRule:
    id: str
    ip: str | None
    description: str


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A deployment's certificate authority. C(content) is the PEM text."""

    name: str | None
    content_type: str
    content: str
