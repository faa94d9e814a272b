# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas of request and response bodies that both API versions share, and the values to fill them with."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, GetJsonSchemaHandler, model_validator

from scaleway_inference_emulator import records
from scaleway_inference_emulator.deployments import NewEndpoint
from scaleway_inference_emulator.errors import invalid_value
from scaleway_inference_emulator.request_context import RequestContext

T = TypeVar("T")

MAX_NAME_LENGTH = 255

Time = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, description="RFC 3339, Z; 6, 3 or no digits of a second")
]


def _length(name: str) -> str:
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise invalid_value("format", f"a name must have 1 to {MAX_NAME_LENGTH} characters")
    return name


def _of_characters(pattern: str, allowed: str) -> AfterValidator:
    def validate(name: str) -> str:
        if not re.fullmatch(pattern, name):
            raise invalid_value("format", f"a name may hold only {allowed}")
        return name

    return AfterValidator(validate)


def _address(ip: str) -> str:
    try:
        ipaddress.ip_network(ip, strict=False)
    except ValueError:
        raise invalid_value("format", f"{ip} is neither an address nor a CIDR range") from None
    return ip


def _drop_nulls(body: Any) -> Any:
    return {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body


def _at_least_one(endpoints: list[T]) -> list[T]:
    if not endpoints:
        raise invalid_value("required", "Deployments must have at least one endpoint")
    return endpoints


def _documented(**keywords: Any) -> Any:
    """Keywords of JSON Schema for what a validator checks; its errors are those of the service, not pydantic's."""
    return Field(json_schema_extra=keywords)


_LENGTHS = {"minLength": 1, "maxLength": MAX_NAME_LENGTH}
#: The name of a deployment in a change.
Name = Annotated[str, AfterValidator(_length), _documented(**_LENGTHS)]
#: The name of a deployment to create: every character that one of the sources allows.
NewName = Annotated[
    str,
    AfterValidator(_length),
    _of_characters(r"[A-Za-z0-9._ -]+", "letters, digits, dots, underscores, spaces and dashes"),
    _documented(**_LENGTHS, pattern="^[A-Za-z0-9._ -]+$"),
]
#: The name of a model to import.
ModelName = Annotated[
    str,
    AfterValidator(_length),
    _of_characters(r"[A-Za-z0-9_/.:-]+", "letters, digits, dashes, underscores, slashes, dots and colons"),
    _documented(**_LENGTHS, pattern="^[A-Za-z0-9_/.:-]+$"),
]
_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4_RANGE = rf"^({_OCTET}\.){{3}}{_OCTET}/(3[0-2]|[12]?\d)$"
#: Only in full: what is shortened has no simple pattern.
_IPV6_RANGE = r"^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}/\d{1,2}$"
Address = Annotated[
    str,
    AfterValidator(_address),
    _documented(anyOf=[{"format": "ipv4"}, {"format": "ipv6"}, {"pattern": _IPV4_RANGE}, {"pattern": _IPV6_RANGE}]),
]
# Not a text or a number that could be read as one.
Flag = Annotated[bool, Field(strict=True)]
Integer = Annotated[int, Field(strict=True)]
PoolSize = Annotated[int, Field(ge=1, le=50, strict=True)]
#: A list for which an empty one and a missing one are the same error.
AtLeastOne = Annotated[
    list[T],
    Field(default_factory=list, validate_default=True, json_schema_extra={"minItems": 1}),
    AfterValidator(_at_least_one),
]


class Body(BaseModel):
    """A request body or an object in it. A null is a field that isn't given, as clients in Go send them."""

    _without_nulls = model_validator(mode="before")(_drop_nulls)
    #: Fields that must be given although they have a default, for the document.
    also_required: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        made = handler(core_schema)
        schema = handler.resolve_ref_schema(made)
        required = schema.setdefault("required", [])
        required += [name for name in cls.also_required if name not in required]
        for name, field in schema.get("properties", {}).items():
            if name not in required and {"type": "null"} not in field.get("anyOf", ()):
                title = field.pop("title", name)
                schema["properties"][name] = {"title": title, "anyOf": [field, {"type": "null"}]}
        return made


class EmptyObject(BaseModel):
    """``{}``: a field whose presence is all that it says."""


class PrivateNetwork(Body):
    """A private network, by its ID."""

    private_network_id: UUID


class EndpointSpec(Body):
    """An endpoint to create. Each version adds its own field for a public one."""

    private_network: PrivateNetwork | None = None
    disable_auth: Flag = False
    #: The version's field for a public endpoint.
    public_field: ClassVar[str] = ""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        made = super().__get_pydantic_json_schema__(core_schema, handler)
        fields = (cls.public_field, "private_network")
        handler.resolve_ref_schema(made)["oneOf"] = [
            {"required": [one], "properties": {one: {"type": "object"}, other: {"type": "null"}}}
            for one, other in (fields, fields[::-1])
        ]
        return made

    def is_public(self) -> bool:
        """Whether the version's field for a public endpoint is set."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _public_or_private(self) -> EndpointSpec:
        if self.is_public() == (self.private_network is not None):
            raise invalid_value("constraint", "an endpoint must be either public or in a private network")
        return self

    def to_new_endpoint(self) -> NewEndpoint:
        """The endpoint in the form that both versions share."""
        network = self.private_network
        return NewEndpoint(str(network.private_network_id) if network else None, self.disable_auth)


class UpdateEndpoint(Body):
    """The changes to an endpoint."""

    disable_auth: Flag | None = None


class UpdateDeployment(Body):
    """The changes to a deployment that both versions have."""

    name: Name | None = None
    tags: tuple[str, ...] | None = None
    min_size: PoolSize | None = None
    max_size: PoolSize | None = None


class CreateDeployment(Body):
    """The fields of a creation that both versions have."""

    name: NewName
    project_id: UUID
    accept_eula: Flag = False
    tags: tuple[str, ...] = ()
    min_size: PoolSize = 1
    max_size: PoolSize = 1


class Endpoint(BaseModel):
    """An endpoint. Each version adds a field that only a public endpoint has."""

    id: str
    url: str
    disable_auth: bool
    private_network: PrivateNetwork | None = None


class Deployment(BaseModel):
    """The fields of a deployment that both versions have."""

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
    """The fields of a model that both versions have."""

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
    context: RequestContext, deployment: records.Deployment, endpoint: records.Endpoint, public: str
) -> dict[str, Any]:
    """The values of an :class:`Endpoint`; ``public`` is the version's name of the field that a public endpoint has."""
    network = endpoint.private_network_id
    access = {"private_network": {"private_network_id": network}} if network else {public: {}}
    return {
        "id": endpoint.id,
        "url": context.emulator.url(deployment, endpoint),
        "disable_auth": endpoint.disable_auth,
        **access,
    }


#: Fields that an answer takes from its record as they are.
DEPLOYMENT_FIELDS = [name for name in Deployment.model_fields if name in records.Deployment.model_fields]
MODEL_FIELDS = [name for name in Model.model_fields if name in records.Model.model_fields]


def deployment_fields(deployment: records.Deployment, now: float) -> dict[str, Any]:
    """The values of a :class:`Deployment`, as of ``now``."""
    updated = deployment.updated_at(now)
    return {
        **{name: getattr(deployment, name) for name in DEPLOYMENT_FIELDS},
        "status": deployment.status_at(now),
        "size": deployment.size_at(now),
        "created_at": records.rfc3339(deployment.created_at),
        "updated_at": None if updated is None else records.rfc3339(updated),
    }


def model_fields(model: records.Model, region: str) -> dict[str, Any]:
    """The values of a :class:`Model`."""
    return {
        **{name: getattr(model, name) for name in MODEL_FIELDS},
        "region": region,
        "created_at": records.rfc3339(model.created_at),
        "updated_at": None if model.updated_at is None else records.rfc3339(model.updated_at),
    }
