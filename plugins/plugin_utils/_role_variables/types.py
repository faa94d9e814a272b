# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds values that Ansible would silently convert into something the user didn't write, at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._text import kind_of, shown

_TEXTS = ("str", "path")


def type_problems(path: str, option: Mapping[str, Any], value: Any) -> Iterator[str]:
    """A message for each value that isn't text where text is expected, or that is a boolean in place of a number.

    path: where the value is, such as C(deploy_deployments[0].name). Values with choices, and shapes that Ansible itself
    refuses, are left to the check of types.
    """
    expected = option.get("type", "str")
    options = option.get("options", {})
    if expected == "list" and isinstance(value, list):
        element = {**option, "type": option.get("elements", "raw")}
        for index, item in enumerate(value):
            yield from type_problems(f"{path}[{index}]", element, item)
    elif expected == "dict" and isinstance(value, Mapping):
        for name, item in value.items():
            if name in options:
                yield from type_problems(f"{path}.{name}", options[name], item)
    elif expected == "list" and option.get("elements") in _TEXTS and not isinstance(value, Mapping):
        # Ansible makes a list of one text of it.
        yield from _not_text(path, option, value)
    elif expected in _TEXTS and "choices" not in option:
        yield from _not_text(path, option, value)
    elif expected == "int" and isinstance(value, bool):
        yield f"{path}: {shown(value)} is a boolean, not a whole number"


def _not_text(path: str, option: Mapping[str, Any], value: Any) -> Iterator[str]:
    if kind := kind_of(value):
        written = "its value" if option.get("no_log") else shown(value)
        yield f"{path}: {written} is {kind}, not text"
