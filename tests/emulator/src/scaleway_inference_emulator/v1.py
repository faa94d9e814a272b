# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API version v1: its schemas and its routes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from scaleway_inference_emulator import deployments, endpoints, errors, models, records, schemas, shared_routes
from scaleway_inference_emulator.lists import DeploymentsDep, ModelsV1Dep, PageDep
from scaleway_inference_emulator.request_context import ContextDep, RequestContext

DIALECT = deployments.Dialect(node_type="node_type_name", fixed_size=True, deploys_names=True, false_ready=True)

#: Node types that every model lists, even if the model can't run there, as recorded.
ALWAYS_LISTED = ("L4", "L40S", "H100", "H100-2")
#: Quantizations, in bits, that every model lists for each node type, as recorded; imported ones in the reverse order.
ALL_BITS = (4, 8, 16, 32)

router = APIRouter(prefix="/inference/v1/regions/{region}", tags=["v1"], responses=shared_routes.RESPONSES)
router.include_router(shared_routes.router)


class EndpointSpec(schemas.EndpointSpec):
    """An endpoint to create: ``public_network`` or ``private_network``."""

    public_network: schemas.EmptyObject | None = None
    public_field = "public_network"

    def is_public(self) -> bool:
        """Whether ``public_network`` is set."""
        return self.public_network is not None


class Quantization(schemas.Body):
    """How many bits a parameter of the model takes. The recordings have no ``enabled``, the official SDK does."""

    bits: schemas.Integer | None = None
    enabled: schemas.Flag | None = None


class CreateDeployment(schemas.CreateDeployment):
    """A deployment to create."""

    model_id: UUID
    node_type_name: str
    quantization: Quantization = Quantization()
    endpoints: schemas.AtLeastOne[EndpointSpec]
    also_required = ("endpoints",)


class UpdateDeployment(schemas.UpdateDeployment):
    """The changes to a deployment."""

    model_id: UUID | None = None
    quantization: Quantization = Quantization()


class CreateEndpoint(schemas.Body):
    """An endpoint to add to a deployment."""

    deployment_id: UUID
    endpoint: EndpointSpec


def _source_url(url: str) -> str:
    if not re.fullmatch(r"https://\S+", url):
        raise errors.invalid_value("format", "a model's source must be a URL that begins with https://")
    return url


class ModelSource(schemas.Body):
    """The source to import a model from; ``secret`` gives access to it."""

    url: Annotated[str, AfterValidator(_source_url), Field(json_schema_extra={"pattern": r"^https://\S+$"})]
    secret: str | None = None


class ImportModel(schemas.Body):
    """A model to import."""

    name: schemas.ModelName
    project_id: UUID
    source: ModelSource


class Endpoint(schemas.Endpoint):
    """An endpoint: ``public_network`` or ``private_network``."""

    public_network: schemas.EmptyObject | None = None


class Deployment(schemas.Deployment):
    """A deployment; ``error_message`` is missing until its status has changed."""

    node_type_name: str
    quantization: Quantization
    endpoints: list[Endpoint]
    error_message: str | None = None


class Deployments(BaseModel):
    """A page of deployments."""

    deployments: list[Deployment]
    total_count: int | None = None


class SupportedQuantization(BaseModel):
    """Whether a node type runs the model with so many bits, and the largest context in tokens."""

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


class Model(schemas.Model):
    """A model; only one whose import failed has an ``error_message``."""

    status: str
    error_message: str | None = None
    nodes_support: list[Support]
    parameter_size_bits: int
    size_bytes: int


class Models(BaseModel):
    """A page of models."""

    models: list[Model]
    total_count: int | None = None


def _deployment(context: RequestContext, deployment: records.Deployment, now: float | None = None) -> dict[str, Any]:
    now = context.now if now is None else now
    enabled = deployment.quantization_enabled
    fields = {
        **schemas.deployment_fields(deployment, now),
        "node_type_name": deployment.node_type,
        "quantization": {"bits": deployment.bits, **({} if enabled is None else {"enabled": enabled})},
        "endpoints": [
            schemas.endpoint_fields(context, deployment, each, "public_network") for each in deployment.endpoints
        ],
    }
    if fields["updated_at"]:
        fields["error_message"] = deployment.error_at(now)
    return fields


def _model(context: RequestContext, model: records.Model, now: float | None = None) -> dict[str, Any]:
    order = ALL_BITS if model.project_id == records.CATALOG_PROJECT else ALL_BITS[::-1]
    names = [*ALWAYS_LISTED, *(name for name in model.nodes if name not in ALWAYS_LISTED)]
    fields = {
        **schemas.model_fields(model, context.region),
        "status": model.status_at(context.now if now is None else now),
        "nodes_support": [_support(tuple((name, *model.nodes.get(name, {}).items()) for name in names), order)],
        "parameter_size_bits": model.parameter_size_bits,
        "size_bytes": model.size_bytes,
    }
    if fields["status"] == "error":
        fields["error_message"] = model.error_message
    return fields


@lru_cache(maxsize=1024)
def _support(contexts: tuple[tuple[Any, ...], ...], bits: tuple[int, ...]) -> Support:
    """The node types of a model: for each a tuple of its name and, for each quantization, its bits and context size.

    Kept, and as instances, which are not validated again: for every list of models it would take most of the time.
    """
    return Support(
        nodes=[
            SupportedNode(
                node_type_name=name,
                quantizations=[
                    SupportedQuantization(
                        quantization_bits=one, allowed=one in sizes, max_context_size=sizes.get(one, 0)
                    )
                    for one in bits
                ],
            )
            for name, *pairs in contexts
            for sizes in [dict(pairs)]
        ]
    )


@router.get("/models", response_model=Models, response_model_exclude_unset=True)
async def list_models(context: ContextDep, found: ModelsV1Dep, page: PageDep) -> Any:
    """The models that can be deployed."""
    return page.body("models", found, lambda model: _model(context, model, context.as_of))


@router.post("/models", response_model=Model, response_model_exclude_unset=True)
async def create_model(context: ContextDep, body: ImportModel) -> Any:
    """Start the import of a model."""
    return _model(
        context, models.import_model(context, body.name, str(body.project_id), body.source.url, body.source.secret)
    )


@router.get("/models/{model_id}", response_model=Model, response_model_exclude_unset=True)
async def get_model(context: ContextDep, model_id: UUID) -> Any:
    """One model."""
    return _model(context, context.model(str(model_id)))


@router.delete("/models/{model_id}", status_code=204)
async def delete_model(context: ContextDep, model_id: UUID) -> None:
    """Delete an imported model."""
    models.delete_model(context, str(model_id))


@router.get("/deployments", response_model=Deployments, response_model_exclude_unset=True)
async def list_deployments(context: ContextDep, found: DeploymentsDep, page: PageDep) -> Any:
    """The deployments."""
    return page.body("deployments", found, lambda deployment: _deployment(context, deployment, context.as_of))


@router.post("/deployments", response_model=Deployment, response_model_exclude_unset=True)
async def create_deployment(context: ContextDep, body: CreateDeployment) -> Any:
    """Create a deployment."""
    new = deployments.NewDeployment(
        name=body.name,
        project_id=str(body.project_id),
        model=context.model(str(body.model_id)),
        node_type=body.node_type_name,
        accept_eula=body.accept_eula,
        tags=body.tags,
        min_size=body.min_size,
        max_size=body.max_size,
        endpoints=tuple(spec.to_new_endpoint() for spec in body.endpoints),
        bits=body.quantization.bits,
        quantization_enabled=body.quantization.enabled,
    )
    return _deployment(context, deployments.create(context, new, DIALECT))


@router.get("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def get_deployment(context: ContextDep, deployment_id: UUID) -> Any:
    """One deployment."""
    return _deployment(context, context.deployment(str(deployment_id)))


@router.patch("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def update_deployment(context: ContextDep, deployment_id: UUID, body: UpdateDeployment) -> Any:
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
    return _deployment(context, deployments.update(context, str(deployment_id), changes, DIALECT))


@router.delete("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def delete_deployment(context: ContextDep, deployment_id: UUID) -> Any:
    """Delete a deployment."""
    return _deployment(context, deployments.delete(context, str(deployment_id)))


@router.post("/endpoints", response_model=Endpoint, response_model_exclude_unset=True)
async def create_endpoint(context: ContextDep, body: CreateEndpoint) -> Any:
    """Add an endpoint to a deployment."""
    made = endpoints.create_endpoint(context, str(body.deployment_id), body.endpoint.to_new_endpoint())
    return schemas.endpoint_fields(context, *made, "public_network")


@router.patch("/endpoints/{endpoint_id}", response_model=Endpoint, response_model_exclude_unset=True)
async def update_endpoint(context: ContextDep, endpoint_id: UUID, body: schemas.UpdateEndpoint) -> Any:
    """Change an endpoint."""
    changed = endpoints.update_endpoint(context, str(endpoint_id), body.disable_auth)
    return schemas.endpoint_fields(context, *changed, "public_network")
