# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of IP addresses (IPAM): one for each private endpoint. Further routes of IPAM aren't emulated."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_OID, UUID, uuid5

from fastapi import APIRouter, Query
from pydantic import BaseModel

from scaleway_inference_emulator import records, shared_routes
from scaleway_inference_emulator.lists import OrganizationId, PageDep, belongs
from scaleway_inference_emulator.request_context import ContextDep, RequestContext
from scaleway_inference_emulator.schemas import Time

#: The type of the resource that has an address here.
RESOURCE_TYPE = "llm_deployment"
#: Networks of the size recorded (a /22) are cut out of this range, one for each private network.
RANGE = ipaddress.ip_network("172.16.0.0/12")
PREFIX_LENGTH = 22
#: The first one is the gateway's.
FIRST_HOST = 2

router = APIRouter(prefix="/ipam/v1/regions/{region}", tags=["ipam"], responses=shared_routes.RESPONSES)


class Resource(BaseModel):
    """What has the address."""

    id: str
    type: str
    name: str
    mac_address: str


class Source(BaseModel):
    """Where the address comes from."""

    subnet_id: str


class Address(BaseModel):
    """An address, in CIDR form with the length of its network's prefix."""

    id: str
    address: str
    is_ipv6: bool
    project_id: str
    region: str
    zone: None
    source: Source
    resource: Resource
    tags: list[str]
    reverses: list[str]
    created_at: Time
    updated_at: Time


class Addresses(BaseModel):
    """A page of addresses."""

    ips: list[Address]
    total_count: int | None = None


@router.get("/ips", response_model=Addresses, response_model_exclude_unset=True)
async def list_ips(
    context: ContextDep,
    page: PageDep,
    project_id: UUID | None = None,
    organization_id: OrganizationId = None,
    resource_id: Annotated[str | None, Query(description="ID of a deployment")] = None,
    resource_type: str | None = None,
    private_network_id: UUID | None = None,
    order_by: Literal["created_at_desc", "created_at_asc", "updated_at_desc", "updated_at_asc"] = "created_at_desc",
) -> Any:
    """The addresses of private endpoints.

    A key without the right gets 403 if it asks for a project, and an empty list otherwise.
    """
    context.check_read_permission(project_id, "ip", allowed=context.key.ipam)
    readable = context.key.ipam and belongs(context, organization_id)
    found = [
        _serialize(context, deployment, endpoint)
        for deployment in (context.deployments(context.as_of) if readable else ())
        for endpoint in deployment.endpoints
        if endpoint.private_network_id
        and private_network_id in (None, UUID(endpoint.private_network_id))
        and project_id in (None, UUID(deployment.project_id))
        and resource_id in (None, deployment.id)
        and resource_type in (None, RESOURCE_TYPE)
    ]
    field, _separator, direction = order_by.rpartition("_")
    found.sort(key=lambda address: records.epoch(address[field]), reverse=direction == "desc")
    return page.body("ips", found, lambda address: address)


def _serialize(context: RequestContext, deployment: records.Deployment, endpoint: records.Endpoint) -> dict[str, Any]:
    network = str(endpoint.private_network_id)
    created = records.rfc3339(deployment.created_at)
    updated = deployment.updated_at(context.as_of)
    mac = hashlib.sha256(endpoint.id.encode()).hexdigest().upper()[:6]
    return {
        "id": str(uuid5(NAMESPACE_OID, f"address of {endpoint.id}")),
        "address": _address(context, endpoint),
        "is_ipv6": False,
        "project_id": deployment.project_id,
        "region": context.region,
        "zone": None,
        "source": {"subnet_id": str(uuid5(NAMESPACE_OID, f"subnet of {network}"))},
        "resource": {
            "id": deployment.id,
            "type": RESOURCE_TYPE,
            "name": deployment.name,
            "mac_address": "02:00:00:" + ":".join(mac[at : at + 2] for at in (0, 2, 4)),
        },
        "tags": [],
        "reverses": [],
        "created_at": created,
        "updated_at": created if updated is None else records.rfc3339(updated),
    }


def _address(context: RequestContext, endpoint: records.Endpoint) -> str:
    """The address of a private endpoint: the one it got before, or the first of its network that is free."""
    store = context.emulator.store
    known = store.get(records.PrivateAddress, endpoint.id)
    if known is None:
        network = _network(str(endpoint.private_network_id))
        current = {each.id for deployment in store.all(records.Deployment) for each in deployment.endpoints}
        taken = {each.address for each in store.all(records.PrivateAddress) if each.id in current}
        hosts = (f"{network[number]}/{PREFIX_LENGTH}" for number in range(FIRST_HOST, network.num_addresses - 1))
        free = next(address for address in hosts if address not in taken)
        known = records.PrivateAddress(id=endpoint.id, address=free)
        store.put(known)
    return known.address


def _network(private_network_id: str) -> ipaddress.IPv4Network:
    """The network of a private network's ID: always the same; two IDs may have the same one."""
    size = 2 ** (32 - PREFIX_LENGTH)
    number = int(hashlib.sha256(private_network_id.encode()).hexdigest(), 16) % (RANGE.num_addresses // size)
    return ipaddress.IPv4Network((int(RANGE[0]) + number * size, PREFIX_LENGTH))
