# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query of the inventory: which resources become hosts, from the options of the inventory file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._client.errors import OptionError
from ...module_utils._client.inference.capabilities import has_tags
from ...module_utils._client.inference.resources import Deployment, Model, NodeType
from ...module_utils._client.settings import Settings, in_region, resolve_settings
from ...module_utils._options.entries import validation_errors

MODELS, NODE_TYPES, DEPLOYMENTS = RESOURCES = ("models", "node_types", "deployments")
MODEL_STATUSES = ("preparing", "downloading", "ready", "error")
DEPLOYMENT_STATUSES = ("creating", "deploying", "scaling", "ready", "error", "locked", "deleting", "unknown_status")

_TEXTS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
FILTERS: dict[str, dict[str, Any]] = {
    "tags": _TEXTS,
    "name": _TEXTS,
    "model_status": {**_TEXTS, "choices": list(MODEL_STATUSES)},
    "statuses": {**_TEXTS, "choices": list(DEPLOYMENT_STATUSES)},
    "include_disabled": {"type": "bool", "default": False},
}


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which kinds of resources to read, of which regions (C(Settings) for each), and the filters that they pass."""

    resources: tuple[str, ...]
    regions: tuple[Settings, ...]
    tags: tuple[str, ...]
    name: tuple[str, ...]
    model_status: tuple[str, ...]
    statuses: tuple[str, ...]
    include_disabled: bool
    with_acls: bool
    private_ips: bool
    strict_api: bool

    def lists(self) -> tuple[str, ...]:
        """The kinds of resources to list. The facts of node types name models, so these are listed with them."""
        with_models = NODE_TYPES in self.resources
        return tuple(one for one in RESOURCES if one in self.resources or (one == MODELS and with_models))

    def keeps_model(self, model: Model) -> bool:
        project_id = self.regions[0].project_id
        return (
            (model.is_public or project_id is None or model.project_id in (None, project_id))
            and has_tags(model.tags, self.tags)
            and self._keeps_name(model.name)
            and (not self.model_status or model.status in self.model_status)
        )

    def keeps_node_type(self, node_type: NodeType) -> bool:
        """Whether a node type passes the filters. Node types have no tags, so the filter of tags doesn't apply."""
        return self._keeps_name(node_type.name)

    def keeps_deployment(self, deployment: Deployment) -> bool:
        project_id = self.regions[0].project_id
        return (
            (project_id is None or deployment.project_id in (None, project_id))
            and set(self.tags) <= set(deployment.tags or ())
            and self._keeps_name(deployment.name)
            and (not self.statuses or deployment.status in self.statuses)
        )

    def _keeps_name(self, name: str | None) -> bool:
        return not self.name or (name is not None and any(fnmatchcase(name, pattern) for pattern in self.name))


def make_query(options: Mapping[str, Any], environ: Mapping[str, str]) -> Query:
    """The query that the plugin's options describe. Raises OptionError or SettingsError."""
    settings = resolve_settings(options, environ)
    regions = dict.fromkeys(options["regions"] or [settings.region])
    filters = _filters(options["filters"] or {})
    return Query(
        resources=tuple(one for one in RESOURCES if one in (options["resources"] or RESOURCES)),
        regions=tuple(in_region(settings, str(region), "regions") for region in regions),
        tags=tuple(filters["tags"]),
        name=tuple(filters["name"]),
        model_status=tuple(filters["model_status"]),
        statuses=tuple(filters["statuses"]),
        include_disabled=filters["include_disabled"],
        with_acls=options["with_acls"],
        private_ips=options["private_ips"],
        strict_api=options["strict_api"],
    )


def _filters(given: Mapping[str, Any]) -> dict[str, Any]:
    validator = ArgumentSpecValidator(FILTERS)
    if wrong := validation_errors(validator, given):
        raise OptionError(f"filters: {wrong}")
    return dict(validator.validate(given).validated_parameters)
