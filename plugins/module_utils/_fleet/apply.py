# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying the plan for a fleet: a job for each member, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._client.errors import InferenceError
from .._client.inference.resources import AclRule, Deployment
from .._deployment.applied import Applied
from .._deployment.apply import Applier
from .._deployment.observe import Observer
from .._deployment.plan import plan_presence
from .._deployment.steps import Plan
from .._reconcile.progress import Overview
from .._reconcile.watcher import Reader, Watcher, watch
from .._task import Context
from .plan import Member, with_fleet_tag


@dataclass(frozen=True)
class FleetOptions:
    """How a fleet is brought about. C(deadline): when the time for waiting is over, by the run's clock."""

    what: str
    tag: str
    parallel: int
    fail_fast: bool
    delete_first: bool
    wait: bool
    deadline: float

    def waits_for(self, member: Member) -> bool:
        # Stock and quota are free again only once a deployment is gone.
        return self.wait or (self.delete_first and not member.present)


@dataclass
class MemberRun:
    """One member on its way. ended: whether there is nothing more to do; error: why it failed, if it did."""

    member: Member
    applied: Applied
    ended: bool
    error: InferenceError | None

    @property
    def outcome(self) -> str:
        if self.error is not None:
            return "failed"
        return self.member.outcome(changed=bool(self.applied.done)) if self.ended else "skipped"


def member_result(
    member: Member,
    *,
    outcome: str,
    steps: Sequence[str],
    error: InferenceError | None,
    deployment: Mapping[str, Any] | None,
    rules: Sequence[Mapping[str, Any]] | None,
) -> dict[str, Any]:
    """A member as the task returns it, applied or predicted."""
    return {
        "name": member.name,
        "outcome": outcome,
        "steps": list(steps),
        "error": None if error is None else {"msg": str(error), **error.details()},
        "deployment": deployment,
        "rules": rules,
    }


def apply_fleet(
    context: Context,
    deployments: Reader[Deployment],
    observer: Observer,
    members: Sequence[Member],
    options: FleetOptions,
) -> list[MemberRun]:
    """Bring all members about; how each ended stands in what is returned. Raises nothing for a member's sake."""
    runs = [_begin(context, member, options) for member in members]
    present = [one for one in runs if one.member.present]
    absent = [one for one in runs if not one.member.present]
    phases = [(present, "ready" if options.wait else "done"), (absent, "gone")]
    for several, goal in reversed(phases) if options.delete_first else phases:
        if options.fail_fast and any(one.error for one in runs):
            break
        already = sum(1 for one in several if one.ended and one.error is None)
        to_do = {one.member.key: one for one in several if not one.ended}
        watcher = watch(
            context,
            deployments,
            deadline=options.deadline,
            parallel=options.parallel,
            overview=Overview(options.what, goal, already),
        )
        jobs = {key: partial(_apply, context, observer, options, one) for key, one in to_do.items()}
        for key, error in watcher.run(jobs, fail_fast=options.fail_fast).items():
            to_do[key].ended, to_do[key].error = True, error
    for one in runs:
        if one.applied.deployment is not None and one.error is not None:
            one.applied.deployment = context.api.observed.now(one.applied.deployment)
    return runs


def _begin(context: Context, member: Member, options: FleetOptions) -> MemberRun:
    found = member.state.found
    if found is not None:
        context.api.observed.follow(found)
    waits = options.waits_for(member) and (
        bool(member.state.deleting) or (found is not None and found.status != "ready")
    )
    ended = member.blocking_error is not None or not (member.steps or waits)
    return MemberRun(member, Applied(found, member.state.rules), ended, member.blocking_error)


def _apply(
    context: Context, observer: Observer, options: FleetOptions, one: MemberRun, watcher: Watcher[Deployment]
) -> None:
    member, entry = one.member, one.member.entry

    def replan(found: Deployment, rules: tuple[AclRule, ...] | None) -> Plan:
        if entry is None:
            return member.plan
        desired = with_fleet_tag(entry.desired, found, options.tag)
        return plan_presence(observer.refresh(desired, found, rules), desired, context.api.features)

    by_name = entry is not None and entry.desired.id is None
    applier = Applier(context.api, watcher, one.applied, replan, wait=options.waits_for(member), by_name=by_name)
    if member.present:
        applier.ensure_present(member.state, member.plan)
    else:
        applier.ensure_absent(member.state, member.plan)
