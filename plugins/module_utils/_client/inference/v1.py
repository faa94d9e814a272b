# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialect of v1, the version that Scaleway's own tools have used since 2025."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..json_object import JsonObject
from .dialect import Dialect
from .resources import Deployment, DeploymentChange, DeploymentSpec, Feature, Model, NodeSupport, Quantization

# The project of the models in the catalog.
CATALOG_PROJECT = "00000000-0000-0000-0000-000000000000"


class V1(Dialect):
    version = "v1"
    features = frozenset(
        (
            Feature.CHANGING_MODEL,
            Feature.MODEL_BY_ID,
            Feature.MODEL_IMPORT,
            Feature.MODEL_STATUS,
            Feature.QUANTIZATION,
        )
    )
    page_size_parameter = "page_size"
    node_type_field = "node_type_name"
    public_spec_field = "public_network"

    def model_spec(self, spec: DeploymentSpec) -> dict[str, Any]:
        return {"model_id": spec.model_id, "quantization": _quantization(spec.quantization_bits)}

    def deployment_update(self, change: DeploymentChange) -> dict[str, Any]:
        changes = {"model_id": change.model_id, "quantization": _quantization(change.quantization_bits)}
        v1_fields = {key: value for key, value in changes.items() if value is not None}
        return {**super().deployment_update(change), **v1_fields}

    def deployment(self, data: JsonObject) -> Deployment:
        bits = data.lenient(
            lambda key: data.child(key).optional_integer("bits") if key in data else None, "quantization"
        )
        return replace(super().deployment(data), quantization_bits=bits)

    def model(self, data: JsonObject) -> Model:
        name = data.lenient_text("name")
        project_id = data.lenient_text("project_id")
        is_public = None if project_id is None else project_id == CATALOG_PROJECT
        # Completely or not at all: a partial list would claim that the model can't run on some node types.
        support = data.lenient(lambda _key: _nodes_support(data), "nodes_support")
        return Model(
            id=data.text("id"),
            name=name,
            project_id=None if is_public else project_id,
            is_public=is_public,
            provider=name.split("/", 1)[0] if name and "/" in name else None,
            tags=data.lenient_texts("tags"),
            description=data.lenient_text("description"),
            has_eula=data.lenient_flag("has_eula"),
            region=data.lenient_text("region"),
            status=data.lenient_text("status"),
            error_message=data.lenient_text("error_message"),
            compatible_node_types=None
            if support is None
            else tuple(
                node.node_type for node in support if any(quantization.allowed for quantization in node.quantizations)
            ),
            nodes_support=support,
            quantization_level=None,
            parameter_size_bits=data.lenient_integer("parameter_size_bits"),
            size_bytes=data.lenient_integer("size_bytes"),
            created_at=data.lenient_text("created_at"),
            updated_at=data.lenient_text("updated_at"),
        )


def _quantization(bits: int | None) -> dict[str, int] | None:
    return None if bits is None else {"bits": bits}


def _nodes_support(data: JsonObject) -> tuple[NodeSupport, ...]:
    return tuple(
        NodeSupport(
            node_type=node.text("node_type_name"),
            quantizations=tuple(
                Quantization(
                    bits=quantization.integer("quantization_bits"),
                    allowed=quantization.flag("allowed"),
                    max_context_size=quantization.lenient_integer("max_context_size"),
                )
                for quantization in node.children("quantizations")
            ),
        )
        for group in data.children("nodes_support")
        for node in group.children("nodes")
    )
