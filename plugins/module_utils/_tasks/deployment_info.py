# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(deployment_info): returns deployments by name or ID, and by tags."""

from __future__ import annotations

from .._client.ids import is_uuid
from .._client.inference.resources import to_plain
from .._client.ipam import read_private_ips, with_private_ips
from .._options.shared import Params
from .._task import Context, Outcome, TaskSpec


def run(context: Context, params: Params) -> Outcome:
    name_or_id, tags = params["deployment"], params["tags"] or []
    by_id = context.api.find_deployment(name_or_id.lower()) if name_or_id and is_uuid(name_or_id) else None
    if by_id is not None:
        found = iter([by_id])
    else:
        found = context.api.list_deployments(
            name=name_or_id,
            project_id=context.api.settings.project_id,
            organization_id=params["organization_id"],
            tags=tags,
            order_by=params["order_by"],
        )
    chosen = [
        one
        for one in found
        if (by_id is not None or name_or_id in (None, one.name)) and set(tags) <= set(one.tags or ())
    ]
    if not params["private_ips"]:
        return Outcome(results={"deployments": [to_plain(one) for one in chosen]})
    ips, warnings = read_private_ips(context.api, chosen)
    return Outcome({"deployments": [with_private_ips(to_plain(one), ips[one.id]) for one in chosen]}, warnings=warnings)


TASK = TaskSpec(
    name="deployment_info",
    run=run,
    options={
        "deployment": {"type": "str"},
        "private_ips": {"type": "bool", "default": False},
        "tags": {"type": "list", "elements": "str"},
        "order_by": {
            "type": "str",
            "choices": ["created_at_desc", "created_at_asc", "name_asc", "name_desc"],
            "default": "created_at_desc",
        },
    },
)
