# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the plan for one deployment: its steps, the waiting, and the verification of the result."""

from __future__ import annotations

from .._client.errors import WaitError
from .._client.inference.api import InferenceApi
from .._client.inference.resources import Deployment
from .._reconcile.create import RACE_RECHECK_DELAY
from .._reconcile.duplicates import active_resources
from .._reconcile.successor import find_successor
from .._reconcile.watcher import Watcher
from .applied import Applied
from .apply_step import Replan, StepApplier
from .checks import Gone, check_status
from .steps import Delete, DeploymentState, Plan
from .wait import gone_error, wait_until_gone

# How often the rest is planned again, as other runs may change the deployment at the same time.
MAX_REPLANS = 5


class Applier:
    """Applies the plan for one deployment, in a job of the watcher.

    applied: records what was done. replan: plans again from a newer state of the deployment; the plan is empty once
    that is as desired. wait: whether to wait until it is ready. by_name: whether the deployment was chosen by its name,
    so that another one with the name may replace it.
    """

    def __init__(
        self,
        api: InferenceApi,
        watcher: Watcher[Deployment],
        applied: Applied,
        replan: Replan,
        *,
        wait: bool,
        by_name: bool,
    ) -> None:
        self._api = api
        self._watcher = watcher
        self._applied = applied
        self._replan = replan
        self._wait = wait
        self._by_name = by_name
        self._steps = StepApplier(api, watcher, applied, replan, wait=wait)

    def ensure_present(self, state: DeploymentState, plan: Plan) -> Plan:
        """Apply the plan, wait, and verify; return the plan that was applied.

        If another run deletes the deployment to resolve a race, continues with the one that is kept. Raises
        InferenceError; C(applied) has the steps that were done before.
        """
        for _attempt in range(MAX_REPLANS):
            try:
                return self._make_present(state, plan)
            except Gone as gone:
                successor = find_successor(self._watcher, gone.deployment) if self._by_name else None
                if successor is None:
                    raise
                self._steps.creation = None
                state, plan = DeploymentState(found=successor), self._replan(successor, None)
        raise _contention_error(plan)

    def ensure_absent(self, state: DeploymentState, plan: Plan) -> None:
        """Apply the plan; if C(wait), wait until the deployments are gone. Raises as C(ensure_present)."""
        self._applied.deployment = state.found
        for step in plan.steps:
            self._steps.apply(step, frozenset())
        if self._wait:
            deleted = self._applied.deployment
            for one in (*state.deleting, *((deleted,) if deleted else ())):
                wait_until_gone(self._watcher, one)
            self._applied.deployment = None

    def _make_present(self, state: DeploymentState, plan: Plan) -> Plan:
        applied = self._applied
        applied.deployment, applied.rules = state.found, plan.rules
        # The IDs that existed before: after a lost answer, they are not what this run created.
        known = frozenset(one.id for one in (*state.deleting, *((state.found,) if state.found else ())))
        if state.found is None and state.deleting:
            plan = self._wait_until_name_is_free(state, plan, known)
        found = applied.deployment
        if found is not None and plan.steps and found.status != "ready" and not isinstance(plan.steps[0], Delete):
            # It is busy with an earlier change, whose result has to be compared.
            plan = self._replan(self._steps.wait_until_ready(found), None)
        first = plan
        for _attempt in range(MAX_REPLANS):
            if not plan.steps:
                break
            self._apply_steps(plan, known)
            plan = self._verify(plan)
        if plan.steps:
            raise _contention_error(plan)
        self._wait_until_settled()
        return first if applied.done else plan

    def _wait_until_name_is_free(self, state: DeploymentState, plan: Plan, known: frozenset[str]) -> Plan:
        """Wait until deployments that are being deleted are gone: until then they hold name, quota and nodes.

        Returns the plan, made again if another run has created a deployment with the name meanwhile.
        """
        for one in state.deleting:
            wait_until_gone(self._watcher, one)
        named = self._watcher.named(state.deleting[0].name or "")
        found = self._applied.deployment = next((one for one in active_resources(named) if one.id not in known), None)
        return plan if found is None else self._replan(found, None)

    def _apply_steps(self, plan: Plan, known: frozenset[str]) -> None:
        applied = self._applied
        applied.taken_over = False
        for step in plan.steps:
            if not self._steps.apply(step, known):
                # Another run changed the deployment, so the rest has to be planned again.
                applied.taken_over = True
                return
            if isinstance(step, Delete):
                wait_until_gone(self._watcher, step.deployment)
                applied.deployment, applied.rules = None, None

    def _wait_until_settled(self) -> None:
        """Wait until the deployment is ready, if C(wait). Raises WaitError for a status such as error in any case."""
        deployment = self._applied.deployment
        if deployment is None:
            return
        if self._wait:
            self._steps.wait_until_ready(deployment)
        elif deployment.is_stable:
            check_status(deployment)

    def _verify(self, plan: Plan) -> Plan:
        """Wait until settled, read the deployment, and plan again; the plan has no steps if all is as desired.

        Raises WaitError where the service took a change but didn't keep it.
        """
        applied = self._applied
        changed = applied.deployment
        # What was created was read since, as its race was resolved.
        if changed is not None and self._steps.creation is None:
            applied.deployment = self._watcher.refresh(changed)
            if applied.deployment is None:
                raise gone_error(changed)
        self._wait_until_settled()
        if self._steps.creation is not None:
            # An older deployment may have become visible late; by now every one is visible.
            outcome = self._steps.creation.resolve_race(0.0 if self._wait else RACE_RECHECK_DELAY)
            self._steps.creation = None
            if changed is None or outcome.resource.id != changed.id:
                applied.deployment, applied.taken_over, applied.rules = outcome.resource, True, None
                self._wait_until_settled()
        left = self._replan(self._require_deployment(plan), applied.rules)
        applied.rules = left.rules
        if left.steps:
            # The deployment may have come from a list, and lists may lag behind the service.
            applied.deployment = self._api.find_deployment(self._require_deployment(plan).id)
            self._wait_until_settled()
            left = self._replan(self._require_deployment(plan), applied.rules)
            if left.steps and not applied.taken_over:
                raise _drift_error(left, applied.deployment)
        return left

    def _require_deployment(self, plan: Plan) -> Deployment:
        if self._applied.deployment is None:
            raise WaitError(f"{plan.diff.header} is gone: someone else deleted it; run again")
        return self._applied.deployment


def _contention_error(plan: Plan) -> WaitError:
    return WaitError(f"{plan.diff.header}: other runs change it all the time; run again after them")


def _drift_error(plan: Plan, deployment: Deployment | None) -> WaitError:
    """The error of drift: the service took a change but didn't keep it. C(plan): what is still to do."""
    left = "; ".join(str(step) for step in plan.steps)
    return WaitError(
        f"{plan.diff.header} ({deployment.id if deployment else 'unknown'}): the service took the change but didn't "
        f"keep it; still to do: {left}. Run again, and contact Scaleway's support if it stays so"
    )
