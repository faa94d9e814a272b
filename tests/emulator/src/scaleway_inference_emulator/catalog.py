# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The models and node types that are there from the start; the facts are in catalog.json.

The models are those of Scaleway's page of April 2026, with two that a project had imported. ``source`` of an entry says
where its facts come from: ``recorded`` (all but the description, which is ours, and node types with SXM) or ``page``
(name, node types and largest context; the rest is plausible, and the ID is the emulator's own).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from scaleway_inference_emulator.records import Model, NodeType, Record, epoch

# Fields of an imported model of 14 billion parameters, as recorded from the service.
IMPORTED: dict[str, Any] = {
    "parameter_size_bits": 32,
    "size_bytes": 59_091_725_346,
    "tags": ("custom",),
    "nodes": {"H100": {32: 12_410}, "H100-2": {32: 131_072}},
}


def load(project_id: str) -> Iterator[Record]:
    """All models and node types of catalog.json. The two custom models belong to ``project_id``."""
    for record, custom in _read():
        yield record.model_copy(update={"project_id": project_id}) if custom else record


@cache
def _read() -> tuple[tuple[Record, bool], ...]:
    """The records of catalog.json, each with whether a project imported it."""
    facts: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_name("catalog.json").read_text("utf-8"))
    return (
        *((NodeType(**_times(fact)), False) for fact in facts["node_types"]),
        *((_model(**_times(fact)), fact.get("custom", False)) for fact in facts["models"]),
    )


def _model(*, status: str, custom: bool = False, **fact: Any) -> Model:
    return Model(timeline=((fact["created_at"], status),), **fact)


def eula(model: Model) -> str:
    """A placeholder for the licence of a model: the real text belongs to the model's vendor."""
    return (
        f"END USER LICENCE AGREEMENT for {model.name}\n\n"
        "This text stands in for the licence of the model's vendor. Nothing runs on the emulator,\n"
        "so there is nothing to agree to: accept it to see how the service behaves once it's accepted.\n"
    )


def _times(fact: dict[str, Any]) -> dict[str, Any]:
    updated = fact["updated_at"]
    return {**fact, "created_at": epoch(fact["created_at"]), "updated_at": updated and epoch(updated)}
