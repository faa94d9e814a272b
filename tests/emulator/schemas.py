# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies, or parts of bodies, that both API versions share."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from emulator import records
from emulator.call import Call
from emulator.deployments import EndpointDraft
from emulator.errors import wrong

T = TypeVar("T")

LONGEST_NAME = 255

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="RFC 3339, microseconds, Z")]


def _name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._ -]+", name):
        raise wrong("format", "a name may hold only letters, digits, dots, underscores, spaces and dashes")
    if len(name) > LONGEST_NAME:
        raise wrong("format", f"a name may have at most {LONGEST_NAME} characters")
    return name


def _address(ip: str) -> str:
    try:
        ipaddress.ip_network(ip, strict=False)
    except ValueError:
        raise wrong("format", f"{ip} is neither an address nor a CIDR range") from None
    return ip


def _given(body: Any) -> Any:
    return {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body


def _at_least_one(endpoints: list[T]) -> list[T]:
    if not endpoints:
        raise wrong("required", "Deployments must have at least one endpoint")
    return endpoints


Name = Annotated[str, AfterValidator(_name)]
Address = Annotated[str, AfterValidator(_address)]
PoolSize = Annotated[int, Field(ge=1)]
#: For a field with no default: an empty list and none at all are the same mistake.
AtLeastOne = Annotated[list[T], Field(default_factory=list, validate_default=True), AfterValidator(_at_least_one)]


class Body(BaseModel):
    """What is sent: null is a field that isn't given, as Go's clients send it, and the live service took it."""

    _without_nulls = model_validator(mode="before")(_given)


class Nothing(BaseModel):
    """``{}``: it's there, and that's all."""


class PrivateNetwork(BaseModel):
    """A private network, by its ID."""

    private_network_id: UUID


class EndpointSpec(Body):
    """The endpoint that is wanted. The versions add a field for a public one."""

    private_network: PrivateNetwork | None = None
    disable_auth: bool = False

    def is_public(self) -> bool:
        """Whether the version's field for a public endpoint is set."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _one_place(self) -> EndpointSpec:
        if self.is_public() == (self.private_network is not None):
            raise wrong("constraint", "an endpoint must be either public or in a private network")
        return self

    def draft(self) -> EndpointDraft:
        """The same, whatever the version."""
        network = self.private_network
        return EndpointDraft(str(network.private_network_id) if network else None, self.disable_auth)


class UpdateEndpoint(Body):
    """What can be changed of an endpoint."""

    disable_auth: bool | None = None


class UpdateDeployment(Body):
    """What can be changed of a deployment in both versions."""

    name: Name | None = None
    tags: tuple[str, ...] | None = None
    min_size: PoolSize | None = None
    max_size: PoolSize | None = None


class CreateDeployment(Body):
    """What a deployment is made of in both versions."""

    name: Name
    project_id: UUID
    accept_eula: bool = False
    tags: tuple[str, ...] = ()
    min_size: PoolSize = 1
    max_size: PoolSize = 1


class Endpoint(BaseModel):
    """An endpoint; the versions add a field that is there when it's public."""

    id: str
    url: str
    disable_auth: bool
    private_network: PrivateNetwork | None = None


class Deployment(BaseModel):
    """A deployment, as far as the versions agree."""

    id: str
    name: str
    project_id: str
    region: str
    status: str
    tags: tuple[str, ...]
    size: int
    min_size: int
    max_size: int
    model_id: str
    model_name: str
    created_at: Time
    updated_at: Time | None


class Model(BaseModel):
    """A model, as far as the versions agree."""

    id: str
    name: str
    project_id: str
    region: str
    tags: tuple[str, ...]
    description: str
    has_eula: bool
    created_at: Time
    updated_at: Time | None


def endpoint_fields(
    call: Call, deployment: records.Deployment, endpoint: records.Endpoint, public: str
) -> dict[str, Any]:
    """An :class:`Endpoint`'s values; ``public`` is the field that says that it's public."""
    network = endpoint.private_network_id
    place = {"private_network": {"private_network_id": network}} if network else {public: {}}
    return {
        "id": endpoint.id,
        "url": call.emulator.url(deployment, endpoint),
        "disable_auth": endpoint.disable_auth,
        **place,
    }


def deployment_fields(deployment: records.Deployment, now: float) -> dict[str, Any]:
    """A :class:`Deployment`'s values, as of ``now``."""
    updated = deployment.updated_at(now)
    return {
        **{
            name: getattr(deployment, name) for name in Deployment.model_fields if name in type(deployment).model_fields
        },
        "status": deployment.status_at(now),
        "size": deployment.size_at(now),
        "created_at": records.rfc3339(deployment.created_at),
        "updated_at": None if updated is None else records.rfc3339(updated),
    }


def model_fields(model: records.Model, region: str) -> dict[str, Any]:
    """A :class:`Model`'s values."""
    return {
        **{name: getattr(model, name) for name in Model.model_fields if name in type(model).model_fields},
        "region": region,
        "created_at": records.rfc3339(model.created_at),
        "updated_at": None if model.updated_at is None else records.rfc3339(model.updated_at),
    }
