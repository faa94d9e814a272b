# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of lists: pages, totals, filters and order."""

from __future__ import annotations

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.server import EmulatorServer

OTHER = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def names(api: Api, clock: ManualClock) -> list[str]:
    """Sixty deployments, made one after another."""
    names = [f"d{number:02}" for number in range(60)]
    for name in names:
        api.create(name=name)
        clock.advance(1)
    return names


def listed(api: Api, **params: object) -> list[str]:
    return [deployment["name"] for deployment in api.ok("GET", "/deployments", **params)["deployments"]]


@pytest.mark.parametrize("parameter", ["page_size", "per_page"])
def test_pages(api: Api, names: list[str], parameter: str) -> None:
    newest_first = names[::-1]
    assert listed(api) == newest_first[:50]
    assert listed(api, page=2) == newest_first[50:]
    assert listed(api, page=3) == []
    assert listed(api, **{parameter: 7}) == newest_first[:7]
    assert listed(api, **{parameter: 7}, page=9) == newest_first[56:]
    assert listed(api, **{parameter: 1000}) == newest_first


def test_totals(api: Api, names: list[str]) -> None:
    answer = api.call("GET", "/deployments?page_size=1")
    assert (answer.json()["total_count"], "X-Total-Count" in answer.headers) == (60, False)


@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=0", "per_page=-1", "order_by=age", "project_id=x"])
def test_wrong_queries(api: Api, query: str) -> None:
    status, body = api.fails("GET", f"/deployments?{query}")
    assert (status, body["type"]) == (400, "invalid_arguments")
    assert body["details"][0]["argument_name"] == query.partition("=")[0]


def test_only_one_parameter_may_be_honoured(api: Api, names: list[str], emulator: EmulatorServer) -> None:
    for honoured, ignored in [("page_size", "per_page"), ("per_page", "page_size")]:
        emulator.configure(page_size_parameter=honoured)
        assert len(listed(api, **{honoured: 3})) == 3
        assert len(listed(api, **{ignored: 3})) == 50


def test_totals_may_be_left_out(api: Api, emulator: EmulatorServer) -> None:
    total = api.ok("GET", "/models?page_size=1")["total_count"]
    emulator.configure(total_count=False, total_count_header=True)
    answer = api.call("GET", "/models?page_size=1")
    assert ("total_count" in answer.json(), answer.headers["X-Total-Count"]) == (False, str(total))


def test_order(api: Api, clock: ManualClock) -> None:
    for name in ("b", "c", "a"):
        api.create(name=name)
        clock.advance(1)
    assert listed(api) == listed(api, order_by="created_at_desc") == ["a", "c", "b"]
    assert listed(api, order_by="created_at_asc") == ["b", "c", "a"]
    assert listed(api, order_by="name_asc") == ["a", "b", "c"]
    assert listed(api, order_by="name_desc") == ["c", "b", "a"]


def test_filters(api: Api, emulator: EmulatorServer) -> None:
    emulator.configure(projects=[OTHER])
    api.create(name="Chat one", tags=["a", "b"])
    api.create(name="chat two", tags=["a"])
    api.create(name="other", project_id=OTHER)
    assert sorted(listed(api, name="CHAT")) == ["Chat one", "chat two"]
    assert listed(api, tags=["a", "b"]) == ["Chat one"]
    assert listed(api, project_id=OTHER) == ["other"]
    assert len(listed(api, organization_id=emulator.organization_id)) == 3
    assert listed(api, organization_id=OTHER) == []
    assert len(listed(api, project_id=emulator.project_id)) == 2


def test_models(api: Api, emulator: EmulatorServer) -> None:
    def models(**params: object) -> list[str]:
        return [model["name"] for model in api.ok("GET", "/models", **params)["models"]]

    everything = models()
    assert (len(everything), everything[0]) == (44, "google/gemma-3-27b-it:bf16")
    assert models(order_by="name_asc") == sorted(everything)
    assert models(order_by="name_desc") == sorted(everything, reverse=True)
    assert models(order_by="created_at_asc")[0] == "sentence-transformers/sentence-t5-xxl:fp32"
    assert models(tags="embedding") == [
        "baai/bge-multilingual-gemma2:fp32",
        "sentence-transformers/sentence-t5-xxl:fp32",
    ]
    assert models(tags="embeddings") == ["qwen/qwen3-embedding-8b"]
    assert models(name="pixtral") == ["mistral/pixtral-12b-2409:bf16"]
    custom = {"TestAccCustomModel_Basic", "TestAccCustomModel_DeployModelOnServer"}
    emulator.configure(projects=[OTHER])
    assert set(everything) - set(models(project_id=OTHER)) == custom
    assert set(models(project_id=emulator.project_id)) == set(everything)
    assert set(models(organization_id=emulator.organization_id)) == set(everything)
    # v1beta1 has no such filter, and the service ignores parameters that it doesn't know.
    foreign = custom if api.version == "v1" else set()
    assert set(everything) - set(models(organization_id=OTHER)) == foreign


def test_node_types(api: Api) -> None:
    def node_types(**params: object) -> list[str]:
        return [node_type["name"] for node_type in api.ok("GET", "/node-types", **params)["node_types"]]

    offered = ["L4", "L40S", "H100", "H100-2", "H100-SXM-2", "H100-SXM-4"]
    assert node_types() == node_types(include_disabled_types="false") == offered
    assert node_types(include_disabled_types="True") == [*offered, "H100-SXM-8"]
    first = api.ok("GET", "/node-types")["node_types"][0]
    assert first == {
        "name": "L4",
        "stock_status": "available",
        "description": first["description"],
        "vcpus": 8,
        "memory": 48_000_000_000,
        "vram": 24_000_000_000,
        "gpus": 1,
        "disabled": False,
        "beta": False,
        "region": "fr-par",
        "created_at": first["created_at"],
        "updated_at": first["updated_at"],
    }
