# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(deployment_info): deployments by name, ID or tags."""

from __future__ import annotations

from .._client.resources import to_plain
from .lookup import get_deployment
from .task import Outcome, Params, Run, Task


def run(run: Run, params: Params) -> Outcome:
    api, settings = run.api, run.api.settings
    if params["deployment_id"] is not None:
        found = get_deployment(api, params["deployment_id"])
        return Outcome(results={"deployments": [] if found is None else [to_plain(found)]})
    tags = params["tags"] or []
    deployments = api.list_deployments(
        name=params["name"],
        project_id=settings.project_id,
        organization_id=params["organization_id"],
        tags=tags,
        order_by=params["order_by"],
    )
    return Outcome(
        results={
            "deployments": [
                to_plain(one)
                for one in deployments
                if params["name"] in (None, one.name) and set(tags) <= set(one.tags or ())
            ]
        }
    )


TASK = Task(
    name="deployment_info",
    run=run,
    options={
        "name": {"type": "str"},
        "deployment_id": {"type": "str"},
        "tags": {"type": "list", "elements": "str"},
        "order_by": {
            "type": "str",
            "choices": ["created_at_desc", "created_at_asc", "name_asc", "name_desc"],
            "default": "created_at_desc",
        },
    },
    mutually_exclusive=[("deployment_id", "name"), ("deployment_id", "tags")],
)
