# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with deployments, whatever the API version."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from emulator import errors
from emulator.call import Call
from emulator.records import Deployment, Endpoint, Model
from emulator.timeline import DELETED, change, past


@dataclass(frozen=True)
class EndpointDraft:
    """An endpoint to be: a public one unless a private network is given."""

    private_network_id: str | None
    disable_auth: bool

    def made(self) -> Endpoint:
        """The endpoint, with an ID."""
        return Endpoint(id=str(uuid.uuid4()), **vars(self))


@dataclass(frozen=True)
class Draft:
    """A deployment to be. ``model`` is None when the one asked for isn't known; ``details`` tells that."""

    name: str
    project_id: str
    model: Model | None
    node_type: str
    accept_eula: bool
    tags: tuple[str, ...]
    min_size: int
    max_size: int
    endpoints: tuple[EndpointDraft, ...]
    bits: int | None = None
    quantization_enabled: bool | None = None
    details: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Dialect:
    """How a version names the arguments that the checks here speak of, and whether its pools have one size."""

    node_type: str
    fixed_size: bool


def create(call: Call, draft: Draft, dialect: Dialect) -> Deployment:
    """Begin a deployment. Names needn't be unique. Raises 400, 403, 409, 412, 503."""
    call.permit(draft.project_id, "deployment")
    details = [*draft.details, *_wrong_sizes(draft.min_size, draft.max_size, dialect)]
    details += _wrong_node_type(call, draft.node_type, dialect)
    details += _wrong_endpoints(draft.endpoints)
    if draft.model and not details:
        details += _wrong_fit(draft.model, draft.node_type, draft.bits, dialect)
    if details or draft.model is None:
        raise errors.invalid_arguments(*details)
    _check_ready(call, draft.model)
    if draft.model.has_eula and not draft.accept_eula:
        help_message = f"the licence of {draft.model.name} must be accepted: set accept_eula"
        raise errors.precondition_failed("attribute_must_be_set", help_message)
    _check_quota(call, draft.project_id)
    if any(node.id == draft.node_type and node.stock_status == "out_of_stock" for node in call.node_types()):
        raise errors.out_of_stock(draft.node_type)

    config = call.emulator.config
    deployment = Deployment(
        id=str(uuid.uuid4()),
        name=draft.name,
        project_id=draft.project_id,
        region=call.region,
        model_id=draft.model.id,
        model_name=draft.model.name,
        node_type=draft.node_type,
        min_size=draft.min_size,
        max_size=draft.max_size,
        tags=draft.tags,
        bits=draft.bits or max(draft.model.nodes[draft.node_type]),
        quantization_enabled=draft.quantization_enabled,
        endpoints=tuple(endpoint.made() for endpoint in draft.endpoints),
        error_message=call.failure,
        created_at=call.now,
        timeline=call.timeline(("creating", config.creating), ("deploying", config.deploying), end="ready"),
    )
    return call.save(deployment)


@dataclass(frozen=True)
class Changes:
    """What to change of a deployment; None means nothing."""

    name: str | None
    tags: tuple[str, ...] | None
    min_size: int | None
    max_size: int | None
    model_id: str | None = None
    bits: int | None = None
    quantization_enabled: bool | None = None


def update(call: Call, deployment_id: str, changes: Changes, dialect: Dialect) -> Deployment:
    """Change a deployment: it's deployed again, even for a name. Raises 400, 403, 404, 409, 423."""
    old = call.deployment(deployment_id)
    call.changeable(old)
    update = {name: value for name, value in vars(changes).items() if value is not None}
    details = []
    if {"min_size", "max_size"} & update.keys():
        details += _wrong_sizes(changes.min_size or old.min_size, changes.max_size or old.max_size, dialect)
    if {"model_id", "bits"} & update.keys():
        model = call.model(changes.model_id or old.model_id)
        details += _wrong_fit(model, old.node_type, changes.bits, dialect)
        if not details:
            _check_ready(call, model)
            update.update(model_name=model.name, bits=changes.bits or max(model.nodes[old.node_type]))
    if details:
        raise errors.invalid_arguments(*details)

    future = call.timeline(("deploying", call.emulator.config.updating), end="ready")
    update.update(
        old_size=old.size_at(call.now), error_message=call.failure, timeline=(*past(old.timeline, call.now), *future)
    )
    return call.save(old.model_copy(update=update))


def delete(call: Call, deployment_id: str) -> Deployment:
    """End a deployment, at any time but while it's ending. Raises 403, 404, 409, 423."""
    old = call.deployment(deployment_id)
    call.changeable(old, even_in=frozenset({"creating", "deploying", "scaling"}))
    seconds = call.emulator.jittered(call.emulator.config.deleting)
    timeline = change(old.timeline, call.now, ("deleting", seconds), end=DELETED)
    return call.save(old.model_copy(update={"old_size": old.size_at(call.now), "timeline": timeline}))


def _wrong_sizes(min_size: int, max_size: int, dialect: Dialect) -> list[dict[str, str]]:
    if max_size < min_size:
        return [errors.detail("max_size", "constraint", "max_size must not be less than min_size")]
    if dialect.fixed_size and max_size != min_size:
        return [errors.detail("max_size", "constraint", "max_size must be equal to min_size")]
    return []


def _wrong_node_type(call: Call, name: str, dialect: Dialect) -> list[dict[str, str]]:
    for node_type in call.node_types():
        if node_type.id == name:
            disabled = errors.detail(dialect.node_type, "constraint", f"node type {name} is disabled")
            return [disabled] if node_type.disabled else []
    return [errors.detail(dialect.node_type, "unknown", f"there's no node type {name}")]


def _wrong_endpoints(endpoints: tuple[EndpointDraft, ...]) -> list[dict[str, str]]:
    places = [endpoint.private_network_id for endpoint in endpoints]
    if len(set(places)) == len(places):
        return []
    return [errors.detail("endpoints", "constraint", "one public endpoint, and one in each private network, at most")]


def _wrong_fit(model: Model, node_type: str, bits: int | None, dialect: Dialect) -> list[dict[str, str]]:
    if not model.nodes.get(node_type):
        return [errors.detail(dialect.node_type, "constraint", f"{model.name} can't run on {node_type}")]
    if bits is not None and bits not in model.nodes[node_type]:
        allowed = ", ".join(map(str, sorted(model.nodes[node_type])))
        return [errors.detail("quantization.bits", "constraint", f"{model.name} on {node_type} allows: {allowed}")]
    return []


def _check_ready(call: Call, model: Model) -> None:
    status = model.status_at(call.now)
    if status == "error":
        raise errors.invalid_arguments(errors.detail("model_id", "constraint", "the model's import failed"))
    if status != "ready":
        raise errors.transient_state("Model", model.id, status)


def _check_quota(call: Call, project_id: str) -> None:
    quota = call.emulator.config.max_deployments
    current = sum(deployment.project_id == project_id for deployment in call.deployments(call.now))
    if quota is not None and current >= quota:
        raise errors.quotas_exceeded("deployments", quota, current)
