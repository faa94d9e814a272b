# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for a whole fleet, from the observed and the desired state: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._client.errors import OptionError, VersionError, WaitError
from .._client.inference.resources import GONE_STATUSES, Deployment, Feature, needed
from .._deployment.plan import plan_absence, plan_presence
from .._deployment.steps import Create, DeploymentState, DesiredDeployment, Plan
from .._options.normalize import is_predicted
from .._task import Diff
from .desired import TAG_PREFIX, Entry, Problem, Problems

# Errors of an entry itself: others are of the service, or of a deployment that can't be changed at the moment.
ENTRY_ERRORS = (OptionError, VersionError)


@dataclass(frozen=True)
class ObservedEntry:
    """What was read for one entry."""

    entry: Entry
    state: DeploymentState


@dataclass(frozen=True)
class Member:
    """One deployment of the fleet, and what is to be done. C(blocking_error): why nothing can be, for now."""

    key: str
    name: str
    state: DeploymentState
    plan: Plan
    present: bool
    entry: Entry | None = None
    blocking_error: WaitError | None = None

    @property
    def steps(self) -> tuple[str, ...]:
        """What is to be done, in words."""
        return tuple(str(step) for step in self.plan.steps)

    @property
    def recreated(self) -> bool:
        return self.state.found is not None and any(isinstance(step, Create) for step in self.plan.steps)

    def outcome(self, *, changed: bool) -> str:
        """What has come of it, if nothing failed."""
        if not changed:
            return "unchanged"
        if not self.present:
            return "deleted"
        return "created" if self.state.found is None else "updated"


@dataclass(frozen=True)
class FleetPlan:
    """Members in the order of their entries, then those to be deleted that no entry names."""

    members: tuple[Member, ...]
    diff: Diff


def with_fleet_tag(desired: DesiredDeployment, found: Deployment | None, tag: str) -> DesiredDeployment:
    """The same, with the tag of the fleet. Raises OptionError where the deployment is another fleet's."""
    tags: tuple[str, ...] = ()
    if found is not None:
        tags = needed(found.tags, "tags", found.what, "to tell whether it is another fleet's")
    for other in tags:
        if other.startswith(TAG_PREFIX) and other != tag:
            raise OptionError(
                f"the deployment carries the tag '{other}' of another fleet, and two fleets would fight over it; list "
                "it in one, or take that tag away with scaleway.inference.deployment"
            )
    return replace(desired, fleet_tag=tag)


def plan_fleet(
    observed_entries: Sequence[ObservedEntry],
    orphans: Iterable[Deployment],
    *,
    problems: Problems,
    name: str,
    tag: str,
    features: frozenset[Feature],
    max_deletions: int | None,
) -> FleetPlan:
    """The plan for all. C(orphans) are to be deleted; C(problems) were found in other entries before.

    Raises OptionError that names every entry that can't be met, or all orphans where they are too many.
    """
    members: list[Member] = []
    for observed in observed_entries:
        try:
            members.append(_member(observed, tag, features))
        except ENTRY_ERRORS as error:
            problems += Problem.of(observed.entry, error)
    for problem in _same_deployments(observed_entries):
        problems += problem
    if problems:
        raise problems.error()
    deletions = [_orphan(one) for one in orphans]
    _check_deletions(deletions, [one for one in members if one.recreated], max_deletions)
    everything = (*members, *deletions)
    return FleetPlan(everything, _diff(everything, name))


def _check_deletions(deletions: Sequence[Member], recreated: Sequence[Member], most: int | None) -> None:
    """Raise OptionError where more would be deleted than may be; what is recreated is deleted first."""
    count = len(deletions) + len(recreated)
    if most is None or count <= most:
        return
    names = [*(one.name for one in deletions), *(f"{one.name} (to be recreated)" for one in recreated)]
    remedies = ["list those that are to stay"] if deletions else []
    remedies += ["take back the change of model or node_type"] if recreated else []
    raise OptionError(
        f"max_deletions: {count} deployments would be deleted, and at most {most} may be: {', '.join(names)}. Nothing "
        f"was changed; {', '.join(remedies)}, or raise max_deletions"
    )


def find_orphans(
    deployments: Iterable[Deployment], observed_entries: Iterable[ObservedEntry], tag: str
) -> list[Deployment]:
    """The deployments that carry the tag, aren't going away, and belong to no entry."""
    listed = {observed.state.found.id for observed in observed_entries if observed.state.found is not None}
    orphans = [
        one
        for one in deployments
        if tag in (one.tags or ()) and one.id not in listed and one.status not in GONE_STATUSES
    ]
    return sorted(orphans, key=lambda one: (one.label, one.id))


def plan_fleet_absence(
    deployments: Iterable[Deployment], *, name: str, tag: str, max_deletions: int | None
) -> FleetPlan:
    """The plan for a fleet that is to be gone; those on their way out are waited for."""
    there = list(deployments)
    deleting = [one for one in there if tag in (one.tags or ()) and one.status in GONE_STATUSES]
    orphans = find_orphans(there, [], tag)
    plan = plan_fleet(
        [], orphans, problems=Problems(), name=name, tag=tag, features=frozenset(), max_deletions=max_deletions
    )
    going = [
        Member(one.id, one.label, DeploymentState(found=None, deleting=(one,)), plan_absence(None), False)
        for one in deleting
    ]
    return replace(plan, members=(*plan.members, *going))


def _member(observed: ObservedEntry, tag: str, features: frozenset[Feature]) -> Member:
    entry, state = observed.entry, observed.state
    name = entry.desired.name or (state.found.label if state.found else "")
    key = entry.desired.id or name
    if not entry.present:
        return Member(key, name, state, plan_absence(state.found), present=False, entry=entry)
    desired = with_fleet_tag(entry.desired, state.found, tag)
    member = Member(key, name, state, plan_absence(None), present=True, entry=entry)
    try:
        return replace(member, plan=plan_presence(state, desired, features))
    except WaitError as error:
        return replace(member, blocking_error=error)


def _orphan(deployment: Deployment) -> Member:
    return Member(
        deployment.id, deployment.label, DeploymentState(found=deployment), plan_absence(deployment), present=False
    )


def _same_deployments(observed_entries: Iterable[ObservedEntry]) -> Iterator[Problem]:
    """Entries that turned out to be about the same deployment."""
    first: dict[str, Entry] = {}
    for observed in observed_entries:
        found, entry = observed.state.found, observed.entry
        if found is None or is_predicted(found):
            continue
        earlier = first.setdefault(found.id, entry)
        # Those of one name are told already.
        if earlier is not entry and entry.desired.name != earlier.desired.name:
            text = f"it and {earlier} are the same deployment, {found.id}; list it once"
            yield Problem(entry.position, str(entry), text)


def _diff(members: Iterable[Member], fleet: str) -> Diff:
    """Those that change, in full; of the others their number alone, so that it stays readable for many."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    unchanged = 0
    for member in members:
        if not member.steps:
            unchanged += 1
            continue
        # All that are only predicted have one name.
        predicted = member.state.found is not None and is_predicted(member.state.found)
        name = str(member.entry) if predicted else member.name
        if member.plan.diff.before:
            before[name] = member.plan.diff.before
        if member.plan.diff.after:
            after[name] = member.plan.diff.after
    return Diff(before, after, f"fleet {fleet}{f' ({unchanged} unchanged)' if unchanged else ''}")
