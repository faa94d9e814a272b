# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that planning a deployment is done in: the desired state, the observed state, steps, and the plan."""

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
    needed,
)
from .._options.normalize import PREDICTED, is_predicted
from .._task import Diff
from .rules import AclPlan, DesiredRules

# The desired state


@dataclass(frozen=True, kw_only=True)
class DesiredEndpoint:
    """One endpoint as it should be: the one with this C(id), else the one in this private network, null for public.

    disable_auth null: as it is; false on a new endpoint.
    """

    private_network_id: str | None = None
    id: str | None = None
    disable_auth: bool | None = None
    present: bool = True

    def find(self, deployment: Deployment) -> Endpoint | None:
        """The endpoint as it is; null if there is none. Raises OptionError where nobody can tell."""
        if self.id is None:
            return endpoints_by_network(deployment, (self.private_network_id,)).get(self.private_network_id)
        why = f"to tell whether it has the endpoint {self.id}"
        endpoints = needed(deployment.endpoints, "endpoints", deployment.what, why)
        found = [one for one in endpoints if one.id == self.id]
        if not found and any(one.id is None for one in endpoints):
            needed(None, "endpoints.id", deployment.what, why)
        return found[0] if found else None

    def spec(self) -> EndpointSpec:
        return EndpointSpec(private_network_id=self.private_network_id, disable_auth=bool(self.disable_auth))


@dataclass(frozen=True, kw_only=True)
class DesiredDeployment:
    """What the options of a task ask for; null: leave alone. C(model) is a name or an ID.

    project_id: where the deployment is looked for by name, and made; empty where it is chosen by its ID.
    rules: null: neither read nor changed. Without a rule and without purge, they are only declared.
    fleet_tag: the tag by which a fleet knows the deployment, besides the tags that are asked for.
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
    rules: DesiredRules | None
    fleet_tag: str | None = None

    @property
    def recreate(self) -> bool:
        """Whether the deployment may be deleted and made anew."""
        return self.on_immutable_change == "recreate"

    @property
    def manages_rules(self) -> bool:
        return self.rules is not None and (bool(self.rules.rules) or self.rules.purge)

    def gives(self, option: str) -> bool:
        """Whether there is something to do for the option."""
        return self.manages_rules if option == "rules" else getattr(self, option, None) is not None

    def all_tags(self, found: Deployment | None) -> tuple[str, ...] | None:
        """The tags that the deployment is to have; null: those that it has."""
        if self.fleet_tag is None:
            return self.tags
        tags = self.tags if self.tags is not None else ()
        if self.tags is None and found is not None:
            tags = needed(found.tags, "tags", found.what, "to keep them; declare tags in the task")
        return (*(one for one in tags if one != self.fleet_tag), self.fleet_tag)

    def has_model(self, found: Deployment) -> bool:
        """Whether the deployment has the desired model, or none is asked for."""
        # What an earlier task would have made or imported isn't known in check mode.
        if is_predicted(found):
            return True
        return self.model in (None, PREDICTED, found.model) or (self.model or "").lower() == found.model_id

    def spec(self, *, model: Model, node_type: str, min_size: int | None, max_size: int | None) -> DeploymentSpec:
        """The deployment that a creation asks for, once it is known which model, and which sizes."""
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
    """What was read for a plan: the deployment if there is one, others of its name that are being deleted, and, where
    the plan needs them, the desired model and node type, and the access rules.

    rules: null where they weren't read, as nothing depends on them, there is no deployment, or the version has none.
    """

    found: Deployment | None
    deleting: tuple[Deployment, ...] = ()
    model: Model | None = None
    node_type: NodeType | None = None
    rules: tuple[AclRule, ...] | None = None


# What is to be done


@dataclass(frozen=True)
class Create:
    spec: DeploymentSpec

    def __str__(self) -> str:
        return f"create deployment {self.spec.name}"


@dataclass(frozen=True)
class Update:
    deployment: Deployment
    change: DeploymentChange
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return "update " + ", ".join(self.texts)


@dataclass(frozen=True)
class AddEndpoint:
    deployment: Deployment
    spec: EndpointSpec

    def __str__(self) -> str:
        return f"add {endpoint_name(self.spec)}"


@dataclass(frozen=True)
class UpdateEndpoint:
    """C(endpoint) is known by its network alone where its deployment is only to be created."""

    endpoint: Endpoint | EndpointSpec
    disable_auth: bool

    def __str__(self) -> str:
        return f"set disable_auth of {endpoint_name(self.endpoint)} to {str(self.disable_auth).lower()}"


@dataclass(frozen=True)
class RemoveEndpoint:
    endpoint: Endpoint

    def __str__(self) -> str:
        return f"remove {endpoint_name(self.endpoint)} {self.endpoint.id}"


@dataclass(frozen=True)
class Delete:
    deployment: Deployment

    def __str__(self) -> str:
        return f"delete {self.deployment.what}"


@dataclass(frozen=True)
class ApplyRules:
    """C(plan): what it takes from the rules that there are, or will be, to the desired ones."""

    desired: DesiredRules
    plan: AclPlan

    def __str__(self) -> str:
        return str(self.plan.step)


Step: TypeAlias = "Create | Update | AddEndpoint | UpdateEndpoint | RemoveEndpoint | ApplyRules | Delete"


@dataclass(frozen=True)
class Plan:
    """The steps in their order, and the deployment before and after them as the diff shows it.

    rules: those that the plan was made from; null where they weren't read.
    """

    steps: tuple[Step, ...]
    diff: Diff
    rules: tuple[AclRule, ...] | None = None


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
    """The endpoints by the private network that each is in, null for the public one.

    asked: the places that matter; null: all. Raises OptionError where it isn't known what is there.
    """
    why = "to tell which endpoints there are; leave those of this deployment as they are"
    endpoints = needed(deployment.endpoints, "endpoints", deployment.what, why)
    placed = [one for one in endpoints if one.public or one.private_network_id is not None]
    if len(placed) < len(endpoints) and (asked is None or any(network is not None for network in asked)):
        needed(None, "endpoints.private_network_id", deployment.what, why)
    return {one.private_network_id: one for one in placed}


def require_endpoint_id(endpoint: Endpoint, deployment: Deployment) -> Endpoint:
    """The endpoint, once it's sure that its ID is known. Raises OptionError."""
    why = f"to change or remove the {endpoint_name(endpoint)}; leave it as it is"
    needed(endpoint.id, "endpoints.id", deployment.what, why)
    return endpoint


def endpoint_name(endpoint: Endpoint | EndpointSpec) -> str:
    if endpoint.public:
        return "public endpoint"
    return f"endpoint in private network {endpoint.private_network_id}"
