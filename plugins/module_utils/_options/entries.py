# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of a list of dictionaries, each checked for itself, so that all that are wrong can be told at once.

Ansible's own check ends at the first of them, and doesn't say which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from .._client.errors import OptionError
from .given import PREDICTED, Predictable, element, elements, given, is_empty, refuse_predicted

# What tells entries apart, and stays of one that is wrong.
_IDENTITY = ("name", "id")


def refused_entries(
    name: str, option: Mapping[str, Any], value: Any, predictable: Predictable
) -> tuple[Any, dict[int, str]]:
    """The list for Ansible to check, and what is wrong with entries, by position: of those, only the name stays."""
    entries = elements(value)
    if is_empty(value) or is_empty(entries) or isinstance(value, Mapping):
        return value, {}
    validator = ArgumentSpecValidator(option["options"])
    refused: dict[int, str] = {}
    kept = []
    for position, written in enumerate(entries):
        entry: dict[str, Any] = {}
        try:
            entry = element(option["options"], written, f"{name}[{position}]")
            found = given(option["options"], entry)
            refuse_predicted(predictable, found)
            problem = problems_of(validator, found)
        except OptionError as error:
            problem = str(error).removeprefix(f"{name}[{position}]: ")
        if problem:
            refused[position] = problem
            entry = identity(entry)
        kept.append(entry)
    return kept, refused


def identity(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of an entry that is wrong."""
    texts = {name: entry[name] for name in _IDENTITY if isinstance(entry.get(name), str)}
    return {name: text for name, text in texts.items() if text.strip() and text != PREDICTED}


def called(name: str, position: int, entry: Mapping[str, Any]) -> str:
    """What an entry of the list C(name) is called in messages."""
    label = next(iter(identity(entry).values()), "")
    return f"{name}[{position}]{f' ({label})' if label else ''}"


def problems_of(validator: ArgumentSpecValidator, entry: Mapping[str, Any]) -> str:
    """What Ansible has against it, in words; empty if nothing."""
    try:
        checked = validator.validate(dict(entry))
    except (OverflowError, ValueError):
        return "one of its numbers can't be read: it is infinite, or has too many digits; give another"
    except TypeError:
        # Ansible doesn't expect anything that is no dictionary where it looks into one.
        return "one of its options is no dictionary where one is to be"
    return "; ".join(
        f"there is no option {error.msg}" if isinstance(error, UnsupportedError) else str(error.msg)
        for error in checked.errors
    ).rstrip(".")
