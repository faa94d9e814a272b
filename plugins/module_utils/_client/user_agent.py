# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The User-Agent header of each request."""

from __future__ import annotations

import platform

from .version import VERSION


def user_agent(core_version: str) -> str:
    """The versions of the collection, of ansible-core (`core_version`) and of Python."""
    return f"scaleway.inference/{VERSION} ansible-core/{core_version} python/{platform.python_version()}"
