# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the catalog: every entry has a source, and runs somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator import catalog

FACTS: dict[str, list[dict[str, Any]]] = json.loads(
    Path(catalog.__file__).with_name("catalog.json").read_text(encoding="utf-8")
)
SOURCE = r"(recorded 20\d\d-\d\d|page 2026-04)( and page 2026-04)?(: the name)?"
#: Bits of a parameter, by the version in a model's name.
BITS = {"bf16": 16, "fp8": 8, "int8": 8, "fp4": 4, "int4": 4, "fp32": 32}


@pytest.mark.parametrize("kind", ["models", "node_types"])
def test_every_entry_has_a_source(kind: str) -> None:
    assert [fact for fact in FACTS[kind] if not re.fullmatch(SOURCE, fact["source"])] == []


def test_models_fit_their_names_and_node_types() -> None:
    node_types = {fact["id"] for fact in FACTS["node_types"]}
    for model in FACTS["models"]:
        assert model["nodes"].keys() <= node_types, model["name"]
        assert all(model["nodes"].values()), model["name"]
        version = model["name"].partition(":")[2]
        if version and model["source"] == "page 2026-04":
            allowed = {int(bits) for each in model["nodes"].values() for bits in each}
            assert allowed == {BITS[version]} == {model["parameter_size_bits"]}, model["name"]
    assert [model["rank"] for model in FACTS["models"]] == list(range(len(FACTS["models"])))
    assert len({model["id"] for model in FACTS["models"]}) == len(FACTS["models"])


def test_no_source_is_served(api: Api) -> None:
    assert all("source" not in model for model in api.ok("GET", "/models")["models"])
    assert all("source" not in node_type for node_type in api.ok("GET", "/node-types")["node_types"])


@pytest.mark.parametrize(
    ("model", "node_type"),
    [
        ("openai/gpt-oss-120b:fp4", "H100"),
        ("openai/whisper-large-v3:bf16", "L4"),
        ("qwen/qwen3-235b-a22b-instruct-2507", "H100-SXM-2"),
        ("qwen/qwen3-embedding-8b", "L40S"),
    ],
)
def test_models_of_the_page_can_be_deployed(beta: Api, model: str, node_type: str) -> None:
    assert beta.create(model_name=model, node_type=node_type)["model_name"] == model


def test_the_later_of_two_recordings_counts(v1: Api) -> None:
    """That of 27 May 2025, when contexts had become smaller than on 15 May, and newer models had moved up."""
    models = {model["name"]: model for model in v1.ok("GET", "/models")["models"]}
    names = list(models)
    newer = names.index("qwen/qwen2.5-coder-32b-instruct:int8") + 1
    assert names[newer : newer + 2] == ["mistral/devstral-small-2505:bf16", "mistral/devstral-small-2505:fp8"]
    for name in ("meta/llama-3.3-70b-instruct:bf16", "deepseek/deepseek-r1-distill-llama-70b:bf16"):
        (support,) = models[name]["nodes_support"]
        nodes = {node["node_type_name"]: node["quantizations"] for node in support["nodes"]}
        assert [each["max_context_size"] for each in nodes["H100-2"]] == [0, 0, 45_000, 0]
