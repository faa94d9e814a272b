# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a task as both execution modes do, but against an emulator and by its clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import OptionError
from ansible_collections.scaleway.inference.plugins.module_utils._runner import execute
from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.server import EmulatorServer


@dataclass
class Runner:
    """Runs tasks with the emulator's settings in their environment, and keeps the lines of progress."""

    emulator: EmulatorServer
    clock: ManualClock
    environ: dict[str, str] = field(default_factory=dict)
    progress: list[str] = field(default_factory=list)

    def run(self, task: TaskSpec, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """The result, failed or not. Raises AssertionError if the options don't fit the task's argument spec."""
        try:
            prepared = task.prepare(options, check_mode=check_mode)
        except OptionError as error:
            return {"failed": True, "changed": False, "msg": str(error)}
        checked = ArgumentSpecValidator(task.argument_spec, **task.rules()).validate(prepared.params)
        assert not checked.error_messages, checked.error_messages
        return execute(
            task,
            checked.validated_parameters,
            environ={**self.emulator.environment(), **self.environ},
            check_mode=check_mode,
            diff_mode=True,
            report=self.progress.append,
            core_version="2.0.0",
            clock=self.clock,
            entry_errors=prepared.entry_errors,
        )

    def ok(self, task: TaskSpec, **options: Any) -> dict[str, Any]:
        """The result of a run that must not fail."""
        result = self.run(task, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def failure(self, task: TaskSpec, **options: Any) -> dict[str, Any]:
        """The result of a run that must fail."""
        result = self.run(task, **options)
        assert result.get("failed"), result
        return result

    def requests(self) -> list[str]:
        """The emulator's requests since its journal was cleared, as ``METHOD /path`` with the path below the region."""
        return [f"{one.method} {one.path.split('/regions/fr-par', 1)[-1]}" for one in self.emulator.journal()]

    def writes(self) -> list[str]:
        return [one for one in self.requests() if not one.startswith("GET ")]
