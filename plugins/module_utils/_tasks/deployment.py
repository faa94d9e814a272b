# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(deployment): a deployment is there as desired, or isn't there."""

from __future__ import annotations

from typing import Any

from .._client.errors import InferenceError
from .._client.inference.resources import AclRule, Deployment, DeploymentSpec, Feature, to_plain
from .._deployment.applied import Applied
from .._deployment.apply import Applier
from .._deployment.apply_step import WAITS_FOR_RULES
from .._deployment.checks import warn_of_doubts
from .._deployment.fields import FIELDS, OPTIONS
from .._deployment.observe import Reader
from .._deployment.plan import plan_absence, plan_presence
from .._deployment.rules import DesiredRules, parse_rules
from .._deployment.steps import ApplyRules, Create, DeploymentState, DesiredDeployment, Plan
from .._deployment.wait import deployment_watcher
from .._options.given import PREDICTED, is_predicted
from .._options.shared import WAIT_OPTIONS
from .._reconcile.watcher import Watcher
from .._task import Outcome, Params, Run, Task
from .acl import guards_nothing, require_rules


def run(run: Run, params: Params) -> Outcome:
    desired = parse_desired(run, params)
    reader = Reader.of(run)
    features = run.api.features
    if params["state"] == "present":
        state = reader.for_presence(desired)
        plan = plan_presence(state, desired, features)
    else:
        state = reader.for_absence(desired)
        plan = plan_absence(state.found)
    warn_of_doubts(run, plan, state.found)
    if run.check_mode:
        steps = [str(step) for step in plan.steps]
        results = {"deployment": predicted(run, state, plan), "rules": predicted_rules(state, plan), "steps": steps}
        warnings = [*stock_warnings(state), *rule_warnings(plan, desired)]
        return Outcome(results, changed=bool(steps), diff=plan.diff, warnings=warnings)
    applied = Applied(state.found)
    project_id = desired.project_id if state.found is None else state.found.project_id

    def replan(found: Deployment, rules: tuple[AclRule, ...] | None) -> Plan:
        return plan_presence(reader.refresh(desired, found, rules), desired, features)

    def job(watcher: Watcher[Deployment]) -> Plan:
        by_name = desired.id is None
        applier = Applier(run.api, watcher, applied, replan, wait=params["wait"], by_name=by_name)
        if params["state"] == "present":
            return applier.make_present(state, plan)
        applier.make_absent(state, plan)
        return plan

    warnings = [*wait_warnings(plan, wait=params["wait"]), *rule_warnings(plan, desired)]
    try:
        plan = deployment_watcher(run, project_id, params["wait_timeout"]).run_one(job)
    except InferenceError as error:
        raise applied.interrupted(error) from error
    results = {**applied.as_results(), "steps": applied.done}
    return Outcome(results, changed=bool(applied.done), diff=plan.diff, warnings=warnings)


def parse_desired(run: Run, params: Params) -> DesiredDeployment:
    """What the options ask for. Raises OptionError for endpoints that make no sense, and where no project is known."""
    parsed = {field.name: field.desired(params[field.name]) for field in FIELDS if field.parse is not None}
    by_name = params["id"] is None
    return DesiredDeployment(
        **parsed,
        id=params["id"],
        project_id=run.api.settings.require_project_id("to find a deployment by its name") if by_name else "",
        model=_model(run, params["model"]),
        rules=_desired_rules(run, params),
    )


def _desired_rules(run: Run, params: Params) -> DesiredRules | None:
    rules, purge = params["rules"], bool(params["purge_rules"])
    if rules is None:
        return None
    if rules:
        require_rules(run, "rules")
    if not rules and (not purge or Feature.ACL_RULES not in run.api.features):
        # Nothing to add or to remove: said for a recreation alone.
        return DesiredRules((), present=True, purge=False, allow_all=False)
    return parse_rules(rules, present=True, purge=purge, allow_all=bool(params["allow_all"]))


def _model(run: Run, text: str | None) -> str | None:
    # Where no model can be imported, no earlier task would have done so.
    return None if text == PREDICTED and Feature.MODEL_IMPORT not in run.api.features else text


# Results


def predicted(run: Run, state: DeploymentState, plan: Plan) -> dict[str, Any] | None:
    """The deployment as it would be, for check mode: what only the service can know is as it is, or null."""
    if not plan.diff.after:
        return None
    # Of one that is made anew neither the ID nor the URLs stay.
    made = _made(plan)
    stays = None if made is not None or state.found is None or is_predicted(state.found) else state.found
    seen = _unknown(run, made) if stays is None else to_plain(stays)
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
    return [] if public else [guards_nothing(plan.diff.after["name"])]


def stock_warnings(state: DeploymentState) -> list[str]:
    # No error: by the time of the real run there may be one.
    if state.node_type is None or state.node_type.stock_status != "out_of_stock":
        return []
    return [f"node_type: {state.node_type.name} is out of stock at the moment; creating the deployment would fail."]


def _made(plan: Plan) -> DeploymentSpec | None:
    return next((step.spec for step in plan.steps if isinstance(step, Create)), None)


def _unknown(run: Run, made: DeploymentSpec | None) -> dict[str, Any]:
    known = {"project_id": run.api.settings.project_id, "region": run.api.settings.region}
    if made is not None:
        known.update(project_id=made.project_id, model_id=made.model_id or None)
    return {**dict.fromkeys(Deployment.__dataclass_fields__), **known}


TASK = Task(
    name="deployment",
    run=run,
    foretold={"model": (), "id": ("name",)},
    about=Deployment,
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "id": {"type": "str"},
        **OPTIONS,
        **WAIT_OPTIONS,
    },
    required_one_of=[("name", "id")],
    required_if=[(field.name, True, (field.of,)) for field in FIELDS if field.of],
)
