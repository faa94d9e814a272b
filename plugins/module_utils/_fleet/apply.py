# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the plan for a fleet: a job for each member, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from .._client.errors import InferenceError
from .._client.inference.resources import AclRule, Deployment
from .._deployment.applied import Applied
from .._deployment.apply import Applier
from .._deployment.observe import Observer
from .._deployment.plan import plan_presence
from .._deployment.steps import Plan
from .._deployment.verification import Verification, VerificationError, verify_access
from .._reconcile.progress import Overview
from .._reconcile.reads import Reader
from .._reconcile.watcher import Watcher, watch
from .._task import Context
from .plan import Member, with_fleet_tag
from .result import MemberResult, applied_result


@dataclass(frozen=True)
class FleetOptions:
    """How the plan for a fleet is applied.

    name: the fleet in progress lines. tag: the tag of its members. deadline: when waits time out, by the run's clock.
    source_address: that of this machine to verify access from; null leaves the choice to the system. The others are
    options of the task C(fleet).
    """

    name: str
    tag: str
    parallel: int
    fail_fast: bool
    delete_first: bool
    wait: bool
    deadline: float
    source_address: str | None

    def waits_for(self, member: Member) -> bool:
        """Whether the run waits until the member is ready, or gone."""
        # With delete_first, creations need the nodes and the quota of deployments that are gone.
        return self.wait or member.verify is not None or (self.delete_first and not member.present)

    def has_work(self, member: Member) -> bool:
        """Whether there is something to do, to wait for or to ask."""
        return self.is_incomplete(member) or member.verify is not None

    def is_incomplete(self, member: Member) -> bool:
        """Whether there is something to do or to wait for."""
        return bool(member.steps) or (self.waits_for(member) and not member.state.is_settled)


def apply_fleet(
    context: Context,
    deployments: Reader[Deployment],
    observer: Observer,
    members: Sequence[Member],
    options: FleetOptions,
) -> list[MemberResult]:
    """Apply the plans of all members; return their results in the same order.

    An InferenceError of a member is a part of its result, and raised by nobody.
    """
    by_key = {str(number): member for number, member in enumerate(members)}
    applied = {key: Applied(member.state.found, member.state.rules) for key, member in by_key.items()}
    for member in members:
        if member.state.found is not None:
            context.api.observed.track(member.state.found)
    # How members ended, for those that did: the error, or what the verification of their access showed, or null.
    ended: dict[str, InferenceError | Verification | None] = {
        key: member.blocking_error
        for key, member in by_key.items()
        if member.blocking_error is not None or not options.has_work(member)
    }
    present = [key for key, member in by_key.items() if member.present]
    absent = [key for key, member in by_key.items() if not member.present]
    phases = [(present, "ready" if options.wait else "done"), (absent, "gone")]
    for keys, goal in reversed(phases) if options.delete_first else phases:
        if options.fail_fast and any(isinstance(end, InferenceError) for end in ended.values()):
            break
        already = sum(1 for key in keys if key in ended and ended[key] is None)
        watcher = watch(
            context,
            deployments,
            deadline=options.deadline,
            parallel=options.parallel,
            overview=Overview(options.name, goal, already),
        )
        jobs = {
            key: partial(_apply, context, observer, options, by_key[key], applied[key])
            for key in keys
            if key not in ended
        }
        ended |= watcher.run(jobs, fail_fast=options.fail_fast)
    return [
        applied_result(context, member, applied[key], ended.get(key), skipped=key not in ended)
        for key, member in by_key.items()
    ]


def _apply(
    context: Context,
    observer: Observer,
    options: FleetOptions,
    member: Member,
    applied: Applied,
    watcher: Watcher[Deployment],
) -> Verification | None:
    entry = member.entry

    def replan(found: Deployment, rules: tuple[AclRule, ...] | None) -> Plan:
        if entry is None:
            return member.plan
        desired = with_fleet_tag(entry.desired, found, options.tag)
        return plan_presence(observer.refresh(desired, found, rules), desired, context.api.features)

    by_name = entry is not None and entry.desired.id is None
    applier = Applier(context.api, watcher, applied, replan, wait=options.waits_for(member), by_name=by_name)
    if not member.present:
        applier.ensure_absent(member.state, member.plan)
        return None
    if options.is_incomplete(member):
        applier.ensure_present(member.state, member.plan)
    if member.verify is None or applied.deployment is None:
        return None
    try:
        return verify_access(context, applied.deployment, member.verify, options.source_address)
    except VerificationError as error:
        raise error.after(applied.done) from None
