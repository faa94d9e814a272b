# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback whose whole output is one JSON document, for a machine to read."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: one_document
type: stdout
short_description: The results of a playbook as one JSON document
description: [Each task's name, host, and whether it changed anything.]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "one_document"

    def __init__(self) -> None:
        super().__init__()
        self._results: list[dict[str, Any]] = []

    def _keep(self, result: Any) -> None:
        changed = bool(result._result.get("changed"))
        self._results.append({"task": result._task.get_name(), "host": result._host.get_name(), "changed": changed})

    def v2_runner_on_ok(self, result: Any, **_more: Any) -> None:
        self._keep(result)

    def v2_runner_on_failed(self, result: Any, **_more: Any) -> None:
        self._keep(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._display.display(json.dumps(self._results, indent=1))
