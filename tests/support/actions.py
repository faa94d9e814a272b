# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the actions themselves, in this process: what a playbook runs, without a playbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible.template import Templar

_PLUGINS = "ansible_collections.scaleway.inference.plugins"


@dataclass
class _Task:
    """What an action reads of its task."""

    args: Mapping[Any, Any]
    check_mode: bool = False
    diff: bool = True
    async_val: int = 0
    no_log: bool = False
    action: str = "scaleway.inference"
    environment: list[Any] = field(default_factory=list)
    collections: None = None
    delegate_to: None = None

    def get_name(self) -> str:
        return "Test"


def run_action(
    name: str,
    args: Mapping[Any, Any],
    variables: Mapping[str, Any] | None = None,
    *,
    check_mode: bool = False,
    environment: Mapping[Any, Any] | None = None,
) -> dict[str, Any]:
    """The result of the action, with a local connection."""
    context, loader, known = PlayContext(), DataLoader(), dict(variables or {})
    action = import_module(f"{_PLUGINS}.action.{name}").ActionModule(
        task=_Task(args, check_mode=check_mode, environment=[environment or {}]),
        connection=connection_loader.get("local", context, None),
        play_context=context,
        loader=loader,
        templar=Templar(loader=loader, variables=known),
        shared_loader_obj=None,
    )
    result: dict[str, Any] = action.run(task_vars=known)
    return result
