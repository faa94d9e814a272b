# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints of a deployment, with their access rules and CA: the part that both API versions share.

A number after "Raises" is the status of a ServiceError.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Literal

from scaleway_inference_emulator import errors
from scaleway_inference_emulator.certificates import authority
from scaleway_inference_emulator.deployments import NewEndpoint
from scaleway_inference_emulator.records import AclRule, Deployment, Endpoint
from scaleway_inference_emulator.request_context import RequestContext


def create_endpoint(context: RequestContext, deployment_id: str, new: NewEndpoint) -> tuple[Deployment, Endpoint]:
    """Add an endpoint, and return the changed deployment and the new endpoint. Raises 400, 403, 404, 409, 423."""
    deployment = context.deployment(deployment_id)
    context.check_changeable(deployment)
    if new.private_network_id in [endpoint.private_network_id for endpoint in deployment.endpoints]:
        help_message = "one public endpoint, and one in each private network, at most"
        raise errors.invalid_arguments(errors.detail("endpoint", "constraint", help_message))
    endpoint = new.create()
    return _save(context, deployment, endpoints=(*deployment.endpoints, endpoint)), endpoint


def update_endpoint(
    context: RequestContext, endpoint_id: str, disable_auth: bool | None
) -> tuple[Deployment, Endpoint]:
    """Turn the check of keys off or on; None changes nothing. Raises 403, 404, 409, 423."""
    deployment = _owner(context, "endpoint", endpoint_id)
    context.check_changeable(deployment)
    endpoints = {endpoint.id: endpoint for endpoint in deployment.endpoints}
    if disable_auth is not None:
        endpoints[endpoint_id] = endpoints[endpoint_id].model_copy(update={"disable_auth": disable_auth})
        deployment = _save(context, deployment, endpoints=tuple(endpoints.values()))
    return deployment, endpoints[endpoint_id]


def delete_endpoint(context: RequestContext, endpoint_id: str) -> None:
    """Remove an endpoint, unless it is the last one. Raises 403, 404, 409, 412, 423."""
    deployment = _owner(context, "endpoint", endpoint_id)
    context.check_changeable(deployment)
    if len(deployment.endpoints) == 1:
        raise errors.precondition_failed("resource_still_in_use", "Deployments must have at least one endpoint")
    _save(context, deployment, endpoints=tuple(kept for kept in deployment.endpoints if kept.id != endpoint_id))


def add_rules(
    context: RequestContext, deployment_id: str, rules: Sequence[tuple[str, str]], *, replace: bool = False
) -> tuple[AclRule, ...]:
    """Add rules of (ip, description), or replace all rules by these. Returns the new ones.

    Raises 403, 404, 409, 423.
    """
    deployment = context.deployment(deployment_id)
    context.check_changeable(deployment)
    added = tuple(AclRule(id=str(uuid.uuid4()), ip=ip, description=description) for ip, description in rules)
    _save(context, deployment, acls=added if replace else (*deployment.acls, *added))
    return added


def delete_rule(context: RequestContext, acl_id: str) -> None:
    """Remove a rule. Raises 403, 404, 409, 423."""
    deployment = _owner(context, "acl", acl_id)
    context.check_changeable(deployment)
    _save(context, deployment, acls=tuple(kept for kept in deployment.acls if kept.id != acl_id))


def certificate(context: RequestContext, deployment_id: str) -> tuple[str, str]:
    """The CA of the private endpoints: a file's name, and its content in PEM.

    Raises 404, and 412 when the deployment has no private endpoint.
    """
    deployment = context.deployment(deployment_id)
    if all(endpoint.private_network_id is None for endpoint in deployment.endpoints):
        raise errors.precondition_failed("attribute_must_be_set", "the deployment has no private endpoint")
    return f"{deployment_id}.pem", authority(context.emulator.store, deployment_id).certificate


def _owner(context: RequestContext, resource: Literal["endpoint", "acl"], resource_id: str) -> Deployment:
    """The deployment that has this endpoint or rule. Raises 404."""
    for deployment in context.deployments(context.now):
        owned = deployment.endpoints if resource == "endpoint" else deployment.acls
        if any(record.id == resource_id for record in owned):
            return deployment
    raise errors.not_found(resource, resource_id)


def _save(context: RequestContext, deployment: Deployment, **update: object) -> Deployment:
    return context.save(deployment.model_copy(update={**update, "changed_at": context.now}))
