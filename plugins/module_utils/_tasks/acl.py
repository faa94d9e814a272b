# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(acl): which addresses may connect to a deployment's public endpoint (v1beta1)."""

from __future__ import annotations

from .._client.errors import InferenceError, OptionError
from .._client.resources import STABLE_STATUSES, Deployment, to_plain
from .._client.service_errors import TransientState
from .acl_plan import AclPlan, AddRules, WantedRules, plan_rules, wanted_rules
from .deployment_checks import check_status
from .lookup import find_deployment, the_deployment
from .options import ArgumentSpec
from .task import Interrupted, Outcome, Params, Run, Task
from .waiting import Wait

# What a lost answer or a busy deployment may cost: each turn reads, plans, and writes once at most.
TURNS = 5

INSTEAD_OF_RULES = (
    "access rules need api_version v1beta1: v1 has none. There, limit who may call by conditions in the key's IAM "
    "policy, or remove the public endpoint and use one in a private network (scaleway.inference.endpoint)"
)


def run(run: Run, params: Params) -> Outcome:
    require_rules(run)
    present = params["state"] == "present"
    wanted = wanted_rules(
        params["rules"], present=present, purge=params["purge"] and present, allow_all=params["allow_all"]
    )
    find = the_deployment if present else find_deployment
    deployment = find(run.api, params["deployment"])
    if deployment is None:
        return Outcome(results={"rules": [], "steps": []})
    plan = _plan(run, deployment, wanted)
    steps = [] if plan.step is None else [str(plan.step)]
    if steps and not run.check_mode:
        _apply(run, deployment, wanted, plan, params["wait_timeout"])
    if steps and run.check_mode:
        rules = [{"id": None, **rule} for rule in plan.diff.after["rules"]]
    else:
        rules = [to_plain(rule) for rule in run.api.list_acl_rules(deployment.id)]
    return Outcome(
        results={"rules": rules, "steps": steps},
        changed=bool(steps),
        diff=plan.diff,
        warnings=_warnings(deployment, wanted),
    )


def require_rules(run: Run) -> None:
    """Raise OptionError, with what to do instead, on a version that has no rules."""
    if not run.api.dialect.has("acl rules"):
        raise OptionError(INSTEAD_OF_RULES)


def _plan(run: Run, deployment: Deployment, wanted: WantedRules) -> AclPlan:
    return plan_rules(list(run.api.list_acl_rules(deployment.id)), wanted, deployment.name)


def _apply(run: Run, deployment: Deployment, wanted: WantedRules, plan: AclPlan, wait_timeout: int) -> None:
    """Write, read back, compare. A lost answer is read back too before anything is written again."""
    wait = Wait(run.clock, run.report, wait_timeout)
    deployment = _until_ready(run, deployment, wait)
    done: list[str] = []
    lost: InferenceError | None = None
    for _turn in range(TURNS):
        if plan.step is None:
            return
        try:
            if isinstance(plan.step, AddRules):
                run.api.add_acl_rules(deployment.id, plan.step.rules)
            else:
                run.api.set_acl_rules(deployment.id, plan.step.rules)
            done, lost = [str(plan.step)], None
        except TransientState:
            deployment = _until_ready(run, run.api.get_deployment(deployment.id), wait)
        except InferenceError as error:
            if not error.effect_unknown:
                raise
            lost = error
        plan = _plan(run, deployment, wanted)
        if plan.step is not None and done:
            cause = OptionError(f"the service took the rules but didn't keep them; still to do: {plan.step}. Run again")
            raise Interrupted(cause, done=done, results={})
    if plan.step is not None:
        raise lost or OptionError(f"deployment '{deployment.name}' stays busy; run again later to {plan.step}")


def _until_ready(run: Run, deployment: Deployment, wait: Wait) -> Deployment:
    def is_stable(seen: Deployment) -> bool:
        check_status(seen)
        return seen.status in STABLE_STATUSES

    return wait.until(
        f"deployment {deployment.name}",
        deployment,
        lambda: run.api.get_deployment(deployment.id),
        lambda seen: seen.status,
        is_stable,
    )


def _warnings(deployment: Deployment, wanted: WantedRules) -> list[str]:
    if not wanted.present or any(endpoint.public for endpoint in deployment.endpoints):
        return []
    return [f"Access rules guard public endpoints alone, and deployment '{deployment.name}' has none."]


RULE_OPTIONS: ArgumentSpec = {"ip": {"type": "str", "required": True}, "description": {"type": "str"}}

TASK = Task(
    name="acl",
    run=run,
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "deployment": {"type": "str", "required": True},
        "rules": {"type": "list", "elements": "dict", "required": True, "options": RULE_OPTIONS},
        "purge": {"type": "bool", "default": False},
        "allow_all": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 3600},
    },
)
