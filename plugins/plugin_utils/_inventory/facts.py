# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of a host about its resource: the fields that the C(_info) modules return, and a few more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from ...module_utils._client.inference.resources import AclRule, Deployment, Model, NodeType, to_plain
from ...module_utils._client.ipam import with_private_ips

Facts = dict[str, Any]

MODEL, NODE_TYPE, DEPLOYMENT = "model", "node_type", "deployment"
FIELDS = frozenset(one.name for resource in (Model, NodeType, Deployment) for one in fields(resource))
FIELDS |= {"kind", "models", "url", "rules", "public_open"}


def model_facts(model: Model, region: str) -> Facts:
    return {"kind": MODEL, **to_plain(model), "region": region}


def node_type_facts(node_type: NodeType, region: str, models: Iterable[Model] | None) -> Facts:
    """models: all models of the region, None if unknown. Only their names become facts, to keep the inventory small."""
    runnable = None
    if models is not None:
        runnable = sorted(
            model.name for model in models if model.name and node_type.name in (model.compatible_node_types or ())
        )
    return {"kind": NODE_TYPE, **to_plain(node_type), "region": region, "models": runnable}


def deployment_facts(
    deployment: Deployment,
    region: str,
    rules: Sequence[AclRule] | None,
    private_ips: Sequence[list[str] | None] | None = None,
) -> Facts:
    """rules: None if they weren't read. For C(public_open) that counts as no rules, as it must miss nothing open.

    private_ips: the addresses of each endpoint; None if they weren't asked for.
    """
    plain = to_plain(deployment)
    return {
        "kind": DEPLOYMENT,
        **(plain if private_ips is None else with_private_ips(plain, private_ips)),
        "region": region,
        "rules": None if rules is None else [to_plain(rule) for rule in rules],
        "public_open": has_endpoint_without_key(deployment) and not rules,
    }


def without_nulls(value: Any) -> Any:
    """The value without null fields at any depth, as formats such as TOML have no null."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def has_endpoint_without_key(deployment: Deployment) -> bool:
    """Whether a deployment has a public endpoint that asks for no key, so that only access rules protect it.

    Unknown endpoints, and endpoints of which this is unknown, count as such.
    """
    if deployment.endpoints is None:
        return True
    return any(endpoint.public and endpoint.disable_auth in (True, None) for endpoint in deployment.endpoints)
