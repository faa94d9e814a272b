# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action acl: runs the task of this name in the controller's own process, and has another host prove a refusal."""

from __future__ import annotations

from typing import Any

from ..module_utils._options.normalize import is_empty
from ..module_utils._tasks.acl import TASK
from ..plugin_utils._in_process import InProcessAction
from ..plugin_utils._proof import prove_refusal


class ActionModule(InProcessAction):
    task = TASK

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        if self._task.async_val and not is_empty(self._task.args.get("verify_host")):
            # In the background, nobody is left to have the other host ask.
            return {
                "failed": True,
                "changed": False,
                "msg": "verify_host: can't be asked with async; take one of both out",
            }
        result = super().run(tmp, task_vars)
        prove_refusal(self, result, task_vars or {})
        return result
