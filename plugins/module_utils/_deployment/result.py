# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task returns and warns of for a deployment that it has planned for."""

from __future__ import annotations

from typing import Any

from .._client.inference.resources import Deployment, DeploymentSpec, to_plain
from .._options.normalize import PREDICTED, is_predicted
from .._task import Context
from .apply_step import WAITS_FOR_RULES
from .checks import no_public_endpoint_warning
from .steps import ApplyRules, Create, DeploymentState, DesiredDeployment, Plan


def predicted(context: Context, state: DeploymentState, plan: Plan) -> dict[str, Any] | None:
    """The deployment as it would be, for check mode: what only the service can know is as it is, or null."""
    if not plan.diff.after:
        return None
    # Of one that is made anew neither the ID nor the URLs stay.
    made = _made(plan)
    stays = None if made is not None or state.found is None or is_predicted(state.found) else state.found
    seen = _unknown(context, made) if stays is None else to_plain(stays)
    if not plan.steps:
        return seen
    known = {(one["public"], one["private_network_id"]): one for one in seen["endpoints"] or ()}
    blank = {"id": None, "url": None}
    endpoints = plan.diff.after["endpoints"]
    if endpoints is not None:
        endpoints = [{**known.get((one["public"], one["private_network_id"]), blank), **one} for one in endpoints]
    # The diff shows the rules with the deployment; the result has them by themselves.
    after = {key: value for key, value in plan.diff.after.items() if key != "rules"}
    if after["model"] == PREDICTED:
        # Null as its ID was, so that this may be given to a task as well.
        after["model"] = None
    return {**seen, **after, "endpoints": endpoints}


def predicted_rules(state: DeploymentState, plan: Plan) -> list[dict[str, Any]] | None:
    """The access rules as they would be, for check mode."""
    # One that is made anew has none of the old rules.
    if _made(plan) is not None or any(isinstance(step, ApplyRules) for step in plan.steps):
        rules = plan.diff.after.get("rules")
        return None if rules is None else [{"id": None, **rule} for rule in rules]
    return None if state.rules is None else [to_plain(rule) for rule in state.rules]


def wait_warnings(plan: Plan, *, wait: bool) -> list[str]:
    rules = any(isinstance(step, ApplyRules) for step in plan.steps)
    return [f"{plan.diff.header}: {WAITS_FOR_RULES}."] if rules and not wait else []


def rule_warnings(plan: Plan, desired: DesiredDeployment) -> list[str]:
    if desired.rules is None or not desired.rules.rules or not plan.diff.after:
        return []
    endpoints = plan.diff.after["endpoints"]
    public = endpoints is None or any(one["public"] for one in endpoints)
    return [] if public else [no_public_endpoint_warning(plan.diff.after["name"])]


def stock_warnings(state: DeploymentState) -> list[str]:
    # No error: by the time of the real run there may be one.
    if state.node_type is None or state.node_type.stock_status != "out_of_stock":
        return []
    return [f"node_type: {state.node_type.name} is out of stock at the moment; creating the deployment would fail."]


def _made(plan: Plan) -> DeploymentSpec | None:
    return next((step.spec for step in plan.steps if isinstance(step, Create)), None)


def _unknown(context: Context, made: DeploymentSpec | None) -> dict[str, Any]:
    known = {"project_id": context.api.settings.project_id, "region": context.api.settings.region}
    if made is not None:
        known.update(project_id=made.project_id, model_id=made.model_id or None)
    return {**dict.fromkeys(Deployment.__dataclass_fields__), **known}
