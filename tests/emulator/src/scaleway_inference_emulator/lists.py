# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of resources: filters, order and pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from fastapi import Depends, Query, Response

from scaleway_inference_emulator.records import CATALOG_PROJECT, Deployment, Model, NodeType
from scaleway_inference_emulator.request_context import ContextDep, RequestContext

T = TypeVar("T")

DEFAULT_PAGE_SIZE = 50
#: A larger size counts as this one. (The recordings show only that the service accepts larger ones.)
MAX_PAGE_SIZE = 100

Tags = Annotated[list[str] | None, Query(description="all of these")]
OrganizationId = Annotated[UUID | None, Query(description="all projects belong to the one there is")]
NamePart = Annotated[str | None, Query(description="part of the name, in any case")]


@dataclass(frozen=True)
class Page:
    """The page of a list that a request asks for."""

    context: RequestContext
    response: Response
    number: int
    size: int

    def body(self, key: str, items: Sequence[T], serialize: Callable[[T], Any]) -> dict[str, Any]:
        """The body of the answer: this page of ``items`` under ``key``, and the total if the settings say so."""
        config, start = self.context.emulator.config, (self.number - 1) * self.size
        if config.endless_lists:
            return {key: [self._unique_to_page(serialize(item)) for item in items[: self.size]]}
        body: dict[str, Any] = {key: [serialize(item) for item in items[start : start + self.size]]}
        if config.total_count:
            body["total_count"] = len(items)
        if config.total_count_header:
            self.response.headers["X-Total-Count"] = str(len(items))
        return body

    def _unique_to_page(self, body: dict[str, Any]) -> dict[str, Any]:
        """The item with an ID (or name) that no other page has, for lists that never end."""
        field = "id" if "id" in body else "name"
        return {**body, field: str(uuid5(NAMESPACE_OID, f"{body[field]} {self.number}"))}


async def _page(
    context: ContextDep,
    response: Response,
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int | None, Query(ge=1)] = None,
    per_page: Annotated[int | None, Query(ge=1)] = None,
) -> Page:
    parameter = context.emulator.config.page_size_parameter
    size = (page_size if parameter != "per_page" else None) or (per_page if parameter != "page_size" else None)
    return Page(context, response, page, min(size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE))


async def _deployments(
    *,
    context: ContextDep,
    tags: Tags = None,
    name: NamePart = None,
    project_id: UUID | None = None,
    organization_id: OrganizationId = None,
    order_by: Literal["created_at_desc", "created_at_asc", "name_asc", "name_desc"] = "created_at_desc",
) -> list[Deployment]:
    context.check_read_permission(project_id, "deployment")
    found = [
        deployment
        for deployment in context.deployments(context.as_of)
        if _matches(deployment, name, tags)
        and (project_id is None or deployment.project_id == str(project_id))
        and belongs(context, organization_id)
    ]
    return _sorted(found, order_by)


async def _models(
    context: ContextDep,
    tags: Tags = None,
    name: NamePart = None,
    project_id: Annotated[UUID | None, Query(description="those of this project and of the catalog")] = None,
    order_by: Literal[
        "display_rank_asc", "created_at_asc", "created_at_desc", "name_asc", "name_desc"
    ] = "display_rank_asc",
) -> list[Model]:
    context.check_read_permission(project_id, "model")
    projects = {CATALOG_PROJECT, str(project_id)}
    found = [
        model
        for model in context.models(context.as_of)
        if _matches(model, name, tags) and (project_id is None or model.project_id in projects)
    ]
    return _sorted(found, order_by)


ModelsDep = Annotated[list[Model], Depends(_models)]


async def _models_v1(context: ContextDep, models: ModelsDep, organization_id: OrganizationId = None) -> list[Model]:
    """v1 also has the filter by organization; the catalog is everyone's."""
    return [model for model in models if model.project_id == CATALOG_PROJECT or belongs(context, organization_id)]


async def _node_types(context: ContextDep, include_disabled_types: bool = False) -> list[NodeType]:
    node_types = context.node_types(context.as_of)
    return [node_type for node_type in node_types if include_disabled_types or not node_type.disabled]


PageDep = Annotated[Page, Depends(_page)]
DeploymentsDep = Annotated[list[Deployment], Depends(_deployments)]
ModelsV1Dep = Annotated[list[Model], Depends(_models_v1)]
NodeTypesDep = Annotated[list[NodeType], Depends(_node_types)]


def _matches(record: Deployment | Model, name: str | None, tags: list[str] | None) -> bool:
    return (not name or name.lower() in record.name.lower()) and set(tags or ()) <= set(record.tags)


def belongs(context: RequestContext, organization_id: UUID | None) -> bool:
    """Whether the projects belong to this organization; None means any."""
    return organization_id is None or str(organization_id) == context.emulator.organization_id


def _sorted(records: list[Any], order_by: str) -> list[Any]:
    """The records sorted by ``order_by``; equal ones stay in the order of their creation."""
    field, _separator, direction = order_by.rpartition("_")
    attribute = {"display_rank": "rank"}.get(field, field)
    return sorted(records, key=lambda record: getattr(record, attribute), reverse=direction == "desc")
