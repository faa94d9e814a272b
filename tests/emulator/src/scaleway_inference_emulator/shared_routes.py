# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that are the same in both API versions."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from scaleway_inference_emulator import endpoints, records
from scaleway_inference_emulator.errors import ErrorBody
from scaleway_inference_emulator.lists import NodeTypesDep, PageDep
from scaleway_inference_emulator.request_context import ContextDep
from scaleway_inference_emulator.schemas import Time

#: The errors of every route, for the OpenAPI document.
RESPONSES: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorBody, "description": "Any error"}}

PEM_TYPE = "application/x-pem-file"

router = APIRouter()


class NodeType(BaseModel):
    """A node type; ``memory`` and ``vram`` are in bytes."""

    name: str
    stock_status: str
    description: str
    vcpus: int
    memory: int
    vram: int
    gpus: int
    disabled: bool
    beta: bool
    region: str
    created_at: Time
    updated_at: Time | None


class NodeTypes(BaseModel):
    """A page of node types."""

    node_types: list[NodeType]
    total_count: int | None = None


class File(BaseModel):
    """A file; ``content`` is in base64."""

    name: str
    content_type: str
    content: str


@router.get("/node-types", response_model=NodeTypes, response_model_exclude_unset=True)
async def list_node_types(context: ContextDep, node_types: NodeTypesDep, page: PageDep) -> Any:
    """The node types."""

    def serialize(node_type: records.NodeType) -> dict[str, Any]:
        updated = node_type.updated_at
        return {
            **node_type.model_dump(),
            "name": node_type.id,
            "region": context.region,
            "created_at": records.rfc3339(node_type.created_at),
            "updated_at": None if updated is None else records.rfc3339(updated),
        }

    return page.body("node_types", node_types, serialize)


@router.get(
    "/deployments/{deployment_id}/certificate",
    response_model=File,
    responses={200: {"content": {PEM_TYPE: {"schema": {"type": "string"}}}}},
)
async def get_deployment_certificate(context: ContextDep, deployment_id: UUID, dl: bool = False) -> Any:
    """The CA of a deployment's private endpoints: as JSON, or with ``dl=1`` the PEM file itself."""
    name, pem = endpoints.certificate(context, str(deployment_id))
    if dl:
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(pem, media_type=PEM_TYPE, headers=headers)
    return File(name=name, content_type=PEM_TYPE, content=base64.b64encode(pem.encode()).decode())


@router.delete("/endpoints/{endpoint_id}", status_code=204)
async def delete_endpoint(context: ContextDep, endpoint_id: UUID) -> None:
    """Remove an endpoint, unless it is the last one."""
    endpoints.delete_endpoint(context, str(endpoint_id))
