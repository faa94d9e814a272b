# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, update and delete deployments: the part that both API versions share.

A number after "Raises" is the status of a ServiceError.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from scaleway_inference_emulator import errors
from scaleway_inference_emulator.records import Deployment, Endpoint, Model
from scaleway_inference_emulator.request_context import RequestContext
from scaleway_inference_emulator.timeline import DELETED, change, past


@dataclass(frozen=True)
class NewEndpoint:
    """An endpoint to create: a public one unless a private network is given."""

    private_network_id: str | None
    disable_auth: bool

    def create(self) -> Endpoint:
        """The record of the endpoint, with a new ID."""
        return Endpoint(id=str(uuid.uuid4()), **vars(self))


@dataclass(frozen=True)
class NewDeployment:
    """A deployment to create.

    ``model`` is None when the requested one is unknown; ``details`` then has that error, to be reported with others.
    """

    name: str
    project_id: str
    model: Model | None
    node_type: str
    accept_eula: bool
    tags: tuple[str, ...]
    min_size: int
    max_size: int
    endpoints: tuple[NewEndpoint, ...]
    bits: int | None = None
    quantization_enabled: bool | None = None
    details: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Dialect:
    """What differs between the API versions.

    ``node_type``: the name of that field in errors. ``fixed_size``: whether ``min_size`` must equal ``max_size``.
    ``deploys_names``: whether a change of name or tags alone deploys again, as was recorded of v1; v1beta1 answered
    ``ready`` to a new name, and stayed so. ``false_ready``: whether a deployment is ``ready`` for a moment before an
    update is deployed.
    """

    node_type: str
    fixed_size: bool
    deploys_names: bool
    false_ready: bool


def create(context: RequestContext, new: NewDeployment, dialect: Dialect) -> Deployment:
    """Start a deployment. Names need not be unique. Raises 400, 403, 409, 412, 503."""
    context.check_write_permission(new.project_id, "deployment")
    details = [*new.details, *_size_errors(new.min_size, new.max_size, dialect)]
    details += _node_type_errors(context, new.node_type, dialect)
    details += _endpoint_errors(new.endpoints)
    if new.model and not details:
        details += _compatibility_errors(new.model, new.node_type, new.bits, dialect)
    if details or new.model is None:
        raise errors.invalid_arguments(*details)
    _check_ready(context, new.model)
    if new.model.has_eula and not new.accept_eula:
        help_message = f"the licence of {new.model.name} must be accepted: set accept_eula"
        raise errors.precondition_failed("attribute_must_be_set", help_message)
    _check_quota(context, new.project_id)
    if any(node.id == new.node_type and node.stock_status == "out_of_stock" for node in context.node_types()):
        raise errors.out_of_stock(new.node_type)

    config = context.emulator.config
    deployment = Deployment(
        id=str(uuid.uuid4()),
        name=new.name,
        project_id=new.project_id,
        region=context.region,
        model_id=new.model.id,
        model_name=new.model.name,
        node_type=new.node_type,
        min_size=new.min_size,
        max_size=new.max_size,
        tags=new.tags,
        bits=new.bits or max(new.model.nodes[new.node_type]),
        quantization_enabled=new.quantization_enabled,
        endpoints=tuple(endpoint.create() for endpoint in new.endpoints),
        error_message=context.provisioning_error,
        created_at=context.now,
        timeline=context.timeline(("creating", config.creating), ("deploying", config.deploying), end="ready"),
    )
    return context.save(deployment)


@dataclass(frozen=True)
class Changes:
    """The fields of a deployment to change; None leaves a field as it is."""

    name: str | None
    tags: tuple[str, ...] | None
    min_size: int | None
    max_size: int | None
    model_id: str | None = None
    bits: int | None = None
    quantization_enabled: bool | None = None


def update(context: RequestContext, deployment_id: str, changes: Changes, dialect: Dialect) -> Deployment:
    """Change a deployment, and return it as the answer shows it. Raises 400, 403, 404, 409, 423."""
    old = context.deployment(deployment_id)
    context.check_changeable(old)
    update = {name: value for name, value in vars(changes).items() if value is not None}
    details = []
    if {"min_size", "max_size"} & update.keys():
        details += _size_errors(changes.min_size or old.min_size, changes.max_size or old.max_size, dialect)
    if {"model_id", "bits"} & update.keys():
        model = context.model(changes.model_id or old.model_id)
        details += _compatibility_errors(model, old.node_type, changes.bits, dialect)
        if not details:
            _check_ready(context, model)
            update.update(model_name=model.name, bits=changes.bits or max(model.nodes[old.node_type]))
    if details:
        raise errors.invalid_arguments(*details)

    only_names = update.keys() <= {"name", "tags"} and old.status_at(context.now) == "ready"
    if only_names and not dialect.deploys_names and not context.provisioning_error:
        return context.save(old.model_copy(update={**update, "changed_at": context.now}))
    update.update(old_size=old.size_at(context.now), error_message=context.provisioning_error)
    return _deploy_again(context, old.model_copy(update=update), dialect)


def _deploy_again(context: RequestContext, changed: Deployment, dialect: Dialect) -> Deployment:
    """Save the deployment with the statuses of an update, and return it as the answer shows it.

    With ``false_ready``, the answer says ``deploying``, but every read after it ``ready`` until the deployment begins.
    An update that takes no time is ``ready`` at once, and stays so.
    """
    config, began = context.emulator.config, past(changed.timeline, context.now)
    false_ready = config.false_ready if dialect.false_ready and config.updating else 0
    future = context.timeline(("ready", false_ready), ("deploying", config.updating), end="ready")
    saved = context.save(changed.model_copy(update={"timeline": (*began, *future)}))
    if not false_ready:
        return saved
    return saved.model_copy(update={"timeline": (*began, (context.now, "deploying"))})


def delete(context: RequestContext, deployment_id: str) -> Deployment:
    """Start the deletion of a deployment, unless it is being deleted already. Raises 403, 404, 409, 423."""
    old = context.deployment(deployment_id)
    context.check_changeable(old, allowed_in=frozenset({"creating", "deploying", "scaling"}))
    seconds = context.emulator.jittered(context.emulator.config.deleting)
    timeline = change(old.timeline, context.now, ("deleting", seconds), end=DELETED)
    return context.save(old.model_copy(update={"old_size": old.size_at(context.now), "timeline": timeline}))


def _size_errors(min_size: int, max_size: int, dialect: Dialect) -> list[dict[str, str]]:
    if max_size < min_size:
        return [errors.detail("max_size", "constraint", "max_size must not be less than min_size")]
    if dialect.fixed_size and max_size != min_size:
        return [errors.detail("max_size", "constraint", "max_size must be equal to min_size")]
    return []


def _node_type_errors(context: RequestContext, name: str, dialect: Dialect) -> list[dict[str, str]]:
    for node_type in context.node_types():
        if node_type.id == name:
            disabled = errors.detail(dialect.node_type, "constraint", f"node type {name} is disabled")
            return [disabled] if node_type.disabled else []
    return [errors.detail(dialect.node_type, "unknown", f"there's no node type {name}")]


def _endpoint_errors(endpoints: tuple[NewEndpoint, ...]) -> list[dict[str, str]]:
    networks = [endpoint.private_network_id for endpoint in endpoints]
    if len(set(networks)) == len(networks):
        return []
    return [errors.detail("endpoints", "constraint", "one public endpoint, and one in each private network, at most")]


def _compatibility_errors(model: Model, node_type: str, bits: int | None, dialect: Dialect) -> list[dict[str, str]]:
    if not model.nodes.get(node_type):
        return [errors.detail(dialect.node_type, "constraint", f"{model.name} can't run on {node_type}")]
    if bits is not None and bits not in model.nodes[node_type]:
        allowed = ", ".join(map(str, sorted(model.nodes[node_type])))
        return [errors.detail("quantization.bits", "constraint", f"{model.name} on {node_type} allows: {allowed}")]
    return []


def _check_ready(context: RequestContext, model: Model) -> None:
    status = model.status_at(context.now)
    if status == "error":
        raise errors.invalid_arguments(errors.detail("model_id", "constraint", "the model's import failed"))
    if status != "ready":
        raise errors.transient_state("Model", model.id, status)


def _check_quota(context: RequestContext, project_id: str) -> None:
    quota = context.emulator.config.max_deployments
    current = sum(deployment.project_id == project_id for deployment in context.deployments(context.now))
    if quota is not None and current >= quota:
        raise errors.quotas_exceeded("deployments", quota, current)
