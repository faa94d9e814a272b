# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups that the plugin puts each host in by itself, besides those that the user constructs."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import MODEL, NODE_TYPE, Facts
from .query import DEPLOYMENTS, MODELS, NODE_TYPES

PUBLIC_OPEN = "public_open"
# Groups that exist even if they are empty, so that Ansible doesn't warn of patterns with them.
ALWAYS = {MODELS: (MODELS,), NODE_TYPES: (NODE_TYPES,), DEPLOYMENTS: (DEPLOYMENTS, PUBLIC_OPEN)}


def groups_of(facts: Facts) -> Iterator[str]:
    """The groups of one resource. Their names may have characters that Ansible doesn't allow in them."""
    kind = facts["kind"]
    if kind == MODEL:
        yield MODELS
        if facts["provider"]:
            yield f"provider_{facts['provider']}"
        for tag in facts["tags"] or ():
            yield f"tag_{tag}"
        # A tag may change its spelling, these don't.
        for capability in facts["capabilities"]:
            yield f"can_{capability}"
        for node_type in facts["compatible_node_types"] or ():
            yield f"fits_{node_type}"
    elif kind == NODE_TYPE:
        yield NODE_TYPES
        yield f"stock_{facts['stock_status']}"
    else:
        yield DEPLOYMENTS
        for field in ("status", "model", "node_type"):
            if facts[field] is not None:
                yield f"{field}_{facts[field]}"
        if facts["public_open"]:
            yield PUBLIC_OPEN
