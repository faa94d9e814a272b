# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a version of the API has, and how it spells the resources: pure functions between wire and dataclass.

What versions spell alike stands here; a file for each version holds what is its own, and C(versions.py) lists them.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from ..errors import AnswerError
from ..json_object import Wire
from .resources import (
    AclRule,
    AclRuleSpec,
    Certificate,
    Deployment,
    DeploymentChange,
    DeploymentSpec,
    Endpoint,
    EndpointSpec,
    Feature,
    Model,
    NodeType,
)


class Dialect(ABC):
    """One version of the API. A subclass declares all that it has in C(features)."""

    version: ClassVar[str]
    features: ClassVar[frozenset[Feature]]
    page_size_parameter: ClassVar[str]
    node_type_field: ClassVar[str]
    public_spec_field: ClassVar[str]

    # Requests

    @abstractmethod
    def model_spec(self, spec: DeploymentSpec) -> dict[str, Any]:
        """The fields of C(POST /deployments) that say which model, and how it runs."""

    def deployment_creation(self, spec: DeploymentSpec) -> dict[str, Any]:
        """The body of C(POST /deployments)."""
        body: dict[str, Any] = {
            "name": spec.name,
            "project_id": spec.project_id,
            **self.model_spec(spec),
            self.node_type_field: spec.node_type,
            "accept_eula": spec.accept_eula,
            "tags": list(spec.tags),
            "min_size": spec.min_size,
            "max_size": spec.max_size,
            "endpoints": [self.endpoint_spec(endpoint) for endpoint in spec.endpoints],
        }
        return {key: value for key, value in body.items() if value is not None}

    def deployment_update(self, change: DeploymentChange) -> dict[str, Any]:
        """The body of C(PATCH /deployments/{id}): the changed fields alone."""
        body: dict[str, Any] = {
            "name": change.name,
            "tags": None if change.tags is None else list(change.tags),
            "min_size": change.min_size,
            "max_size": change.max_size,
        }
        return {key: value for key, value in body.items() if value is not None}

    def endpoint_creation(self, deployment_id: str, spec: EndpointSpec) -> dict[str, Any]:
        """The body of C(POST /endpoints)."""
        return {"deployment_id": deployment_id, "endpoint": self.endpoint_spec(spec)}

    def endpoint_spec(self, spec: EndpointSpec) -> dict[str, Any]:
        where: dict[str, Any] = {self.public_spec_field: {}}
        if spec.private_network_id is not None:
            where = {"private_network": {"private_network_id": spec.private_network_id}}
        return {**where, "disable_auth": spec.disable_auth}

    def acl_rules(self, rules: Sequence[AclRuleSpec]) -> dict[str, Any]:
        """The body of C(POST) and C(PUT /deployments/{id}/acls)."""
        return {"acls": [{"ip": rule.ip, "description": rule.description} for rule in rules]}

    # Answers

    def deployment(self, wire: Wire) -> Deployment:
        return Deployment(
            id=wire.text("id"),
            name=wire.soft_text("name"),
            project_id=wire.soft_text("project_id"),
            region=wire.soft_text("region"),
            status=wire.soft_text("status"),
            model=wire.soft_text("model_name"),
            model_id=wire.soft_text("model_id"),
            node_type=wire.soft_text(self.node_type_field),
            min_size=wire.soft_integer("min_size"),
            max_size=wire.soft_integer("max_size"),
            size=wire.soft_integer("size"),
            tags=wire.soft_texts("tags"),
            endpoints=wire.softly(
                lambda key: tuple(self.endpoint(endpoint) for endpoint in wire.children(key)), "endpoints"
            ),
            error_message=wire.soft_text("error_message"),
            created_at=wire.soft_text("created_at"),
            updated_at=wire.soft_text("updated_at"),
        )

    def endpoint(self, wire: Wire) -> Endpoint:
        """The place alone tells one from another: a deployment has at most one in each."""
        private = "private_network" in wire
        return Endpoint(
            id=wire.soft_text("id"),
            url=wire.soft_text("url"),
            public=not private,
            private_network_id=wire.softly(
                lambda key: wire.child(key).optional_text("private_network_id") if private else None, "private_network"
            ),
            disable_auth=wire.soft_flag("disable_auth"),
        )

    @abstractmethod
    def model(self, wire: Wire) -> Model:
        """A model of a list, or alone."""

    def node_type(self, wire: Wire) -> NodeType:
        return NodeType(
            name=wire.text("name"),
            description=wire.soft_text("description"),
            stock_status=wire.soft_text("stock_status") or "unknown_stock",
            vcpus=wire.soft_integer("vcpus"),
            memory=wire.soft_integer("memory"),
            vram=wire.soft_integer("vram"),
            gpus=wire.soft_integer("gpus"),
            disabled=wire.soft_flag("disabled"),
            beta=wire.soft_flag("beta"),
            region=wire.soft_text("region"),
            created_at=wire.soft_text("created_at"),
            updated_at=wire.soft_text("updated_at"),
        )

    def acl_rule(self, wire: Wire) -> AclRule:
        return AclRule(
            id=wire.text("id"),
            ip=wire.soft_text("ip"),
            description=wire.soft_text("description") or "",
        )

    def certificate(self, wire: Wire) -> Certificate:
        try:
            content = base64.b64decode(wire.text("content"), validate=True).decode("ascii")
        except ValueError:
            raise AnswerError("content: expected a PEM file in base64") from None
        return Certificate(
            name=wire.soft_text("name"),
            content_type=wire.soft_text("content_type") or "",
            content=content,
        )
