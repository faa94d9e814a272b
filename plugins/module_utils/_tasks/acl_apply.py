# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing access rules, reading back what came of it, and meeting what other runs change at the same moment."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from .._client.api import InferenceApi
from .._client.errors import InferenceError, OptionError
from .._client.resources import STABLE_STATUSES, AclRule, Deployment
from .._client.service_errors import TransientState
from .acl_plan import DesiredRules, RulesStep, plan_rules
from .course import Course, look, until
from .deployment_checks import Gone, check_status

# What a lost answer, a busy deployment or another run may cost: each turn reads, plans, and applies one step.
TURNS = 6
# Before a step is planned again, as another run changed the rules; it doubles each time, up to half a minute in all.
FIRST_PAUSE = 1.0


def apply_rules(
    api: InferenceApi,
    deployment: Deployment,
    desired: DesiredRules,
    done: list[str],
    known: Sequence[AclRule] | None = None,
) -> Course[Deployment, tuple[AclRule, ...]]:
    """Wait until the service takes rules, write, read back, compare; return the rules that there are then.

    done: gets what was written, in words. known: the rules as they are, if they were read before.
    What isn't as desired then is planned and written again, a few times: another run may change rules at the same
    moment, or an answer got lost. Raises OptionError where that doesn't help, and where a removal left no rule at all,
    once what it removed is restored.
    """
    writer = _Writer(api, deployment, done)
    yield from until(deployment, partial(_is_stable, deployment))
    lost: RulesStep | None = None
    failure: InferenceError | None = None
    rules = writer.read() if known is None else tuple(known)
    for turn in range(TURNS + 1):
        step = plan_rules(rules, desired, deployment.label, writer.own).step
        # No pause while no rule is left: every address may connect then.
        if step is not None and rules and turn and failure is None:
            pause = FIRST_PAUSE * 2 ** (turn - 1) * random.uniform(0.5, 1)
            # Two runs that undo each other's changes fall out of step.
            yield from look(deployment.name or "", deployment.project_id or "", pause)
            rules = writer.read()
            step = plan_rules(rules, desired, deployment.label, writer.own).step
        if step is None:
            if lost is not None:
                done.append(str(lost))
            return rules
        if turn == TURNS:
            if not rules and not desired.allow_all:
                writer.write(step)
            break
        failure = writer.write(step)
        lost = step if failure is not None and failure.effect_unknown else None
        if failure is not None and not step.remove and not _goes_on(failure):
            raise failure
        rules = writer.read()
        if not rules and step.only_removes and not desired.allow_all and (failure is not None or not desired.present):
            raise (yield from writer.restore(step))
        if isinstance(failure, TransientState):
            yield from writer.until_stable()
            rules = writer.read()
        elif failure is not None and not _goes_on(failure):
            raise failure
    if isinstance(failure, TransientState):
        raise OptionError(f"deployment '{deployment.label}' stays busy; run again later to set its access rules")
    raise failure or OptionError(
        f"the access rules of deployment '{deployment.label}' were written {TURNS} times and didn't stay: another run "
        f"changes them at the same moment, or the service didn't keep them; still to do: {step}. Run again"
    )


class _Writer:
    """Writes the rules of one deployment, and keeps which ones it added (C(own): their IDs)."""

    def __init__(self, api: InferenceApi, deployment: Deployment, done: list[str]) -> None:
        self.own: set[str] = set()
        self._api = api
        self._deployment = deployment
        self._done = done

    def read(self) -> tuple[AclRule, ...]:
        return tuple(self._api.list_acl_rules(self._deployment.id, whole=True))

    def write(self, step: RulesStep) -> InferenceError | None:
        """Apply the step; return what ended it early, after it noted what was done by then."""
        api, deployment_id = self._api, self._deployment.id
        written: list[str] = []
        try:
            if step.whole is not None:
                self.own.update(rule.id for rule in api.set_acl_rules(deployment_id, step.whole))
            else:
                if step.add:
                    self.own.update(rule.id for rule in api.add_acl_rules(deployment_id, step.add))
                    written.append(f"add {', '.join(rule.ip for rule in step.add)}")
                for rule in step.remove:
                    if isinstance(rule, AclRule):
                        api.delete_acl_rule(rule.id)
                        written.append(f"remove {rule.ip or rule.id}")
        except InferenceError as error:
            self._done.extend(written)
            return error
        self._done.append(str(step))
        return None

    def restore(self, step: RulesStep) -> Course[Deployment, OptionError]:
        """Put back what the step removed; return the error that tells of it. Raises OptionError where that fails."""
        name = self._deployment.label
        specs = {rule.ip: rule for rule in step.removed_specs}
        ips = ", ".join(specs)
        try:
            for turn in range(TURNS):
                try:
                    self._api.add_acl_rules(self._deployment.id, tuple(specs.values()))
                    break
                except InferenceError as error:
                    if turn == TURNS - 1 or not _goes_on(error):
                        raise
                    if isinstance(error, TransientState):
                        yield from self.until_stable()
                if self.read():
                    break
        except InferenceError as error:
            raise OptionError(
                f"deployment '{name}' has no access rule any more, and every address may connect to its public "
                f"endpoint: another run removed the other rules at the same moment, and {ips} could not be restored; "
                f"add rules at once ({error})"
            ) from error
        self._done.append(f"restore {ips}")
        return OptionError(
            f"no rule was left for deployment '{name}', as another run removed the other rules at the same moment; "
            f"{ips} was restored, since its public endpoint would be open to every address. Run again; set "
            "allow_all: true if that is wanted"
        )

    def until_stable(self) -> Course[Deployment, None]:
        busy = self._api.get_deployment(self._deployment.id)
        yield from until(busy, partial(_is_stable, busy))


def _goes_on(failure: InferenceError) -> bool:
    """Whether it is worth reading and planning again after this failure of a write."""
    return isinstance(failure, TransientState) or failure.effect_unknown


def _is_stable(deployment: Deployment, seen: Deployment | None) -> bool:
    if seen is None:
        raise Gone(f"deployment {deployment.label} is gone: someone else deleted it; run again", deployment)
    check_status(seen)
    return seen.status in STABLE_STATUSES
