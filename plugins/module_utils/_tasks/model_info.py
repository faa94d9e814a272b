# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(model_info): returns models of the catalog and of projects, and the node types that run them."""

from __future__ import annotations

from typing import Any

from .._client.ids import is_uuid
from .._client.inference.capabilities import has_one_spelling, has_tags
from .._client.inference.resources import Feature, Model, to_plain
from .._lookup.catalog import Catalog
from .._options.shared import Params
from .._task import Context, Outcome, TaskSpec


def run(context: Context, params: Params) -> Outcome:
    api, node_type = context.api, params["node_type"]
    name_or_id, tags = params["model"], params["tags"] or []
    if params["with_eula"]:
        api.require(Feature.LICENCE_TEXTS)
    if node_type is not None:
        # A name that doesn't exist must not look like "no model runs there".
        Catalog(context).node_type(node_type)
    by_id = api.find_model(name_or_id.lower()) if name_or_id and is_uuid(name_or_id) else None
    if by_id is not None:
        models = iter([by_id])
    else:
        models = api.list_models(
            name=name_or_id,
            project_id=params["project_id"],
            tags=[tag for tag in tags if has_one_spelling(tag)],
            order_by=params["order_by"],
        )
    chosen = [
        one
        for one in models
        if (by_id is not None or name_or_id in (None, one.name))
        and has_tags(one.tags, tags)
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
        "model": {"type": "str"},
        "tags": {"type": "list", "elements": "str"},
        "node_type": {"type": "str"},
        "with_eula": {"type": "bool", "default": False},
        "order_by": {
            "type": "str",
            "choices": ["display_rank_asc", "created_at_asc", "created_at_desc", "name_asc", "name_desc"],
            "default": "display_rank_asc",
        },
    },
)
