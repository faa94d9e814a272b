# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts values of Ansible to built-in types of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def to_builtin_types(value: Any, kept: tuple[type, ...] = ()) -> Any:
    """The value as a module would get it: vaulted, tagged and otherwise wrapped values become what they stand for.

    kept: types besides those of JSON to leave as they are; values of any other type become text.
    """
    if isinstance(value, Mapping):
        return {str(key): to_builtin_types(item, kept) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_builtin_types(item, kept) for item in value]
    if value is None or isinstance(value, (bool, int, float, *kept)):
        return value
    return str(value)
