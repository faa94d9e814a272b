# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that a role makes of its variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import EntryPoint
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.values import refuse, usable_options


def role_options(entry: EntryPoint, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The options of an entry point. Raises VariableError if there is a variable that can't be used."""
    options, _wrong, why = usable_options(entry, variables)
    refuse(why)
    return options
