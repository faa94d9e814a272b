# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of private endpoints, which only Scaleway's IPAM knows: https://www.scaleway.com/en/developers/api/ipam/

An address belongs to a deployment, not to an endpoint, and the answer doesn't name its private network. So one list for
the project tells the addresses of all deployments with one private endpoint, and only where a deployment has several, a
list for each of their networks tells them apart.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from .answers import decode_answer
from .errors import AnswerError
from .inference.api import InferenceApi
from .inference.errors import ApiError, api_error
from .inference.resources import Deployment, Endpoint
from .json_object import JsonObject
from .pages import Page, Paging, header_total, read_pages
from .server import Server
from .settings import Settings
from .transport import Transport

RESOURCE_TYPE = "llm_deployment"
_ROUTE = "/ips"

# The addresses of a list, by the ID of the deployment.
_Addresses = dict[str, list[str]]


def ipam(settings: Settings) -> Server:
    """Scaleway's IPAM, in the region of the settings."""
    return Server(
        name="IPAM",
        base=f"{settings.api_url}/ipam/v1/regions/{settings.region}",
        credentials={"X-Auth-Token": settings.secret_key},
        read_error=partial(api_error, api_version="v1"),
        where="api_url",
        timeout_option="api_timeout",
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
    )


def read_private_ips(
    api: InferenceApi, deployments: Sequence[Deployment]
) -> tuple[dict[str, list[list[str] | None]], list[str]]:
    """By the ID of a deployment, the addresses of each of its endpoints, in their order; and warnings.

    Addresses have no prefix length. A public endpoint has none; those that can't be read are null. Raises ApiError,
    RequestError and AnswerError, but for a key that may not read addresses, which is a warning.
    """
    if not any(not one.public for deployment in deployments for one in deployment.endpoints or ()):
        return {one.id: [[] for _endpoint in one.endpoints or ()] for one in deployments}, []
    with closing(api.connect(ipam(api.settings))) as transport:
        reader = _Reader(api, transport)
        found = {one.id: [reader.addresses(one, endpoint) for endpoint in one.endpoints or ()] for one in deployments}
    return found, list(reader.warnings)


def with_private_ips(deployment: Mapping[str, Any], ips: Sequence[list[str] | None]) -> dict[str, Any]:
    """A deployment as a task returns it, with `private_ips` in each endpoint. `ips`: one item for each endpoint."""
    endpoints = deployment["endpoints"]
    if endpoints is not None:
        pairs = zip(endpoints, ips, strict=True)
        endpoints = [{**endpoint, "private_ips": addresses} for endpoint, addresses in pairs]
    return {**deployment, "endpoints": endpoints}


class _Reader:
    """Reads each list once. `warnings`: the keys; a dict, so that each occurs once and the order stays."""

    def __init__(self, api: InferenceApi, transport: Transport) -> None:
        self.warnings: dict[str, None] = {}
        self._api = api
        self._transport = transport
        self._lists: dict[tuple[str, str | None], _Addresses] = {}
        self._refused: set[str] = set()

    def addresses(self, deployment: Deployment, endpoint: Endpoint) -> list[str] | None:
        if endpoint.public:
            return []
        project_id = deployment.project_id or self._api.settings.project_id
        alone = sum(not one.public for one in deployment.endpoints or ()) == 1
        network = endpoint.private_network_id
        if project_id is None or (network is None and not alone):
            missing = "project" if project_id is None else "private network"
            self._warn(f"the service's answer doesn't tell the {missing} of {deployment.what}, to read its addresses")
            return None
        listed = self._listed(project_id, None if alone else network)
        return None if listed is None else listed.get(deployment.id, [])

    def _listed(self, project_id: str, network: str | None) -> _Addresses | None:
        """The addresses of the project, or of one of its private networks; null if the key may not read them."""
        if project_id in self._refused:
            return None
        if (project_id, network) not in self._lists:
            try:
                self._lists[project_id, network] = self._read(project_id, network)
            except ApiError as error:
                if error.status != 403:
                    raise
                self._refused.add(project_id)
                reference = f", request ID {error.request_id}" if error.request_id else ""
                self._warn(
                    f"this key may not read the addresses of project {project_id}, so they are null; add the "
                    "permission set IPAMReadOnly to the IAM policy of its owner "
                    f"({error.text('message') or 'no reason given'}, HTTP 403{reference})"
                )
                return None
        return self._lists[project_id, network]

    def _read(self, project_id: str, network: str | None) -> _Addresses:
        query: Paging = [("project_id", project_id), ("resource_type", RESOURCE_TYPE), ("order_by", "created_at_desc")]
        if network is not None:
            query.append(("private_network_id", network))

        def request(paging: Paging) -> Page[tuple[str, str]]:
            answer = self._transport.request("GET", _ROUTE, query=[*query, *paging])
            items, total = decode_answer(answer, _page)
            return items, max(total, header_total(answer))

        found: _Addresses = defaultdict(list)
        for deployment_id, address in read_pages(f"GET {_ROUTE}", "page_size", request, self._transport.clock):
            found[deployment_id].append(address)
        return dict(found)

    def _warn(self, text: str) -> None:
        self.warnings[f"private_ips: {text}."] = None


def _page(data: JsonObject) -> Page[tuple[str, str]]:
    items = [(item.text("id"), _address(item)) for item in data.children("ips", required=True)]
    return items, data.optional_integer("total_count") or 0


def _address(item: JsonObject) -> tuple[str, str] | None:
    """The ID of the deployment and its address without the prefix length; null for an address of something else."""
    if "resource" not in item:
        return None
    resource = item.child("resource")
    if resource.optional_text("type") not in (None, RESOURCE_TYPE):
        return None
    try:
        # Nothing else is passed on, since it is written to hosts files. What is behind a percent sign may be any text.
        address = ipaddress.ip_interface(item.text("address").partition("%")[0]).ip
    except ValueError:
        raise AnswerError("address: expected an IP address, got something else") from None
    return resource.text("id"), str(address)
