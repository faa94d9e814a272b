# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API version v1beta1: its schemas and its routes."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from scaleway_inference_emulator import catalog, deployments, endpoints, errors, records, schemas, shared_routes
from scaleway_inference_emulator.lists import DeploymentsDep, ModelsDep, PageDep
from scaleway_inference_emulator.request_context import ContextDep, RequestContext

DIALECT = deployments.Dialect(node_type="node_type", fixed_size=False, deploys_names=False, false_ready=False)

#: The name of a model in a creation.
MODEL_NAME = r"[A-Za-z0-9_-]+/[A-Za-z0-9_.-]+(:[A-Za-z0-9_]+)?"

router = APIRouter(prefix="/inference/v1beta1/regions/{region}", tags=["v1beta1"], responses=shared_routes.RESPONSES)
router.include_router(shared_routes.router)


class EndpointSpec(schemas.EndpointSpec):
    """An endpoint to create: ``public`` or ``private_network``."""

    public: schemas.EmptyObject | None = None
    public_field = "public"

    def is_public(self) -> bool:
        """Whether ``public`` is set."""
        return self.public is not None


def _model_name(name: str) -> str:
    if not re.fullmatch(MODEL_NAME, name):
        raise errors.invalid_value("format", "a model must be named vendor/model:version, or vendor/model")
    return name


class CreateDeployment(schemas.CreateDeployment):
    """A deployment to create. A model that a project imported may have a name that can't be given here."""

    model_name: Annotated[str, AfterValidator(_model_name), Field(json_schema_extra={"pattern": f"^{MODEL_NAME}$"})]
    node_type: str
    endpoints: schemas.AtLeastOne[EndpointSpec]
    also_required = ("endpoints",)


class CreateEndpoint(schemas.Body):
    """An endpoint to add to a deployment."""

    deployment_id: UUID
    endpoint: EndpointSpec


class RuleSpec(schemas.Body):
    """An access rule to add: one address, or a CIDR range."""

    ip: schemas.Address
    description: str = ""


class RuleSpecs(schemas.Body):
    """Access rules to add or to set."""

    acls: tuple[RuleSpec, ...] = ()


class Endpoint(schemas.Endpoint):
    """An endpoint: ``public_access`` or ``private_network``."""

    public_access: schemas.EmptyObject | None = None


class Deployment(schemas.Deployment):
    """A deployment."""

    node_type: str
    endpoints: list[Endpoint]
    error_message: str | None


class Deployments(BaseModel):
    """A page of deployments."""

    deployments: list[Deployment]
    total_count: int | None = None


class Model(schemas.Model):
    """A model."""

    provider: str
    is_public: bool
    compatible_node_types: list[str]
    quantization_level: str


class Models(BaseModel):
    """A page of models."""

    models: list[Model]
    total_count: int | None = None


class Rules(BaseModel):
    """Access rules."""

    rules: list[records.AclRule]
    total_count: int | None = None


class Eula(BaseModel):
    """The text of an end user licence agreement."""

    content: str


def _deployment(context: RequestContext, deployment: records.Deployment, now: float | None = None) -> dict[str, Any]:
    now = context.now if now is None else now
    return {
        **schemas.deployment_fields(deployment, now),
        "node_type": deployment.node_type,
        "endpoints": [
            schemas.endpoint_fields(context, deployment, each, "public_access") for each in deployment.endpoints
        ],
        "error_message": deployment.error_at(now) or None,
    }


def _named(context: RequestContext, name: str) -> records.Model | None:
    """The model of this name, or the first on display of those of ``vendor/model`` where no version is given."""
    found = {model.name: model for model in sorted(context.models(), key=lambda model: model.rank)}
    versions = (model for each, model in found.items() if each.rpartition(":")[0] == name)
    return found.get(name) or next(versions, None)


def _model(context: RequestContext, model: records.Model) -> dict[str, Any]:
    public = model.project_id == records.CATALOG_PROJECT
    return {
        **schemas.model_fields(model, context.region),
        "project_id": "" if public else model.project_id,
        "provider": model.name.partition("/")[0] if "/" in model.name else "",
        "is_public": public,
        "compatible_node_types": [name for name, allowed in model.nodes.items() if allowed],
        "quantization_level": model.name.rpartition(":")[2] if ":" in model.name else "",
    }


@router.get("/models", response_model=Models, response_model_exclude_unset=True)
async def list_models(context: ContextDep, models: ModelsDep, page: PageDep) -> Any:
    """The models that can be deployed."""
    return page.body("models", models, lambda model: _model(context, model))


@router.get("/models/{model_id}", response_model=Model)
async def get_model(context: ContextDep, model_id: UUID) -> Any:
    """One model."""
    return _model(context, context.model(str(model_id)))


@router.get("/models/{model_id}/eula", response_model=Eula)
async def get_model_eula(context: ContextDep, model_id: UUID) -> Any:
    """The licence of a model; empty if it has none."""
    model = context.model(str(model_id))
    return {"content": catalog.eula(model) if model.has_eula else ""}


@router.get("/deployments", response_model=Deployments, response_model_exclude_unset=True)
async def list_deployments(context: ContextDep, found: DeploymentsDep, page: PageDep) -> Any:
    """The deployments."""
    return page.body("deployments", found, lambda deployment: _deployment(context, deployment, context.as_of))


@router.post("/deployments", response_model=Deployment, response_model_exclude_unset=True)
async def create_deployment(context: ContextDep, body: CreateDeployment) -> Any:
    """Create a deployment."""
    model = _named(context, body.model_name)
    unknown = errors.detail("model_name", "unknown", f"there's no model {body.model_name}")
    new = deployments.NewDeployment(
        name=body.name,
        project_id=str(body.project_id),
        model=model,
        node_type=body.node_type,
        accept_eula=body.accept_eula,
        tags=body.tags,
        min_size=body.min_size,
        max_size=body.max_size,
        endpoints=tuple(spec.to_new_endpoint() for spec in body.endpoints),
        details=() if model else (unknown,),
    )
    return _deployment(context, deployments.create(context, new, DIALECT))


@router.get("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def get_deployment(context: ContextDep, deployment_id: UUID) -> Any:
    """One deployment."""
    return _deployment(context, context.deployment(str(deployment_id)))


@router.patch("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def update_deployment(context: ContextDep, deployment_id: UUID, body: schemas.UpdateDeployment) -> Any:
    """Change a deployment."""
    changes = deployments.Changes(**body.model_dump())
    return _deployment(context, deployments.update(context, str(deployment_id), changes, DIALECT))


@router.delete("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def delete_deployment(context: ContextDep, deployment_id: UUID) -> Any:
    """Delete a deployment."""
    return _deployment(context, deployments.delete(context, str(deployment_id)))


@router.get("/deployments/{deployment_id}/acls", response_model=Rules, response_model_exclude_unset=True)
async def list_deployment_acl_rules(context: ContextDep, deployment_id: UUID, page: PageDep) -> Any:
    """The access rules of a deployment."""
    return page.body("rules", context.rules(str(deployment_id)), records.AclRule.model_dump)


@router.post("/deployments/{deployment_id}/acls", response_model=Rules, response_model_exclude_unset=True)
async def add_deployment_acl_rules(context: ContextDep, deployment_id: UUID, body: RuleSpecs) -> Any:
    """Add access rules; the answer has the new ones."""
    rules = [(rule.ip, rule.description) for rule in body.acls]
    return {"rules": endpoints.add_rules(context, str(deployment_id), rules)}


@router.put("/deployments/{deployment_id}/acls", response_model=Rules, response_model_exclude_unset=True)
async def set_deployment_acl_rules(context: ContextDep, deployment_id: UUID, body: RuleSpecs) -> Any:
    """Replace all access rules."""
    rules = [(rule.ip, rule.description) for rule in body.acls]
    return {"rules": endpoints.add_rules(context, str(deployment_id), rules, replace=True)}


@router.delete("/acls/{acl_id}", status_code=204)
async def delete_deployment_acl_rule(context: ContextDep, acl_id: UUID) -> None:
    """Remove an access rule."""
    endpoints.delete_rule(context, str(acl_id))


@router.post("/endpoints", response_model=Endpoint, response_model_exclude_unset=True)
async def create_endpoint(context: ContextDep, body: CreateEndpoint) -> Any:
    """Add an endpoint to a deployment."""
    made = endpoints.create_endpoint(context, str(body.deployment_id), body.endpoint.to_new_endpoint())
    return schemas.endpoint_fields(context, *made, "public_access")


@router.patch("/endpoints/{endpoint_id}", response_model=Endpoint, response_model_exclude_unset=True)
async def update_endpoint(context: ContextDep, endpoint_id: UUID, body: schemas.UpdateEndpoint) -> Any:
    """Change an endpoint."""
    changed = endpoints.update_endpoint(context, str(endpoint_id), body.disable_auth)
    return schemas.endpoint_fields(context, *changed, "public_access")
