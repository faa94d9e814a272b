# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill the emulator with many generated deployments, models and node types, the same ones each time."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scaleway_inference_emulator.records import Deployment, Endpoint, Model, NodeType
from scaleway_inference_emulator.state import Emulator

Number = Annotated[int, Field(ge=0, le=10_000)]

TAGS = (("chat", "instruct"), ("chat", "vision", "featured"), ("embedding",), ("chat", "code", "featured"))
STATUSES = ("ready", "ready", "ready", "creating", "error")
#: How many node types each generated model runs on.
NODE_TYPES_PER_MODEL = 4


class Population(BaseModel):
    """The least number of each, those that exist already included."""

    model_config = ConfigDict(extra="forbid")

    deployments: Number = 0
    models: Number = 0
    node_types: Number = 0


def populate(emulator: Emulator, minimum: Population) -> None:
    """Add what is missing, to the default project and region. What exists already doesn't change."""
    store = emulator.store
    with store.transaction():
        node_types = store.all(NodeType)
        for number in range(len(node_types), minimum.node_types):
            node_types.append(_node_type(number, node_types[number % len(node_types)]))
            store.put(node_types[-1])
        models = store.all(Model)
        for number in range(len(models), minimum.models):
            models.append(_model(number, models[0], node_types))
            store.put(models[-1])
        for number in range(len(store.all(Deployment)), minimum.deployments):
            store.put(_deployment(emulator, number, models[number % len(models)]))


def _node_type(number: int, like: NodeType) -> NodeType:
    return like.model_copy(update={"id": f"GPU-{number:02}", "disabled": False})


def _model(number: int, like: Model, node_types: list[NodeType]) -> Model:
    fitting = [node_types[(number + step) % len(node_types)].id for step in range(NODE_TYPES_PER_MODEL)]
    return like.model_copy(
        update={
            "id": _id("model", number),
            "name": f"vendor-{number % 7}/model-{number:04}:bf16",
            "rank": number,
            "tags": TAGS[number % len(TAGS)],
            "description": f"Model number {number} of a large catalog.",
            "nodes": {name: {8: 65_536, 16: 32_768} for name in fitting},
        }
    )


def _deployment(emulator: Emulator, number: int, model: Model) -> Deployment:
    now, status = emulator.clock.time(), STATUSES[number % len(STATUSES)]
    return Deployment(
        id=_id("deployment", number),
        name=f"deployment-{number:04}",
        project_id=emulator.project_id,
        region=emulator.region,
        model_id=model.id,
        model_name=model.name,
        node_type=next(iter(model.nodes)),
        min_size=1,
        max_size=1,
        tags=(f"team-{number % 10}",),
        bits=16,
        # Public, since each private endpoint would open a port.
        endpoints=(Endpoint(id=_id("endpoint", number)),),
        error_message="the node failed" if status == "error" else "",
        created_at=now,
        timeline=((now, status),),
    )


def _id(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))
