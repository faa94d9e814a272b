# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading JSON with checks: what isn't as promised becomes an AnswerError that names the place, never a KeyError."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from .errors import AnswerError
from .ranges import display_text

T = TypeVar("T")

_GREATEST = sys.float_info.max


class JsonObject:
    """One JSON object of an answer. C(where) is its place in words, such as C(deployments[0]).

    Every reader raises AnswerError for a value of the wrong type. Unknown fields are left alone: the service may grow.
    C(odd) gets, in words, what C(lenient) passed over here and in all that is below.
    """

    def __init__(self, value: object, where: str, odd: list[str] | None = None) -> None:
        if not isinstance(value, Mapping):
            raise AnswerError(f"{where}: expected an object, got {_kind(value)}")
        self._fields: Mapping[str, Any] = value
        self._where = where
        self.odd: list[str] = [] if odd is None else odd

    def __contains__(self, key: str) -> bool:
        return self._fields.get(key) is not None

    def lenient(self, read: Callable[[str], T | None], key: str) -> T | None:
        """What C(read) makes of the field; null, and noted, where it isn't as promised."""
        try:
            return read(key)
        except AnswerError as problem:
            named = [one for one in map(self._fields.get, ("name", "id")) if isinstance(one, str) and one]
            self.odd.append(f"{problem}{f' (of {named[0]})' if named else ''}; it is taken for null")
            return None

    def lenient_text(self, key: str) -> str | None:
        return self.lenient(self.optional_text, key)

    def lenient_integer(self, key: str) -> int | None:
        return self.lenient(self.optional_integer, key)

    def lenient_flag(self, key: str) -> bool | None:
        return self.lenient(self.flag, key)

    def lenient_texts(self, key: str) -> tuple[str, ...] | None:
        return self.lenient(self.texts, key)

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

    def child(self, key: str) -> JsonObject:
        return JsonObject(self._fields.get(key), f"{self._where}.{key}", self.odd)

    def children(self, key: str, *, required: bool = False) -> list[JsonObject]:
        """A list of objects; empty where it is null, or absent unless it is required."""
        return [self._item(item, key, index) for index, item in enumerate(self._items(key, required=required))]

    def readable_children(self, key: str, read: Callable[[JsonObject], T]) -> Iterator[T | Unreadable]:
        """What C(read) makes of each of a list of objects that must be there, or why it can't be read."""
        for index, item in enumerate(self._items(key, required=True)):
            try:
                yield read(self._item(item, key, index))
            except AnswerError as problem:
                yield Unreadable(str(problem), item)

    def _items(self, key: str, *, required: bool) -> list[Any]:
        value = self._fields.get(key)
        if value is None and (not required or key in self._fields):
            return []
        if not isinstance(value, list):
            self._wrong(key, "a list", value)
        return value

    def _item(self, item: object, key: str, index: int) -> JsonObject:
        return JsonObject(item, f"{self._where}.{key}[{index}]", self.odd)

    def plain(self) -> dict[str, Any]:
        """The whole object as it came."""
        return dict(self._fields)

    def _wrong(self, key: str, expected: str, value: object) -> NoReturn:
        # Where a number was expected, its kind would say nothing.
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        got = display_text(value) if is_number and "number" in expected else _kind(value)
        raise AnswerError(f"{self._where}.{key}: expected {expected}, got {got}")


class Unreadable:
    """An item of a list that is no resource, as it lacks what makes one. C(name) is null where it can't be read."""

    def __init__(self, problem: str, item: object) -> None:
        self.problem = problem
        name = item.get("name") if isinstance(item, Mapping) else None
        self.name = name if isinstance(name, str) and name else None


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
