# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hides the secrets of a module from ansible-core's debug messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._options.checks import HIDDEN_OPTION

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:

    def register_secrets(values: Iterable[str]) -> None:
        """Do nothing, as ansible-core before 2.22."""
        del values


def hide_arguments(action: ActionBase, secrets: Iterable[str] = ()) -> None:
    """Hide the arguments of modules that the action runs, once they are packed for the host, and these secrets.

    With ANSIBLE_DEBUG, ansible-core shows the dictionary of arguments after the module has run, secrets included. By
    then nothing but this message uses it. Since ansible-core 2.22, a module's output lists its secrets, so that they
    are hidden from then on; debug messages show that list, unless the secrets are known before.
    """
    register_secrets(secrets)
    configure = action._configure_module

    def configure_and_hide(module_name: str, module_args: dict[str, Any], task_vars: Any) -> Any:
        configured = configure(module_name=module_name, module_args=module_args, task_vars=task_vars)
        module_args.update({name: HIDDEN_OPTION for name in module_args if not name.startswith("_ansible_")})
        return configured

    action._configure_module = configure_and_hide
