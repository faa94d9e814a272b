# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action acl: runs the task of this name in the controller's own process, and has another host prove a refusal."""

from __future__ import annotations

from ..module_utils._tasks.acl import TASK
from ..plugin_utils._proof import ProvingAction


class ActionModule(ProvingAction):
    task = TASK
