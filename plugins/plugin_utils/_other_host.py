# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module on another host of the inventory, from within an action."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import action_loader, connection_loader

from ._debug_messages import hide_arguments


def run_on_host(
    action: ActionBase, host: str, module: str, args: Mapping[str, Any], task_vars: Mapping[str, Any]
) -> dict[str, Any]:
    """The result of a module that runs on the host, without become, even in check mode; it isn't logged there.

    Raises AnsibleError if the inventory doesn't have the host, or if it can't be reached.
    """
    if host not in task_vars["hostvars"]:
        raise AnsibleError(f"the inventory has no host '{host}': add it, or name one that it has")
    # A view of the host's variables, which resolves templates as they are read.
    variables = task_vars["hostvars"][host]
    play_context = action._play_context.copy()
    play_context.remote_addr = variables.get("ansible_host", host)
    play_context.become = False
    kind = str(variables.get("ansible_connection", constants.DEFAULT_TRANSPORT))
    play_context.connection = "ssh" if kind == "smart" else kind
    task = action._task.copy()
    task.args = dict(args)
    task.no_log, task.check_mode, task.become, task.async_val, task.delegate_to = True, False, False, 0, None
    connection = connection_loader.get(
        play_context.connection, play_context, os.devnull, task_uuid=task._uuid, ansible_playbook_pid=str(os.getppid())
    )
    if connection is None:
        raise AnsibleError(
            f"the connection plugin '{kind}' of the host '{host}' was not found: install the collection that has it, "
            "or set ansible_connection of the host to another"
        )
    _set_options("connection", connection, variables)
    _set_options("shell", connection._shell, variables)
    other = action_loader.get(
        module,
        task=task,
        connection=connection,
        play_context=play_context,
        loader=action._loader,
        templar=action._templar,
        shared_loader_obj=action._shared_loader_obj,
    )
    hide_arguments(other)
    try:
        result: dict[str, Any] = other.run(task_vars=dict(variables))
    finally:
        connection.close()
    return result


def _set_options(kind: str, plugin: Any, variables: Mapping[str, Any]) -> None:
    names = constants.config.get_plugin_vars(kind, plugin._load_name)
    plugin.set_options(var_options={name: variables[name] for name in names if name in variables})
