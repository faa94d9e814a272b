# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(acl_info): returns the addresses that may connect to a deployment's public endpoint."""

from __future__ import annotations

from .._client.inference.resources import Deployment, to_plain
from .._deployment.checks import require_rules
from .._lookup.deployments import require_deployment
from .._options.normalize import is_predicted
from .._options.shared import Params
from .._task import Context, Outcome, TaskSpec


def run(context: Context, params: Params) -> Outcome:
    require_rules(context)
    deployment = require_deployment(context, params["deployment"])
    rules = () if is_predicted(deployment) else context.api.list_acl_rules(deployment.id)
    return Outcome(results={"rules": [to_plain(rule) for rule in rules]})


TASK = TaskSpec(
    name="acl_info",
    run=run,
    predictable={"deployment": ()},
    resource_type=Deployment,
    options={"deployment": {"type": "str", "required": True}},
)
