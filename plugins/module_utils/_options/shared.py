# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every task has, and those of tasks that wait, as argument specs. C(api) documents the former."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._client.inference.versions import DIALECTS

ArgumentSpec = dict[str, dict[str, Any]]

API_OPTIONS: ArgumentSpec = {
    "secret_key": {"type": "str", "no_log": True},
    "access_key": {"type": "str", "no_log": True},
    "project_id": {"type": "str"},
    "organization_id": {"type": "str"},
    "region": {"type": "str"},
    "api_url": {"type": "str"},
    "api_version": {"type": "str", "choices": list(DIALECTS)},
    "profile": {"type": "str"},
    "config_file": {"type": "path"},
    "api_timeout": {"type": "float", "default": 30.0},
    "api_retries": {"type": "int", "default": 5},
    "validate_certs": {"type": "bool"},
    "ca_path": {"type": "path"},
}

WAIT_OPTIONS: ArgumentSpec = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 3600},
}


Params = Mapping[str, Any]
