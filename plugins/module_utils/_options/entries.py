# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the entries of a list of dictionaries one by one, so that one error can name all that are wrong.

Ansible's own check ends at the first wrong entry, and doesn't say which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from .._client.errors import OptionError
from .._client.ranges import display_text
from .normalize import PREDICTED, Predictable, given_options, is_empty, parse_element, refuse_predicted, split_elements
from .shape import check_kinds, check_shape, shown_message

# The options that identify an entry; a wrong entry keeps only these.
_IDENTITY = ("name", "id")


def check_entries(
    name: str, option: Mapping[str, Any], value: Any, predictable: Predictable
) -> tuple[Any, dict[int, str]]:
    """The list for Ansible to check, and the errors of entries by position; a wrong entry keeps only its name or ID.

    name, option: of the list. predictable: as in TaskSpec, for the options of an entry.
    Raises OptionError as C(check_shape) for the list as a whole.
    """
    check_shape(name, name, option, value)
    entries = split_elements(value)
    if is_empty(value) or is_empty(entries) or isinstance(value, Mapping):
        return value, {}
    validator = ArgumentSpecValidator(option["options"])
    errors: dict[int, str] = {}
    kept = []
    for position, written in enumerate(entries):
        entry: dict[str, Any] = {}
        try:
            entry = parse_element(option["options"], written, f"{name}[{position}]")
            found = given_options(option["options"], entry)
            refuse_predicted(predictable, found)
            check_kinds(option["options"], found)
            error_text = validation_errors(validator, found)
        except OptionError as error:
            error_text = str(error).removeprefix(f"{name}[{position}]: ")
        if error_text:
            errors[position] = error_text
            entry = identifying_options(entry)
        kept.append(entry)
    return kept, errors


def identifying_options(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The name or ID of an entry, as options."""
    texts = {name: entry[name] for name in _IDENTITY if isinstance(entry.get(name), str)}
    return {name: text for name, text in texts.items() if text.strip() and text != PREDICTED}


def entry_label(name: str, position: int, entry: Mapping[str, Any]) -> str:
    """An entry of the list C(name) in messages, such as C(deployments[2] (chat))."""
    label = display_text(next(iter(identifying_options(entry).values()), ""))
    return f"{name}[{position}]{f' ({label})' if label else ''}"


def validation_errors(validator: ArgumentSpecValidator, entry: Mapping[str, Any]) -> str:
    """The errors that Ansible finds in an entry, in words; empty if there is none."""
    try:
        checked = validator.validate(dict(entry))
    except (OverflowError, ValueError):
        return "one of its numbers can't be read: it is infinite, or has too many digits; give another"
    except TypeError:
        # Ansible crashes on other values where it expects a dictionary.
        return "one of its options is no dictionary where one is to be"
    found = "; ".join(
        f"there is no option {error.msg}" if isinstance(error, UnsupportedError) else str(error.msg)
        for error in checked.errors
    )
    return shown_message(found).rstrip(".")
