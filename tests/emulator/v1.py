# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API version v1: its bodies and its routes."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from emulator import access, common, deployments, models, records, wire
from emulator.call import Call, CallDep
from emulator.lists import DeploymentsDep, ModelsDep, PageDep

DIALECT = deployments.Dialect(node_type="node_type_name", fixed_size=True)

#: A model's answer tells of these node types even if it can't run there ...
ALWAYS_LISTED = ("L4", "L40S", "H100", "H100-2")
#: ... and of these quantizations, in bits.
ALL_BITS = (4, 8, 16, 32)

router = APIRouter(prefix="/inference/v1/regions/{region}", tags=["v1"], responses=common.RESPONSES)
router.include_router(common.router)


class EndpointSpec(wire.EndpointSpec):
    """The endpoint that is wanted: ``public_network`` or ``private_network``."""

    public_network: wire.Nothing | None = None

    def is_public(self) -> bool:
        """Whether ``public_network`` is set."""
        return self.public_network is not None


class Quantization(BaseModel):
    """How many bits a parameter of the model takes. The recordings have no ``enabled``, the official SDK does."""

    bits: int | None = None
    enabled: bool | None = None


class CreateDeployment(wire.CreateDeployment):
    """A deployment that is wanted."""

    model_id: UUID
    node_type_name: str
    quantization: Quantization = Quantization()
    endpoints: wire.AtLeastOne[EndpointSpec]


class UpdateDeployment(wire.UpdateDeployment):
    """What to change of a deployment."""

    model_id: UUID | None = None
    quantization: Quantization = Quantization()


class CreateEndpoint(wire.Body):
    """A further endpoint that is wanted."""

    deployment_id: UUID
    endpoint: EndpointSpec


class ModelSource(wire.Body):
    """Where to import a model from; ``secret`` opens it."""

    url: Annotated[str, Field(pattern=r"^(https|s3)://\S+$")]
    secret: str | None = None


class ImportModel(wire.Body):
    """A model that is wanted."""

    name: Annotated[str, Field(min_length=1)]
    project_id: UUID
    source: ModelSource


class Endpoint(wire.Endpoint):
    """An endpoint: ``public_network`` or ``private_network``."""

    public_network: wire.Nothing | None = None


class Deployment(wire.Deployment):
    """A deployment; ``error_message`` is missing until the first change of status."""

    node_type_name: str
    quantization: Quantization
    endpoints: list[Endpoint]
    error_message: str | None = None


class Deployments(BaseModel):
    """A page of deployments."""

    deployments: list[Deployment]
    total_count: int | None = None


class SupportedQuantization(BaseModel):
    """Whether a node type runs the model with so many bits, and with how many tokens of context at most."""

    quantization_bits: int
    allowed: bool
    max_context_size: int


class SupportedNode(BaseModel):
    """A node type on which the model may run."""

    node_type_name: str
    quantizations: list[SupportedQuantization]


class Support(BaseModel):
    """The node types on which the model may run."""

    nodes: list[SupportedNode]


class Model(wire.Model):
    """A model; ``error_message`` is there when its import failed."""

    status: str
    error_message: str | None = None
    nodes_support: list[Support]
    parameter_size_bits: int
    size_bytes: int


class Models(BaseModel):
    """A page of models."""

    models: list[Model]
    total_count: int | None = None


def _deployment(call: Call, deployment: records.Deployment, now: float | None = None) -> dict[str, Any]:
    now = call.now if now is None else now
    enabled = deployment.quantization_enabled
    fields = {
        **wire.deployment_fields(deployment, now),
        "node_type_name": deployment.node_type,
        "quantization": {"bits": deployment.bits, **({} if enabled is None else {"enabled": enabled})},
        "endpoints": [wire.endpoint_fields(call, deployment, each, "public_network") for each in deployment.endpoints],
    }
    if fields["updated_at"]:
        fields["error_message"] = deployment.error_at(now)
    return fields


def _model(call: Call, model: records.Model, now: float | None = None) -> dict[str, Any]:
    names = [*ALWAYS_LISTED, *(name for name in model.nodes if name not in ALWAYS_LISTED)]
    fields = {
        **wire.model_fields(model, call.region),
        "status": model.status_at(call.now if now is None else now),
        "nodes_support": [{"nodes": [_support(name, model.nodes.get(name, {})) for name in names]}],
        "parameter_size_bits": model.parameter_size_bits,
        "size_bytes": model.size_bytes,
    }
    if fields["status"] == "error":
        fields["error_message"] = model.error_message
    return fields


def _support(node_type: str, contexts: dict[int, int]) -> dict[str, Any]:
    quantizations = [
        {"quantization_bits": bits, "allowed": bits in contexts, "max_context_size": contexts.get(bits, 0)}
        for bits in ALL_BITS
    ]
    return {"node_type_name": node_type, "quantizations": quantizations}


@router.get("/models", response_model=Models, response_model_exclude_unset=True)
async def list_models(call: CallDep, found: ModelsDep, page: PageDep) -> Any:
    """The models that can be deployed."""
    return page.of("models", found, lambda model: _model(call, model, call.as_of))


@router.post("/models", response_model=Model, response_model_exclude_unset=True)
async def create_model(call: CallDep, body: ImportModel) -> Any:
    """Begin the import of a model."""
    return _model(call, models.import_model(call, body.name, str(body.project_id), body.source.url, body.source.secret))


@router.get("/models/{model_id}", response_model=Model, response_model_exclude_unset=True)
async def get_model(call: CallDep, model_id: UUID) -> Any:
    """One model."""
    return _model(call, call.model(str(model_id)))


@router.delete("/models/{model_id}", status_code=204)
async def delete_model(call: CallDep, model_id: UUID) -> None:
    """Remove an imported model."""
    models.delete_model(call, str(model_id))


@router.get("/deployments", response_model=Deployments, response_model_exclude_unset=True)
async def list_deployments(call: CallDep, found: DeploymentsDep, page: PageDep) -> Any:
    """The deployments."""
    return page.of("deployments", found, lambda deployment: _deployment(call, deployment, call.as_of))


@router.post("/deployments", response_model=Deployment, response_model_exclude_unset=True)
async def create_deployment(call: CallDep, body: CreateDeployment) -> Any:
    """Begin a deployment."""
    draft = deployments.Draft(
        name=body.name,
        project_id=str(body.project_id),
        model=call.model(str(body.model_id)),
        node_type=body.node_type_name,
        accept_eula=body.accept_eula,
        tags=body.tags,
        min_size=body.min_size,
        max_size=body.max_size,
        endpoints=tuple(spec.draft() for spec in body.endpoints),
        bits=body.quantization.bits,
        quantization_enabled=body.quantization.enabled,
    )
    return _deployment(call, deployments.create(call, draft, DIALECT))


@router.get("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def get_deployment(call: CallDep, deployment_id: UUID) -> Any:
    """One deployment."""
    return _deployment(call, call.deployment(str(deployment_id)))


@router.patch("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def update_deployment(call: CallDep, deployment_id: UUID, body: UpdateDeployment) -> Any:
    """Change a deployment."""
    changes = deployments.Changes(
        name=body.name,
        tags=body.tags,
        min_size=body.min_size,
        max_size=body.max_size,
        model_id=str(body.model_id) if body.model_id else None,
        bits=body.quantization.bits,
        quantization_enabled=body.quantization.enabled,
    )
    return _deployment(call, deployments.update(call, str(deployment_id), changes, DIALECT))


@router.delete("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def delete_deployment(call: CallDep, deployment_id: UUID) -> Any:
    """End a deployment."""
    return _deployment(call, deployments.delete(call, str(deployment_id)))


@router.post("/endpoints", response_model=Endpoint, response_model_exclude_unset=True)
async def create_endpoint(call: CallDep, body: CreateEndpoint) -> Any:
    """Add an endpoint to a deployment."""
    made = access.create_endpoint(call, str(body.deployment_id), body.endpoint.draft())
    return wire.endpoint_fields(call, *made, "public_network")


@router.patch("/endpoints/{endpoint_id}", response_model=Endpoint, response_model_exclude_unset=True)
async def update_endpoint(call: CallDep, endpoint_id: UUID, body: wire.UpdateEndpoint) -> Any:
    """Change an endpoint."""
    changed = access.update_endpoint(call, str(endpoint_id), body.disable_auth)
    return wire.endpoint_fields(call, *changed, "public_network")
