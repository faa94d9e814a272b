# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task of each module."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec

_PACKAGE = "ansible_collections.scaleway.inference.plugins.module_utils._tasks"
_MODULES = Path(__file__).parents[2] / "plugins" / "modules"

#: By the name of the module.
TASKS: dict[str, TaskSpec] = {
    path.stem: import_module(f"{_PACKAGE}.{path.stem}").TASK
    for path in sorted(_MODULES.glob("[a-z]*.py"))
    # This one runs on the controller only, and has no task.
    if path.stem != "role_variables"
}
