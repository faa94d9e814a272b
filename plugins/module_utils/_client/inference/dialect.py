# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert between the dataclasses of `resources` and the JSON of one version of the API. Pure functions.

The base class has what the versions share; each version has a module with a subclass, and `versions` lists them.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from ..errors import AnswerError
from ..json_object import JsonObject
from ..limits import MAX_CERTIFICATE_SIZE
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

# The fields of which a public endpoint has one in answers, depending on the version.
_PUBLIC_FIELDS = ("public_access", "public_network")


class Dialect(ABC):
    """One version of the API: the features that it has, and the names of its fields."""

    version: ClassVar[str]
    features: ClassVar[frozenset[Feature]]
    page_size_parameter: ClassVar[str]
    node_type_field: ClassVar[str]
    public_spec_field: ClassVar[str]

    # Requests

    @abstractmethod
    def model_spec(self, spec: DeploymentSpec) -> dict[str, Any]:
        """The fields of `POST /deployments` that choose the model and its quantization."""

    def deployment_creation(self, spec: DeploymentSpec) -> dict[str, Any]:
        """The body of `POST /deployments`."""
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
        """The body of `PATCH /deployments/{id}`, with only the changed fields."""
        body: dict[str, Any] = {
            "name": change.name,
            "tags": None if change.tags is None else list(change.tags),
            "min_size": change.min_size,
            "max_size": change.max_size,
        }
        return {key: value for key, value in body.items() if value is not None}

    def endpoint_creation(self, deployment_id: str, spec: EndpointSpec) -> dict[str, Any]:
        """The body of `POST /endpoints`."""
        return {"deployment_id": deployment_id, "endpoint": self.endpoint_spec(spec)}

    def endpoint_spec(self, spec: EndpointSpec) -> dict[str, Any]:
        """An endpoint in the body of a creation."""
        network: dict[str, Any] = {self.public_spec_field: {}}
        if spec.private_network_id is not None:
            network = {"private_network": {"private_network_id": spec.private_network_id}}
        return {**network, "disable_auth": spec.disable_auth}

    def acl_rules(self, rules: Sequence[AclRuleSpec]) -> dict[str, Any]:
        """The body of `POST` and `PUT /deployments/{id}/acls`."""
        return {"acls": [{"ip": rule.ip, "description": rule.description} for rule in rules]}

    # Answers

    def deployment(self, data: JsonObject) -> Deployment:
        return Deployment(
            id=data.text("id"),
            name=data.lenient_text("name"),
            project_id=data.lenient_text("project_id"),
            region=data.lenient_text("region"),
            status=data.lenient_text("status"),
            model=data.lenient_text("model_name"),
            model_id=data.lenient_text("model_id"),
            node_type=data.lenient_text(self.node_type_field),
            min_size=data.lenient_integer("min_size"),
            max_size=data.lenient_integer("max_size"),
            size=data.lenient_integer("size"),
            tags=data.lenient_texts("tags"),
            # Every deployment has one, so an answer without any doesn't tell them: a task that took it at its word
            # could lose those that there are, or make a public one in their place.
            endpoints=data.lenient(
                lambda key: tuple(self.endpoint(endpoint) for endpoint in data.children(key)) or None, "endpoints"
            ),
            error_message=data.lenient_text("error_message"),
            created_at=data.lenient_text("created_at"),
            updated_at=data.lenient_text("updated_at"),
        )

    def endpoint(self, data: JsonObject) -> Endpoint:
        """An endpoint. Only its network tells it from others: a deployment has at most one endpoint in each.

        Raises AnswerError if the answer doesn't tell whether it is public: either guess could leave one open.
        """
        private = "private_network" in data
        if not private and not any(field in data for field in _PUBLIC_FIELDS):
            raise AnswerError(f"{data.where}: expected either private_network or one of {', '.join(_PUBLIC_FIELDS)}")
        return Endpoint(
            id=data.lenient_text("id"),
            url=data.lenient_text("url"),
            public=not private,
            private_network_id=data.lenient(
                lambda key: data.child(key).optional_text("private_network_id") if private else None, "private_network"
            ),
            disable_auth=data.lenient_flag("disable_auth"),
        )

    @abstractmethod
    def model(self, data: JsonObject) -> Model:
        """A model, as an item of a list or as an answer of its own."""

    def node_type(self, data: JsonObject) -> NodeType:
        return NodeType(
            name=data.text("name"),
            description=data.lenient_text("description"),
            stock_status=data.lenient_text("stock_status") or "unknown_stock",
            vcpus=data.lenient_integer("vcpus"),
            memory=data.lenient_integer("memory"),
            vram=data.lenient_integer("vram"),
            gpus=data.lenient_integer("gpus"),
            disabled=data.lenient_flag("disabled"),
            beta=data.lenient_flag("beta"),
            region=data.lenient_text("region"),
            created_at=data.lenient_text("created_at"),
            updated_at=data.lenient_text("updated_at"),
        )

    def acl_rule(self, data: JsonObject) -> AclRule:
        return AclRule(
            id=data.text("id"),
            ip=data.lenient_text("ip"),
            description=data.lenient_text("description") or "",
        )

    def certificate(self, data: JsonObject) -> Certificate:
        encoded = data.text("content")
        if len(encoded) > MAX_CERTIFICATE_SIZE:
            raise AnswerError(f"content: expected a certificate, got more than {MAX_CERTIFICATE_SIZE:,} characters")
        try:
            content = base64.b64decode(encoded, validate=True).decode("ascii")
        except ValueError:
            raise AnswerError("content: expected a PEM file in base64") from None
        if "PRIVATE KEY" in content:
            # It would be returned, and written to files that all may read.
            raise AnswerError("content: expected a certificate, got a private key")
        return Certificate(
            name=data.lenient_text("name"),
            content_type=data.lenient_text("content_type") or "",
            content=content,
        )
