# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that planning a deployment takes and makes: desired state, observed state, steps and plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._client.inference.resources import (
    AclRule,
    Deployment,
    DeploymentChange,
    DeploymentSpec,
    Endpoint,
    EndpointSpec,
    Model,
    NodeType,
    require_field,
)
from .._options.normalize import PREDICTED, is_predicted
from .._task import Diff
from .rules import AclPlan, DesiredRules

# The desired state


@dataclass(frozen=True, kw_only=True)
class DesiredEndpoint:
    """One desired endpoint, chosen by its C(id), else by its private network, which is null for the public one.

    disable_auth: null: leave it as it is; false for a new endpoint.
    """

    private_network_id: str | None = None
    id: str | None = None
    disable_auth: bool | None = None
    present: bool = True

    def find(self, deployment: Deployment) -> Endpoint | None:
        """The endpoint as observed; null if there is none. Raises OptionError if the service doesn't tell."""
        if self.id is None:
            return endpoints_by_network(deployment, (self.private_network_id,)).get(self.private_network_id)
        why = f"to tell whether it has the endpoint {self.id}"
        endpoints = require_field(deployment.endpoints, "endpoints", deployment.what, why)
        found = [one for one in endpoints if one.id == self.id]
        if not found and any(one.id is None for one in endpoints):
            require_field(None, "endpoints.id", deployment.what, why)
        return found[0] if found else None

    def spec(self) -> EndpointSpec:
        """The endpoint as a creation asks for it."""
        return EndpointSpec(private_network_id=self.private_network_id, disable_auth=bool(self.disable_auth))


@dataclass(frozen=True, kw_only=True)
class DesiredDeployment:
    """A deployment as the options of a task describe it; null: leave it as it is. C(model) is a name or an ID.

    project_id: where the deployment is searched by name, and created; empty where it is chosen by its ID.
    rules: null: neither read nor changed. With no rule and no purge, they are only declared for a recreation.
    private_only: whether a public endpoint is refused, be it desired or there already.
    fleet_tag: the tag that marks the members of a fleet, besides C(tags).
    """

    name: str | None
    id: str | None
    project_id: str
    model: str | None
    node_type: str | None
    min_size: int | None
    max_size: int | None
    tags: tuple[str, ...] | None
    accept_eula: bool
    quantization_bits: int | None
    endpoints: tuple[DesiredEndpoint, ...] | None
    purge_endpoints: bool
    on_immutable_change: str | None
    on_disruptive_change: str | None
    rules: DesiredRules | None
    private_only: bool = False
    fleet_tag: str | None = None

    @property
    def recreate(self) -> bool:
        """Whether the deployment may be deleted and created again."""
        return self.on_immutable_change == "recreate"

    @property
    def manages_rules(self) -> bool:
        """Whether access rules are to be added or removed."""
        return self.rules is not None and (bool(self.rules.rules) or self.rules.purge)

    def sets(self, option: str) -> bool:
        """Whether the task gives the option, in a way that changes something."""
        return self.manages_rules if option == "rules" else getattr(self, option, None) is not None

    def all_tags(self, found: Deployment | None) -> tuple[str, ...] | None:
        """The desired tags with the fleet's; null: leave them as they are. C(found): the observed deployment."""
        if self.fleet_tag is None:
            return self.tags
        tags = self.tags if self.tags is not None else ()
        if self.tags is None and found is not None:
            tags = require_field(found.tags, "tags", found.what, "to keep them; declare tags in the task")
        return (*(one for one in tags if one != self.fleet_tag), self.fleet_tag)

    def has_model(self, found: Deployment) -> bool:
        """Whether the deployment has the desired model, or the task gives none."""
        # In check mode, the model of a predicted deployment isn't known.
        if is_predicted(found):
            return True
        return self.model in (None, PREDICTED, found.model) or (self.model or "").lower() == found.model_id

    def spec(self, *, model: Model, node_type: str, min_size: int | None, max_size: int | None) -> DeploymentSpec:
        """The deployment that a creation asks for, with this model, node type and sizes."""
        return DeploymentSpec(
            name=self.name or "",
            project_id=self.project_id,
            model=model.label,
            model_id=model.id,
            node_type=node_type,
            accept_eula=self.accept_eula,
            endpoints=(EndpointSpec(),) if self.endpoints is None else tuple(one.spec() for one in self.endpoints),
            tags=self.all_tags(None) or (),
            min_size=min_size,
            max_size=max_size,
            quantization_bits=self.quantization_bits,
        )


# The observed state


@dataclass(frozen=True, kw_only=True)
class DeploymentState:
    """The observed state that a plan starts from.

    found: the deployment; null if there is none.
    deleting: others with its name that are being deleted.
    model, node_type: the desired ones, where the plan needs them.
    rules: the access rules; null where they weren't read: the plan doesn't need them, there is no deployment, or the
      version has none.
    """

    found: Deployment | None
    deleting: tuple[Deployment, ...] = ()
    model: Model | None = None
    node_type: NodeType | None = None
    rules: tuple[AclRule, ...] | None = None

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to wait for."""
        return not self.deleting and (self.found is None or self.found.status == "ready")


# Steps and plan


@dataclass(frozen=True)
class Create:
    """Create a deployment."""

    spec: DeploymentSpec

    def __str__(self) -> str:
        return f"create deployment {self.spec.name}"


@dataclass(frozen=True)
class Update:
    """Change fields of a deployment. C(texts): each change in words."""

    deployment: Deployment
    change: DeploymentChange
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return "update " + ", ".join(self.texts)


@dataclass(frozen=True)
class AddEndpoint:
    """Add an endpoint to a deployment."""

    deployment: Deployment
    spec: EndpointSpec

    def __str__(self) -> str:
        return f"add {endpoint_name(self.spec)}"


@dataclass(frozen=True)
class UpdateEndpoint:
    """Change an endpoint. C(endpoint): an EndpointSpec, without an ID, where an earlier step creates it."""

    endpoint: Endpoint | EndpointSpec
    disable_auth: bool

    def __str__(self) -> str:
        return f"set disable_auth of {endpoint_name(self.endpoint)} to {str(self.disable_auth).lower()}"


@dataclass(frozen=True)
class RemoveEndpoint:
    """Remove an endpoint."""

    endpoint: Endpoint

    def __str__(self) -> str:
        return f"remove {endpoint_name(self.endpoint)} {self.endpoint.id}"


@dataclass(frozen=True)
class Delete:
    """Delete a deployment."""

    deployment: Deployment

    def __str__(self) -> str:
        return f"delete {self.deployment.what}"


@dataclass(frozen=True)
class ApplyRules:
    """Write access rules. C(plan): from the rules that the deployment has, or will have, to the desired ones."""

    desired: DesiredRules
    plan: AclPlan

    def __str__(self) -> str:
        return str(self.plan.step)


Step: TypeAlias = "Create | Update | AddEndpoint | UpdateEndpoint | RemoveEndpoint | ApplyRules | Delete"


@dataclass(frozen=True)
class Plan:
    """The steps in their order, and the diff of the deployment before and after them.

    rules: the access rules that the plan was made from; null where they weren't read.
    interruption: what makes the deployment unavailable, in words; empty if nothing is known to.
    """

    steps: tuple[Step, ...]
    diff: Diff
    rules: tuple[AclRule, ...] | None = None
    interruption: str = ""


# Endpoints


def view_endpoints(endpoints: Iterable[Endpoint | EndpointSpec]) -> list[dict[str, Any]]:
    """Endpoints as a diff shows them."""
    ordered = sorted(endpoints, key=lambda one: one.private_network_id or "")
    return [
        {
            "public": one.public,
            "private_network_id": one.private_network_id,
            "disable_auth": one.disable_auth,
        }
        for one in ordered
    ]


def endpoints_by_network(
    deployment: Deployment, asked: Iterable[str | None] | None = None
) -> dict[str | None, Endpoint]:
    """The endpoints by private network; the public one has the key null.

    asked: the networks that matter; null: all. Raises OptionError if the service doesn't tell which endpoints there
    are.
    """
    why = "to tell which endpoints there are; leave those of this deployment as they are"
    endpoints = require_field(deployment.endpoints, "endpoints", deployment.what, why)
    known = [one for one in endpoints if one.public or one.private_network_id is not None]
    if len(known) < len(endpoints) and (asked is None or any(network is not None for network in asked)):
        require_field(None, "endpoints.private_network_id", deployment.what, why)
    return {one.private_network_id: one for one in known}


def require_endpoint_id(endpoint: Endpoint, deployment: Deployment) -> Endpoint:
    """The endpoint itself. Raises OptionError if the service doesn't tell its ID."""
    why = f"to change or remove the {endpoint_name(endpoint)}; leave it as it is"
    require_field(endpoint.id, "endpoints.id", deployment.what, why)
    return endpoint


def endpoint_name(endpoint: Endpoint | EndpointSpec) -> str:
    """The endpoint in messages, such as C(public endpoint)."""
    if endpoint.public:
        return "public endpoint"
    return f"endpoint in private network {endpoint.private_network_id}"
