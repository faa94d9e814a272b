# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays of recorded traffic against the emulator: the same requests at the same moments get the same answers.

IDs are the emulator's own, the year is that of its clock, and texts of others (descriptions) are left out. Requests
that were repeated, and answered in the same way, are here once. Left out are requests to other services (private
networks), and models that the catalog of today doesn't have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import requests

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import TIMEOUT
from scaleway_inference_emulator.records import epoch
from scaleway_inference_emulator.server import EmulatorServer

NETWORK = "a7000000-0000-4000-8000-000000000001"
LLAMA_ID = "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3"
LLAMA = "meta/llama-3.1-8b-instruct"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Fitting(str):
    """Stands for any text that this regular expression fits."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(str(self), other) is not None

    __hash__ = str.__hash__


ID = Fitting(UUID)
ANY_TEXT = Fitting(".*")


@dataclass(frozen=True)
class Step:
    """A request at a moment, and its answer. ``{id}`` in a path is the ID of the first answer that had one."""

    at: str
    method: str
    path: str
    status: int
    answer: Any
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)


def play(steps: list[Step], emulator: EmulatorServer, clock: ManualClock) -> None:
    """Send the requests in turn, and compare the answers. Raises AssertionError."""
    known = ""
    for step in steps:
        clock.advance(max(0, epoch(step.at) - clock.time()))
        answer = requests.request(
            step.method,
            emulator.url + step.path.format(id=known, project=emulator.project_id),
            params={name: value.format(id=known, project=emulator.project_id) for name, value in step.query.items()},
            json=step.body and {"project_id": emulator.project_id, **step.body},
            headers={"X-Auth-Token": emulator.secret_key},
            timeout=TIMEOUT,
        )
        told = f"{step.method} {step.path} at {step.at}: {answer.text}"
        assert answer.status_code == step.status, told
        assert re.fullmatch(UUID, answer.headers["X-Request-Id"])
        assert "X-Total-Count" not in answer.headers
        got = answer.json() if answer.content else None
        if isinstance(got, dict) and not known:
            known = got.get("id", "")
        expected = _filled(step.answer, known, emulator.project_id)
        assert got == expected, told


def _filled(value: Any, known: str, project: str) -> Any:
    """The value with the emulator's IDs in place of ``{id}`` and ``{project}``."""
    if isinstance(value, dict):
        return {name: _filled(inner, known, project) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, known, project) for inner in value]
    if isinstance(value, str) and not isinstance(value, Fitting):
        return value.replace("{id}", known).replace("{project}", project)
    return value


GONE = {"message": "resource is not found", "resource": "deployment", "resource_id": "{id}", "type": "not_found"}


def deployment(created: str, **fields: Any) -> dict[str, Any]:
    """A deployment of v1 just after its creation, with ``fields`` in place of others."""
    return {
        "created_at": created,
        "endpoints": [
            {
                "disable_auth": False,
                "id": ID,
                "public_network": {},
                "url": "https://{id}.ifr.fr-par.scaleway.com",
            }
        ],
        "id": ID,
        "max_size": 1,
        "min_size": 1,
        "model_id": LLAMA_ID,
        "model_name": f"{LLAMA}:bf16",
        "name": "basic",
        "node_type_name": "L4",
        "project_id": "{project}",
        "quantization": {"bits": 16},
        "region": "fr-par",
        "size": 0,
        "status": "creating",
        "tags": [],
        "updated_at": None,
        **fields,
    }


V1 = "/inference/v1/regions/fr-par"
CREATION = {
    "name": "basic",
    "model_id": LLAMA_ID,
    "accept_eula": True,
    "node_type_name": "L4",
    "tags": [],
    "min_size": 1,
    "max_size": 1,
    "endpoints": [{"public_network": {}, "disable_auth": False}],
}


def test_basic_deployment_of_v1(emulator: EmulatorServer, clock: ManualClock) -> None:
    created, changed = "2026-05-15T08:52:50.831593Z", "2026-05-15T09:05:15.085852Z"
    emulator.reset(clock=clock, endpoints="service", creating=epoch(changed) - epoch(created), deploying=0)
    ready = {"error_message": "", "size": 1, "status": "ready", "updated_at": changed}
    path, deleting = f"{V1}/deployments/{{id}}", deployment(created, **{**ready, "status": "deleting"})
    play(
        [
            Step(created, "POST", f"{V1}/deployments", 200, deployment(created), CREATION),
            Step("2026-05-15T08:52:51Z", "GET", path, 200, deployment(created)),
            Step("2026-05-15T09:05:53Z", "GET", path, 200, deployment(created, **ready)),
            Step("2026-05-15T09:05:55Z", "DELETE", path, 200, deleting),
            Step("2026-05-15T09:05:55Z", "GET", path, 200, deleting),
            Step("2026-05-15T09:06:55Z", "GET", path, 404, GONE),
        ],
        emulator,
        clock,
    )


def test_deployment_in_a_private_network_of_v1(emulator: EmulatorServer, clock: ManualClock) -> None:
    """With its address, and a new name: after that, it is ready for two seconds before it is deployed again."""
    created, changed = "2026-05-27T09:56:50.916374Z", "2026-05-27T10:08:07.112362Z"
    renamed, deploying = "2026-05-27T10:08:57.928268Z", "2026-05-27T10:08:59.931028Z"
    redeployed = "2026-05-27T10:11:06.777211Z"
    emulator.reset(
        clock=clock,
        endpoints="service",
        creating=epoch(changed) - epoch(created),
        deploying=0,
        false_ready=epoch(deploying) - epoch(renamed),
        updating=epoch(redeployed) - epoch(deploying),
    )
    private = {"private_network": {"private_network_id": NETWORK}, "disable_auth": False}
    endpoint = {**private, "id": ID, "url": f"https://{{id}}.{NETWORK}.internal"}
    new = deployment(created, endpoints=[endpoint])
    ready = {**new, "error_message": "", "size": 1, "status": "ready", "updated_at": changed}
    answer = {**ready, "name": "renamed", "status": "deploying", "updated_at": renamed}
    later = {**answer, "status": "ready", "updated_at": redeployed}
    query = {
        "order_by": "created_at_desc",
        "private_network_id": NETWORK,
        "project_id": "{project}",
        "resource_id": "{id}",
        "resource_type": "llm_deployment",
    }

    def addresses(name: str) -> dict[str, Any]:
        mac = Fitting("(?:[0-9A-F]{2}:){5}[0-9A-F]{2}")
        return {
            "ips": [
                {
                    "address": Fitting(r"172\.\d+\.\d+\.\d+/22"),
                    "created_at": Fitting(r"2026-05-27T09:56:5.*Z"),
                    "id": ID,
                    "is_ipv6": False,
                    "project_id": "{project}",
                    "region": "fr-par",
                    "resource": {"id": "{id}", "mac_address": mac, "name": name, "type": "llm_deployment"},
                    "reverses": [],
                    "source": {"subnet_id": ID},
                    "tags": [],
                    "updated_at": Fitting("2026-05-27T.*Z"),
                    "zone": None,
                }
            ],
            "total_count": 1,
        }

    path, ips = f"{V1}/deployments/{{id}}", "/ipam/v1/regions/fr-par/ips"
    play(
        [
            Step(created, "POST", f"{V1}/deployments", 200, new, {**CREATION, "endpoints": [private]}),
            Step("2026-05-27T09:56:51Z", "GET", path, 200, new),
            Step("2026-05-27T10:08:54Z", "GET", path, 200, ready),
            Step("2026-05-27T10:08:54Z", "GET", ips, 200, addresses("basic"), query=query),
            Step(renamed, "PATCH", path, 200, answer, {"name": "renamed"}),
            Step("2026-05-27T10:08:58.100000Z", "GET", path, 200, {**answer, "status": "ready"}),
            Step("2026-05-27T10:08:58.300000Z", "GET", ips, 200, addresses("renamed"), query=query),
            Step("2026-05-27T10:08:58.500000Z", "GET", path, 200, {**answer, "status": "ready"}),
            Step("2026-05-27T10:08:59.500000Z", "GET", path, 200, {**answer, "status": "ready"}),
            Step("2026-05-27T10:08:59.600000Z", "GET", ips, 200, addresses("renamed"), query=query),
            Step("2026-05-27T10:09:00Z", "GET", path, 200, {**answer, "updated_at": deploying}),
            Step("2026-05-27T10:12:00Z", "GET", path, 200, later),
            Step("2026-05-27T10:12:01Z", "DELETE", path, 200, {**later, "status": "deleting"}),
            Step("2026-05-27T10:12:01Z", "GET", path, 200, {**later, "status": "deleting"}),
            Step("2026-05-27T10:13:01Z", "GET", path, 404, GONE),
        ],
        emulator,
        clock,
    )


def test_basic_deployment_of_v1beta1(emulator: EmulatorServer, clock: ManualClock) -> None:
    created = "2026-10-24T13:29:02.345060Z"
    moments = ("2026-10-24T13:37:28.607817Z", "2026-10-24T13:45:54.400813Z")
    emulator.reset(
        clock=clock,
        endpoints="service",
        creating=epoch(moments[0]) - epoch(created),
        deploying=epoch(moments[1]) - epoch(moments[0]),
    )
    new = deployment(created, model_name=f"{LLAMA}:fp8", model_id=ID, node_type="L4", error_message=None)
    del new["node_type_name"], new["quantization"], new["endpoints"][0]["public_network"]
    new["endpoints"][0]["public_access"] = {}
    base, path = "/inference/v1beta1/regions/fr-par/deployments", "/inference/v1beta1/regions/fr-par/deployments/{id}"
    body = {
        "name": "basic",
        "model_name": f"{LLAMA}:fp8",
        "accept_eula": True,
        "node_type": "L4",
        "tags": [],
        "endpoints": [{"public": {}, "disable_auth": False}],
    }
    deploying = {**new, "status": "deploying", "updated_at": moments[0]}
    ready = {**new, "status": "ready", "size": 1, "updated_at": moments[1]}
    play(
        [
            Step(created, "POST", base, 200, new, body),
            Step("2026-10-24T13:30:02Z", "GET", path, 200, new),
            Step("2026-10-24T13:38:02Z", "GET", path, 200, deploying),
            Step("2026-10-24T13:46:03Z", "GET", path, 200, ready),
            Step("2026-10-24T13:46:05Z", "DELETE", path, 200, {**ready, "status": "deleting"}),
            Step("2026-10-24T13:46:06Z", "GET", path, 200, {**ready, "status": "deleting"}),
            Step("2026-10-24T13:47:06Z", "GET", path, 404, GONE),
        ],
        emulator,
        clock,
    )


def test_creation_without_endpoint(emulator: EmulatorServer, clock: ManualClock) -> None:
    help_message = "Deployments must have at least one endpoint"
    refused = {
        "details": [{"argument_name": "endpoints", "help_message": help_message, "reason": "required"}],
        "message": "invalid argument(s)",
        "type": "invalid_arguments",
    }
    body = {**CREATION, "tags": None, "endpoints": None}
    play([Step("2026-01-02T00:00:00Z", "POST", f"{V1}/deployments", 400, refused, body)], emulator, clock)


def test_import_of_a_model(emulator: EmulatorServer, clock: ManualClock) -> None:
    """It is ready in the answer to its own creation."""
    emulator.reset(clock=clock, preparing=0, downloading=0)
    contexts = {"L4": 0, "L40S": 0, "H100": 12_410, "H100-2": 131_072}
    support = [
        {
            "node_type_name": node,
            "quantizations": [
                {
                    "allowed": size > 0 and bits == 32,
                    "max_context_size": size if bits == 32 else 0,
                    "quantization_bits": bits,
                }
                for bits in (32, 16, 8, 4)
            ],
        }
        for node, size in contexts.items()
    ]
    model = {
        "created_at": "2026-04-30T13:41:15.299061Z",
        "description": "",
        "has_eula": False,
        "id": ID,
        "name": "TestAccModel_Basic",
        "nodes_support": [{"nodes": support}],
        "parameter_size_bits": 32,
        "project_id": "{project}",
        "region": "fr-par",
        "size_bytes": 59_091_725_346,
        "status": "ready",
        "tags": ["custom"],
        "updated_at": None,
    }
    path, gone = f"{V1}/models/{{id}}", {**GONE, "resource": "Model"}
    source = {"url": "https://huggingface.co/agentica-org/DeepCoder-14B-Preview"}
    play(
        [
            Step(model["created_at"], "POST", f"{V1}/models", 200, model, {"name": model["name"], "source": source}),
            Step("2026-04-30T13:41:15.500000Z", "GET", path, 200, model),
            Step("2026-04-30T13:41:16Z", "DELETE", path, 204, None),
            Step("2026-04-30T13:41:16Z", "GET", path, 404, gone),
        ],
        emulator,
        clock,
    )


def test_a_model_of_v1(emulator: EmulatorServer, clock: ManualClock) -> None:
    """What the catalog says of a model: on each node type, the context that fits into its memory for each bits."""
    contexts = {"L4": (93_000, 40_000), "L40S": (131_072,) * 2, "H100": (131_072,) * 2, "H100-2": (131_072,) * 2}
    support = [
        {
            "node_type_name": node,
            "quantizations": [
                {"allowed": size > 0, "max_context_size": size, "quantization_bits": bits}
                for bits, size in zip((4, 8, 16, 32), (0, *sizes, 0), strict=True)
            ],
        }
        for node, sizes in contexts.items()
    ]
    model = {
        "created_at": "2025-03-27T16:48:40.045689Z",
        "description": ANY_TEXT,
        "has_eula": True,
        "id": LLAMA_ID,
        "name": f"{LLAMA}:bf16",
        "nodes_support": [{"nodes": support}],
        "parameter_size_bits": 16,
        "project_id": "00000000-0000-0000-0000-000000000000",
        "region": "fr-par",
        "size_bytes": 32_132_582_323,
        "status": "ready",
        "tags": ["instruct", "chat"],
        "updated_at": "2025-05-09T13:51:53.288962Z",
    }
    play([Step("2026-05-15T08:52:49Z", "GET", f"{V1}/models/{LLAMA_ID}", 200, model)], emulator, clock)


def test_a_model_of_v1beta1(emulator: EmulatorServer, clock: ManualClock) -> None:
    """The only one of the recorded list that the catalog of today has."""
    model = {
        "compatible_node_types": ["L4"],
        "created_at": "2024-05-28T08:45:33.705028Z",
        "description": ANY_TEXT,
        "has_eula": False,
        "id": "4d834112-ed88-4394-9035-6eea562ec5f5",
        "is_public": True,
        "name": "sentence-transformers/sentence-t5-xxl:fp32",
        "project_id": "",
        "provider": "sentence-transformers",
        "quantization_level": "fp32",
        "region": "fr-par",
        "tags": ["embedding"],
        "updated_at": "2024-07-10T07:49:19.705070Z",
    }
    query = {"order_by": "display_rank_asc", "page": "1", "name": "sentence-t5-xxl"}
    answer = {"models": [model], "total_count": 1}
    path = "/inference/v1beta1/regions/fr-par/models"
    play([Step("2026-07-10T14:34:34Z", "GET", path, 200, answer, query=query)], emulator, clock)


def test_lists_of_models(emulator: EmulatorServer) -> None:
    """The fields of each model and of the page, with a size of page above the documented limit."""
    fields = {
        "v1": "created_at description has_eula id name nodes_support parameter_size_bits project_id region size_bytes "
        "status tags updated_at",
        "v1beta1": "compatible_node_types created_at description has_eula id is_public name project_id provider "
        "quantization_level region tags updated_at",
    }
    for version, expected in fields.items():
        answer = requests.get(
            f"{emulator.url}/inference/{version}/regions/fr-par/models",
            params={"order_by": "display_rank_asc", "page_size": 1000},
            headers={"X-Auth-Token": emulator.secret_key},
            timeout=TIMEOUT,
        ).json()
        assert list(answer) == ["models", "total_count"]
        assert {frozenset(model) for model in answer["models"]} == {frozenset(expected.split())}
        assert len(answer["models"]) == answer["total_count"]
