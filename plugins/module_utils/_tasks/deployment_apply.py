# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out a plan, step by step, and waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .._client.errors import InferenceError, OptionError, WaitError
from .._client.resources import GONE_STATUSES, STABLE_STATUSES, Deployment, to_plain
from .._client.service_errors import TransientState
from .creation import Creation
from .deployment_checks import check_status
from .deployment_creation import deployment_maker
from .deployment_steps import (
    AddEndpoint,
    Create,
    Delete,
    Plan,
    Read,
    RemoveEndpoint,
    Step,
    Update,
    UpdateEndpoint,
)
from .task import Interrupted, Run
from .waiting import Wait

# Taking over another run's deployment may need changes of its own; one that never fits is an error, not a loop.
ROUNDS = 3
# How often one step meets a busy deployment before that is an error.
TURNS = 5


@dataclass
class Applied:
    """What has been done so far, and the deployment as last seen; null while there is none."""

    deployment: Deployment | None
    done: list[str] = field(default_factory=list)
    adopted: bool = False

    def interrupted(self, cause: InferenceError) -> Interrupted:
        results = {"deployment": None if self.deployment is None else to_plain(self.deployment)}
        return Interrupted(cause, done=self.done, results=results)


class Applier:
    """Applies plans for one deployment within the time of one wait. C(applied) tells at any moment how far it is.

    replan: the plan from the deployment as it is by now to what is wanted; empty once all is done.
    """

    def __init__(
        self, run: Run, replan: Callable[[Deployment], Plan], *, wait_timeout: float, wait_for_ready: bool
    ) -> None:
        self._api = run.api
        self._clock = run.clock
        self._report = run.report
        self._replan = replan
        self._wait = Wait(run.clock, run.report, wait_timeout)
        self._wait_for_ready = wait_for_ready
        self._creation: Creation[Deployment] | None = None
        self.applied = Applied(None)

    def make_present(self, read: Read, plan: Plan) -> Plan:
        """Apply the plan, wait, read back and compare; return the plan that fitted once the deployment was settled.

        Raises an InferenceError; C(applied) says what was done.
        """
        self.applied.deployment = read.found
        # The IDs that are no new deployment's, should an answer get lost.
        known = frozenset(one.id for one in (*read.leaving, *((read.found,) if read.found else ())))
        if read.found is None:
            for one in read.leaving:
                # Its name, its quota and its node are still taken.
                self._until_gone(one)
        elif plan.steps and read.found.status != "ready" and not isinstance(plan.steps[0], Delete):
            # Busy with an earlier change: what comes of that is what must be compared.
            plan = self._replan(self._until_ready(read.found))
        first = plan
        for _round in range(ROUNDS):
            if not plan.steps:
                break
            self.applied.adopted = False
            for step in plan.steps:
                self._patiently(step, known)
                if isinstance(step, Delete):
                    self._until_gone(step.deployment)
                    self.applied.deployment = None
            plan = self._read_back()
            if plan.steps and not self.applied.adopted:
                raise self._not_kept(plan)
        if plan.steps:
            raise WaitError(f"{plan.diff.header}: other runs change it all the time; run again after them")
        self._settle()
        return first

    def make_absent(self, read: Read, plan: Plan) -> None:
        self.applied.deployment = read.found
        for step in plan.steps:
            self._patiently(step, frozenset())
        going = self.applied.deployment
        if self._wait_for_ready:
            for one in (*read.leaving, *((going,) if going else ())):
                self._until_gone(one)
            self.applied.deployment = None

    # Waiting

    def _settle(self) -> None:
        """Wait until the deployment is ready if that is asked for; a status that waiting can't mend is told anyway."""
        deployment = self.applied.deployment
        if deployment is not None and (self._wait_for_ready or deployment.status in STABLE_STATUSES):
            self._until_ready(deployment)

    def _read_back(self) -> Plan:
        """Settle, and plan once more from what the service says then: an empty plan if all is as wanted."""
        if self.applied.deployment is None:
            raise OptionError("the deployment vanished while it was being changed; run again")
        self.applied.deployment = self._api.get_deployment(self.applied.deployment.id)
        self._settle()
        if self._creation is not None:
            # Two runs may both have looked too early to see each other's; by now neither can miss it.
            created, self._creation = self._creation.give_way(), None
            if created.resource.id != self.applied.deployment.id:
                self.applied.deployment, self.applied.adopted = created.resource, True
                self._settle()
        return self._replan(self.applied.deployment)

    def _until_ready(self, deployment: Deployment) -> Deployment:
        def poll() -> Deployment:
            # Kept at once: if the wait fails, the last that was seen is what the failure tells.
            self.applied.deployment = seen = self._api.get_deployment(deployment.id)
            return seen

        what = f"deployment {deployment.name}"
        return self._wait.until(what, deployment, poll, lambda seen: seen.status, _is_ready)

    def _until_gone(self, deployment: Deployment) -> None:
        def poll() -> Deployment | None:
            return self._api.find_deployment(deployment.id)

        seen: Deployment | None = deployment
        self._wait.until(
            f"deployment {deployment.name}",
            seen,
            poll,
            lambda one: "gone" if one is None else one.status,
            _is_gone,
        )

    # Steps

    def _patiently(self, step: Step, known: frozenset[str]) -> None:
        """Do one step; where the service says that the deployment is busy, wait until it isn't and do it then."""
        for turn in range(TURNS):
            try:
                return self._do(step, known)
            except TransientState:
                if self.applied.deployment is None or turn == TURNS - 1:
                    raise
                busy = self._api.find_deployment(self.applied.deployment.id)
                if isinstance(step, Delete) and (busy is None or busy.status in GONE_STATUSES):
                    # Someone else was first, or it was our own request, whose answer got lost.
                    self.applied.deployment = busy
                    return self._note(step)
                if busy is None or busy.status in STABLE_STATUSES:
                    raise
                self._until_ready(busy)
        return None

    def _do(self, step: Step, known: frozenset[str]) -> None:
        api, applied = self._api, self.applied
        if isinstance(step, Create):
            self._creation = Creation(deployment_maker(api, step.spec, known), self._clock, self._report)
            applied.deployment = self._creation.create()
            # Before the next request, which may fail: what costs by the hour must be named then.
            self._note(step)
            created = self._creation.give_way()
            applied.deployment, applied.adopted = created.resource, created.adopted
            return
        if isinstance(step, Delete):
            applied.deployment = api.delete_deployment(step.deployment.id)
        elif isinstance(step, Update):
            applied.deployment = api.update_deployment(step.deployment.id, step.change)
        elif isinstance(step, UpdateEndpoint):
            api.update_endpoint(step.endpoint.id, disable_auth=step.disable_auth)
        elif isinstance(step, RemoveEndpoint):
            api.delete_endpoint(step.endpoint.id)
        else:
            self._add_endpoint(step)
        self._note(step)

    def _note(self, step: Step) -> None:
        """Keep the step as a thing done, with the ID of what it made."""
        made = f" ({self.applied.deployment.id})" if isinstance(step, Create) and self.applied.deployment else ""
        self.applied.done.append(f"{step}{made}")

    def _add_endpoint(self, step: AddEndpoint) -> None:
        """Make the endpoint; after a lost answer, look whether it was made before making it again."""
        try:
            self._api.create_endpoint(step.deployment.id, step.spec)
        except InferenceError as error:
            if not error.effect_unknown:
                raise
            now = self._api.get_deployment(step.deployment.id)
            if all(one.private_network_id != step.spec.private_network_id for one in now.endpoints):
                self._api.create_endpoint(step.deployment.id, step.spec)

    def _not_kept(self, plan: Plan) -> WaitError:
        deployment = self.applied.deployment
        name = f"{plan.diff.header} ({deployment.id if deployment else 'unknown'})"
        left = "; ".join(str(step) for step in plan.steps)
        return WaitError(
            f"{name}: the service took the change but didn't keep it; still to do: {left}. Run again, and contact "
            "Scaleway's support if it stays so"
        )


def _is_ready(deployment: Deployment) -> bool:
    check_status(deployment)
    return deployment.status == "ready"


def _is_gone(deployment: Deployment | None) -> bool:
    if deployment is None or deployment.status == "deleted":
        return True
    if deployment.status not in GONE_STATUSES:
        check_status(deployment)
    return False
