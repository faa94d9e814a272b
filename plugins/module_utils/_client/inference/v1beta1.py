# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialect of v1beta1, the version of the published API page."""

from __future__ import annotations

from typing import Any

from ..json_object import JsonObject
from .dialect import Dialect
from .resources import DeploymentSpec, Feature, Model


class V1Beta1(Dialect):
    version = "v1beta1"
    features = frozenset((Feature.ACL_RULES, Feature.LICENCE_TEXTS))
    page_size_parameter = "per_page"
    node_type_field = "node_type"
    public_spec_field = "public"

    def model_spec(self, spec: DeploymentSpec) -> dict[str, Any]:
        return {"model_name": spec.model}

    def model(self, data: JsonObject) -> Model:
        return Model(
            id=data.text("id"),
            name=data.lenient_text("name"),
            project_id=data.lenient_text("project_id"),
            is_public=data.lenient_flag("is_public"),
            provider=data.lenient_text("provider"),
            tags=data.lenient_texts("tags"),
            description=data.lenient_text("description"),
            has_eula=data.lenient_flag("has_eula"),
            region=data.lenient_text("region"),
            status=None,
            error_message=None,
            compatible_node_types=data.lenient_texts("compatible_node_types"),
            nodes_support=None,
            quantization_level=data.lenient_text("quantization_level"),
            parameter_size_bits=None,
            size_bytes=None,
            created_at=data.lenient_text("created_at"),
            updated_at=data.lenient_text("updated_at"),
        )
