# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that planning a deployment is done in: what is wanted, what was read, steps, and the plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._client.resources import (
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
from .acl_plan import AclPlan, WantedRules
from .given import PREDICTED
from .prediction import is_predicted
from .task import Diff

# What is wanted


@dataclass(frozen=True, kw_only=True)
class WantedEndpoint:
    """C(disable_auth) null: as it is; false on a new endpoint."""

    private_network_id: str | None
    disable_auth: bool | None

    def spec(self) -> EndpointSpec:
        return EndpointSpec(private_network_id=self.private_network_id, disable_auth=bool(self.disable_auth))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the options of a task ask for; null: leave alone. C(model) is a name or an ID.

    C(project_id) is where the deployment is looked for by name, and made; empty where it is chosen by its ID.
    """

    name: str | None
    deployment_id: str | None
    project_id: str
    model: str | None
    node_type: str | None
    min_size: int | None
    max_size: int | None
    tags: tuple[str, ...] | None
    accept_eula: bool
    quantization_bits: int | None
    endpoints: tuple[WantedEndpoint, ...] | None
    purge_endpoints: bool
    recreate: bool
    # Null: neither read nor changed. Without a rule and without purge, they are only declared: there is nothing to do.
    rules: WantedRules | None
    # The tag by which a fleet knows the deployment, besides the tags that are asked for.
    fleet_tag: str | None = None

    def all_tags(self, found: Deployment | None) -> tuple[str, ...] | None:
        """The tags that the deployment is to have; null: those that it has."""
        if self.fleet_tag is None:
            return self.tags
        tags = self.tags if self.tags is not None else ()
        if self.tags is None and found is not None:
            tags = needed(found.tags, "tags", found.what, "to keep them; declare tags in the task")
        return (*(one for one in tags if one != self.fleet_tag), self.fleet_tag)

    def has_model(self, found: Deployment) -> bool:
        """Whether the deployment has the wanted model, or none is asked for."""
        # What an earlier task would have made or imported isn't known in check mode.
        if is_predicted(found):
            return True
        return self.model in (None, PREDICTED, found.model) or (self.model or "").lower() == found.model_id

    @property
    def manages_rules(self) -> bool:
        return self.rules is not None and (bool(self.rules.rules) or self.rules.purge)


# What is there


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was read: the deployment if there is one, others of its name on their way out, and, where a plan will
    need them, the model and the node type that are wanted, and the access rules.

    rules: null where they weren't read, as nothing depends on them, there is no deployment, or the version has none.
    """

    found: Deployment | None
    leaving: tuple[Deployment, ...] = ()
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
    """C(plan): what it takes from the rules that there are, or will be, to the wanted ones."""

    wanted: WantedRules
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


# What a diff shows


def view(deployment: Deployment) -> dict[str, Any]:
    """What the module manages of a deployment, in a form that compares and reads well."""
    return _view(deployment, deployment.min_size, deployment.max_size)


def view_of_spec(spec: DeploymentSpec) -> dict[str, Any]:
    # The service makes a pool of one where no size is given, as recorded.
    return _view(spec, spec.min_size or 1, spec.max_size or 1)


def _view(one: Deployment | DeploymentSpec, min_size: int | None, max_size: int | None) -> dict[str, Any]:
    shown = {
        "name": one.name,
        "model": one.model,
        "node_type": one.node_type,
        "min_size": min_size,
        "max_size": max_size,
        "tags": None if one.tags is None else sorted(set(one.tags)),
        "endpoints": None if one.endpoints is None else view_endpoints(one.endpoints),
    }
    # Null where the version has none, or the service is left to choose.
    return shown if one.quantization_bits is None else {**shown, "quantization_bits": one.quantization_bits}


def view_endpoints(endpoints: Iterable[Endpoint | EndpointSpec]) -> list[dict[str, Any]]:
    ordered = sorted(endpoints, key=lambda one: one.private_network_id or "")
    return [
        {
            "public": one.public,
            "private_network_id": one.private_network_id,
            "disable_auth": one.disable_auth,
        }
        for one in ordered
    ]


def by_place(deployment: Deployment, asked: Iterable[str | None] | None = None) -> dict[str | None, Endpoint]:
    """The endpoints by the private network that each is in, null for the public one.

    asked: the places that matter; null: all. Raises OptionError where it isn't known what is there.
    """
    why = "to tell which endpoints there are; leave those of this deployment as they are"
    endpoints = needed(deployment.endpoints, "endpoints", deployment.what, why)
    placed = [one for one in endpoints if one.public or one.private_network_id is not None]
    if len(placed) < len(endpoints) and (asked is None or any(network is not None for network in asked)):
        needed(None, "endpoints.private_network_id", deployment.what, why)
    return {one.private_network_id: one for one in placed}


def identified(endpoint: Endpoint, deployment: Deployment) -> Endpoint:
    """The endpoint, once it's sure that its ID is known. Raises OptionError."""
    why = f"to change or remove the {endpoint_name(endpoint)}; leave it as it is"
    needed(endpoint.id, "endpoints.id", deployment.what, why)
    return endpoint


def endpoint_name(endpoint: Endpoint | EndpointSpec) -> str:
    if endpoint.public:
        return "public endpoint"
    return f"endpoint in private network {endpoint.private_network_id}"
