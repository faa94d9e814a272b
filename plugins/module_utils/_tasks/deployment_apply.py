# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out a plan, step by step, and waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .._client.errors import InferenceError, WaitError
from .._client.resources import (
    GONE_STATUSES,
    STABLE_STATUSES,
    AclRule,
    Deployment,
    Endpoint,
    EndpointSpec,
    needed,
    to_plain,
)
from .._client.service_errors import ApiError, NotFound, TransientState
from .acl_apply import apply_rules
from .course import Course, look, see, until
from .creation import Creation
from .deployment_checks import Gone, check_status
from .deployment_creation import deployment_maker
from .deployment_steps import (
    AddEndpoint,
    ApplyRules,
    Create,
    Delete,
    DeploymentState,
    Plan,
    RemoveEndpoint,
    Step,
    Update,
    UpdateEndpoint,
    by_place,
    endpoint_name,
)
from .settling import find_successor, staying
from .task import Interrupted, Run

WAITS_FOR_RULES = "waiting until it is ready in spite of wait: false, as it gets access rules"
# Taking over another run's deployment may need changes of its own; one that never fits is an error, not a loop.
Replan = Callable[[Deployment, "tuple[AclRule, ...] | None"], Plan]

ROUNDS = 5
# How often one step meets a busy deployment before that is an error.
TURNS = 10
# Seconds until a deployment that was busy only for a moment is asked again, and a creation is looked at once more.
MOMENT = 2.0


@dataclass
class Applied:
    """What has been done so far, and the deployment as last seen; null while there is none.

    rules: its access rules as last read; null while they aren't known.
    """

    deployment: Deployment | None
    rules: tuple[AclRule, ...] | None = None
    done: list[str] = field(default_factory=list)
    adopted: bool = False

    def interrupted(self, cause: InferenceError) -> Interrupted:
        return Interrupted(cause, done=self.done)

    def as_results(self) -> dict[str, Any]:
        """The deployment and its rules as tasks return them."""
        return {
            "deployment": None if self.deployment is None else to_plain(self.deployment),
            "rules": None if self.rules is None else [to_plain(rule) for rule in self.rules],
        }


class Applier:
    """Applies plans for one deployment. C(applied) tells at any moment how far it is.

    replan: the plan from the deployment as it is by now, and its rules if they are known, to the desired state; empty
    once all is done. by_name: whether the deployment was chosen by its name, so that another of that name may take its
    place.
    """

    def __init__(self, run: Run, replan: Replan, *, wait_for_ready: bool, by_name: bool = False) -> None:
        self._api = run.api
        self._report = run.report
        self._replan = replan
        self._wait_for_ready = wait_for_ready
        self._by_name = by_name
        self._creation: Creation[Deployment] | None = None
        self.applied = Applied(None)

    def make_present(self, state: DeploymentState, plan: Plan) -> Course[Deployment, Plan]:
        """Apply the plan, wait, read back and compare; return the plan that fitted once the deployment was settled.

        Goes on with the one that stays where the deployment gives way to another run's. Raises an InferenceError;
        C(applied) says what was done.
        """
        for _round in range(ROUNDS):
            try:
                return (yield from self._make_present(state, plan))
            except Gone as gone:
                other = (yield from find_successor(gone.deployment, self._report)) if self._by_name else None
                if other is None:
                    raise
                self._creation = None
                state, plan = DeploymentState(found=other), self._replan(other, None)
        raise self._unsteady(plan)

    def _make_present(self, state: DeploymentState, plan: Plan) -> Course[Deployment, Plan]:
        found = self.applied.deployment = state.found
        self.applied.rules = plan.rules
        # The IDs that are no new deployment's, should an answer get lost.
        known = frozenset(one.id for one in (*state.deleting, *((state.found,) if state.found else ())))
        if found is None and state.deleting:
            for one in state.deleting:
                # Its name, its quota and its node are still taken.
                yield from until(one, _is_gone)
            # Meanwhile another run may have created one.
            old = state.deleting[0]
            now: tuple[Deployment, ...] = yield from look(old.name or "", old.project_id or "")
            found = self.applied.deployment = next((one for one in staying(now) if one.id not in known), None)
            plan = plan if found is None else self._replan(found, None)
        if found is not None and plan.steps and found.status != "ready" and not isinstance(plan.steps[0], Delete):
            # Busy with an earlier change: what comes of that is what must be compared.
            plan = self._replan((yield from self.until_ready(found)), None)
        first = plan
        for _round in range(ROUNDS):
            if not plan.steps:
                break
            self.applied.adopted = False
            for step in plan.steps:
                if not (yield from self._patiently(step, known)):
                    # Another run changed what this plan was made for: what is left is planned again.
                    self.applied.adopted = True
                    break
                if isinstance(step, Delete):
                    yield from until(step.deployment, _is_gone)
                    self.applied.deployment, self.applied.rules = None, None
            plan = yield from self._read_back(plan)
        if plan.steps:
            raise self._unsteady(plan)
        yield from self._settle()
        return first if self.applied.done else plan

    def make_absent(self, state: DeploymentState, plan: Plan) -> Course[Deployment, None]:
        self.applied.deployment = state.found
        for step in plan.steps:
            yield from self._patiently(step, frozenset())
        going = self.applied.deployment
        if self._wait_for_ready:
            for one in (*state.deleting, *((going,) if going else ())):
                yield from until(one, _is_gone)
            self.applied.deployment = None

    # Waiting

    def _settle(self) -> Course[Deployment, None]:
        """Wait until the deployment is ready if that is asked for; a status that waiting can't mend is told anyway."""
        deployment = self.applied.deployment
        if deployment is not None and (self._wait_for_ready or deployment.status in STABLE_STATUSES):
            yield from self.until_ready(deployment)

    def _read_back(self, plan: Plan) -> Course[Deployment, Plan]:
        """Settle, and plan once more from what the service says then: an empty plan if all is as desired."""
        changed = self.applied.deployment
        self.applied.deployment = None if changed is None else (yield from see(changed))
        if changed is not None and self.applied.deployment is None:
            raise _gone(changed)
        yield from self._settle()
        if self._creation is not None:
            # A service may stamp a deployment before others can see it; by now none that is older can be missed.
            created = yield from self._creation.settle(0.0 if self._wait_for_ready else MOMENT)
            self._creation = None
            if changed is None or created.resource.id != changed.id:
                self.applied.deployment, self.applied.adopted, self.applied.rules = created.resource, True, None
                yield from self._settle()
        left = self._replan(self._there(plan), self.applied.rules)
        self.applied.rules = left.rules
        if left.steps:
            # What was seen may come from a list, and lists may lag behind.
            self.applied.deployment = self._api.find_deployment(self._there(plan).id)
            yield from self._settle()
            left = self._replan(self._there(plan), self.applied.rules)
            if left.steps and not self.applied.adopted:
                raise self._not_kept(left)
        return left

    def _there(self, plan: Plan) -> Deployment:
        if self.applied.deployment is None:
            raise WaitError(f"{plan.diff.header} is gone: someone else deleted it; run again")
        return self.applied.deployment

    def until_ready(self, deployment: Deployment) -> Course[Deployment, Deployment]:
        """Wait until it is ready, whether or not that is asked for; return it as it is then."""
        seen = deployment

        def is_ready(one: Deployment | None) -> bool:
            nonlocal seen
            # Kept at once: if the wait fails, the last that was seen is what the failure tells.
            self.applied.deployment = one
            if one is None:
                raise _gone(deployment)
            seen = one
            check_status(one)
            return one.status == "ready"

        yield from until(deployment, is_ready)
        return seen

    # Steps

    def _patiently(self, step: Step, known: frozenset[str]) -> Course[Deployment, bool]:
        """Do one step; where the service says that the deployment is busy, wait until it isn't and do it then.

        Returns false where another run was first, or changed the deployment so that the step no longer fits.
        """
        for turn in range(TURNS):
            try:
                return (yield from self._do(step, known))
            except NotFound as error:
                self._check_there(error)
                if isinstance(step, (UpdateEndpoint, RemoveEndpoint)):
                    return False
                raise
            except TransientState as error:
                if self.applied.deployment is None or turn == TURNS - 1:
                    raise
                busy = self._api.find_deployment(self.applied.deployment.id)
                if isinstance(step, Delete) and (busy is None or busy.status in GONE_STATUSES):
                    # Someone else was first, or it was our own request, whose answer got lost.
                    self.applied.deployment = busy
                    self._note(step)
                    return True
                if busy is None:
                    raise _gone(self.applied.deployment) from error
                if busy.status == "ready":
                    # Another run's change may just have ended, or the status is that from before the change.
                    yield from look(busy.name or "", busy.project_id or "", MOMENT)
                    continue
                ready = yield from self.until_ready(busy)
                if not isinstance(step, Delete) and not self._replan(ready, None).steps:
                    return False
        return True

    def _check_there(self, error: NotFound) -> None:
        """Raise Gone if what the service doesn't find is the deployment itself."""
        last = self.applied.deployment
        if last is not None and error.names_resource:
            now = self._api.find_deployment(last.id)
            if now is None or now.status in GONE_STATUSES:
                raise _gone(last) from error

    def _do(self, step: Step, known: frozenset[str]) -> Course[Deployment, bool]:
        """Do one step, and note it; returns false where another run was first."""
        api, applied = self._api, self.applied
        if isinstance(step, Create):
            maker = deployment_maker(api, step.spec, known)
            self._creation = Creation(maker, self._report, applied.done.append)
            applied.deployment = yield from self._creation.create()
            if self._creation.made:
                # Before the next request, which may fail: what costs by the hour must be named then.
                self._note(step)
            created = yield from self._creation.settle()
            applied.deployment, applied.adopted = created.resource, created.adopted
            return True
        if isinstance(step, ApplyRules):
            yield from self._apply_rules(step)
            return True
        if isinstance(step, Delete):
            applied.deployment = api.delete_deployment(step.deployment.id)
        elif isinstance(step, Update):
            applied.deployment = api.update_deployment(step.deployment.id, step.change)
        elif isinstance(step, UpdateEndpoint):
            api.update_endpoint(self._endpoint_id(step.endpoint), disable_auth=step.disable_auth)
        elif isinstance(step, RemoveEndpoint):
            api.delete_endpoint(self._endpoint_id(step.endpoint))
        elif not self._add_endpoint(step):
            return False
        self._note(step)
        return True

    def _apply_rules(self, step: ApplyRules) -> Course[Deployment, None]:
        """Give the deployment its rules as soon as it is ready: the service takes none before."""
        applied = self.applied
        if applied.deployment is None:
            raise WaitError("the deployment is gone: someone else deleted it; run again")
        if not self._wait_for_ready and applied.deployment.status != "ready":
            self._report(f"deployment {applied.deployment.label}: {WAITS_FOR_RULES}")
        ready = yield from self.until_ready(applied.deployment)
        # What was read before other steps may be old by now.
        known = None if applied.done else applied.rules
        applied.rules = yield from apply_rules(self._api, ready, step.desired, applied.done, known)

    def _endpoint_id(self, endpoint: Endpoint | EndpointSpec) -> str:
        """The ID of an endpoint that may have been made with its deployment."""
        there, place = self.applied.deployment, endpoint.private_network_id
        found = endpoint if isinstance(endpoint, Endpoint) else there and by_place(there, (place,)).get(place)
        if not found:
            raise WaitError(f"the {endpoint_name(endpoint)} is gone: someone else removed it; run again")
        what = f"the {endpoint_name(endpoint)} of {there.what}" if there else f"the {endpoint_name(endpoint)}"
        return needed(found.id, "id", what, "to change it")

    def _note(self, step: Step) -> None:
        """Keep the step as a thing done, with the ID of what it made."""
        made = f" ({self.applied.deployment.id})" if isinstance(step, Create) and self.applied.deployment else ""
        self.applied.done.append(f"{step}{made}")

    def _add_endpoint(self, step: AddEndpoint) -> bool:
        """Make the endpoint; after a lost answer, look whether it was made before making it again.

        Returns false where it is there, but another run made it: that is how a refusal reads then.
        """
        lost = False
        for turn in range(2):
            try:
                self._api.create_endpoint(step.deployment.id, step.spec)
                return True
            except InferenceError as error:
                refused = isinstance(error, ApiError) and error.status in (400, 409)
                if not error.effect_unknown and not refused:
                    raise
                lost = lost or error.effect_unknown
                now = self._api.get_deployment(step.deployment.id)
                place = step.spec.private_network_id
                if place in by_place(now, (place,)):
                    return lost
                if refused or turn == 1:
                    raise
        return True

    def _unsteady(self, plan: Plan) -> WaitError:
        return WaitError(f"{plan.diff.header}: other runs change it all the time; run again after them")

    def _not_kept(self, plan: Plan) -> WaitError:
        deployment = self.applied.deployment
        name = f"{plan.diff.header} ({deployment.id if deployment else 'unknown'})"
        left = "; ".join(str(step) for step in plan.steps)
        return WaitError(
            f"{name}: the service took the change but didn't keep it; still to do: {left}. Run again, and contact "
            "Scaleway's support if it stays so"
        )


def _gone(deployment: Deployment) -> Gone:
    return Gone(f"deployment {deployment.label} is gone: someone else deleted it; run again", deployment)


def _is_gone(deployment: Deployment | None) -> bool:
    if deployment is None or deployment.status == "deleted":
        return True
    if deployment.status not in GONE_STATUSES:
        check_status(deployment)
    return False
