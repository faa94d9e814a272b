# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources of AWX's API: their fields, what is unique, and what is attached to them or created below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """A field as C(OPTIONS) shows it.

    target: the resource that an ID in it refers to.
    default: what it is where a request leaves it out, and what a C(PUT) without it resets it to. A reference by a
        foreign key (of the kind C(id)) has none: a C(PUT) without it leaves it alone.
    fixed: set at the creation, and ignored by each C(PUT).
    """

    kind: str
    required: bool = False
    target: str | None = None
    default: Any = None
    fixed: bool = False


TEXT = Field("string", default="")
FLAG = Field("boolean", default=False)
JSON = Field("json", default={})
VARIABLES = Field("json", default="")
NAMED = {"name": Field("string", required=True), "description": TEXT}


def reference(target: str, *, required: bool = False, fixed: bool = False) -> Field:
    return Field("id", required, target, fixed=fixed)


FIELDS: dict[str, dict[str, Field]] = {
    "organizations": NAMED,
    "credential_types": {**NAMED, "kind": Field("choice", required=True), "inputs": JSON, "injectors": JSON},
    "credentials": {
        **NAMED,
        "organization": reference("organizations"),
        "credential_type": reference("credential_types", required=True),
        "inputs": JSON,
    },
    "execution_environments": {
        **NAMED,
        "organization": reference("organizations"),
        "image": Field("string", required=True),
        "credential": reference("credentials"),
        "pull": Field("choice", default=""),
    },
    "projects": {
        **NAMED,
        "organization": reference("organizations"),
        "scm_type": Field("choice", default=""),
        "scm_url": TEXT,
        "scm_branch": TEXT,
        "scm_update_on_launch": FLAG,
        "credential": reference("credentials"),
        "default_environment": reference("execution_environments"),
    },
    "inventories": {
        **NAMED,
        "organization": reference("organizations", required=True),
        "kind": Field("choice", default=""),
        "variables": VARIABLES,
    },
    "inventory_sources": {
        **NAMED,
        "inventory": reference("inventories", required=True, fixed=True),
        "source": Field("choice", required=True),
        "source_project": reference("projects"),
        "source_path": TEXT,
        "source_vars": TEXT,
        # Not a foreign key, but a number that stands for the attached credential.
        "credential": Field("integer", target="credentials"),
        "execution_environment": reference("execution_environments"),
        "overwrite": FLAG,
        "overwrite_vars": FLAG,
        "update_on_launch": FLAG,
        "update_cache_timeout": Field("integer", default=0),
    },
    "job_templates": {
        **NAMED,
        "job_type": Field("choice", default="run"),
        "inventory": reference("inventories"),
        "project": reference("projects"),
        "playbook": TEXT,
        "limit": TEXT,
        "extra_vars": VARIABLES,
        "execution_environment": reference("execution_environments"),
        "job_slice_count": Field("integer", default=1),
        "survey_enabled": FLAG,
        "ask_diff_mode_on_launch": FLAG,
        "ask_inventory_on_launch": FLAG,
        "ask_job_type_on_launch": FLAG,
        "ask_limit_on_launch": FLAG,
        "ask_variables_on_launch": FLAG,
    },
    "workflow_job_templates": {
        **NAMED,
        "organization": reference("organizations"),
        "extra_vars": VARIABLES,
        "survey_enabled": FLAG,
        "ask_variables_on_launch": FLAG,
    },
    "workflow_job_template_nodes": {
        "identifier": TEXT,
        "workflow_job_template": reference("workflow_job_templates", required=True, fixed=True),
        "unified_job_template": reference("job_templates"),
        "extra_data": JSON,
        "all_parents_must_converge": FLAG,
    },
    "schedules": {
        **NAMED,
        "unified_job_template": reference("job_templates", required=True),
        "rrule": Field("string", required=True),
        "enabled": Field("boolean", default=True),
        "extra_data": JSON,
    },
    # Resources that an import reads, and of which the collection's has none.
    **dict.fromkeys(("users", "teams", "notification_templates", "applications"), NAMED),
    "labels": NAMED,
    "system_job_templates": NAMED,
}
#: {resource: fields that only one object has in this combination}
UNIQUE = {
    **dict.fromkeys(("projects", "inventories", "workflow_job_templates"), ("name", "organization")),
    **dict.fromkeys(("organizations", "execution_environments", "job_templates"), ("name",)),
    "credential_types": ("name", "kind"),
    "credentials": ("name", "organization", "credential_type"),
    "inventory_sources": ("name", "inventory"),
    "workflow_job_template_nodes": ("identifier", "workflow_job_template"),
    "schedules": ("name", "unified_job_template"),
}
#: {resource: {path below it: resource that is attached there by its ID}}
ATTACHED = {
    "inventory_sources": {"credentials": "credentials"},
    "job_templates": {"credentials": "credentials"},
    "workflow_job_template_nodes": dict.fromkeys(
        ("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes"
    ),
}
#: {resource: {path below it: (resource that is created there, its field that refers back)}}
CREATED = {
    "job_templates": {"schedules": ("schedules", "unified_job_template")},
    "workflow_job_templates": {"workflow_nodes": ("workflow_job_template_nodes", "workflow_job_template")},
}
SURVEYED = ("job_templates", "workflow_job_templates")
#: {name of a resource in an import: its name in URLs}, where the two differ.
ALIASES = {"inventory": "inventories"}
TYPES = {"inventories": "inventory"}
