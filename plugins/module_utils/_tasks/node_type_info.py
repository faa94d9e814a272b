# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(node_type_info): returns the types of GPU nodes, their sizes and their stock."""

from __future__ import annotations

from .._client.inference.resources import to_plain
from .._options.shared import Params
from .._task import Context, Outcome, TaskSpec

IN_STOCK = frozenset(("available", "low_stock"))


def run(context: Context, params: Params) -> Outcome:
    node_types = context.api.list_node_types(include_disabled=params["include_disabled"])
    return Outcome(
        results={
            "node_types": [
                to_plain(one)
                for one in node_types
                if params["name"] in (None, one.name)
                and (not params["available_only"] or (one.stock_status in IN_STOCK and not one.disabled))
            ]
        }
    )


TASK = TaskSpec(
    name="node_type_info",
    run=run,
    options={
        "name": {"type": "str"},
        "include_disabled": {"type": "bool", "default": False},
        "available_only": {"type": "bool", "default": False},
    },
)
