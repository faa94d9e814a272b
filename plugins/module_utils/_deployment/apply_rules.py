# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes access rules and verifies them, while other runs may change them at the same moment."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from .._client.errors import InferenceError, OptionError
from .._client.inference.api import InferenceApi
from .._client.inference.errors import TransientState
from .._client.inference.resources import AclRule, Deployment
from .._reconcile.duplicates import RECHECK_DELAYS
from .._reconcile.watcher import Watcher
from .applied import Applied
from .rules import DesiredRules, RulesStep, network_of, plan_rules
from .wait import wait_until_stable

# How often the rules are planned and written, as answers get lost, deployments are busy and other runs interfere.
MAX_REPLANS = 6
# Seconds before the first step that is planned again; they double each time, up to half a minute in all.
FIRST_PAUSE = 1.0


def apply_rules(
    api: InferenceApi,
    watcher: Watcher[Deployment],
    deployment: Deployment,
    desired: DesiredRules,
    applied: Applied,
    current: Sequence[AclRule] | None = None,
) -> tuple[AclRule, ...]:
    """Wait until the service takes rules, write them, and read them back; return them as they are then.

    What isn't as desired then is planned and written again, up to MAX_REPLANS times.
    applied: records what is written. current: the rules as they are, if they were read before.
    Raises OptionError if the rules still differ, or if a removal left no rule at all (after restoring what it removed),
    and the error of a request that failed.
    """
    writer = _Writer(api, watcher, deployment, applied)
    wait_until_stable(watcher, deployment)
    failure: InferenceError | None = None
    rules = writer.read() if current is None else writer.with_known_addresses(current)
    for attempt in range(MAX_REPLANS + 1):
        step = plan_rules(rules, desired, deployment.label, writer.added_ids).step
        # No pause while there is no rule, as every address may connect then.
        if step is not None and rules and attempt and failure is None:
            # A random pause ends the turns of two runs that undo each other's changes.
            watcher.pause(FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1))
            rules = writer.read()
            step = plan_rules(rules, desired, deployment.label, writer.added_ids).step
        if step is None:
            applied.unknown.clear()
            return rules
        if attempt == MAX_REPLANS:
            if not rules and not desired.allow_all:
                writer.write(step)
            break
        failure = writer.write(step)
        if failure is not None and not step.remove and not _can_go_on(failure):
            raise failure
        rules = writer.read_back(rules)
        if not rules and step.only_removes and not desired.allow_all and (failure is not None or not desired.present):
            raise writer.restore(step)
        if isinstance(failure, TransientState):
            writer.wait_until_stable()
            rules = writer.read()
        elif failure is not None and not _can_go_on(failure):
            raise failure
    if isinstance(failure, TransientState):
        raise OptionError(f"deployment '{deployment.label}' stays busy; run again later to set its access rules")
    raise failure or OptionError(
        f"the access rules of deployment '{deployment.label}' were written {MAX_REPLANS} times and didn't stay: "
        "another run changes them at the same moment, or the service didn't keep them; still to do: "
        f"{step}. Run again"
    )


@dataclass(frozen=True)
class _LostWrite:
    """A write that got no good answer, in words, with the addresses that it adds and the IDs that it removes.

    known: the IDs that were seen before it.
    """

    text: str
    added: frozenset[str]
    removed: frozenset[str]
    known: frozenset[str]

    def is_shown_by(self, rules: Sequence[AclRule], own: Collection[str]) -> bool:
        """Whether the rules show that it was carried out. C(own): IDs of rules that other writes of this run added."""
        networks = {network_of(ip) for ip in self.added}
        return not self.removed <= {rule.id for rule in rules} or any(
            rule.id not in self.known and rule.id not in own and network_of(rule.ip) in networks
            for rule in rules
            if rule.ip is not None
        )


class _Writer:
    """Writes the rules of one deployment.

    added_ids: the IDs of the rules that it added. C(_new) and C(_gone): those that the last write added and removed.
    C(_lost): the writes that got no good answer, until a read shows that they were carried out.
    """

    def __init__(
        self, api: InferenceApi, watcher: Watcher[Deployment], deployment: Deployment, applied: Applied
    ) -> None:
        self.added_ids: set[str] = set()
        self._new: set[str] = set()
        self._gone: set[str] = set()
        self._lost: list[_LostWrite] = []
        self._may_lag = True
        self._addresses: dict[str, str | None] = {}
        self._api = api
        self._watcher = watcher
        self._deployment = deployment
        self._applied = applied

    def read(self) -> tuple[AclRule, ...]:
        """The rules as they are now. Records lost writes that they show as done."""
        rules = self.with_known_addresses(self._api.list_acl_rules(self._deployment.id, strict=True))
        for lost in [one for one in self._lost if one.is_shown_by(rules, self.added_ids)]:
            self._lost.remove(lost)
            self._applied.done.append(lost.text)
        # The others may be done nevertheless, as lists may lag behind.
        self._applied.unknown = [one.text for one in self._lost]
        return rules

    def with_known_addresses(self, rules: Iterable[AclRule]) -> tuple[AclRule, ...]:
        """The rules, with the address of an earlier read where this one doesn't tell it: it never changes.

        Otherwise a rule whose removal was lost would pass for another one, and the removal for done.
        """
        found = tuple(replace(rule, ip=self._addresses.get(rule.id)) if rule.ip is None else rule for rule in rules)
        self._addresses.update((rule.id, rule.ip) for rule in found)
        return found

    def read_back(self, before: Sequence[AclRule]) -> tuple[AclRule, ...]:
        """The rules from a list that shows the last write: lists may lag behind.

        If none shows it in half a minute, another run has undone it, and none is waited for again. If there were rules
        C(before) the write and there is none now, none is waited for either, as every address may connect.
        """
        rules = self.read()
        for delay in RECHECK_DELAYS if self._may_lag else ():
            if self._shows_write(rules) or (before and not rules):
                return rules
            self._watcher.pause(delay)
            rules = self.read()
        self._may_lag = self._shows_write(rules)
        return rules

    def _shows_write(self, rules: Sequence[AclRule]) -> bool:
        ids = {rule.id for rule in rules}
        return not self._gone & ids and (not self._new or bool(self._new & ids))

    def write(self, step: RulesStep) -> InferenceError | None:
        """Apply the step and record what was written; return the error that ended it early, null if none did."""
        api, deployment_id = self._api, self._deployment.id
        written: list[str] = []
        # Whether another run was first to remove a rule.
        of_others = False
        removed = [rule for rule in step.remove if isinstance(rule, AclRule)]
        added, gone, sending = step.add, frozenset(rule.id for rule in removed), str(step)
        self._new, self._gone = set(), set()
        try:
            if step.whole is not None:
                added = step.whole
                self._added(api.set_acl_rules(deployment_id, added))
                self._gone = set(gone)
            else:
                if added:
                    sending, gone = f"add {', '.join(rule.ip for rule in added)}", frozenset()
                    self._added(api.add_acl_rules(deployment_id, added))
                    written.append(sending)
                for rule in removed:
                    sending, added, gone = f"remove {rule.ip or rule.id}", (), frozenset((rule.id,))
                    deleted = api.delete_acl_rule(rule.id)
                    self._gone.add(rule.id)
                    if deleted or sending in self._applied.unknown:
                        written.append(sending)
                    else:
                        of_others = True
        except InferenceError as error:
            self._applied.done.extend(written)
            self._answered(*written)
            if error.may_have_had_effect:
                known = frozenset(self._addresses) | self.added_ids
                self._lost.append(_LostWrite(sending, frozenset(rule.ip for rule in added), gone, known))
                self._applied.unknown.append(sending)
            return error
        self._applied.done.extend(written if of_others else [str(step)])
        self._answered(str(step), *written)
        return None

    def _answered(self, *texts: str) -> None:
        """Forget lost writes that were sent again and got their answer."""
        self._lost = [one for one in self._lost if one.text not in texts]
        self._applied.unknown = [one.text for one in self._lost]

    def _added(self, rules: Sequence[AclRule]) -> None:
        self._new = {rule.id for rule in rules}
        self.added_ids |= self._new

    def restore(self, step: RulesStep) -> OptionError:
        """Add the rules that the step removed; return the error that says so. Raises OptionError if that fails."""
        name = self._deployment.label
        specs = {rule.ip: rule for rule in step.removed_specs}
        ips = ", ".join(specs)
        try:
            for attempt in range(MAX_REPLANS):
                try:
                    self._api.add_acl_rules(self._deployment.id, tuple(specs.values()))
                    break
                except InferenceError as error:
                    if attempt == MAX_REPLANS - 1 or not _can_go_on(error):
                        raise
                    if isinstance(error, TransientState):
                        self.wait_until_stable()
                if self.read():
                    break
        except InferenceError as error:
            raise OptionError(
                f"deployment '{name}' no longer has an access rule, and every address may connect to its public "
                f"endpoint: another run removed the other rules at the same moment, and {ips} could not be restored; "
                f"add rules at once ({error})"
            ) from error
        self._applied.done.append(f"restore {ips}")
        return OptionError(
            f"no rule was left for deployment '{name}', as another run removed the other rules at the same moment; "
            f"{ips} was restored, since its public endpoint would be open to every address. Run again; set "
            "allow_all: true if that is intended"
        )

    def wait_until_stable(self) -> None:
        wait_until_stable(self._watcher, self._api.get_deployment(self._deployment.id))


def _can_go_on(failure: InferenceError) -> bool:
    """Whether to read and plan again after this failure of a write."""
    return isinstance(failure, TransientState) or failure.effect_unknown
