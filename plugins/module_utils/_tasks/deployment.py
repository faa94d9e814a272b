# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(deployment): brings a deployment to the desired state, or deletes it."""

from __future__ import annotations

from .._client.errors import InferenceError
from .._client.inference.resources import AclRule, Deployment
from .._deployment.applied import Applied
from .._deployment.apply import Applier
from .._deployment.checks import warn_about_values
from .._deployment.desired import parse_desired
from .._deployment.fields import FIELDS, OPTIONS
from .._deployment.interruption import interruption_warnings
from .._deployment.observe import Observer
from .._deployment.plan import plan_absence, plan_presence
from .._deployment.result import predicted_deployment, predicted_rules, rule_warnings, stock_warnings, wait_warnings
from .._deployment.steps import Plan
from .._deployment.wait import deployment_watcher
from .._options.shared import WAIT_OPTIONS, Params
from .._reconcile.watcher import Watcher
from .._task import Context, Outcome, TaskSpec


def run(context: Context, params: Params) -> Outcome:
    desired = parse_desired(context, params)
    observer = Observer.of(context)
    features = context.api.features
    if params["state"] == "present":
        state = observer.for_presence(desired)
        plan = plan_presence(state, desired, features)
    else:
        state = observer.for_absence(desired)
        plan = plan_absence(state.found)
    warn_about_values(context, plan, state.found)
    interruptions = interruption_warnings([(plan, desired)])
    if context.check_mode:
        steps = [str(step) for step in plan.steps]
        results = {
            "deployment": predicted_deployment(context, state, plan),
            "rules": predicted_rules(state, plan),
            "steps": steps,
        }
        warnings = [*interruptions, *stock_warnings(state), *rule_warnings(plan, desired)]
        return Outcome(results, changed=bool(steps), diff=plan.diff, warnings=warnings)
    warnings = [*interruptions, *wait_warnings(plan, wait=params["wait"]), *rule_warnings(plan, desired)]
    applied = Applied(state.found, plan.rules)
    if not plan.steps and state.is_settled:
        return Outcome({**applied.as_results(), "steps": []}, diff=plan.diff, warnings=warnings)
    project_id = desired.project_id if state.found is None else state.found.project_id

    def replan(found: Deployment, rules: tuple[AclRule, ...] | None) -> Plan:
        return plan_presence(observer.refresh(desired, found, rules), desired, features)

    def job(watcher: Watcher[Deployment]) -> Plan:
        by_name = desired.id is None
        applier = Applier(context.api, watcher, applied, replan, wait=params["wait"], by_name=by_name)
        if params["state"] == "present":
            return applier.ensure_present(state, plan)
        applier.ensure_absent(state, plan)
        return plan

    try:
        plan = deployment_watcher(context, project_id, params["wait_timeout"]).run_one(job)
    except InferenceError as error:
        raise applied.interrupted(error) from error
    results = {**applied.as_results(), "steps": applied.done}
    return Outcome(results, changed=bool(applied.done), diff=plan.diff, warnings=warnings)


TASK = TaskSpec(
    name="deployment",
    run=run,
    predictable={"model": (), "id": ("name",)},
    resource_type=Deployment,
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "id": {"type": "str"},
        **OPTIONS,
        **WAIT_OPTIONS,
    },
    required_one_of=[("name", "id")],
    required_if=[(field.name, True, (field.requires,)) for field in FIELDS if field.requires],
)
