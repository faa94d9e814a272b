# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entry points of the roles, and the accurate types of their variables.

The file meta/argument_specs.yml can't have these types. Ansible checks it before any task of a role, and would refuse
an empty text for a number, a choice or a dictionary, and null for an option with a default; in this collection, such a
variable counts as not given. So these options have the type C(raw) there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...module_utils._deployment.verification import ASKING_OPTIONS
from ...module_utils._fleet.desired import ENTRY_OPTIONS, SHARED_OPTIONS
from ...module_utils._options.shared import ArgumentSpec
from ...module_utils._tasks.smoke_test import AUTO, KINDS, PROMPT
from .._variables import SETTINGS

FACT = "scaleway_inference_endpoints"

# Variables that belong to no role. Misspelt ones are an error too.
COLLECTION_VARIABLES = (
    "scaleway_inference_ignored_variables",
    "scaleway_inference_in_process",
    "scaleway_inference_progress",
    *SETTINGS.values(),
)
# Variables that the roles set, to be read by later plays and by the user's own checks.
SET_BY_ROLES = frozenset(
    (
        "client_config_done",
        "client_config_found",
        "deploy_created",
        "rollout_check",
        "rollout_deployment",
        "rollout_endpoint",
        "scaleway_inference_created",
        "scaleway_inference_decommissioned",
        FACT,
    )
)


@dataclass(frozen=True)
class EntryPoint:
    """The variables of an entry point of a role, as arguments of Ansible.

    limits: variables that limit what is deleted or asked, and so must not be empty. Each has the name of another
    variable that makes it such a limit when it is true, or None if it always is one.
    reads: variables of other roles that this one reads. least: the least allowed numbers.
    """

    role: str
    options: ArgumentSpec
    limits: Mapping[str, str | None] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    least: Mapping[str, int] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return f"{self.role}_"


_KINDS = {"type": "str", "choices": list(KINDS)}
_DEPLOYMENTS = {"type": "list", "elements": "dict", "options": {**ENTRY_OPTIONS, "kind": _KINDS}}
# Deployments as the module deployment_info returns them, with all fields.
_OBSERVED = {"type": "list", "elements": "dict"}
_NAMES = {"type": "list", "elements": "str"}
_WAIT_TIMEOUT = {"type": "int", "default": 3600}
_KIND = {**_KINDS, "default": AUTO}
_WAIT_FOR_ANSWERS = {"type": "int", "default": 3}
_PROMPT = {"type": "str", "default": PROMPT}
_ENDPOINT = {
    "type": "dict",
    "options": {
        "url": {"type": "str"},
        "model": {"type": "str", "required": True},
        "ca": {"type": "str"},
        "id": {"type": "str"},
    },
}
_PREFER = {"type": "str", "choices": ["public", "private"], "default": "public"}

ENTRY_POINTS: Mapping[tuple[str, str], EntryPoint] = {
    ("deploy", "main"): EntryPoint(
        role="deploy",
        options={
            "deploy_name": {"type": "str", "required": True},
            "deploy_deployments": _DEPLOYMENTS,
            **{f"deploy_{name}": option for name, option in SHARED_OPTIONS.items()},
            "deploy_addresses": _NAMES,
            "deploy_adopt": {"type": "bool", "default": False},
            "deploy_require_stock": {"type": "bool", "default": True},
            "deploy_purge": {"type": "bool", "default": False},
            "deploy_max_deletions": {"type": "int"},
            "deploy_delete_first": {"type": "bool", "default": False},
            "deploy_fail_fast": {"type": "bool", "default": False},
            "deploy_fail_on_drift": {"type": "bool", "default": False},
            **{f"deploy_{name}": option for name, option in ASKING_OPTIONS.items()},
            "deploy_parallel": {"type": "int", "default": 10},
            "deploy_wait_timeout": _WAIT_TIMEOUT,
            "deploy_prefer": _PREFER,
            "deploy_smoke_test": {"type": "bool", "default": True},
            "deploy_kind": _KIND,
            "deploy_wait_for_answers": _WAIT_FOR_ANSWERS,
            "deploy_prompt": _PROMPT,
            "deploy_smoke_test_host": {"type": "str"},
            "deploy_smoke_test_address": {"type": "str"},
            "deploy_fact": {"type": "str", "default": FACT},
        },
        limits={"deploy_deployments": "deploy_purge"},
        least={"deploy_max_deletions": 0, "deploy_parallel": 1, "deploy_wait_timeout": 0},
    ),
    ("deploy", "smoke_test"): EntryPoint(
        role="deploy",
        options={
            "deploy_name": {"type": "str"},
            "deploy_asked": _NAMES,
            "deploy_observed": _OBSERVED,
            "deploy_deployments": _DEPLOYMENTS,
            "deploy_kind": _KIND,
            "deploy_wait_for_answers": _WAIT_FOR_ANSWERS,
            "deploy_wait_timeout": _WAIT_TIMEOUT,
            "deploy_prompt": _PROMPT,
            "deploy_smoke_test_host": {"type": "str"},
            "deploy_remedy": {"type": "str"},
        },
        limits={"deploy_asked": None, "deploy_observed": None},
        least={"deploy_wait_timeout": 0},
    ),
    ("deploy", "smoke_test_host"): EntryPoint(
        role="deploy",
        options={"deploy_smoke_test_host": {"type": "str", "required": True}},
    ),
    ("deploy", "endpoints"): EntryPoint(
        role="deploy",
        options={
            "deploy_observed": {**_OBSERVED, "required": True},
            "deploy_prefer": _PREFER,
            "deploy_fact": {"type": "str", "default": FACT},
        },
    ),
    ("decommission", "main"): EntryPoint(
        role="decommission",
        options={
            "decommission_name": {"type": "str"},
            "decommission_only": _NAMES,
            "decommission_confirmed": {"type": "bool", "default": False},
            "decommission_wait_timeout": _WAIT_TIMEOUT,
            "decommission_fact": {"type": "str", "default": FACT},
        },
        # If decommission_name were empty, the fleet would be that of the role deploy.
        limits={"decommission_name": None, "decommission_only": None},
        reads=("deploy_name", "deploy_deployments"),
        least={"decommission_wait_timeout": 0},
    ),
    ("decommission", "undo"): EntryPoint(
        role="decommission",
        options={
            # What it has to be is checked as a whole (checks.py), as only another run writes it.
            "scaleway_inference_created": {"type": "raw"},
            "undo_unfinished": {"type": "bool", "default": False},
            "decommission_wait_timeout": _WAIT_TIMEOUT,
        },
        least={"decommission_wait_timeout": 0},
    ),
    ("rollout", "main"): EntryPoint(
        role="rollout",
        options={
            "rollout_from": {"type": "str", "required": True},
            "rollout_to": {"type": "str", "required": True},
            "rollout_model": {"type": "str"},
            "rollout_node_type": {"type": "str"},
            "rollout_min_size": {"type": "int"},
            "rollout_max_size": {"type": "int"},
            "rollout_quantization_bits": {"type": "int"},
            "rollout_accept_eula": {"type": "bool"},
            "rollout_copy_rules": {"type": "bool", "default": True},
            "rollout_wait_timeout": _WAIT_TIMEOUT,
            "rollout_smoke_test": {"type": "bool", "default": True},
            "rollout_kind": _KIND,
            "rollout_wait_for_answers": _WAIT_FOR_ANSWERS,
            "rollout_prompt": _PROMPT,
            "rollout_smoke_test_host": {"type": "str"},
            "rollout_smoke_test_address": {"type": "str"},
            "rollout_checks": {"type": "list", "elements": "path", "default": []},
            "rollout_consumers": {"type": "list", "elements": "str", "default": []},
            "rollout_prefer": _PREFER,
            "rollout_grace": {"type": "int", "default": 300},
            "rollout_fact": {"type": "str", "default": FACT},
        },
        least={"rollout_grace": 0, "rollout_wait_timeout": 0},
    ),
    ("client_config", "main"): EntryPoint(
        role="client_config",
        options={
            "client_config_deployment": {"type": "str", "required": True},
            "client_config_endpoint": _ENDPOINT,
            "client_config_fact": {"type": "str", "default": FACT},
            # Not of type path, which would expand a tilde on the controller: these are paths of the host to configure.
            "client_config_dir": {"type": "str", "default": "/etc/scaleway-inference"},
            "client_config_env_file": {"type": "str"},
            "client_config_ca_file": {"type": "str"},
            "client_config_ca_variables": {"type": "list", "elements": "str", "default": ["SSL_CERT_FILE"]},
            "client_config_owner": {"type": "str"},
            "client_config_group": {"type": "str"},
            "client_config_key_variable": {"type": "str"},
            "client_config_key_file": {"type": "str"},
            "client_config_key": {"type": "str", "no_log": True},
            "client_config_service": {"type": "str"},
            "client_config_unit_dir": {"type": "str", "default": "/etc/systemd/system"},
            "client_config_hosts_entry": {"type": "bool", "default": False},
            "client_config_hosts_file": {"type": "str", "default": "/etc/hosts"},
            "client_config_restart": {"type": "bool", "default": True},
            "client_config_validate": {"type": "bool", "default": True},
            "client_config_validation_key": {"type": "str", "no_log": True},
            "client_config_host": {"type": "str"},
        },
    ),
    ("client_config", "consumer"): EntryPoint(
        role="client_config",
        options={
            "client_config_host": {"type": "str", "required": True},
            "client_config_deployment": {"type": "str", "required": True},
            "client_config_endpoint": {**_ENDPOINT, "required": True},
        },
    ),
    ("client_config", "consumer_key"): EntryPoint(
        role="client_config",
        options={"client_config_host": {"type": "str", "required": True}},
    ),
    ("client_config", "find_consumers"): EntryPoint(
        role="client_config",
        options={
            "client_config_consumers": {**_NAMES, "required": True},
            "client_config_endpoint_urls": {**_NAMES, "required": True},
        },
    ),
}

# The options of all entry points. None of these names counts as another one misspelt.
ALL_OPTIONS = frozenset(name for entry in ENTRY_POINTS.values() for name in entry.options)
