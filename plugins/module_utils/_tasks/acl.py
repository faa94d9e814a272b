# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(acl): sets the addresses that may connect to a deployment's public endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from .._client.errors import InferenceError
from .._client.inference.errors import NotFound
from .._client.inference.resources import AclRule, Deployment, to_plain
from .._deployment.applied import Applied
from .._deployment.apply_rules import apply_rules
from .._deployment.checks import Gone, no_public_endpoint_warning, require_rules
from .._deployment.rules import RULE_OPTIONS, DesiredRules, parse_rules, plan_rules, range_warnings
from .._deployment.verification import (
    ASKING_OPTIONS,
    VERIFY_OPTION,
    VerificationError,
    unproven_warning,
    verify_access,
)
from .._deployment.wait import deployment_watcher
from .._lookup.deployments import find_deployment, found_by_name, require_deployment
from .._options.checks import parse_source_address
from .._options.normalize import is_predicted
from .._options.shared import Params
from .._reconcile.successor import find_successor
from .._reconcile.watcher import Watcher
from .._task import Context, Outcome, PartialFailure, TaskSpec


def run(context: Context, params: Params) -> Outcome:
    require_rules(context)
    source = parse_source_address(params["source_address"])
    present = params["state"] == "present"
    desired = parse_rules(
        params["rules"], present=present, purge=params["purge_rules"] and present, allow_all=params["allow_all"]
    )
    find = require_deployment if present else find_deployment
    deployment = find(context, params["deployment"])
    if deployment is None:
        return Outcome(results={"rules": [], "steps": [], "verification": None})
    current = () if is_predicted(deployment) else tuple(context.api.list_acl_rules(deployment.id, strict=True))
    plan = plan_rules(current, desired, deployment.label)
    steps = [] if plan.step is None else list(plan.step.texts)
    rules = [to_plain(rule) for rule in current]
    if steps and context.check_mode:
        rules = [{"id": None, **rule} for rule in plan.diff.after["rules"]]
    elif steps:
        by_name, wait_timeout = found_by_name(deployment, params["deployment"]), params["wait_timeout"]
        written, done = _apply(context, deployment, desired, current, by_name=by_name, wait_timeout=wait_timeout)
        rules = [to_plain(rule) for rule in written]
        # If another run did a part of it meanwhile, the steps are only what this run did.
        steps = steps if done == [str(plan.step)] else done
    results = {"rules": rules, "steps": steps, "verification": None}
    warnings = [*range_warnings(desired, plan), *_warnings(deployment, desired, bool(rules))]
    # In check mode, the rules are only predicted.
    if params["verify"] is not None and not context.check_mode:
        try:
            verification = verify_access(context, deployment, params["verify"], source)
        except VerificationError as error:
            results["verification"] = error.verification.as_result()
            raise PartialFailure(str(error.after(steps)), changed=bool(steps), results=results) from error
        results["verification"] = verification.as_result()
        warning = unproven_warning(verification, params["verify_host"])
        warnings += [] if warning is None else [warning]
    return Outcome(
        results=results,
        changed=bool(steps),
        diff=plan.diff,
        warnings=warnings,
    )


def _apply(
    context: Context,
    deployment: Deployment,
    desired: DesiredRules,
    current: Sequence[AclRule],
    *,
    by_name: bool,
    wait_timeout: int,
) -> tuple[tuple[AclRule, ...], list[str]]:
    """Apply the rules; return them as they are then, and what this run wrote."""
    applied = Applied(deployment)

    def job(watcher: Watcher[Deployment]) -> tuple[AclRule, ...]:
        try:
            return apply_rules(context.api, watcher, deployment, desired, applied, current)
        except (Gone, NotFound) as error:
            # Another run may have kept another deployment of the name, and deleted this one.
            named = by_name and (isinstance(error, Gone) or error.names_resource)
            successor = find_successor(watcher, deployment) if named else None
            if successor is None:
                raise
            return apply_rules(context.api, watcher, successor, desired, applied)

    try:
        return deployment_watcher(context, deployment.project_id, wait_timeout).run_one(job), applied.done
    except InferenceError as error:
        raise applied.interrupted(error) from error


def _warnings(deployment: Deployment, desired: DesiredRules, has_rules: bool) -> list[str]:
    if deployment.endpoints is None:
        return []
    public = any(endpoint.public for endpoint in deployment.endpoints)
    if desired.present and not public:
        return [no_public_endpoint_warning(deployment.label)]
    if public and not has_rules and not desired.allow_all:
        # A run that was killed may have left the deployment without rules.
        return [
            f"Deployment '{deployment.label}' has no access rule: every address may connect to its public endpoint."
        ]
    return []


TASK = TaskSpec(
    name="acl",
    run=run,
    predictable={"deployment": ()},
    resource_type=Deployment,
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "deployment": {"type": "str", "required": True},
        "rules": {"type": "list", "elements": "dict", "required": True, "options": RULE_OPTIONS},
        "purge_rules": {"type": "bool", "default": False},
        "allow_all": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 3600},
        "verify": VERIFY_OPTION,
        **ASKING_OPTIONS,
    },
    required_by={"verify_host": ("verify",), "source_address": ("verify",)},
)
