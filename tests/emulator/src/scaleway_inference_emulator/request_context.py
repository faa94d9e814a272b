# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The context of one authenticated request: the resources that it may read and change, and its time.

A number after "Raises" is the status of a ServiceError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from scaleway_inference_emulator import errors
from scaleway_inference_emulator.config import Key
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.records import CATALOG_PROJECT, AclRule, Deployment, Model, NodeType, Record
from scaleway_inference_emulator.state import Emulator
from scaleway_inference_emulator.timeline import DELETED, TRANSIENT, Timeline, begin

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class RequestContext:
    """The emulator, with the key, the region, the time and the fault of one request."""

    emulator: Emulator
    key: Key
    region: str
    now: float
    fault: Fault | None = None

    def _fault_of_kind(self, kind: str) -> Fault | None:
        return self.fault if self.fault and self.fault.kind == kind else None

    @property
    def as_of(self) -> float:
        """The time whose state lists show: now, or earlier if lists lag or the fault is ``stale``."""
        stale = self._fault_of_kind("stale")
        return self.now - max(self.emulator.config.list_lag, stale.seconds if stale else 0)

    # -- reading

    def may_see(self, project_id: str) -> bool:
        """Whether the key has access to the project."""
        return project_id == CATALOG_PROJECT or self.key.projects is None or project_id in self.key.projects

    def check_read_permission(self, project_id: UUID | None, resource: str, *, allowed: bool = True) -> None:
        """Raise 403 if a list is asked for one project, and the key may not read it there or there's no such project.

        ``allowed`` is whether the key may read such resources at all.
        """
        if project_id and not (allowed and self._has_access(str(project_id))):
            raise errors.permissions_denied(resource, "read")

    def _has_access(self, project_id: str) -> bool:
        return self.may_see(project_id) and self.emulator.has_project(project_id)

    def deployments(self, now: float) -> list[Deployment]:
        """The region's deployments that existed at ``now`` and that the key may see, oldest first."""
        return [
            deployment
            for deployment in self._records(Deployment, now)
            if deployment.created_at <= now
            and deployment.region == self.region
            and deployment.status_at(now) != DELETED
            and self.may_see(deployment.project_id)
        ]

    def deployment(self, deployment_id: str) -> Deployment:
        """One deployment. Raises 404."""
        found = self.emulator.store.get(Deployment, deployment_id)
        if (
            found is None
            or found.region != self.region
            or found.status_at(self.now) == DELETED
            or not self.may_see(found.project_id)
        ):
            raise errors.not_found("deployment", deployment_id)
        return found

    def models(self, now: float | None = None) -> list[Model]:
        """The models that the key may see, in no particular order: all, or those that existed at ``now``."""
        return [
            model
            for model in self._records(Model, self.now if now is None else now)
            if self.may_see(model.project_id) and (now is None or model.created_at <= now)
        ]

    def model(self, model_id: str) -> Model:
        """One model. Raises 404."""
        found = self.emulator.store.get(Model, model_id)
        if found is None or not self.may_see(found.project_id):
            raise errors.not_found("Model", model_id)
        return found

    def node_types(self, now: float | None = None) -> list[NodeType]:
        """All node types, oldest first, as they were at ``now``."""
        return self._records(NodeType, self.now if now is None else now)

    def rules(self, deployment_id: str) -> tuple[AclRule, ...]:
        """The access rules of a deployment, as of :attr:`as_of`. Raises 404."""
        current = self.deployment(deployment_id)
        then = (one for one in self._records(Deployment, self.as_of) if one.id == deployment_id)
        return next(then, current).acls

    def _records(self, kind: type[R], now: float) -> list[R]:
        store = self.emulator.store
        return store.all(kind) if now >= self.now else store.all_at(kind, now)

    # -- changing

    def check_write_permission(self, project_id: str, resource: str) -> None:
        """Raise 403 unless there is such a project, and the key may write to it."""
        if self.key.permissions != "full" or not self._has_access(project_id):
            raise errors.permissions_denied(resource, "write")

    def check_changeable(self, deployment: Deployment, *, allowed_in: frozenset[str] = frozenset()) -> None:
        """Raise 403, 423 or 409 unless the deployment can be changed now, also in the statuses ``allowed_in``."""
        self.check_write_permission(deployment.project_id, "deployment")
        status = "deploying" if deployment.has_false_ready_at(self.now) else deployment.status_at(self.now)
        if status == "locked":
            raise errors.locked("deployment", deployment.id)
        if status in TRANSIENT - allowed_in:
            raise errors.transient_state("deployment", deployment.id, status)

    def timeline(self, *steps: tuple[str, float], end: str) -> Timeline:
        """A timeline of (status, seconds) from now on, with jitter; it ends in ``error`` if the fault says so."""
        end = "error" if self._fault_of_kind("fail_provisioning") else end
        return begin(self.now, *((status, self.emulator.jittered(seconds)) for status, seconds in steps), end=end)

    @property
    def provisioning_error(self) -> str:
        """The error message for what this request creates or changes; empty without the fault ``fail_provisioning``."""
        fault = self._fault_of_kind("fail_provisioning")
        return fault.message if fault else ""

    def save(self, record: R) -> R:
        """Store a record and return it; with the fault ``forget``, only return it."""
        if not self._fault_of_kind("forget"):
            self.emulator.store.put(record)
        return record

    def delete(self, record: Record) -> None:
        """Delete a record, except with the fault ``forget``."""
        if not self._fault_of_kind("forget"):
            self.emulator.store.delete(record)


async def open_context(
    request: Request,
    region: str,
    token: Annotated[str | None, Security(APIKeyHeader(name="X-Auth-Token", auto_error=False))],
) -> RequestContext:
    """The context of a request. Raises 401 for an unknown key, 400 for an unknown region."""
    emulator: Emulator = request.app.state.emulator
    key = emulator.key(token) if token else None
    if key is None:
        raise errors.denied_authentication("not_found" if token else "invalid_argument")
    if region not in emulator.config.regions:
        raise errors.invalid_arguments(errors.detail("region", "unknown", f"there's no region {region}"))
    return RequestContext(emulator, key, region, emulator.clock.time(), getattr(request.state, "fault", None))


ContextDep = Annotated[RequestContext, Depends(open_context)]
