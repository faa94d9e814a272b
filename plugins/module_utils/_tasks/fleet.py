# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(fleet): brings a whole set of deployments to the desired state, or removes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .._client.errors import InferenceError, OptionError
from .._deployment.checks import warn_about_values
from .._deployment.interruption import interruption_warnings
from .._deployment.result import rule_warnings, stock_warnings, wait_warnings
from .._deployment.verification import ASKING_OPTIONS, unproven_warning
from .._fleet.apply import FleetOptions, apply_fleet
from .._fleet.desired import ENTRY_OPTIONS, SHARED_OPTIONS, Entry, Problems, fleet_tag, parse_entries
from .._fleet.observe import FleetObserver, project_reader
from .._fleet.plan import FleetPlan, find_orphans, plan_fleet, plan_fleet_absence
from .._fleet.result import MemberResult, created_deployments, predict_result
from .._options.checks import parse_source_address
from .._options.shared import WAIT_OPTIONS, Params
from .._task import Context, Outcome, PartialFailure, TaskSpec
from .deployment import TASK as DEPLOYMENT

DEFAULT_MAX_DELETIONS = 3
# How many failures a message shows; the result has them all.
MAX_FAILURES_SHOWN = 10


def run(context: Context, params: Params) -> Outcome:
    project_id = context.api.settings.require_project_id("in which the fleet is")
    tag = fleet_tag(params["name"])
    source_address = parse_source_address(params["source_address"])
    entries, problems = parse_entries(context, params, tag)
    if problems and (not entries or params["state"] == "absent"):
        raise problems.error()
    by_name = {entry.desired.name or "" for entry in entries if entry.desired.id is None}
    names = by_name if params["state"] == "present" else set()
    deadline = context.clock.monotonic() + params["wait_timeout"]
    deployments = project_reader(context, project_id, names)
    try:
        fleet = FleetObserver(context, deployments, names)
    except InferenceError as error:
        if not problems or isinstance(error, OptionError):
            raise
        # Problems that were found before the service failed are reported too.
        raise problems.error_unread(error) from error
    plan = _plan(context, params, fleet, entries, tag, problems)
    for member in plan.members:
        warn_about_values(context, member.plan, member.state.found)
    warnings = _untagged_warnings(fleet, entries, tag) if params["state"] == "absent" else []
    listed = [(member.plan, member.entry.desired) for member in plan.members if member.entry is not None]
    warnings += interruption_warnings(listed)
    for member_plan, desired in listed:
        warnings += rule_warnings(member_plan, desired)
    if context.check_mode:
        warnings += [warning for member in plan.members for warning in stock_warnings(member.state)]
        predicted = [predict_result(context, member) for member in plan.members]
        return _outcome(context, params["name"], plan, predicted, warnings)
    for member in plan.members:
        warnings += wait_warnings(member.plan, wait=params["wait"])
    options = FleetOptions(
        name=f"fleet {params['name']}",
        tag=tag,
        parallel=params["parallel"],
        fail_fast=params["fail_fast"],
        delete_first=params["delete_first"],
        wait=params["wait"],
        deadline=deadline,
        source_address=source_address,
    )
    results = apply_fleet(context, deployments, fleet.observer, plan.members, options)
    for result in results:
        # An error says by itself what was shown.
        if result.verification is not None and result.error is None:
            warning = unproven_warning(result.verification, params["verify_host"])
            warnings += [] if warning is None else [f"{result.member.name}: {warning}"]
    return _outcome(context, params["name"], plan, results, warnings)


def _plan(
    context: Context, params: Params, fleet: FleetObserver, entries: Sequence[Entry], tag: str, problems: Problems
) -> FleetPlan:
    name, max_deletions = params["name"], params["max_deletions"]
    if params["state"] == "absent":
        return plan_fleet_absence(fleet.deployments, name=name, tag=tag, max_deletions=max_deletions)
    observed_entries, problems = fleet.read(entries, params["parallel"], problems)
    return plan_fleet(
        observed_entries,
        find_orphans(fleet.deployments, observed_entries, tag) if params["purge"] else [],
        problems=problems,
        name=name,
        tag=tag,
        features=context.api.features,
        max_deletions=DEFAULT_MAX_DELETIONS if max_deletions is None else max_deletions,
    )


def _untagged_warnings(fleet: FleetObserver, entries: Sequence[Entry], tag: str) -> list[str]:
    """A warning for each listed deployment without the fleet's tag, which is not deleted."""
    listed = {option for entry in entries for option in (entry.desired.name, entry.desired.id) if option}
    return [
        f"deployment '{one.label}' ({one.id}) is listed, but doesn't carry the tag '{tag}'; it is left alone"
        for one in fleet.deployments
        if (one.name in listed or one.id in listed) and tag not in (one.tags or ())
    ]


def _outcome(
    context: Context, name: str, plan: FleetPlan, members: Sequence[MemberResult], warnings: Sequence[str]
) -> Outcome:
    """The outcome of the task. Raises PartialFailure, which names the members that failed and why, if any did."""
    changed = any(member.steps for member in members)
    counts = dict(Counter(member.outcome for member in members))
    results = {
        "members": [member.as_result() for member in members],
        "counts": counts,
        "created": created_deployments(context, members),
    }
    errors = [f"{member.member.name}: {member.error}" for member in members if member.error is not None]
    if not errors:
        return Outcome(results=results, changed=changed, diff=plan.diff, warnings=warnings)
    shown = errors[:MAX_FAILURES_SHOWN]
    if len(errors) > len(shown):
        shown.append(f"and {len(errors) - len(shown)} more, see members")
    others = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if outcome != "failed")
    raise PartialFailure(
        f"{len(errors)} of {len(members)} members of the fleet '{name}' failed"
        f"{f' ({others})' if others else ''}; the next run continues from there. {'; '.join(shown)}",
        changed=changed,
        results=results,
    )


TASK = TaskSpec(
    name="fleet",
    run=run,
    options={
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "deployments": {"type": "list", "elements": "dict", "options": ENTRY_OPTIONS},
        "defaults": {"type": "dict", "options": SHARED_OPTIONS},
        "purge": {"type": "bool", "default": False},
        "max_deletions": {"type": "int"},
        "delete_first": {"type": "bool", "default": False},
        "fail_fast": {"type": "bool", "default": False},
        "parallel": {"type": "int", "default": 10},
        **WAIT_OPTIONS,
        **ASKING_OPTIONS,
    },
    entries="deployments",
    predictable_inside={"deployments": DEPLOYMENT.predictable, "defaults": {"model": DEPLOYMENT.predictable["model"]}},
    deletion_limits={"max_deletions": ("state", "absent")},
    required_if=[("state", "present", ("deployments",))],
)
