# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The v1beta1 dialect: the version of the published API page."""

from __future__ import annotations

from typing import Any

from ..json_object import Wire
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

    def model(self, wire: Wire) -> Model:
        return Model(
            id=wire.text("id"),
            name=wire.soft_text("name"),
            project_id=wire.soft_text("project_id"),
            is_public=wire.soft_flag("is_public"),
            provider=wire.soft_text("provider"),
            tags=wire.soft_texts("tags"),
            description=wire.soft_text("description"),
            has_eula=wire.soft_flag("has_eula"),
            region=wire.soft_text("region"),
            status=None,
            error_message=None,
            compatible_node_types=wire.soft_texts("compatible_node_types"),
            nodes_support=None,
            quantization_level=wire.soft_text("quantization_level"),
            parameter_size_bits=None,
            size_bytes=None,
            created_at=wire.soft_text("created_at"),
            updated_at=wire.soft_text("updated_at"),
        )
