# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of private endpoints: which lists are read, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import AnswerError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.errors import ApiError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import Deployment
from ansible_collections.scaleway.inference.plugins.module_utils._client.ipam import read_private_ips
from ansible_collections.scaleway.inference.plugins.module_utils._client.json_object import JsonObject
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, RecordedRequest, Reply, json_reply
from ansible_collections.scaleway.inference.tests.support.client import PROJECT_ID, SECRET_KEY, open_api

OTHER_PROJECT = "9a0ec700-1111-4222-8333-444455557777"
NETWORKS = ("5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001", "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c002")
ROUTE = "/ipam/v1/regions/fr-par/ips"


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


def identity(number: int) -> str:
    return str(UUID(int=number))


def ip(number: int, address: str, **changes: Any) -> dict[str, Any]:
    """An address of the deployment of this number, as IPAM lists it."""
    return {
        "id": identity(1000 + number),
        "address": address,
        "is_ipv6": ":" in address,
        "project_id": PROJECT_ID,
        "source": {"subnet_id": NETWORKS[0]},
        "resource": {"id": identity(number), "type": "llm_deployment", "name": "chat", "mac_address": "02:00:00:00"},
        **changes,
    }


def deployments(*endpoints: list[Any], project_id: str | None = PROJECT_ID) -> list[Deployment]:
    """Deployments with these numbers from 0; each endpoint is that of a private network, or public if null."""
    with open_api("http://127.0.0.1:1") as api:
        bodies = [
            {
                "id": identity(number),
                "project_id": project_id,
                "endpoints": [
                    {"public_access": {}} if network is None else {"private_network": {"private_network_id": network}}
                    for network in networks
                ],
            }
            for number, networks in enumerate(endpoints)
        ]
        return [api.dialect.deployment(JsonObject(body, "the answer")) for body in bodies]


def read(canned: CannedServer, found: list[Deployment], **options: object) -> tuple[dict[str, Any], list[str]]:
    with open_api(canned.url(), **options) as api:
        return read_private_ips(api, found)


def listing(*ips: dict[str, Any]) -> Reply:
    return json_reply({"ips": list(ips), "total_count": len(ips)})


def test_one_list_has_the_addresses_of_all_deployments_of_the_project(canned: CannedServer) -> None:
    canned.answer(listing(ip(1, "172.16.16.3/22"), ip(0, "fd00::2/64", id=identity(77)), ip(0, "172.16.16.2/22")))
    found, warnings = read(canned, deployments([None, NETWORKS[0]], [NETWORKS[0]], [NETWORKS[1]], [None]))
    assert found == {
        identity(0): [[], ["fd00::2", "172.16.16.2"]],
        identity(1): [["172.16.16.3"]],
        # Not assigned yet.
        identity(2): [[]],
        identity(3): [[]],
    }
    assert warnings == []
    (request,) = canned.requests
    assert request.path == ROUTE
    assert request.headers["x-auth-token"] == SECRET_KEY
    assert dict(request.query) == {
        "project_id": PROJECT_ID,
        "resource_type": "llm_deployment",
        "order_by": "created_at_desc",
        "page": "1",
        "page_size": "100",
    }


def test_nothing_is_asked_where_all_endpoints_are_public(canned: CannedServer) -> None:
    canned.answer(listing())
    assert read(canned, deployments([None], [])) == ({identity(0): [[]], identity(1): []}, [])
    assert canned.requests == []


def test_networks_are_listed_only_where_a_deployment_is_in_several(canned: CannedServer) -> None:
    def answer(request: RecordedRequest) -> Reply:
        network = dict(request.query).get("private_network_id")
        return listing(ip(0, f"172.16.{NETWORKS.index(network)}.2/22")) if network else listing(ip(1, "172.16.0.3/22"))

    canned.answer_with(answer)
    found, _warnings = read(canned, deployments([*NETWORKS], [NETWORKS[0]], [*NETWORKS]))
    assert found[identity(0)] == [["172.16.0.2"], ["172.16.1.2"]]
    assert found[identity(1)] == [["172.16.0.3"]]
    assert found[identity(2)] == [[], []]
    assert len(canned.requests) == 3


@pytest.mark.parametrize("total", [True, False])
def test_all_pages_are_read_and_an_address_on_two_counts_once(canned: CannedServer, total: bool) -> None:
    pages = {
        "1": [ip(0, "172.16.16.2/22"), ip(1, "172.16.16.3/22")],
        "2": [ip(1, "172.16.16.3/22"), ip(2, "172.16.16.4/22")],
    }

    def answer(request: RecordedRequest) -> Reply:
        found = pages.get(dict(request.query)["page"], [])
        return json_reply({"ips": found, **({"total_count": 3} if total else {})})

    canned.answer_with(answer)
    found, _warnings = read(canned, deployments(*[[NETWORKS[0]]] * 3))
    assert [found[identity(number)] for number in range(3)] == [[["172.16.16.2"]], [["172.16.16.3"]], [["172.16.16.4"]]]
    assert len(canned.requests) == (2 if total else 3)


def test_key_that_may_not_read_addresses_gets_one_warning_for_each_project(canned: CannedServer) -> None:
    canned.answer(json_reply({"type": "permissions_denied", "message": "insufficient permissions"}, 403))
    found, warnings = read(canned, deployments([*NETWORKS], [None, NETWORKS[0]]))
    assert found == {identity(0): [None, None], identity(1): [[], None]}
    (warning,) = warnings
    assert f"may not read the addresses of project {PROJECT_ID}" in warning
    assert "IPAMReadOnly" in warning
    assert SECRET_KEY not in warning
    assert len(canned.requests) == 1


@pytest.mark.parametrize("status", [401, 404, 500])
def test_other_errors_of_the_service_are_errors(canned: CannedServer, status: int) -> None:
    canned.answer(json_reply({"message": "no"}, status))
    with pytest.raises(ApiError, match=f"GET /ips: .*HTTP {status}"):
        read(canned, deployments([NETWORKS[0]]))


@pytest.mark.parametrize(
    "answer", [{}, {"ips": [{}]}, {"ips": [ip(0, "")]}, {"ips": [ip(0, "172.16.16.2", resource={"id": 7})]}]
)
def test_answer_in_another_form_is_an_error(canned: CannedServer, answer: dict[str, Any]) -> None:
    canned.answer(json_reply(answer))
    with pytest.raises(AnswerError, match="isn't as documented"):
        read(canned, deployments([NETWORKS[0]]))


def test_addresses_of_other_things_are_left_out(canned: CannedServer) -> None:
    others = [
        ip(0, "172.16.16.9/22", id=identity(8), resource=None),
        ip(0, "172.16.16.8/22", id=identity(9), resource={"id": identity(0), "type": "instance_server"}),
    ]
    canned.answer(listing(*others, ip(0, "172.16.16.2")))
    assert read(canned, deployments([NETWORKS[0]]))[0] == {identity(0): [["172.16.16.2"]]}


def test_each_project_has_its_own_list(canned: CannedServer) -> None:
    canned.answer(listing(ip(0, "172.16.16.2/22")))
    (other,) = deployments([NETWORKS[0]], project_id=OTHER_PROJECT)
    read(canned, [other])
    assert dict(canned.requests[0].query)["project_id"] == OTHER_PROJECT
    # A deployment that doesn't tell its project is taken for one of the task's.
    canned.answer(listing(ip(0, "172.16.16.2/22")))
    read(canned, deployments([NETWORKS[0]], project_id=None))
    assert dict(canned.requests[0].query)["project_id"] == PROJECT_ID
