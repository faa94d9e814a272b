# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies a single step of a plan for a deployment."""

from __future__ import annotations

from typing import Protocol

from .._client.errors import InferenceError, WaitError
from .._client.inference.api import InferenceApi
from .._client.inference.errors import ApiError, NotFound, TransientState
from .._client.inference.resources import AclRule, Deployment, Endpoint, EndpointSpec, require_field
from .._reconcile.create import IdempotentCreation, can_be_deleted
from .._reconcile.watcher import Watcher
from .applied import Applied
from .apply_rules import apply_rules
from .creator import deployment_creator
from .steps import (
    AddEndpoint,
    ApplyRules,
    Create,
    Delete,
    Plan,
    RemoveEndpoint,
    Step,
    Update,
    UpdateEndpoint,
    endpoint_name,
    endpoints_by_network,
)
from .wait import gone_error, wait_until_ready

WAITS_FOR_RULES = "waiting until it is ready in spite of wait: false, as it gets access rules"

# How often one step is sent while the deployment is busy.
MAX_BUSY_RETRIES = 10
# Seconds before a step is sent again to a deployment that was busy for a moment.
BUSY_RETRY_DELAY = 2.0


class Replan(Protocol):
    """Plans from a deployment as it is by now, and from its rules if they are known, to the desired state."""

    def __call__(self, found: Deployment, rules: tuple[AclRule, ...] | None, /) -> Plan: ...


class StepApplier:
    """Applies steps, and records them in C(applied).

    creation: the creation of this run until its race with other runs is resolved; null if there is none.
    """

    def __init__(
        self, api: InferenceApi, watcher: Watcher[Deployment], applied: Applied, replan: Replan, *, wait: bool
    ) -> None:
        self.creation: IdempotentCreation[Deployment] | None = None
        self._api = api
        self._watcher = watcher
        self._applied = applied
        self._replan = replan
        self._wait = wait

    def apply(self, step: Step, known: frozenset[str]) -> bool:
        """Apply the step; while the deployment is busy, wait and try again.

        known: the IDs of deployments with the name that existed before. Returns false where another run was first, or
        changed the deployment so that the step no longer fits.
        """
        applied = self._applied
        lost = False
        for attempt in range(MAX_BUSY_RETRIES):
            try:
                return self._apply_once(step, known)
            except NotFound as error:
                self._check_exists(error)
                if isinstance(step, (UpdateEndpoint, RemoveEndpoint)):
                    return False
                raise
            except TransientState as error:
                # It may be busy with this very step, if the answer to that was lost and the request repeated.
                if error.earlier_effect_unknown:
                    lost, applied.unknown = True, [str(step)]
                if applied.deployment is None or attempt == MAX_BUSY_RETRIES - 1:
                    raise
                busy = self._api.find_deployment(applied.deployment.id)
                if isinstance(step, Delete) and (busy is None or busy.is_deleting):
                    # Somebody else deleted it, or our own request whose answer was lost.
                    applied.deployment = busy
                    if lost:
                        self._record(step)
                    return True
                if busy is None:
                    raise gone_error(applied.deployment) from error
                if busy.status == "ready" or (isinstance(step, Delete) and busy.is_stable):
                    # Another run's change may just have ended, or the status may still be that from before it.
                    self._watcher.pause(BUSY_RETRY_DELAY)
                    continue
                if isinstance(step, Delete):
                    # Whatever it ends as: one in status error is deleted too.
                    self._watcher.wait_until(busy, can_be_deleted)
                elif not self._replan(self.wait_until_ready(busy), None).steps:
                    if lost:
                        self._record(step)
                    return lost
            except InferenceError as error:
                # Creations, endpoints and rules are read back, and name by themselves what stays unknown.
                if error.may_have_had_effect and isinstance(step, (Delete, Update, UpdateEndpoint, RemoveEndpoint)):
                    applied.unknown = [str(step)]
                raise
        return True

    def wait_until_ready(self, deployment: Deployment) -> Deployment:
        """Wait until the deployment is ready, after its last update if there was one. Raises as the function."""
        ready = wait_until_ready(self._watcher, deployment, changed=self._applied.changed)
        self._applied.deployment, self._applied.changed = ready, None
        return ready

    def _apply_once(self, step: Step, known: frozenset[str]) -> bool:
        """Apply the step and record it; returns false where another run was first."""
        api, applied = self._api, self._applied
        if isinstance(step, Create):
            self._create(step, known)
        elif isinstance(step, ApplyRules):
            self._apply_rules(step)
        elif isinstance(step, Delete):
            deleted, applied.deployment = api.delete_deployment(step.deployment.id)
            if deleted or str(step) in applied.unknown:
                self._record(step)
        elif isinstance(step, Update):
            applied.deployment = applied.changed = api.update_deployment(step.deployment.id, step.change)
            self._record(step)
        elif isinstance(step, UpdateEndpoint):
            api.update_endpoint(self._endpoint_id(step.endpoint), disable_auth=step.disable_auth)
            self._record(step)
        elif isinstance(step, RemoveEndpoint):
            if not api.delete_endpoint(self._endpoint_id(step.endpoint)) and str(step) not in applied.unknown:
                return False
            self._record(step)
        elif self._add_endpoint(step):
            self._record(step)
        else:
            return False
        return True

    def _create(self, step: Create, known: frozenset[str]) -> None:
        applied = self._applied
        self.creation = IdempotentCreation(
            self._watcher, deployment_creator(self._api, step.spec, known), applied.done.append
        )
        applied.deployment = self.creation.create()
        if self.creation.created:
            # Before the next request, which may fail: its error must name what costs money.
            self._record(step)
        outcome = self.creation.resolve_race()
        applied.deployment, applied.taken_over = outcome.resource, outcome.taken_over

    def _apply_rules(self, step: ApplyRules) -> None:
        """Wait until the deployment is ready, as the service takes no rules before, and write its rules."""
        applied = self._applied
        if applied.deployment is None:
            raise WaitError("the deployment is gone: someone else deleted it; run again")
        if not self._wait and applied.deployment.status != "ready":
            self._watcher.progress(f"deployment {applied.deployment.label}: {WAITS_FOR_RULES}")
        ready = self.wait_until_ready(applied.deployment)
        # Rules that were read before other steps may have changed since.
        current = None if applied.done else applied.rules
        applied.rules = apply_rules(self._api, self._watcher, ready, step.desired, applied, current)

    def _add_endpoint(self, step: AddEndpoint) -> bool:
        """Create the endpoint; after a lost answer, check whether it was created before trying again.

        Returns false where another run created it, which the service reports as a refusal.
        """
        lost = False
        for attempt in range(2):
            try:
                self._api.create_endpoint(step.deployment.id, step.spec)
                return True
            except InferenceError as error:
                refused = isinstance(error, ApiError) and error.status in (400, 409)
                if not error.effect_unknown and not refused:
                    raise
                if error.effect_unknown:
                    lost, self._applied.unknown = True, [str(step)]
                now = self._api.get_deployment(step.deployment.id)
                network = step.spec.private_network_id
                # It stays unknown if this read doesn't tell the networks.
                existing = endpoints_by_network(now, (network,))
                self._applied.unknown.clear()
                if network in existing:
                    return lost
                if refused or attempt == 1:
                    raise
        return True

    def _endpoint_id(self, endpoint: Endpoint | EndpointSpec) -> str:
        """The ID of an endpoint that may have been created with its deployment."""
        deployment, network = self._applied.deployment, endpoint.private_network_id
        if isinstance(endpoint, Endpoint):
            found: Endpoint | None = endpoint
        else:
            found = None if deployment is None else endpoints_by_network(deployment, (network,)).get(network)
        if found is None:
            raise WaitError(f"the {endpoint_name(endpoint)} is gone: someone else removed it; run again")
        of = f" of {deployment.what}" if deployment else ""
        return require_field(found.id, "id", f"the {endpoint_name(endpoint)}{of}", "to change it")

    def _check_exists(self, error: NotFound) -> None:
        """Raise Gone if the resource that the service doesn't find is the deployment itself."""
        last = self._applied.deployment
        if last is not None and error.names_resource:
            now = self._api.find_deployment(last.id)
            if now is None or now.is_deleting:
                raise gone_error(last) from error

    def _record(self, step: Step) -> None:
        """Record the step as done, with the ID of what it created."""
        deployment = self._applied.deployment
        created = f" ({deployment.id})" if isinstance(step, Create) and deployment else ""
        self._applied.done.append(f"{step}{created}")
        self._applied.unknown.clear()
