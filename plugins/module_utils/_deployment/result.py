# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The predicted results of check mode for a deployment, and the warnings about its plan."""

from __future__ import annotations

from typing import Any

from .._client.inference.resources import Deployment, DeploymentSpec, Endpoint, main_endpoint, to_plain
from .._options.normalize import PREDICTED, is_predicted
from .._task import Context
from .apply_step import WAITS_FOR_RULES
from .checks import no_public_endpoint_warning
from .steps import ApplyRules, Create, DeploymentState, DesiredDeployment, Plan


def predicted_deployment(context: Context, state: DeploymentState, plan: Plan) -> dict[str, Any] | None:
    """The deployment after the plan, for check mode; null if it is deleted. Fields that can't be known are null."""
    if not plan.diff.after:
        return None
    # A recreation changes the ID and the URLs.
    created = _created_spec(plan)
    kept = None if created is not None or state.found is None or is_predicted(state.found) else state.found
    base = _unknown_deployment(context, created) if kept is None else to_plain(kept)
    if not plan.steps:
        return base
    known = {(one["public"], one["private_network_id"]): one for one in base["endpoints"] or ()}
    blank = {"id": None, "url": None}
    endpoints = plan.diff.after["endpoints"]
    if endpoints is not None:
        endpoints = [{**known.get((one["public"], one["private_network_id"]), blank), **one} for one in endpoints]
    # The diff shows the rules as a part of the deployment; the result has them separately.
    after = {key: value for key, value in plan.diff.after.items() if key != "rules"}
    if after["model"] == PREDICTED:
        # The task that predicted the model returned null too, so that a later task takes both.
        after["model"] = None
    main = main_endpoint(Endpoint(**one) for one in endpoints or ())
    return {**base, **after, "endpoints": endpoints, "url": None if main is None else main.url}


def predicted_rules(state: DeploymentState, plan: Plan) -> list[dict[str, Any]] | None:
    """The access rules after the plan, for check mode; null where they aren't known."""
    # A new deployment has none of the old rules.
    if _created_spec(plan) is not None or any(isinstance(step, ApplyRules) for step in plan.steps):
        rules = plan.diff.after.get("rules")
        return None if rules is None else [{"id": None, **rule} for rule in rules]
    return None if state.rules is None else [to_plain(rule) for rule in state.rules]


def wait_warnings(plan: Plan, *, wait: bool) -> list[str]:
    """The warning that a plan with access rules waits in spite of wait: false."""
    rules = any(isinstance(step, ApplyRules) for step in plan.steps)
    return [f"{plan.diff.header}: {WAITS_FOR_RULES}."] if rules and not wait else []


def rule_warnings(plan: Plan, desired: DesiredDeployment) -> list[str]:
    """The warning about access rules that have no effect, as there is no public endpoint."""
    if desired.rules is None or not desired.rules.rules or not plan.diff.after:
        return []
    endpoints = plan.diff.after["endpoints"]
    public = endpoints is None or any(one["public"] for one in endpoints)
    return [] if public else [no_public_endpoint_warning(plan.diff.after["name"])]


def stock_warnings(state: DeploymentState) -> list[str]:
    """The warning that a node type is out of stock; no error, as the real run may come when it is back."""
    if state.node_type is None or state.node_type.stock_status != "out_of_stock":
        return []
    return [f"node_type: {state.node_type.name} is out of stock at the moment; creating the deployment would fail."]


def _created_spec(plan: Plan) -> DeploymentSpec | None:
    return next((step.spec for step in plan.steps if isinstance(step, Create)), None)


def _unknown_deployment(context: Context, created: DeploymentSpec | None) -> dict[str, Any]:
    """A deployment whose fields are null, but for those that follow from the run and the creation."""
    known = {"project_id": context.api.settings.project_id, "region": context.api.settings.region}
    if created is not None:
        known.update(project_id=created.project_id, model_id=created.model_id or None)
    return {**dict.fromkeys(Deployment.__dataclass_fields__), "url": None, **known}
