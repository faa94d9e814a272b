# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's door: a task run by C(AnsibleModule), on whichever host the play names."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._client.errors import OptionError
from ._client.transport import REQUESTS_IMPORT_ERROR
from ._options.checks import TOO_LONG, shown_params, task_redactor
from ._runner import execute
from ._task import TaskSpec


class Module(AnsibleModule):
    """An AnsibleModule for which an empty option is one that isn't given."""

    params: dict[str, Any]

    def __init__(self, task: TaskSpec) -> None:
        self._task = task
        self._error: OptionError | None = None
        self.refused: Mapping[int, str] = {}
        super().__init__(argument_spec=task.argument_spec, supports_check_mode=True, **task.rules())

    def _load_params(self) -> None:
        """Called before anything is checked; what is refused here can only be told once the module can speak."""
        super()._load_params()
        try:
            prepared = self._task.prepare(self.params, check_mode=bool(self.params.get("_ansible_check_mode")))
        except OptionError as error:
            self._error = error
            # Nobody knows yet which of them are secret.
            self.params = {name: value for name, value in self.params.items() if name.startswith("_ansible_")}
        else:
            self.params, self.refused = prepared.params, prepared.refused

    def _set_internal_properties(self, *args: Any, **kwargs: Any) -> None:
        """Called next, and before Ansible has something to say of what is refused already."""
        super()._set_internal_properties(*args, **kwargs)
        if self._error is not None:
            self.fail_json(msg=str(self._error))

    def _log_invocation(self) -> None:
        """ansible-core 2.16 can't log halves of characters; the task refuses them with a message of its own."""
        with suppress(UnicodeError):
            super()._log_invocation()


def run_module(task: TaskSpec) -> None:
    """Run the task and exit as a module does."""
    try:
        module = Module(task)
    except (OverflowError, ValueError):
        # AnsibleModule has no words for numbers that are too long to be converted, and there is none to fail with.
        sys.stdout.write(json.dumps({"failed": True, "changed": False, "msg": TOO_LONG}))
        raise SystemExit(1) from None
    if REQUESTS_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=str(REQUESTS_IMPORT_ERROR))
    redactor = task_redactor(task.argument_spec, module.params, os.environ)
    result = execute(
        task,
        module.params,
        environ=os.environ,
        check_mode=module.check_mode,
        diff_mode=module._diff,
        # A module can't speak before it ends.
        report=lambda line: None,
        core_version=module.ansible_version,
        redactor=redactor,
        refused=module.refused,
    )
    # AnsibleModule shows these as the invocation, and replaces every no_log value, be it a single letter.
    module.params = shown_params(task.argument_spec, module.params, redactor)
    module.no_log_values = redactor.spellings
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
