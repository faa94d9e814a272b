# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays of answers recorded from the live service, with other IDs: which fields are set, null or missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.errors import (
    InvalidArguments,
    NotFound,
)
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import (
    Deployment,
    DeploymentSpec,
    EndpointSpec,
    Quantization,
)
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, Reply, json_reply
from ansible_collections.scaleway.inference.tests.support.client import PROJECT_ID, VERSIONS, open_api

DEPLOYMENT_ID = "de910700-0000-4000-8000-000000000001"
ENDPOINT_ID = "e2d70000-0000-4000-8000-000000000002"
MODEL_ID = "30de1000-0000-4000-8000-000000000003"
REQUEST_ID = "7e900e57-0000-4000-8000-000000000004"
URL = f"https://{DEPLOYMENT_ID}.ifr.fr-par.scaleway.com"
#: The headers of every answer; none had the total.
HEADERS = {
    "Server": "Scaleway API Gateway (fr-par-2;edge01)",
    "X-Request-Id": REQUEST_ID,
}
CREATED = "2024-10-24T13:29:02.345060Z"

COMMON: dict[str, Any] = {
    "created_at": CREATED,
    "id": DEPLOYMENT_ID,
    "max_size": 1,
    "min_size": 1,
    "model_id": MODEL_ID,
    "name": "replay",
    "project_id": PROJECT_ID,
    "region": "fr-par",
    "size": 0,
    "status": "creating",
    "tags": [],
    "updated_at": None,
}
#: A deployment of each version just after its creation, and, below, what changed with each status.
DEPLOYMENTS: dict[str, dict[str, Any]] = {
    "v1beta1": {
        **COMMON,
        "endpoints": [{"disable_auth": False, "id": ENDPOINT_ID, "public_access": {}, "url": URL}],
        "error_message": None,
        "model_name": "meta/llama-3.1-8b-instruct:fp8",
        "node_type": "L4",
    },
    "v1": {
        **COMMON,
        "endpoints": [{"disable_auth": False, "id": ENDPOINT_ID, "public_network": {}, "url": URL}],
        "model_name": "meta/llama-3.1-8b-instruct:bf16",
        "node_type_name": "L4",
        "quantization": {"bits": 16},
    },
}
#: The fields that changed with each status. v1 skipped ``deploying``, and had an ``error_message`` when ready.
STEPS: dict[str, tuple[dict[str, Any], ...]] = {
    "v1beta1": (
        {},
        {"status": "deploying", "updated_at": "2024-10-24T13:37:28.607817Z"},
        {"status": "ready", "size": 1, "updated_at": "2024-10-24T13:45:54.400813Z"},
        {"status": "deleting"},
    ),
    "v1": (
        {},
        {"status": "ready", "size": 1, "error_message": "", "updated_at": "2024-10-24T13:41:15.085852Z"},
        {"status": "deleting"},
    ),
}


def _gone(resource: str, resource_id: str) -> Reply:
    place = {"resource": resource, "resource_id": resource_id}
    return json_reply({"message": "resource is not found", "type": "not_found", **place}, 404, HEADERS)


def _spec(*endpoints: EndpointSpec) -> DeploymentSpec:
    return DeploymentSpec(
        name="replay",
        project_id=PROJECT_ID,
        model="meta/llama-3.1-8b-instruct",
        model_id=MODEL_ID,
        node_type="L4",
        accept_eula=True,
        endpoints=endpoints,
    )


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


@pytest.mark.parametrize("version", VERSIONS)
def test_life_of_a_deployment(canned: CannedServer, version: str) -> None:
    state, replies = DEPLOYMENTS[version], []
    for step in STEPS[version]:
        state = {**state, **step}
        replies.append(json_reply(state, headers=HEADERS))
    canned.answer(*replies, _gone("deployment", DEPLOYMENT_ID))
    with open_api(canned.url(), api_version=version) as api:
        seen = [
            api.create_deployment(_spec(EndpointSpec())),
            *(api.get_deployment(DEPLOYMENT_ID) for _step in STEPS[version][2:]),
        ]
        _deleted, deleting = api.delete_deployment(DEPLOYMENT_ID)
        with pytest.raises(NotFound, match=f"deployment {DEPLOYMENT_ID} doesn't exist") as caught:
            api.get_deployment(DEPLOYMENT_ID)
    assert [each.status for each in seen] == [step.get("status", "creating") for step in STEPS[version][:-1]]
    assert [each.size for each in seen] == [0] * (len(seen) - 1) + [1]
    assert {each.error_message for each in seen} == {None}
    assert deleting is not None
    assert (deleting.status, deleting.updated_at) == ("deleting", seen[-1].updated_at)
    assert f"request ID {REQUEST_ID}" in str(caught.value)


@pytest.mark.parametrize(("version", "bits"), [("v1beta1", None), ("v1", 16)])
def test_deployment_just_created(canned: CannedServer, version: str, bits: int | None) -> None:
    canned.answer(json_reply(DEPLOYMENTS[version], headers=HEADERS))
    with open_api(canned.url(), api_version=version) as api:
        found = api.get_deployment(DEPLOYMENT_ID)
        (endpoint,) = found.endpoints
    assert (endpoint.id, endpoint.url, endpoint.public, endpoint.private_network_id) == (ENDPOINT_ID, URL, True, None)
    assert found == Deployment(
        id=DEPLOYMENT_ID,
        name="replay",
        project_id=PROJECT_ID,
        region="fr-par",
        status="creating",
        model=DEPLOYMENTS[version]["model_name"],
        model_id=MODEL_ID,
        node_type="L4",
        min_size=1,
        max_size=1,
        size=0,
        tags=(),
        endpoints=(endpoint,),
        quantization_bits=bits,
        error_message=None,
        created_at=CREATED,
        updated_at=None,
    )


def test_catalog_of_v1beta1(canned: CannedServer) -> None:
    names = {
        "meta/llama-3-8b-instruct:bf16": (["L4"], ["instruct", "chat"], "2024-07-10T07:49:19.674638Z"),
        "mistral/mixtral-8x7b-instruct-v0.1:fp16": (["H100-2"], ["instruct", "chat"], "2024-07-10T07:49:19.615191Z"),
        "sentence-transformers/sentence-t5-xxl:fp32": (["L4"], ["embedding"], "2024-07-10T07:49:19.705070Z"),
        "wizardlm/wizardlm-70b-v1.0:fp8": (["H100"], ["instruct"], None),
    }
    models = [
        {
            "id": f"30de1000-0000-4000-8000-00000000001{number}",
            "name": name,
            "project_id": "",
            "tags": tags,
            "description": "A model.",
            "is_public": True,
            "created_at": "2024-03-14T00:00:00Z",
            "updated_at": updated_at,
            "has_eula": name.startswith("meta/"),
            "provider": name.split("/")[0],
            "compatible_node_types": nodes,
            "quantization_level": name.split(":")[1],
            "region": "fr-par",
        }
        for number, (name, (nodes, tags, updated_at)) in enumerate(names.items())
    ]
    canned.answer(json_reply({"models": models, "total_count": len(models)}, headers=HEADERS))
    with open_api(canned.url(), api_version="v1beta1") as api:
        found = list(api.list_models(order_by="display_rank_asc"))
    assert len(canned.requests) == 1
    assert [(model.name, list(model.compatible_node_types), model.updated_at) for model in found] == [
        (name, nodes, updated_at) for name, (nodes, _tags, updated_at) in names.items()
    ]
    assert {model.project_id for model in found} == {None}
    assert [model.quantization_level for model in found] == ["bf16", "fp16", "fp32", "fp8"]
    assert [model.has_eula for model in found] == [True, False, False, False]


def test_imported_model_of_v1(canned: CannedServer) -> None:
    contexts = {"L4": 0, "L40S": 0, "H100": 12_410, "H100-2": 131_072}
    model = {
        "created_at": "2025-04-30T13:41:15.299061Z",
        "description": "",
        "has_eula": False,
        "id": MODEL_ID,
        "name": "Replayed_Model",
        "nodes_support": [
            {
                "nodes": [
                    {
                        "node_type_name": node,
                        "quantizations": [
                            {"allowed": bits == 32 and size > 0, "max_context_size": size, "quantization_bits": bits}
                            for bits in (32, 16, 8, 4)
                        ],
                    }
                    for node, size in contexts.items()
                ]
            }
        ],
        "parameter_size_bits": 32,
        "project_id": PROJECT_ID,
        "region": "fr-par",
        "size_bytes": 59_091_725_346,
        "status": "ready",
        "tags": ["custom"],
        "updated_at": None,
    }
    deleted = Reply(204, headers={**HEADERS, "Content-Type": "application/json"})
    canned.answer(json_reply(model, headers=HEADERS), deleted, _gone("Model", MODEL_ID))
    with open_api(canned.url(), api_version="v1") as api:
        found = api.import_model(name="Replayed_Model", project_id=PROJECT_ID, url="https://models.test/replayed")
        api.delete_model(MODEL_ID)
        with pytest.raises(NotFound, match=f"model {MODEL_ID} doesn't exist"):
            api.get_model(MODEL_ID)
    assert (found.project_id, found.is_public, found.provider, found.description) == (PROJECT_ID, False, None, None)
    assert (found.status, found.size_bytes, found.updated_at) == ("ready", 59_091_725_346, None)
    assert found.compatible_node_types == ("H100", "H100-2")
    assert found.nodes_support is not None
    assert found.nodes_support[2].quantizations[0] == Quantization(bits=32, allowed=True, max_context_size=12_410)


def test_creation_without_endpoint(canned: CannedServer) -> None:
    help_message = "Deployments must have at least one endpoint"
    body = {
        "details": [{"argument_name": "endpoints", "help_message": help_message, "reason": "required"}],
        "message": "invalid argument(s)",
        "type": "invalid_arguments",
    }
    canned.answer(json_reply(body, 400, HEADERS))
    with open_api(canned.url(), api_version="v1") as api, pytest.raises(InvalidArguments) as caught:
        api.create_deployment(_spec())
    assert canned.requests[0].json()["endpoints"] == []
    for part in ("POST /deployments", f"endpoints: {help_message} (required)", f"request ID {REQUEST_ID}"):
        assert part in str(caught.value)
    assert caught.value.details()["details"] == body["details"]
