# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module as Ansible does, but in the process of the tests: what it writes and what it logs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, redirect_stderr, redirect_stdout
from importlib import import_module
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.scaleway.inference.plugins.module_utils import _module
from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec


class ModuleRuns:
    """Runs modules. ``logged``: what they wrote to the system's log."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.logged: list[str] = []
        monkeypatch.setattr(basic.AnsibleModule, "log", self._log)

    def _log(self, message: str, log_args: object = None) -> None:
        self.logged += [message, str(log_args)]

    def run(self, task: TaskSpec, **options: Any) -> dict[str, Any]:
        """The result, with the invocation. Exceptions of the code pass through."""
        internal = {"_ansible_verbosity": 4, "_ansible_version": "2.19.0"}
        if "inject_invocation" in PASS_VARS:
            # Since ansible-core 2.21, the invocation isn't shown by default.
            internal["_ansible_inject_invocation"] = True
        with _arguments({**options, **internal}), pytest.raises(SystemExit):
            _module.run_module(task)
        result: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        # By this, ansible-core 2.22 tells the controller what to hide.
        result.pop("_ansible_new_secrets", None)
        return result


def run_module(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a module by its name, run from its file. Raises what isn't caught in the module."""
    module = import_module(f"ansible_collections.scaleway.inference.plugins.modules.{name}")
    output = io.StringIO()
    with _arguments(arguments), redirect_stdout(output), redirect_stderr(io.StringIO()), pytest.raises(SystemExit):
        module.main()
    result: dict[str, Any] = json.loads(output.getvalue())
    return result


def _arguments(arguments: Mapping[str, Any]) -> AbstractContextManager[Any]:
    encoded = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    if hasattr(basic, "_ANSIBLE_PROFILE"):
        return mock.patch.multiple(basic, _ANSIBLE_ARGS=encoded, _ANSIBLE_PROFILE="legacy", _PARSED_MODULE_ARGS={})
    return mock.patch.object(basic, "_ANSIBLE_ARGS", encoded)
