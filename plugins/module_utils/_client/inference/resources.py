# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's resources as dataclasses, the same for all versions of its API.

A field is null if the version doesn't have it, or if the answer lacks it or has another type there: only the ID is
required (of a node type, its name). A task that needs a field that may be null gets it with `require_field`. Times are
RFC 3339 strings as the service sends them; sizes of data are in bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import OptionError
from .capabilities import capabilities_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")

_STABLE_STATUSES = frozenset(("ready", "error", "locked"))
_GONE_STATUSES = frozenset(("deleting", "deleted"))
# The statuses from which a resource is known to move on without anybody's action.
_WORKING_STATUSES = frozenset(("creating", "deploying", "scaling", "deleting", "preparing", "downloading"))


def require_field(value: T | None, field: str, what: str, why: str) -> T:
    """The value of a resource's field. Raises OptionError if it is null, since the service didn't send it.

    field: its name; what: the resource, such as "deployment chat"
    why: what the value is needed for, and how to do without it, to follow "it is needed"
    """
    if value is None:
        raise OptionError(
            f"{field}: the service's answer doesn't tell it for {what}, and it is needed {why}. Contact Scaleway's "
            "support if it stays so"
        )
    return value


def to_plain(resource: DataclassInstance) -> dict[str, Any]:
    """A resource as a task returns it: a dict of dicts, lists and scalars. A deployment has its C(url) too."""
    plain = {key: _plain(value) for key, value in asdict(resource).items()}
    return {**plain, "url": resource.url} if isinstance(resource, Deployment) else plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


class _Resource:
    """What deployments and models have in common: how they are called, and what their status means."""

    id: str
    name: str | None
    status: str | None

    @property
    def label(self) -> str:
        """The name, or the ID if it has no name."""
        return self.name or self.id

    @property
    def what(self) -> str:
        """It in words, with its kind and its ID."""
        return f"{type(self).__name__.lower()} {self.label} ({self.id})"

    @property
    def is_deleting(self) -> bool:
        """Whether it is being deleted, or deleted."""
        return self.status in _GONE_STATUSES

    @property
    def is_stable(self) -> bool:
        """Whether its status only changes when somebody acts on it."""
        return self.status in _STABLE_STATUSES

    @property
    def has_known_status(self) -> bool:
        return self.status in _WORKING_STATUSES | _STABLE_STATUSES


class Feature(Enum):
    """A feature that not every version of the API has. The value names it in messages."""

    ACL_RULES = "acl rules"
    LICENCE_TEXTS = "licence texts"
    MODEL_IMPORT = "model import"
    MODEL_STATUS = "model_status"
    MODEL_BY_ID = "deploying a model that has no name"
    CHANGING_MODEL = "changing the model"
    QUANTIZATION = "quantization_bits"


@dataclass(frozen=True, kw_only=True)
class EndpointSpec:
    """An endpoint to create: in the private network, or public if that is null."""

    private_network_id: str | None = None
    disable_auth: bool = False

    @property
    def public(self) -> bool:
        return self.private_network_id is None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint of a deployment. `private_network_id` is null for a public one, and if the answer lacks it."""

    id: str | None
    url: str | None
    public: bool
    private_network_id: str | None
    disable_auth: bool | None


def main_endpoint(endpoints: Iterable[Endpoint]) -> Endpoint | None:
    """The public endpoint, else the only private one; null if there is no such endpoint."""
    known = list(endpoints)
    public = [one for one in known if one.public]
    if public:
        return public[0]
    return known[0] if len(known) == 1 else None


@dataclass(frozen=True, kw_only=True)
class DeploymentSpec:
    """A deployment to create. v1beta1 sends the model's name and v1 its ID. The service chooses a size that is null."""

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
        """The features that a version must have for this request."""
        return frozenset(() if self.quantization_bits is None else (Feature.QUANTIZATION,))


@dataclass(frozen=True, kw_only=True)
class DeploymentChange:
    """The fields to change in an update; null ones aren't changed. Not every version has the last two."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    min_size: int | None = None
    max_size: int | None = None
    model_id: str | None = None
    quantization_bits: int | None = None

    @property
    def needs(self) -> frozenset[Feature]:
        """The features that a version must have for this request."""
        fields = {Feature.CHANGING_MODEL: self.model_id, Feature.QUANTIZATION: self.quantization_bits}
        return frozenset(feature for feature, value in fields.items() if value is not None)


@dataclass(frozen=True, kw_only=True)
class Deployment(_Resource):
    """A pool of GPU nodes that serves one model. `model` is the model's name; `size` is the number of running nodes.

    `tags` and `endpoints` are null if they couldn't be read. There may be no tags; one endpoint there always is.
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
    # Null if the version doesn't have it.
    quantization_bits: int | None = None
    error_message: str | None
    created_at: str | None
    updated_at: str | None

    @property
    def url(self) -> str | None:
        """Where the model answers: the URL of the main endpoint. Null if there is none, or the answer lacks it."""
        endpoint = main_endpoint(self.endpoints or ())
        return None if endpoint is None else endpoint.url


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """Whether a model can run with `bits` per parameter, and the tokens of its context at most."""

    bits: int
    allowed: bool
    max_context_size: int | None


@dataclass(frozen=True, kw_only=True)
class NodeSupport:
    """The quantizations with which a model can run on a type of node."""

    node_type: str
    quantizations: tuple[Quantization, ...]


@dataclass(frozen=True, kw_only=True)
class Model(_Resource):
    """A model of the catalog (`project_id` is null) or of a project.

    Only v1 has `nodes_support`, `status`, `error_message` and the sizes; only v1beta1 has `quantization_level`.
    `compatible_node_types` has the names of the node types that the model can be deployed on. Lists are null if they
    couldn't be read. `capabilities` follows from the tags, and is empty if these don't tell.
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
    capabilities: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        # The usual way to set a derived field of a frozen dataclass.
        object.__setattr__(self, "capabilities", capabilities_of(self.tags))


@dataclass(frozen=True, kw_only=True)
class NodeType:
    """A type of GPU node. `memory` and `vram` in bytes."""

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
    """An access rule to create. `ip`: the address or the range in CIDR notation that may connect."""

    ip: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class AclRule:
    """An access rule of a deployment: an address or a range in CIDR notation that may connect."""

    id: str
    ip: str | None
    description: str


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The certificate authority of a deployment's private endpoints. `content` is the PEM text."""

    name: str | None
    content_type: str
    content: str
