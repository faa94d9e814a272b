# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with a deployment's endpoints, access rules and certificate, whatever the API version."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from typing import Literal

from emulator import errors
from emulator.call import Call
from emulator.certificates import authority
from emulator.deployments import EndpointDraft
from emulator.records import AclRule, Deployment, Endpoint


def create_endpoint(call: Call, deployment_id: str, draft: EndpointDraft) -> tuple[Deployment, Endpoint]:
    """Add an endpoint. Raises 400, 403, 404, 409, 423."""
    deployment = call.deployment(deployment_id)
    call.changeable(deployment)
    if draft.private_network_id in [endpoint.private_network_id for endpoint in deployment.endpoints]:
        help_message = "one public endpoint, and one in each private network, at most"
        raise errors.invalid_arguments(errors.detail("endpoint", "constraint", help_message))
    endpoint = draft.made()
    return _save(call, deployment, endpoints=(*deployment.endpoints, endpoint)), endpoint


def update_endpoint(call: Call, endpoint_id: str, disable_auth: bool | None) -> tuple[Deployment, Endpoint]:
    """Ask for a key there, or stop to; None leaves it. Raises 403, 404, 409, 423."""
    deployment = _owner(call, "endpoint", endpoint_id)
    call.changeable(deployment)
    endpoints = {endpoint.id: endpoint for endpoint in deployment.endpoints}
    if disable_auth is not None:
        endpoints[endpoint_id] = endpoints[endpoint_id].model_copy(update={"disable_auth": disable_auth})
        deployment = _save(call, deployment, endpoints=tuple(endpoints.values()))
    return deployment, endpoints[endpoint_id]


def delete_endpoint(call: Call, endpoint_id: str) -> None:
    """Remove an endpoint; the last one stays. Raises 403, 404, 409, 412, 423."""
    deployment = _owner(call, "endpoint", endpoint_id)
    call.changeable(deployment)
    if len(deployment.endpoints) == 1:
        raise errors.precondition_failed("resource_still_in_use", "Deployments must have at least one endpoint")
    _save(call, deployment, endpoints=tuple(kept for kept in deployment.endpoints if kept.id != endpoint_id))


def add_rules(
    call: Call, deployment_id: str, rules: Sequence[tuple[str, str]], *, replace: bool = False
) -> tuple[AclRule, ...]:
    """Make rules of (ip, description), in place of the old ones or not; returns the new. Raises 403, 404, 409, 423."""
    deployment = call.deployment(deployment_id)
    call.changeable(deployment)
    added = tuple(AclRule(id=str(uuid.uuid4()), ip=ip, description=description) for ip, description in rules)
    _save(call, deployment, acls=added if replace else (*deployment.acls, *added))
    return added


def delete_rule(call: Call, acl_id: str) -> None:
    """Remove a rule. Raises 403, 404, 409, 423."""
    deployment = _owner(call, "acl", acl_id)
    call.changeable(deployment)
    _save(call, deployment, acls=tuple(kept for kept in deployment.acls if kept.id != acl_id))


def certificate(call: Call, deployment_id: str) -> dict[str, str]:
    """The CA of the private endpoints. Raises 404, and 412 when there's no private endpoint."""
    deployment = call.deployment(deployment_id)
    if all(endpoint.private_network_id is None for endpoint in deployment.endpoints):
        raise errors.precondition_failed("attribute_must_be_set", "the deployment has no private endpoint")
    pem = authority(call.emulator.store, deployment_id).certificate
    return {
        "name": f"{deployment_id}.pem",
        "content_type": "application/x-pem-file",
        "content": base64.b64encode(pem.encode()).decode(),
    }


def _owner(call: Call, resource: Literal["endpoint", "acl"], resource_id: str) -> Deployment:
    """The deployment that an endpoint or a rule belongs to. Raises 404."""
    for deployment in call.deployments(call.now):
        owned = deployment.endpoints if resource == "endpoint" else deployment.acls
        if any(record.id == resource_id for record in owned):
            return deployment
    raise errors.not_found(resource, resource_id)


def _save(call: Call, deployment: Deployment, **update: object) -> Deployment:
    return call.save(deployment.model_copy(update={**update, "changed_at": call.now}))
