# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks options as they were written, before anything converts them.

Ansible's own check of types crashes on some values, takes minutes for others, and shows them in full. It also makes
text of lists and dictionaries, which no resource is called by.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .._client.errors import OptionError
from .._client.limits import MAX_DEPTH
from .._client.ranges import MAX_LENGTH, display_text, range_of
from .._client.redaction import visible, visible_line

# The error for options that Python can't even read.
TOO_DEEP = f"One of the options is nested deeper than {MAX_DEPTH} levels; give flatter values."
UNREADABLE = (
    "One of the options can't be read: it is a number of thousands of digits, or holds the half of a character; give "
    "another."
)
# The most elements of a list: more than a request needs, and as many as are checked in less than a second.
MAX_ELEMENTS = 5_000
# The same for a list of deployments, which have many options each: as many as a fleet may have.
MAX_MEMBERS = 200
# The most values in an option with values of any kind, at all depths together.
_MAX_VALUES = 100_000
# No number that can be used is written with more characters or digits.
_MAX_DIGITS = 100
# The largest number to send: more than any field of a request needs, less than Python refuses to write as text.
MAX_BITS = 1024
# Ansible's own messages are cut after so many characters, as they repeat the value.
_MAX_MESSAGE = 2_000
# Options for text of any length: what people or models read, and certificates. In roles, their names have a prefix.
FREE_TEXTS = frozenset(("ca", "description", "input", "messages", "prompt", "remedy", "stop", "system"))
_TEXTS = ("str", "path")
# Types of a single value, as messages call them.
_SINGLE = {"str": "text", "path": "text", "bool": "boolean", "int": "number", "float": "number"}


def check_shape(path: str, name: str, option: Mapping[str, Any], value: Any) -> None:
    """Raise OptionError for a value that is too long, nested too deep, or a number that nothing can convert."""
    kind = option.get("type", "str")
    if isinstance(value, (list, tuple, Mapping)):
        check_nesting(path, value)
    if kind == "list":
        elements = value.split(",") if isinstance(value, str) else value
        if isinstance(elements, list):
            _check_count(path, name, option, elements)
            for index, element in enumerate(elements):
                _check_scalar(f"{path}[{index}]", name, option.get("elements"), element)
    else:
        _check_scalar(path, name, kind, value)


def check_nesting(path: str, value: Any) -> None:
    """Raise OptionError for a value with too many levels or values. Python can't recurse into such a value."""
    level, count = [value], 0
    for _depth in range(MAX_DEPTH + 1):
        inner = [one for one in level if isinstance(one, (list, tuple, Mapping))]
        if not inner:
            return
        count += sum(map(len, inner))
        if count > _MAX_VALUES:
            raise OptionError(f"{path}: holds more than {_MAX_VALUES} values; give fewer")
        level = [item for one in inner for item in (one.values() if isinstance(one, Mapping) else one)]
    raise OptionError(f"{path}: is nested deeper than {MAX_DEPTH} levels; give flatter values")


def check_length(path: str, value: Any) -> None:
    """Raise OptionError for a list or a dictionary that is longer than any list may be."""
    if isinstance(value, (list, tuple, Mapping)) and len(value) > MAX_ELEMENTS:
        what, where = ("entries", "") if isinstance(value, Mapping) else ("elements", "a list ")
        raise OptionError(f"{path}: has {len(value)} {what}, and {where}may have {MAX_ELEMENTS} at most; give fewer")


def check_kinds(spec: Mapping[str, Mapping[str, Any]], params: Mapping[str, Any], prefix: str = "") -> None:
    """Raise OptionError for a list or a dictionary in place of a single value, and for a boolean in place of a number.

    Ansible would make texts of them, and needs a second to refuse a long one. The value isn't shown, as it may be a
    secret.
    """
    for name, value in params.items():
        option = spec.get(name, {})
        kind, path = option.get("type"), f"{prefix}{name}"
        elements = value if kind == "list" and isinstance(value, list) else [value]
        kind = option.get("elements") if kind == "list" else kind
        for index, one in enumerate(elements):
            place = f"{path}[{index}]" if elements is value else path
            if kind in _SINGLE and not _is_free_text(name) and isinstance(one, (list, tuple, Mapping)):
                what = "dictionary" if isinstance(one, Mapping) else "list"
                raise OptionError(f"{place}: a {what} is no {_SINGLE[kind]}; give {_expected(name, kind)}")
            if kind in ("int", "float") and isinstance(one, bool):
                raise OptionError(
                    f"{place}: {str(one).lower()} is a boolean, not a number; give {_expected(name, kind)}"
                )
            if option.get("options") and isinstance(one, Mapping):
                check_kinds(option["options"], one, f"{place}.")


def shown_message(message: str) -> str:
    """A message of Ansible about options, cut and without control characters, as it repeats what was written."""
    shown = visible(message[: _MAX_MESSAGE + 1])
    return shown if len(shown) <= _MAX_MESSAGE else shown[:_MAX_MESSAGE] + "…"


def shown_text(value: object) -> str:
    """A value for a message, cut and on one line."""
    return visible_line(display_text(value))


def _check_count(path: str, name: str, option: Mapping[str, Any], elements: list[Any]) -> None:
    if "options" in option and name.endswith("deployments") and len(elements) > MAX_MEMBERS:
        raise OptionError(
            f"{path}: {len(elements)} entries are more than the {MAX_MEMBERS} that one fleet may have; make several "
            "fleets of them"
        )
    check_length(path, elements)


def _check_scalar(path: str, name: str, kind: object, value: Any) -> None:
    if kind in ("int", "float"):
        if not _is_readable_number(value, whole=kind == "int"):
            what = f"'{shown_text(value)}'" if isinstance(value, str) else shown_text(value)
            raise OptionError(f"{path}: {what} can't be used, expected {_expected(name, kind)}")
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise OptionError(f"{path}: a number of so many digits can't be used; give another")
    elif kind in _TEXTS and isinstance(value, str) and len(value) > MAX_LENGTH and not _is_free_text(name):
        raise OptionError(f"{path}: has {len(value)} characters, and may have {MAX_LENGTH} at most; give a shorter one")


def _is_free_text(name: str) -> bool:
    return name.rpartition("_")[2] in FREE_TEXTS


def _is_readable_number(value: Any, *, whole: bool) -> bool:
    """Whether Ansible can convert the value at once, or refuses it with a message that names the option."""
    if isinstance(value, float) and whole:
        return math.isfinite(value)
    if isinstance(value, int):
        return value.bit_length() <= MAX_BITS
    if isinstance(value, (list, tuple)):
        # Ansible takes a sign, digits and an exponent for a number, however large.
        return not any(isinstance(one, (list, tuple)) for one in value)
    if not isinstance(value, str):
        return True
    if len(value) > _MAX_DIGITS:
        return False
    try:
        number = Decimal(value)
    except ArithmeticError:
        return True
    return not whole or (number.is_finite() and abs(number.adjusted()) <= _MAX_DIGITS)


def _expected(name: str, kind: object) -> str:
    """What an option for a single value takes, in words."""
    if kind in _TEXTS or kind == "bool":
        return "true or false" if kind == "bool" else "a text"
    allowed = range_of(name, kind)
    return "a number" if allowed is None else str(allowed)
