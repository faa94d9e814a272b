# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans a whole fleet from the observed and the desired state, by pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._client.errors import OptionError, VersionError, WaitError
from .._client.inference.resources import Deployment, Feature, require_field
from .._deployment.plan import plan_absence, plan_presence
from .._deployment.steps import Create, DeploymentState, DesiredDeployment, Plan
from .._options.normalize import is_predicted
from .._task import Diff
from .desired import TAG_PREFIX, Entry, Problem, Problems

# The errors that an entry itself causes. Others come from the service, or from a deployment that is busy or broken.
ENTRY_ERRORS = (OptionError, VersionError)


@dataclass(frozen=True)
class ObservedEntry:
    """An entry with the state that was observed for it."""

    entry: Entry
    state: DeploymentState


@dataclass(frozen=True)
class Member:
    """One deployment of the fleet, with its plan.

    entry: the entry that lists it; null for one that no entry lists, which is deleted.
    blocking_error: why the deployment can't be changed at the moment; null if it can.
    """

    name: str
    state: DeploymentState
    plan: Plan
    entry: Entry | None = None
    blocking_error: WaitError | None = None

    @property
    def present(self) -> bool:
        """Whether the deployment is to exist."""
        return self.entry is not None and self.entry.present

    @property
    def verify(self) -> str | None:
        """What is expected of its access from here; null if that isn't asked."""
        return None if self.entry is None else self.entry.verify

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of the plan, in words."""
        return tuple(str(step) for step in self.plan.steps)

    @property
    def recreated(self) -> bool:
        """Whether the plan deletes the deployment and creates it again."""
        return self.state.found is not None and any(isinstance(step, Create) for step in self.plan.steps)


@dataclass(frozen=True)
class FleetPlan:
    """The members in the order of their entries, then those to be deleted that no entry lists."""

    members: tuple[Member, ...]
    diff: Diff


def with_fleet_tag(desired: DesiredDeployment, found: Deployment | None, tag: str) -> DesiredDeployment:
    """The desired deployment with the tag of the fleet. Raises OptionError if it carries that of another fleet."""
    tags: tuple[str, ...] = ()
    if found is not None:
        tags = require_field(found.tags, "tags", found.what, "to tell whether it is another fleet's")
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
    """The plan for a fleet that is to exist.

    orphans: deployments to delete, as no entry lists them. problems: those found before, in other entries.
    max_deletions: how many deployments may be deleted, for a recreation too; null for any number.
    Raises OptionError that names every entry that can't be met, or all deletions if they are too many.
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
    """Raise OptionError if too many deployments would be deleted; a recreation deletes one too."""
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
    """The deployments that carry the tag and belong to no entry, without those that are being deleted."""
    listed = {observed.state.found.id for observed in observed_entries if observed.state.found is not None}
    orphans = [one for one in deployments if tag in (one.tags or ()) and one.id not in listed and not one.is_deleting]
    return sorted(orphans, key=lambda one: (one.label, one.id))


def plan_fleet_absence(
    deployments: Iterable[Deployment], *, name: str, tag: str, max_deletions: int | None
) -> FleetPlan:
    """The plan for a fleet that is to be absent; it also waits for deployments that are being deleted.

    Raises OptionError if there are more than C(max_deletions).
    """
    known = list(deployments)
    deleting = [one for one in known if tag in (one.tags or ()) and one.is_deleting]
    orphans = find_orphans(known, [], tag)
    plan = plan_fleet(
        [], orphans, problems=Problems(), name=name, tag=tag, features=frozenset(), max_deletions=max_deletions
    )
    already_deleting = [
        Member(one.label, DeploymentState(found=None, deleting=(one,)), plan_absence(None)) for one in deleting
    ]
    return replace(plan, members=(*plan.members, *already_deleting))


def _member(observed: ObservedEntry, tag: str, features: frozenset[Feature]) -> Member:
    entry, state = observed.entry, observed.state
    name = entry.desired.name or (state.found.label if state.found else "")
    if not entry.present:
        return Member(name, state, plan_absence(state.found), entry)
    desired = with_fleet_tag(entry.desired, state.found, tag)
    try:
        return Member(name, state, plan_presence(state, desired, features), entry)
    except WaitError as error:
        return Member(name, state, plan_absence(None), entry, blocking_error=error)


def _orphan(deployment: Deployment) -> Member:
    return Member(deployment.label, DeploymentState(found=deployment), plan_absence(deployment))


def _same_deployments(observed_entries: Iterable[ObservedEntry]) -> Iterator[Problem]:
    """A problem for each entry whose deployment an earlier entry has found under another name."""
    first: dict[str, Entry] = {}
    for observed in observed_entries:
        found, entry = observed.state.found, observed.entry
        if found is None or is_predicted(found):
            continue
        earlier = first.setdefault(found.id, entry)
        # Entries with the same name are reported already.
        if earlier is not entry and entry.desired.name != earlier.desired.name:
            text = f"it and {earlier} are the same deployment, {found.id}; list it once"
            yield Problem(entry.position, str(entry), text)


def _diff(members: Iterable[Member], fleet: str) -> Diff:
    """The members that change; of the others only the number, so that the diff of many members stays readable."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    interrupted: list[str] = []
    unchanged = 0
    for member in members:
        if not member.steps:
            unchanged += 1
            continue
        # All predicted deployments have the same name.
        predicted = member.state.found is not None and is_predicted(member.state.found)
        name = str(member.entry) if predicted else member.name
        if member.plan.diff.before:
            before[name] = member.plan.diff.before
        if member.plan.diff.after:
            after[name] = member.plan.diff.after
        if member.plan.interruption:
            interrupted.append(name)
    note = f"interrupts the service of {', '.join(interrupted)}" if interrupted else ""
    return Diff(before, after, f"fleet {fleet}{f' ({unchanged} unchanged)' if unchanged else ''}", note)
