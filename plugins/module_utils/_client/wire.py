# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading JSON with checks: what isn't as promised becomes an AnswerError that names the place, never a KeyError."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from .errors import AnswerError
from .ranges import shown

_GREATEST = sys.float_info.max


class Wire:
    """One JSON object of an answer. C(where) is its place in words, such as C(deployments[0]).

    Every reader raises AnswerError for a value of the wrong type. Unknown fields are left alone: the service may grow.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise AnswerError(f"{where}: expected an object, got {_kind(value)}")
        self._fields: Mapping[str, Any] = value
        self._where = where

    def __contains__(self, key: str) -> bool:
        return self._fields.get(key) is not None

    def text(self, key: str) -> str:
        """A string that must be there and not be empty."""
        value = self._fields.get(key)
        if value == "":
            self._wrong(key, "a string that isn't empty", value)
        return value if isinstance(value, str) else self._wrong(key, "a string", value)

    def optional_text(self, key: str) -> str | None:
        """A string; null where it is absent, null or empty."""
        value = self._fields.get(key)
        if value is None or value == "":
            return None
        return value if isinstance(value, str) else self._wrong(key, "a string", value)

    def integer(self, key: str) -> int:
        value = self.optional_integer(key)
        return self._wrong(key, "a whole number", None) if value is None else value

    def optional_integer(self, key: str) -> int | None:
        value = self._fields.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return self._wrong(key, "a whole number", value)

    def flag(self, key: str) -> bool:
        """A boolean; false where it is absent or null, as the service leaves out what is false."""
        value = self._fields.get(key)
        if value is None:
            return False
        return value if isinstance(value, bool) else self._wrong(key, "true or false", value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty where it is absent or null."""
        value = self._fields.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong(key, "a list of strings", value)
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self._wrong(f"{key}[{index}]", "a string", item)
        return tuple(value)

    def numbers(self, key: str) -> list[float]:
        """A list of finite numbers that must be there."""
        value = self._fields.get(key)
        if not isinstance(value, list):
            self._wrong(key, "a list of numbers", value)
        for index, item in enumerate(value):
            if not _is_number(item):
                self._wrong(f"{key}[{index}]", "a number that a float can hold", item)
        return [float(item) for item in value]

    def child(self, key: str) -> Wire:
        return Wire(self._fields.get(key), f"{self._where}.{key}")

    def children(self, key: str, *, required: bool = False) -> list[Wire]:
        """A list of objects; empty where it is null, or absent unless it is required."""
        value = self._fields.get(key)
        if value is None and (not required or key in self._fields):
            return []
        if not isinstance(value, list):
            self._wrong(key, "a list", value)
        return [Wire(item, f"{self._where}.{key}[{index}]") for index, item in enumerate(value)]

    def plain(self) -> dict[str, Any]:
        """The whole object as it came."""
        return dict(self._fields)

    def _wrong(self, key: str, expected: str, value: object) -> NoReturn:
        # Where a number was expected, its kind would say nothing.
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        got = shown(value) if is_number and "number" in expected else _kind(value)
        raise AnswerError(f"{self._where}.{key}: expected {expected}, got {got}")


def _is_number(value: object) -> bool:
    # JSON has no others, but Python's reader takes NaN, Infinity, and whole numbers that no float can hold.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _GREATEST


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if value == "":
        return "an empty string"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "a list"}
    return names.get(type(value), "an object")
