# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that steer the emulator. They ask for no key: it listens on loopback only."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from emulator import errors
from emulator.config import Config, Tuning
from emulator.faults import Armed, Fault
from emulator.journal import JournalEntry
from emulator.populate import Population, populate
from emulator.records import Deployment, NodeType
from emulator.state import Emulator
from emulator.timeline import past

PREFIX = "/_emulator"

router = APIRouter(prefix=PREFIX, tags=["emulator"])


class ForcedDeployment(BaseModel):
    """What to force upon a deployment, with no check and no transition; ``created_at`` is in epoch seconds."""

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
    """What to force upon a node type."""

    model_config = ConfigDict(extra="forbid")

    stock_status: Literal["available", "low_stock", "out_of_stock", "unknown_stock"] | None = None
    disabled: bool | None = None
    beta: bool | None = None


async def _emulator(request: Request) -> Emulator:
    emulator: Emulator = request.app.state.emulator
    return emulator


EmulatorDep = Annotated[Emulator, Depends(_emulator)]


def force_deployment(emulator: Emulator, deployment_id: str, force: ForcedDeployment) -> Deployment:
    """Make a deployment be like this from now on. Raises 404."""
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
    """Make a node type be like this from now on. Raises 404."""
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
    """Forget the requests."""
    emulator.journal.clear()


@router.get("/faults")
async def list_faults(emulator: EmulatorDep) -> list[Armed]:
    """The faults that haven't struck as often as they shall."""
    return emulator.faults.left()


@router.post("/faults", status_code=204)
async def add_fault(emulator: EmulatorDep, fault: Fault) -> None:
    """Arm a fault."""
    emulator.faults.add(fault)


@router.delete("/faults", status_code=204)
async def clear_faults(emulator: EmulatorDep) -> None:
    """Disarm all faults."""
    emulator.faults.clear()


@router.post("/reset", status_code=204)
async def reset(emulator: EmulatorDep) -> None:
    """Forget all that happened: deployments, imported models, journal, faults. The settings stay."""
    emulator.reset(emulator.config, emulator.clock)


@router.patch("/deployments/{deployment_id}")
async def patch_deployment(emulator: EmulatorDep, deployment_id: str, body: ForcedDeployment) -> Deployment:
    """Force a status or fields upon a deployment; the answer is what the emulator remembers."""
    return force_deployment(emulator, deployment_id, body)


@router.patch("/node-types/{name}")
async def patch_node_type(emulator: EmulatorDep, name: str, body: ForcedNodeType) -> NodeType:
    """Change the stock or the availability of a node type."""
    return force_node_type(emulator, name, body)


@router.post("/populate", status_code=204)
async def make_population(emulator: EmulatorDep, body: Population) -> None:
    """Add deployments, models and node types until there are so many of each."""
    populate(emulator, body)


@router.patch("/config", response_model_exclude={"secret_key", "keys"})
async def patch_config(emulator: EmulatorDep, body: Tuning) -> Config:
    """Change settings; the answer has all of them but the keys."""
    emulator.config = emulator.config.model_copy(update=body.model_dump(exclude_unset=True))
    return emulator.config
