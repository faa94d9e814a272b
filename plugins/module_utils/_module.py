# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution mode "module": runs a task with C(AnsibleModule), on the host that the play names."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._client.errors import OptionError
from ._client.redaction import Redactor, visible_line
from ._client.transport import REQUESTS_IMPORT_ERROR
from ._options.checks import UNREADABLE_NUMBER, shown_params, task_redactor
from ._options.shape import TOO_DEEP, UNREADABLE, shown_message
from ._runner import execute
from ._task import TaskSpec


class Module(AnsibleModule):
    """An AnsibleModule that prepares the options before Ansible checks them: an empty option counts as not given.

    entry_errors: those of C(TaskSpec.prepare).
    """

    params: dict[str, Any]
    no_log_values: set[str]

    def __init__(self, task: TaskSpec) -> None:
        self._task = task
        self._error: OptionError | None = None
        self.entry_errors: Mapping[int, str] = {}
        self._checked = False
        super().__init__(argument_spec=task.argument_spec, supports_check_mode=True, **task.rules())
        self._checked = True

    def _load_params(self) -> None:
        """Prepare the options. AnsibleModule calls this first, when it can't report an error yet."""
        try:
            super()._load_params()
        except Exception as error:  # since 2.19, ansible-core raises Exception itself where its JSON can't be parsed
            self.params = {}
            self._error = OptionError(TOO_DEEP if isinstance(error.__cause__ or error, RecursionError) else UNREADABLE)
            return
        try:
            prepared = self._task.prepare(self.params, check_mode=bool(self.params.get("_ansible_check_mode")))
        except OptionError as error:
            self._error = error
            # Which options are secret isn't known yet, so none may be shown.
            self.params = {name: value for name, value in self.params.items() if name.startswith("_ansible_")}
        else:
            self.params, self.entry_errors = prepared.params, prepared.entry_errors

    def _set_internal_properties(self, *args: Any, **kwargs: Any) -> None:
        """Report the error of C(_load_params). AnsibleModule calls this next, before it checks any option."""
        super()._set_internal_properties(*args, **kwargs)
        if self._error is not None:
            self.fail_json(msg=str(self._error))

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """Exit with an error. That of Ansible's own check repeats values; the others are fit to be shown."""
        super().fail_json(msg=msg if self._checked else shown_message(msg), **kwargs)

    def _log_invocation(self) -> None:
        """Log the invocation, without characters that a log can't hold, or that would look like lines of others."""
        given = self.params
        self._hide_options()
        for name, value in self.params.items():
            if isinstance(value, str):
                self.params[name] = visible_line(value)
        super()._log_invocation()
        self.params = given

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        """Write the result, which has the options as invocation. Each end of AnsibleModule calls this."""
        self._hide_options()
        super()._return_formatted(self.redactor.fields(kwargs))

    @cached_property
    def redactor(self) -> Redactor:
        """Hides the secrets of the options. First used while C(params) still holds them."""
        return task_redactor(self._task.argument_spec, self.params, os.environ)

    def _hide_options(self) -> None:
        """Hide secrets among the options as in process. Ansible's own way would hide each letter of a short one."""
        self.params = shown_params(self._task.argument_spec, self.params, self.redactor)
        self.no_log_values = set()


def run_module(task: TaskSpec) -> None:
    """Run the task and exit as a module does."""
    try:
        module = Module(task)
    except (OverflowError, ValueError):
        # AnsibleModule crashes on numbers that are too long to be converted, so there is no C(fail_json) to call.
        sys.stdout.write(json.dumps({"failed": True, "changed": False, "msg": UNREADABLE_NUMBER}))
        raise SystemExit(1) from None
    if REQUESTS_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=str(REQUESTS_IMPORT_ERROR))
    result = execute(
        task,
        module.params,
        environ=os.environ,
        check_mode=module.check_mode,
        diff_mode=module._diff,
        # A module can't show anything before it ends.
        report=lambda line: None,
        core_version=module.ansible_version,
        redactor=module.redactor,
        entry_errors=module.entry_errors,
    )
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
