# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis strategies for the API's resources, and their JSON, written independently of the dialects that read it."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import (
    AclRule,
    Certificate,
    Deployment,
    Endpoint,
    Model,
    NodeSupport,
    NodeType,
    Quantization,
)

CATALOG_PROJECT = "00000000-0000-0000-0000-000000000000"

IDS = st.uuids().map(str)
WORDS = st.text(min_size=1, max_size=12)
MAYBE_WORDS = st.none() | WORDS
SIZES = st.integers(0, 2**48)
TAGS = st.lists(st.text(max_size=8), max_size=3).map(tuple)
TIMES = st.datetimes().map(lambda time: time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
MAYBE_TIMES = st.none() | TIMES
NODE_TYPES = st.sampled_from(("L4", "L40S", "H100", "H100-2", "H100-SXM-2"))


def endpoints() -> st.SearchStrategy[Endpoint]:
    def build(id: str, url: str, network: str | None, disable_auth: bool) -> Endpoint:
        return Endpoint(id=id, url=url, public=network is None, private_network_id=network, disable_auth=disable_auth)

    return st.builds(build, id=IDS, url=WORDS, network=st.none() | IDS, disable_auth=st.booleans())


def deployments(version: str) -> st.SearchStrategy[Deployment]:
    return st.builds(
        Deployment,
        id=IDS,
        name=WORDS,
        project_id=IDS,
        region=WORDS,
        status=st.sampled_from(("creating", "deploying", "ready", "error", "deleting", "locked", "unknown_status")),
        model=WORDS,
        model_id=st.none() | IDS,
        node_type=NODE_TYPES,
        min_size=SIZES,
        max_size=SIZES,
        size=SIZES,
        tags=TAGS,
        endpoints=st.lists(endpoints(), min_size=1, max_size=3).map(tuple),
        quantization_bits=st.none() if version == "v1beta1" else st.none() | st.sampled_from((4, 8, 16, 32)),
        error_message=MAYBE_WORDS,
        created_at=MAYBE_TIMES,
        updated_at=MAYBE_TIMES,
    )


def models(version: str) -> st.SearchStrategy[Model]:
    return st.builds(_beta_model if version == "v1beta1" else _v1_model, st.data())


def _common(data: Any, is_public: bool) -> dict[str, Any]:
    return {
        "id": data.draw(IDS),
        "project_id": None if is_public else data.draw(IDS),
        "is_public": is_public,
        "tags": data.draw(TAGS),
        "description": data.draw(MAYBE_WORDS),
        "has_eula": data.draw(st.booleans()),
        "region": data.draw(MAYBE_WORDS),
        "created_at": data.draw(MAYBE_TIMES),
        "updated_at": data.draw(MAYBE_TIMES),
    }


def _beta_model(data: Any) -> Model:
    return Model(
        **_common(data, data.draw(st.booleans())),
        name=data.draw(WORDS),
        provider=data.draw(MAYBE_WORDS),
        compatible_node_types=data.draw(st.lists(NODE_TYPES, unique=True).map(tuple)),
        quantization_level=data.draw(MAYBE_WORDS),
        status=None,
        error_message=None,
        nodes_support=None,
        parameter_size_bits=None,
        size_bytes=None,
    )


def _v1_model(data: Any) -> Model:
    provider = data.draw(st.none() | st.sampled_from(("meta", "mistral")))
    choices = st.builds(
        Quantization, bits=st.sampled_from((4, 8, 16, 32)), allowed=st.booleans(), max_context_size=SIZES
    )
    support = data.draw(
        st.lists(
            st.builds(NodeSupport, node_type=NODE_TYPES, quantizations=st.lists(choices, max_size=3).map(tuple)),
            max_size=4,
            unique_by=lambda node: node.node_type,
        ).map(tuple)
    )
    return Model(
        **_common(data, data.draw(st.booleans())),
        name="custom" if provider is None else f"{provider}/model:bf16",
        provider=provider,
        compatible_node_types=tuple(node.node_type for node in support if any(x.allowed for x in node.quantizations)),
        quantization_level=None,
        status=data.draw(st.sampled_from(("preparing", "downloading", "ready", "error"))),
        error_message=data.draw(MAYBE_WORDS),
        nodes_support=support,
        parameter_size_bits=data.draw(st.none() | SIZES),
        size_bytes=data.draw(st.none() | SIZES),
    )


def node_types(_version: str) -> st.SearchStrategy[NodeType]:
    return st.builds(
        NodeType,
        name=WORDS,
        description=MAYBE_WORDS,
        stock_status=st.sampled_from(("available", "low_stock", "out_of_stock", "unknown_stock")),
        vcpus=SIZES,
        memory=SIZES,
        vram=SIZES,
        gpus=SIZES,
        disabled=st.booleans(),
        beta=st.booleans(),
        region=MAYBE_WORDS,
        created_at=MAYBE_TIMES,
        updated_at=MAYBE_TIMES,
    )


def acl_rules(_version: str) -> st.SearchStrategy[AclRule]:
    return st.builds(AclRule, id=IDS, ip=WORDS, description=st.text(max_size=12))


def certificates(_version: str) -> st.SearchStrategy[Certificate]:
    pem = st.text(st.characters(max_codepoint=127), min_size=1)
    return st.builds(Certificate, name=WORDS, content_type=st.text(max_size=12), content=pem)


def to_json(resource: Any, version: str) -> dict[str, Any]:
    """The resource as JSON, in the spelling of the API version."""
    fields = dict(vars(resource))
    if isinstance(resource, Deployment):
        fields["model_name"] = fields.pop("model")
        bits = fields.pop("quantization_bits")
        fields["endpoints"] = [to_json(each, version) for each in resource.endpoints or ()]
        if version == "v1":
            fields["node_type_name"] = fields.pop("node_type")
            fields["quantization"] = None if bits is None else {"bits": bits}
    elif isinstance(resource, Endpoint):
        network, public = fields.pop("private_network_id"), fields.pop("public")
        access = {"v1beta1": "public_access", "v1": "public_network"}[version] if public else "private_network"
        fields[access] = {} if public else {"private_network_id": network}
    elif isinstance(resource, Model) and version == "v1":
        for derived in ("provider", "is_public", "compatible_node_types", "quantization_level"):
            del fields[derived]
        fields["project_id"] = resource.project_id or CATALOG_PROJECT
        fields["nodes_support"] = [{"nodes": [_support(node) for node in resource.nodes_support or ()]}]
    elif isinstance(resource, Model):
        for absent in ("status", "error_message", "nodes_support", "parameter_size_bits", "size_bytes"):
            del fields[absent]
        fields["project_id"] = resource.project_id or ""
    elif isinstance(resource, Certificate):
        fields["content"] = base64.b64encode(resource.content.encode()).decode()
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def _support(node: NodeSupport) -> dict[str, Any]:
    return {
        "node_type_name": node.node_type,
        "quantizations": [
            {"quantization_bits": each.bits, "allowed": each.allowed, "max_context_size": each.max_context_size}
            for each in node.quantizations
        ],
    }
