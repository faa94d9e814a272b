# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action smoke_test: runs the task of this name in the controller's own process."""

from __future__ import annotations

from ..module_utils._tasks.smoke_test import TASK
from ..plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    task = TASK
