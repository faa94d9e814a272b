# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an emulator begins with beside its catalog: the models, deployments and node types of a seed file."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, ValidationError

from scaleway_inference_emulator import records
from scaleway_inference_emulator.catalog import IMPORTED

T = TypeVar("T", bound="Named")

Text = Annotated[str, Field(min_length=1, max_length=255)]
Size = Annotated[int, Field(ge=1, le=50)]


class SeedError(Exception):
    """What is wrong with a seed, for its author."""


class Part(BaseModel):
    """A part of a seed. A key that isn't known is an error, since it would have no effect."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Part):
    """A resource of a seed. Without ``id``, the ID depends on kind, project and name only."""

    name: Text
    #: None: the default project.
    project_id: uuid.UUID | None = None
    id: uuid.UUID | None = None


class Model(Named):
    """A model that a project imported, ready to be deployed."""

    tags: tuple[str, ...] = IMPORTED["tags"]
    description: str = ""
    has_eula: bool = False
    #: {node type: {quantization in bits: largest context in tokens}}.
    nodes: Annotated[dict[str, dict[int, int]], Field(min_length=1)] = IMPORTED["nodes"]


class Endpoint(Part):
    """An endpoint: public, or in the private network of this ID."""

    private_network_id: uuid.UUID | None = None
    disable_auth: bool = False


class Rule(Part):
    """An access rule."""

    ip: IPvAnyNetwork
    description: str = ""


class Deployment(Named):
    """A deployment. It stays in its status until something changes it."""

    model: Text
    node_type: Text
    status: Literal["ready", "creating", "deploying", "scaling", "error", "locked"] = "ready"
    error_message: str = "the node failed"
    tags: tuple[str, ...] = ()
    min_size: Size = 1
    max_size: Size | None = None
    #: Of the quantization. None: the most that the model allows on the node type.
    bits: int | None = None
    endpoints: Annotated[tuple[Endpoint, ...], Field(min_length=1)] = (Endpoint(),)
    acls: tuple[Rule, ...] = ()


class NodeType(Part):
    """What differs from the catalog's node type of this name."""

    name: Text
    stock_status: Literal["available", "low_stock", "out_of_stock", "unknown_stock"] | None = None
    disabled: bool | None = None
    beta: bool | None = None


class Seed(Part):
    """The content of a seed file."""

    models: tuple[Model, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    node_types: tuple[NodeType, ...] = ()


def read(path: str) -> Seed:
    """The seed in a file of YAML or JSON. Raises SeedError."""
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise SeedError(f"{path} can't be read: {reason}") from error
    if content is not None and not isinstance(content, dict):
        raise SeedError(f"{path}: no mapping with some of the keys {', '.join(Seed.model_fields)}")
    try:
        return Seed.model_validate(content or {})
    except ValidationError as error:
        raise SeedError(f"{path}: " + "; ".join(map(_wrong, error.errors()))) from error


def _wrong(error: Any) -> str:
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


def resources(
    seed: Seed, catalog: Sequence[records.Record], project_id: str, region: str, now: float
) -> Iterator[records.Record]:
    """The records to add to those of the catalog, or to put in their place. Raises SeedError."""
    types = {one.id: one for one in catalog if isinstance(one, records.NodeType)}
    models = {one.name: one for one in catalog if isinstance(one, records.Model)}
    for changed in seed.node_types:
        known = _known(types, "node type", changed.name, "node_types")
        yield known.model_copy(update=changed.model_dump(exclude={"name"}, exclude_none=True))
    for rank, model in enumerate(seed.models, start=len(models)):
        for node_type in model.nodes:
            _known(types, "node type", node_type, f"models: {model.name}")
        models[model.name] = _model(model, rank, project_id, now)
        yield models[model.name]
    for deployment in seed.deployments:
        place = f"deployments: {deployment.name}"
        _known(types, "node type", deployment.node_type, place)
        runs = _known(models, "model", deployment.model, place)
        yield _deployment(deployment, runs, project_id, region, now, place)


def _known(known: Mapping[str, Any], kind: str, name: str, place: str) -> Any:
    if name not in known:
        near = difflib.get_close_matches(name, known) or list(known)[:3]
        raise SeedError(f"{place}: there's no {kind} {name}, but {', '.join(near)}")
    return known[name]


class _Identity(TypedDict):
    id: str
    name: str
    project_id: str


def _identity(kind: str, resource: Named, project_id: str) -> _Identity:
    project = str(resource.project_id or project_id)
    made = uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {project} {resource.name}")
    return {"id": str(resource.id or made), "name": resource.name, "project_id": project}


def _model(model: Model, rank: int, project_id: str, now: float) -> records.Model:
    facts = {**IMPORTED, **model.model_dump(include={"tags", "description", "has_eula", "nodes"})}
    identity = _identity("model", model, project_id)
    return records.Model(**identity, rank=rank, created_at=now, timeline=((now, "ready"),), **facts)


def _deployment(
    deployment: Deployment, model: records.Model, project_id: str, region: str, now: float, place: str
) -> records.Deployment:
    allowed = model.nodes.get(deployment.node_type)
    if not allowed:
        fitting = ", ".join(sorted(model.nodes))
        raise SeedError(f"{place}: {model.name} can't run on {deployment.node_type}, only on {fitting}")
    if deployment.bits is not None and deployment.bits not in allowed:
        raise SeedError(f"{place}: {model.name} on {deployment.node_type} allows {sorted(allowed)} bits")
    identity = _identity("deployment", deployment, project_id)

    def part_id(*words: object) -> str:
        return str(uuid.uuid5(uuid.UUID(identity["id"]), " ".join(map(str, words))))

    networks = [str(one.private_network_id or "") for one in deployment.endpoints]
    if len(set(networks)) < len(networks):
        raise SeedError(f"{place}: one public endpoint, and one in each private network, at most")
    endpoints = [
        records.Endpoint(
            id=part_id("endpoint", network), private_network_id=network or None, disable_auth=one.disable_auth
        )
        for network, one in zip(networks, deployment.endpoints, strict=True)
    ]
    acls = [
        records.AclRule(id=part_id("acl", number), ip=str(one.ip), description=one.description)
        for number, one in enumerate(deployment.acls)
    ]
    return records.Deployment(
        **identity,
        region=region,
        model_id=model.id,
        model_name=model.name,
        node_type=deployment.node_type,
        min_size=deployment.min_size,
        max_size=deployment.max_size or deployment.min_size,
        tags=deployment.tags,
        bits=deployment.bits or max(allowed),
        endpoints=tuple(endpoints),
        acls=tuple(acls),
        error_message=deployment.error_message,
        created_at=now,
        # With a change of status behind it, as one that has been there for a while.
        timeline=((now, "creating"), (now, deployment.status)),
    )
