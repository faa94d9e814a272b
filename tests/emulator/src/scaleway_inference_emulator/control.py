# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that control the emulator, below ``/_emulator``. They need no key: it listens on loopback only."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from scaleway_inference_emulator import errors
from scaleway_inference_emulator.config import Config, RuntimeSettings
from scaleway_inference_emulator.faults import Fault, QueuedFault
from scaleway_inference_emulator.journal import JournalEntry
from scaleway_inference_emulator.populate import Population, populate
from scaleway_inference_emulator.records import Deployment, NodeType
from scaleway_inference_emulator.state import Emulator
from scaleway_inference_emulator.timeline import past

PREFIX = "/_emulator"

router = APIRouter(prefix=PREFIX, tags=["emulator"])


class ForcedDeployment(BaseModel):
    """Fields to set on a deployment, with no check and no transition; ``created_at`` is in epoch seconds."""

    model_config = ConfigDict(extra="forbid")

    status: str | None = None
    error_message: str | None = None
    name: str | None = None
    project_id: str | None = None
    tags: tuple[str, ...] | None = None
    min_size: int | None = None
    max_size: int | None = None
    model_name: str | None = None
    node_type: str | None = None
    created_at: float | None = None


class ForcedNodeType(BaseModel):
    """Fields to set on a node type."""

    model_config = ConfigDict(extra="forbid")

    stock_status: Literal["available", "low_stock", "out_of_stock", "unknown_stock"] | None = None
    disabled: bool | None = None
    beta: bool | None = None


async def _emulator(request: Request) -> Emulator:
    emulator: Emulator = request.app.state.emulator
    return emulator


EmulatorDep = Annotated[Emulator, Depends(_emulator)]


def force_deployment(emulator: Emulator, deployment_id: str, force: ForcedDeployment) -> Deployment:
    """Set fields and status of a deployment, from now on. Raises ServiceError 404."""
    old, now = emulator.store.get(Deployment, deployment_id), emulator.clock.time()
    if old is None:
        raise errors.not_found("deployment", deployment_id)
    update = force.model_dump(exclude_none=True)
    status = update.pop("status", None)
    if status:
        update.update(old_size=old.size_at(now), timeline=(*past(old.timeline, now), (now, status)))
    new = old.model_copy(update=update)
    emulator.store.put(new)
    return new


def force_node_type(emulator: Emulator, name: str, force: ForcedNodeType) -> NodeType:
    """Set fields of a node type, from now on. Raises ServiceError 404."""
    old = emulator.store.get(NodeType, name)
    if old is None:
        raise errors.not_found("node_type", name)
    new = old.model_copy(update=force.model_dump(exclude_none=True))
    emulator.store.put(new)
    return new


@router.get("/journal")
async def read_journal(emulator: EmulatorDep) -> list[JournalEntry]:
    """All requests since the start, oldest first."""
    return emulator.journal


@router.delete("/journal", status_code=204)
async def clear_journal(emulator: EmulatorDep) -> None:
    """Empty the journal."""
    emulator.journal.clear()


@router.get("/faults")
async def list_faults(emulator: EmulatorDep) -> list[QueuedFault]:
    """The faults that are still queued."""
    return emulator.faults.remaining()


@router.post("/faults", status_code=204)
async def add_fault(emulator: EmulatorDep, fault: Fault) -> None:
    """Queue a fault."""
    emulator.faults.add(fault)


@router.delete("/faults", status_code=204)
async def clear_faults(emulator: EmulatorDep) -> None:
    """Drop all queued faults."""
    emulator.faults.clear()


@router.post("/reset", status_code=204)
async def reset(emulator: EmulatorDep) -> None:
    """Drop the state, the journal and the faults, and begin again with the catalog and the seed file, if there is one.

    The settings stay.
    """
    emulator.reset(emulator.config, emulator.clock)


@router.patch("/deployments/{deployment_id}")
async def patch_deployment(emulator: EmulatorDep, deployment_id: str, body: ForcedDeployment) -> Deployment:
    """Set a status or fields of a deployment; the answer is the emulator's own record."""
    return force_deployment(emulator, deployment_id, body)


@router.patch("/node-types/{name}")
async def patch_node_type(emulator: EmulatorDep, name: str, body: ForcedNodeType) -> NodeType:
    """Change the stock or the availability of a node type."""
    return force_node_type(emulator, name, body)


@router.post("/populate", status_code=204)
async def add_population(emulator: EmulatorDep, body: Population) -> None:
    """Add deployments, models and node types until there are at least so many of each."""
    populate(emulator, body)


@router.patch("/config", response_model_exclude={"secret_key", "keys"})
async def patch_config(emulator: EmulatorDep, body: RuntimeSettings) -> Config:
    """Change settings; the answer has all settings except the keys."""
    emulator.config = emulator.config.model_copy(update=body.model_dump(exclude_unset=True))
    return emulator.config
