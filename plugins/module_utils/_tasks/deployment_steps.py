# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that planning a deployment is done in: what was read, steps, and the plan."""

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
from .task import Diff

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
