# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API version v1beta1: its bodies and its routes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from emulator import access, catalog, common, deployments, errors, records, wire
from emulator.call import Call, CallDep
from emulator.lists import DeploymentsDep, ModelsDep, PageDep

DIALECT = deployments.Dialect(node_type="node_type", fixed_size=False)

router = APIRouter(prefix="/inference/v1beta1/regions/{region}", tags=["v1beta1"], responses=common.RESPONSES)
router.include_router(common.router)


class EndpointSpec(wire.EndpointSpec):
    """The endpoint that is wanted: ``public`` or ``private_network``."""

    public: wire.Nothing | None = None

    def is_public(self) -> bool:
        """Whether ``public`` is set."""
        return self.public is not None


class CreateDeployment(wire.CreateDeployment):
    """A deployment that is wanted."""

    model_name: str
    node_type: str
    endpoints: wire.AtLeastOne[EndpointSpec]


class CreateEndpoint(wire.Body):
    """A further endpoint that is wanted."""

    deployment_id: UUID
    endpoint: EndpointSpec


class RuleSpec(wire.Body):
    """An access rule that is wanted: one address, or a CIDR range."""

    ip: wire.Address
    description: str = ""


class RuleSpecs(wire.Body):
    """Access rules that are wanted."""

    acls: list[RuleSpec]


class Endpoint(wire.Endpoint):
    """An endpoint: ``public_access`` or ``private_network``."""

    public_access: wire.Nothing | None = None


class Deployment(wire.Deployment):
    """A deployment."""

    node_type: str
    endpoints: list[Endpoint]
    error_message: str | None


class Deployments(BaseModel):
    """A page of deployments."""

    deployments: list[Deployment]
    total_count: int | None = None


class Model(wire.Model):
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
    """The text of a licence."""

    content: str


def _deployment(call: Call, deployment: records.Deployment, now: float | None = None) -> dict[str, Any]:
    now = call.now if now is None else now
    return {
        **wire.deployment_fields(deployment, now),
        "node_type": deployment.node_type,
        "endpoints": [wire.endpoint_fields(call, deployment, each, "public_access") for each in deployment.endpoints],
        "error_message": deployment.error_at(now) or None,
    }


def _model(call: Call, model: records.Model) -> dict[str, Any]:
    public = model.project_id == records.CATALOG_PROJECT
    return {
        **wire.model_fields(model, call.region),
        "project_id": "" if public else model.project_id,
        "provider": model.name.partition("/")[0] if "/" in model.name else "",
        "is_public": public,
        "compatible_node_types": [name for name, allowed in model.nodes.items() if allowed],
        "quantization_level": model.name.rpartition(":")[2] if ":" in model.name else "",
    }


@router.get("/models", response_model=Models, response_model_exclude_unset=True)
async def list_models(call: CallDep, models: ModelsDep, page: PageDep) -> Any:
    """The models that can be deployed."""
    return page.of("models", models, lambda model: _model(call, model))


@router.get("/models/{model_id}", response_model=Model)
async def get_model(call: CallDep, model_id: UUID) -> Any:
    """One model."""
    return _model(call, call.model(str(model_id)))


@router.get("/models/{model_id}/eula", response_model=Eula)
async def get_model_eula(call: CallDep, model_id: UUID) -> Any:
    """The licence of a model; empty if it has none."""
    model = call.model(str(model_id))
    return {"content": catalog.eula(model) if model.has_eula else ""}


@router.get("/deployments", response_model=Deployments, response_model_exclude_unset=True)
async def list_deployments(call: CallDep, found: DeploymentsDep, page: PageDep) -> Any:
    """The deployments."""
    return page.of("deployments", found, lambda deployment: _deployment(call, deployment, call.as_of))


@router.post("/deployments", response_model=Deployment, response_model_exclude_unset=True)
async def create_deployment(call: CallDep, body: CreateDeployment) -> Any:
    """Begin a deployment."""
    model = next((model for model in call.models() if model.name == body.model_name), None)
    unknown = errors.detail("model_name", "unknown", f"there's no model {body.model_name}")
    draft = deployments.Draft(
        name=body.name,
        project_id=str(body.project_id),
        model=model,
        node_type=body.node_type,
        accept_eula=body.accept_eula,
        tags=body.tags,
        min_size=body.min_size,
        max_size=body.max_size,
        endpoints=tuple(spec.draft() for spec in body.endpoints),
        details=() if model else (unknown,),
    )
    return _deployment(call, deployments.create(call, draft, DIALECT))


@router.get("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def get_deployment(call: CallDep, deployment_id: UUID) -> Any:
    """One deployment."""
    return _deployment(call, call.deployment(str(deployment_id)))


@router.patch("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def update_deployment(call: CallDep, deployment_id: UUID, body: wire.UpdateDeployment) -> Any:
    """Change a deployment."""
    changes = deployments.Changes(**body.model_dump())
    return _deployment(call, deployments.update(call, str(deployment_id), changes, DIALECT))


@router.delete("/deployments/{deployment_id}", response_model=Deployment, response_model_exclude_unset=True)
async def delete_deployment(call: CallDep, deployment_id: UUID) -> Any:
    """End a deployment."""
    return _deployment(call, deployments.delete(call, str(deployment_id)))


@router.get("/deployments/{deployment_id}/acls", response_model=Rules, response_model_exclude_unset=True)
async def list_deployment_acl_rules(call: CallDep, deployment_id: UUID, page: PageDep) -> Any:
    """The access rules of a deployment."""
    return page.of("rules", call.rules(str(deployment_id)), records.AclRule.model_dump)


@router.post("/deployments/{deployment_id}/acls", response_model=Rules, response_model_exclude_unset=True)
async def add_deployment_acl_rules(call: CallDep, deployment_id: UUID, body: RuleSpecs) -> Any:
    """Add access rules; the answer has the new ones."""
    rules = [(rule.ip, rule.description) for rule in body.acls]
    return {"rules": access.add_rules(call, str(deployment_id), rules)}


@router.put("/deployments/{deployment_id}/acls", response_model=Rules, response_model_exclude_unset=True)
async def set_deployment_acl_rules(call: CallDep, deployment_id: UUID, body: RuleSpecs) -> Any:
    """Replace all access rules."""
    rules = [(rule.ip, rule.description) for rule in body.acls]
    return {"rules": access.add_rules(call, str(deployment_id), rules, replace=True)}


@router.delete("/acls/{acl_id}", status_code=204)
async def delete_deployment_acl_rule(call: CallDep, acl_id: UUID) -> None:
    """Remove an access rule."""
    access.delete_rule(call, str(acl_id))


@router.post("/endpoints", response_model=Endpoint, response_model_exclude_unset=True)
async def create_endpoint(call: CallDep, body: CreateEndpoint) -> Any:
    """Add an endpoint to a deployment."""
    made = access.create_endpoint(call, str(body.deployment_id), body.endpoint.draft())
    return wire.endpoint_fields(call, *made, "public_access")


@router.patch("/endpoints/{endpoint_id}", response_model=Endpoint, response_model_exclude_unset=True)
async def update_endpoint(call: CallDep, endpoint_id: UUID, body: wire.UpdateEndpoint) -> Any:
    """Change an endpoint."""
    changed = access.update_endpoint(call, str(endpoint_id), body.disable_auth)
    return wire.endpoint_fields(call, *changed, "public_access")
