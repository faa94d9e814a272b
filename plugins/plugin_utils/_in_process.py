# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The in-process execution mode: an action runs its task in the controller's own process.

That saves starting Python for each task, and lets the task report its progress while it waits. Where it would not mean
the same as running the module, the action runs the module.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as core_version
from ansible.utils.display import Display

from ..module_utils._client.cancellation import Cancellation
from ..module_utils._client.errors import OptionError
from ..module_utils._client.inference.observed import ObservedResources
from ..module_utils._client.redaction import Redactor, visible, visible_line
from ..module_utils._client.transport import REQUESTS_IMPORT_ERROR
from ..module_utils._options.checks import UNREADABLE_NUMBER, secret_options, shown_params, task_redactor
from ..module_utils._options.normalize import is_empty
from ..module_utils._options.shape import check_nesting, shown_message, shown_text
from ..module_utils._runner import execute
from ..module_utils._task import TaskSpec
from ._builtin_types import to_builtin_types
from ._debug_messages import hide_arguments
from ._interruption import Interruption, parent_is_gone
from ._variables import name_variables_in_result, role_variable_names, settings_from_variables, variable_values

# Variables of a play. Each counts as true unless it is set to false.
IN_PROCESS = "scaleway_inference_in_process"
PROGRESS = "scaleway_inference_progress"

display = Display()


class InProcessAction(ActionBase):
    """Runs C(task) in this process where possible, else the module of the same name. The results are equal."""

    task: ClassVar[TaskSpec]
    _supports_async = True
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        try:
            for option, value in self._task.args.items():
                check_nesting(shown_text(option), value)
        except OptionError as refusal:
            return {**result, "failed": True, "changed": False, "msg": str(refusal)}
        settings = settings_from_variables(self._templar, task_vars, self._task.args)
        args = {**self._task.args, **settings}
        # Both are read in either mode, so that a wrong value is always an error.
        in_process, progress = (
            self._boolean_variable(IN_PROCESS, task_vars),
            self._boolean_variable(PROGRESS, task_vars),
        )
        if in_process and self._can_run_in_process():
            result.update(self._run_in_process(task_vars, args, progress))
        else:
            result.update(self._run_module(task_vars, args))
        name_variables_in_result(result, role_variable_names(self._templar, task_vars), settings)
        return result

    def _boolean_variable(self, name: str, task_vars: Mapping[str, Any]) -> bool:
        try:
            value = variable_values(self._templar, [name], task_vars).get(name)
        except AnsibleError as error:
            raise AnsibleActionFail(f"The variable {name} can't be read: {error}") from None
        if is_empty(value):
            return True
        try:
            return bool(boolean(value))
        except TypeError:
            raise AnsibleActionFail(
                f"The variable {name} must be true or false, but is '{shown_text(value)}'."
            ) from None

    def _can_run_in_process(self) -> bool:
        return (
            REQUESTS_IMPORT_ERROR is None
            and self._connection.transport == "local"
            and not self._connection.become
            and not self._task.async_val
        )

    def _run_module(self, task_vars: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
        in_background = bool(self._task.async_val) and not self._connection.has_native_async
        name = f"scaleway.inference.{self.task.name}"
        hide_arguments(self, secret_options(self.task.argument_spec, to_builtin_types(args)))
        result: dict[str, Any] = self._execute_module(
            module_name=name, module_args=args, task_vars=task_vars, wrap_async=in_background
        )
        if not in_background:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _run_in_process(self, task_vars: Mapping[str, Any], args: Mapping[str, Any], progress: bool) -> dict[str, Any]:
        try:
            prepared = self.task.prepare(to_builtin_types(args), check_mode=bool(self._task.check_mode))
        except OptionError as refusal:
            return {"failed": True, "changed": False, "msg": visible(str(refusal))}
        validator = ArgumentSpecValidator(self.task.argument_spec, **self.task.rules())
        try:
            checked = validator.validate(prepared.params)
        except (OverflowError, ValueError):
            return {"failed": True, "changed": False, "msg": UNREADABLE_NUMBER}
        if checked.error_messages:
            error = checked.errors[0]
            message = str(error.msg)
            if isinstance(error, UnsupportedError):
                message = f"Unsupported parameters for (scaleway.inference.{self.task.name}) module: {message}"
            with self._environment():
                redactor = task_redactor(self.task.argument_spec, prepared.params, os.environ)
            return {"failed": True, "changed": False, "msg": shown_message(redactor.text(message))}
        params = checked.validated_parameters
        host = str(task_vars.get("inventory_hostname", "localhost"))
        observed = ObservedResources()
        with self._environment():
            redactor = task_redactor(self.task.argument_spec, params, os.environ)
            show = partial(_show, host, redactor) if progress and not self._task.no_log else _show_nothing
            interruption = Interruption(self._task.get_name(), show, observed)
            with interruption.guard():
                result = execute(
                    self.task,
                    params,
                    environ=os.environ,
                    check_mode=bool(self._task.check_mode),
                    diff_mode=bool(self._task.diff),
                    report=interruption.report,
                    core_version=core_version,
                    redactor=redactor,
                    cancellation=Cancellation(parent_is_gone),
                    observed=observed,
                    entry_errors=prepared.entry_errors,
                )
        if parent_is_gone():
            # Nobody reads the result, and a loop must not continue with the next item.
            raise SystemExit(1)
        if _shows_invocation(task_vars):
            result["invocation"] = {"module_args": shown_params(self.task.argument_spec, params, redactor)}
        return result

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Set the task's C(environment) in this process while the task runs: settings and proxies are read from it."""
        extra: dict[str, Any] = {}
        self._compute_environment_string(extra)
        before = dict(os.environ)
        try:
            for name, value in extra.items():
                try:
                    os.environ[name] = str(value)
                except (OSError, ValueError):
                    raise AnsibleActionFail(
                        f"environment: the variable {shown_text(name)} can't be set, as its name or its value has a "
                        "character that no variable of an environment can have; take it out"
                    ) from None
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _shows_invocation(task_vars: Mapping[str, Any]) -> bool:
    # ansible-core 2.21 made this a setting. Before, every module's result had an invocation.
    name = "INJECT_INVOCATION"
    if name not in constants.config.get_configuration_definitions():
        return True
    return bool(constants.config.get_config_value(name, variables=dict(task_vars)))


def _show(host: str, redactor: Redactor, line: str) -> None:
    # Standard output belongs to the callback plugin, and programs may parse it.
    display.display(f"waiting: [{host}] => {visible_line(redactor.text(line))}", stderr=True)


def _show_nothing(line: str) -> None:
    """Ignore a line of progress."""
    del line
