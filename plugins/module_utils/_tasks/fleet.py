# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(fleet): a whole set of deployments is there as desired, or isn't there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .._client.errors import InferenceError, OptionError
from .._client.inference.resources import to_plain
from .._deployment.checks import warn_about_values
from .._deployment.result import predicted, predicted_rules, rule_warnings, stock_warnings, wait_warnings
from .._fleet.apply import FleetOptions, MemberRun, apply_fleet, member_result
from .._fleet.desired import ENTRY_OPTIONS, SHARED_OPTIONS, Entry, Problems, fleet_tag, parse_entries
from .._fleet.observe import FleetObserver, project_reader
from .._fleet.plan import FleetPlan, Member, find_orphans, plan_fleet, plan_fleet_absence
from .._options.shared import WAIT_OPTIONS, Params
from .._task import Context, Outcome, PartialFailure, TaskSpec
from .deployment import TASK as DEPLOYMENT

DEFAULT_MAX_DELETIONS = 3
# How many failures a message tells in full; the result has them all.
MAX_FAILURES_SHOWN = 10


def run(context: Context, params: Params) -> Outcome:
    project_id = context.api.settings.require_project_id("in which the fleet is")
    tag = fleet_tag(params["name"])
    entries, problems = parse_entries(context, params, tag)
    if problems and (not entries or params["state"] == "absent"):
        raise problems.error()
    by_name = {entry.desired.name or "" for entry in entries if entry.desired.id is None}
    names = by_name if params["state"] == "present" else set()
    deadline = context.clock.monotonic() + params["wait_timeout"]
    deployments = project_reader(context, project_id, names)
    try:
        fleet = FleetObserver(context, deployments, names)
        plan = _plan(context, params, fleet, entries, tag, problems)
    except InferenceError as error:
        if not problems or isinstance(error, OptionError):
            raise
        # What is wrong for sure is told in any case.
        raise problems.error_unread(error) from error
    for member in plan.members:
        warn_about_values(context, member.plan, member.state.found)
    warnings = _untagged_warnings(fleet, entries, tag) if params["state"] == "absent" else []
    for member in plan.members:
        if member.entry is not None:
            warnings += rule_warnings(member.plan, member.entry.desired)
    if context.check_mode:
        warnings += [warning for member in plan.members for warning in stock_warnings(member.state)]
        members = [_predicted_result(context, member) for member in plan.members]
        return _outcome(params["name"], plan, members, any(member.steps for member in plan.members), warnings)
    for member in plan.members:
        warnings += wait_warnings(member.plan, wait=params["wait"])
    options = FleetOptions(
        what=f"fleet {params['name']}",
        tag=tag,
        parallel=params["parallel"],
        fail_fast=params["fail_fast"],
        delete_first=params["delete_first"],
        wait=params["wait"],
        deadline=deadline,
    )
    runs = apply_fleet(context, deployments, fleet.observer, plan.members, options)
    changed = any(one.applied.done for one in runs)
    return _outcome(params["name"], plan, [_applied(one) for one in runs], changed, warnings)


def _plan(
    context: Context, params: Params, fleet: FleetObserver, entries: Sequence[Entry], tag: str, problems: Problems
) -> FleetPlan:
    name, guard = params["name"], params["max_deletions"]
    if params["state"] == "absent":
        return plan_fleet_absence(fleet.deployments, name=name, tag=tag, max_deletions=guard)
    observed_entries, problems = fleet.read(entries, params["parallel"], problems)
    return plan_fleet(
        observed_entries,
        find_orphans(fleet.deployments, observed_entries, tag) if params["purge"] else [],
        problems=problems,
        name=name,
        tag=tag,
        features=context.api.features,
        max_deletions=DEFAULT_MAX_DELETIONS if guard is None else guard,
    )


def _untagged_warnings(fleet: FleetObserver, entries: Sequence[Entry], tag: str) -> list[str]:
    """A word on each that is listed, but that isn't the fleet's to delete."""
    listed = {option for entry in entries for option in (entry.desired.name, entry.desired.id) if option}
    return [
        f"deployment '{one.label}' ({one.id}) is listed, but doesn't carry the tag '{tag}'; it is left alone"
        for one in fleet.deployments
        if (one.name in listed or one.id in listed) and tag not in (one.tags or ())
    ]


def _predicted_result(context: Context, member: Member) -> dict[str, Any]:
    """A member as it would be, for check mode."""
    rules = predicted_rules(member.state, member.plan)
    if member.blocking_error is not None:
        found = member.state.found
        outcome, deployment = "failed", None if found is None else to_plain(found)
    else:
        outcome, deployment = member.outcome(changed=bool(member.steps)), predicted(context, member.state, member.plan)
    return member_result(
        member, outcome=outcome, steps=member.steps, error=member.blocking_error, deployment=deployment, rules=rules
    )


def _applied(one: MemberRun) -> dict[str, Any]:
    """A member as it is now."""
    applied = one.applied
    return member_result(one.member, outcome=one.outcome, steps=applied.done, error=one.error, **applied.as_results())


def _outcome(
    name: str, plan: FleetPlan, members: Sequence[dict[str, Any]], changed: bool, warnings: Sequence[str]
) -> Outcome:
    """The outcome of all. Raises PartlyDone, which tells which failed and why, if any did."""
    counts = dict(Counter(member["outcome"] for member in members))
    results = {"members": list(members), "counts": counts}
    failed = [member for member in members if member["outcome"] == "failed"]
    if not failed:
        return Outcome(results=results, changed=changed, diff=plan.diff, warnings=warnings)
    told = [f"{member['name']}: {member['error']['msg']}" for member in failed[:MAX_FAILURES_SHOWN]]
    if len(failed) > MAX_FAILURES_SHOWN:
        told.append(f"and {len(failed) - MAX_FAILURES_SHOWN} more, see members")
    others = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if outcome != "failed")
    raise PartialFailure(
        f"{len(failed)} of {len(members)} members of the fleet '{name}' failed"
        f"{f' ({others})' if others else ''}; the next run continues from there. {'; '.join(told)}",
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
    },
    entries="deployments",
    predictable_inside={"deployments": DEPLOYMENT.predictable, "defaults": {"model": DEPLOYMENT.predictable["model"]}},
    deletion_limits={"max_deletions": ("state", "absent")},
    required_if=[("state", "present", ("deployments",))],
)
