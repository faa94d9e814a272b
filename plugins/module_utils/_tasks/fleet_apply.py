# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out the plan for a fleet: each member by its own course, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._client.errors import InferenceError
from .._client.resources import AclRule, Deployment
from .course import Course
from .deployment_apply import Applier
from .deployment_plan import plan_presence
from .deployment_read import Reader
from .deployment_steps import Plan
from .fleet_plan import Member, with_fleet_tag
from .following_many import Ended, Listing, ManyFollower
from .task import Run


@dataclass(frozen=True)
class Manner:
    """How a fleet is brought about. C(deadline): when the time for waiting is over, by the run's clock."""

    what: str
    tag: str
    parallel: int
    fail_fast: bool
    delete_first: bool
    wait: bool
    deadline: float


def member_result(
    member: Member,
    *,
    outcome: str,
    steps: Sequence[str],
    error: InferenceError | None,
    deployment: Mapping[str, Any] | None,
    rules: Sequence[Mapping[str, Any]] | None,
) -> dict[str, Any]:
    """A member as the task returns it, done or foretold."""
    return {
        "name": member.name,
        "outcome": outcome,
        "steps": list(steps),
        "error": None if error is None else {"msg": str(error), **error.details()},
        "deployment": deployment,
        "rules": rules,
    }


class MemberRun:
    """One member on its way. Its state tells at any moment how far it is."""

    def __init__(self, run: Run, reader: Reader, member: Member, manner: Manner) -> None:
        self.member = member
        self.ended: Ended[None] | None = None
        self._api = run.api
        self._reader = reader
        self._tag = manner.tag
        # Stock and quota are free again only once a deployment is gone.
        self._wait = manner.wait or (manner.delete_first and not member.present)
        by_name = member.entry is not None and member.entry.desired.id is None
        self._applier = Applier(run, self._replan, wait_for_ready=self._wait, by_name=by_name)
        self._applier.applied.deployment = member.state.found
        self._applier.applied.rules = member.state.rules
        if member.state.found is not None:
            self._api.observed.follow(member.state.found)
        if member.blocking_error is not None:
            self.ended = Ended(error=member.blocking_error)
        elif not self._has_work():
            self.ended = Ended()

    def course(self) -> Course[Deployment, None]:
        if self.member.present:
            yield from self._applier.make_present(self.member.state, self.member.plan)
        else:
            yield from self._applier.make_absent(self.member.state, self.member.plan)

    @property
    def error(self) -> InferenceError | None:
        return None if self.ended is None else self.ended.error

    @property
    def changed(self) -> bool:
        return bool(self._applier.applied.done)

    @property
    def outcome(self) -> str:
        if self.ended is None:
            return "skipped"
        if self.ended.error is not None:
            return "failed"
        return self.member.outcome(changed=self.changed)

    def as_result(self) -> dict[str, Any]:
        applied = self._applier.applied
        if applied.deployment is not None and self.error is not None:
            applied.deployment = self._api.observed.now(applied.deployment)
        return member_result(
            self.member, outcome=self.outcome, steps=applied.done, error=self.error, **applied.as_results()
        )

    def _has_work(self) -> bool:
        member = self.member
        if member.steps:
            return True
        found = member.state.found
        return self._wait and (bool(member.state.deleting) or (found is not None and found.status != "ready"))

    def _replan(self, found: Deployment, rules: tuple[AclRule, ...] | None) -> Plan:
        if self.member.entry is None:
            raise AssertionError("only an entry that is to be present is planned again")
        desired = with_fleet_tag(self.member.entry.desired, found, self._tag)
        return plan_presence(self._reader.refresh(desired, found, rules), desired, self._api.features)


def apply_fleet(
    run: Run, listing: Listing[Deployment], reader: Reader, members: Sequence[Member], manner: Manner
) -> list[MemberRun]:
    """Bring all members about; how each ended stands in what is returned. Raises nothing for a member's sake."""
    runs = [MemberRun(run, reader, member, manner) for member in members]
    making = [one for one in runs if one.member.present]
    deleting = [one for one in runs if not one.member.present]
    phases = [(making, "ready" if manner.wait else "done"), (deleting, "gone")]
    for several, goal in reversed(phases) if manner.delete_first else phases:
        if manner.fail_fast and any(one.error for one in runs):
            break
        ready = sum(1 for one in several if one.ended is not None and one.error is None)
        to_do = {one.member.key: one for one in several if one.ended is None}
        follower: ManyFollower[Deployment, None] = ManyFollower(
            run,
            listing,
            parallel=manner.parallel,
            deadline=manner.deadline,
            what=manner.what,
            goal=goal,
            already=ready,
        )
        courses = {key: one.course() for key, one in to_do.items()}
        for key, ended in follower.follow(courses, fail_fast=manner.fail_fast).items():
            to_do[key].ended = ended
    return runs
