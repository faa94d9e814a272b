# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host tells of its resource: plain data, the vocabulary of the C(_info) modules and a little more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from ...module_utils._client.inference.resources import AclRule, Deployment, Model, NodeType, to_plain

Facts = dict[str, Any]

MODEL, NODE_TYPE, DEPLOYMENT = "model", "node_type", "deployment"
FIELDS = frozenset(one.name for resource in (Model, NodeType, Deployment) for one in fields(resource))
FIELDS |= {"kind", "models", "url", "rules", "public_open"}


def model_facts(model: Model, region: str) -> Facts:
    return {"kind": MODEL, **to_plain(model), "region": region}


def node_type_facts(node_type: NodeType, region: str, models: Iterable[Model] | None) -> Facts:
    """C(models): all of the region; null where they aren't known. Names alone, so that the inventory stays small."""
    able = None
    if models is not None:
        able = sorted(
            model.name for model in models if model.name and node_type.name in (model.compatible_node_types or ())
        )
    return {"kind": NODE_TYPE, **to_plain(node_type), "region": region, "models": able}


def deployment_facts(deployment: Deployment, region: str, rules: Sequence[AclRule] | None) -> Facts:
    """C(rules): null where they weren't read. Those count as none: who asks what is open wants to see too much."""
    endpoints = sorted(deployment.endpoints or (), key=lambda endpoint: not endpoint.public)
    return {
        "kind": DEPLOYMENT,
        **to_plain(deployment),
        "region": region,
        "url": endpoints[0].url if endpoints else None,
        "rules": None if rules is None else [to_plain(rule) for rule in rules],
        "public_open": answers_anyone(deployment) and not rules,
    }


def without_nulls(value: Any) -> Any:
    """The same without fields that are null, at any depth: TOML has none, and their absence says as much."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def answers_anyone(deployment: Deployment) -> bool:
    """Whether it asks for no key on a public endpoint, so that only rules can keep anyone out.

    What isn't known counts as if it did, too.
    """
    if deployment.endpoints is None:
        return True
    return any(endpoint.public and endpoint.disable_auth in (True, None) for endpoint in deployment.endpoints)
