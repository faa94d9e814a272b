# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(model_info): returns models of the catalog and of projects, and the node types that run them."""

from __future__ import annotations

from typing import Any

from .._client.inference.resources import Feature, Model, to_plain
from .._lookup.catalog import Catalog
from .._options.checks import require_uuid
from .._options.shared import Params
from .._task import Context, Outcome, TaskSpec


def run(context: Context, params: Params) -> Outcome:
    api, node_type = context.api, params["node_type"]
    if params["with_eula"]:
        api.require(Feature.LICENCE_TEXTS)
    if node_type is not None:
        # A name that doesn't exist must not look like "no model runs there".
        Catalog(context).node_type(node_type)
    if params["model_id"] is not None:
        require_uuid("model_id", params["model_id"])
        by_id = api.find_model(params["model_id"].lower())
        models = iter([] if by_id is None else [by_id])
    else:
        models = api.list_models(
            name=params["name"],
            project_id=params["project_id"],
            tags=params["tags"] or [],
            order_by=params["order_by"],
        )
    tags = set(params["tags"] or [])
    chosen = [
        one
        for one in models
        if params["name"] in (None, one.name)
        and tags <= set(one.tags or ())
        and (node_type is None or node_type in (one.compatible_node_types or ()))
    ]
    return Outcome(results={"models": [_as_result(context, one, params["with_eula"]) for one in chosen]})


def _as_result(context: Context, model: Model, with_eula: bool) -> dict[str, Any]:
    if not with_eula:
        return to_plain(model)
    return {**to_plain(model), "eula": context.api.get_model_eula(model.id) if model.has_eula else None}


TASK = TaskSpec(
    name="model_info",
    run=run,
    options={
        "name": {"type": "str"},
        "model_id": {"type": "str"},
        "tags": {"type": "list", "elements": "str"},
        "node_type": {"type": "str"},
        "with_eula": {"type": "bool", "default": False},
        "order_by": {
            "type": "str",
            "choices": ["display_rank_asc", "created_at_asc", "created_at_desc", "name_asc", "name_desc"],
            "default": "display_rank_asc",
        },
    },
    mutually_exclusive=[("model_id", "name")],
)
