# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Typed access to JSON from a server: a value of the wrong type raises AnswerError, which names the field."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from .errors import AnswerError
from .ranges import display_text

T = TypeVar("T")

_MAX_FLOAT = sys.float_info.max


class JsonObject:
    """One JSON object of an answer, with a reader for each type of field.

    Every reader raises AnswerError for a value of the wrong type, except for the lenient ones. Unknown fields are
    ignored, since the service may add some.

    where: the path to the object, for messages, such as `the answer.deployments[0]`
    warnings: one sentence for each value that a lenient reader ignored, here or in a nested object
    """

    def __init__(self, value: object, where: str, warnings: list[str] | None = None) -> None:
        if not isinstance(value, Mapping):
            raise AnswerError(f"{where}: expected an object, got {_kind(value)}")
        self._fields: Mapping[str, Any] = value
        self.where = where
        self.warnings: list[str] = [] if warnings is None else warnings

    def __contains__(self, key: str) -> bool:
        return self._fields.get(key) is not None

    def lenient(self, read: Callable[[str], T | None], key: str) -> T | None:
        """The field, read with `read`; null and a warning if it has the wrong type."""
        try:
            return read(key)
        except AnswerError as error:
            labels = [value for value in map(self._fields.get, ("name", "id")) if isinstance(value, str) and value]
            self.warnings.append(f"{error}{f' (of {labels[0]})' if labels else ''}; it is taken for null")
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
        """A required string that isn't empty."""
        value = self._fields.get(key)
        if value == "":
            self._wrong(key, "a string that isn't empty", value)
        return value if isinstance(value, str) else self._wrong(key, "a string", value)

    def optional_text(self, key: str) -> str | None:
        """A string; null if it is absent, null or empty."""
        value = self._fields.get(key)
        if value is None or value == "":
            return None
        return value if isinstance(value, str) else self._wrong(key, "a string", value)

    def integer(self, key: str) -> int:
        """A required whole number."""
        value = self.optional_integer(key)
        return self._wrong(key, "a whole number", None) if value is None else value

    def optional_integer(self, key: str) -> int | None:
        """A whole number; null if it is absent or null."""
        value = self._fields.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return self._wrong(key, "a whole number", value)

    def flag(self, key: str) -> bool:
        """A boolean; false if it is absent or null, since the service omits false values."""
        value = self._fields.get(key)
        if value is None:
            return False
        return value if isinstance(value, bool) else self._wrong(key, "true or false", value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty if it is absent or null."""
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
        """A required list of finite numbers."""
        value = self._fields.get(key)
        if not isinstance(value, list):
            self._wrong(key, "a list of numbers", value)
        for index, item in enumerate(value):
            if not _is_number(item):
                self._wrong(f"{key}[{index}]", "a number that a float can hold", item)
        return [float(item) for item in value]

    def child(self, key: str) -> JsonObject:
        """A required nested object."""
        return JsonObject(self._fields.get(key), f"{self.where}.{key}", self.warnings)

    def children(self, key: str, *, required: bool = False) -> list[JsonObject]:
        """A list of objects; empty if it is null, or if it is absent and not required."""
        return [self._item(item, key, index) for index, item in enumerate(self._items(key, required=required))]

    def readable_children(
        self, key: str, read: Callable[[JsonObject], T], *, may_be_null: bool
    ) -> Iterator[T | Unreadable]:
        """Each item of a required list of objects, read with `read`; an Unreadable if that raises AnswerError.

        may_be_null: whether null stands for an empty list; if not, it raises AnswerError.
        """
        if not may_be_null and self._fields.get(key) is None:
            self._wrong(key, "a list", None)
        for index, item in enumerate(self._items(key, required=True)):
            try:
                yield read(self._item(item, key, index))
            except AnswerError as error:
                yield Unreadable(str(error), item)

    def _items(self, key: str, *, required: bool) -> list[Any]:
        value = self._fields.get(key)
        if value is None and (not required or key in self._fields):
            return []
        if not isinstance(value, list):
            self._wrong(key, "a list", value)
        return value

    def _item(self, item: object, key: str, index: int) -> JsonObject:
        return JsonObject(item, f"{self.where}.{key}[{index}]", self.warnings)

    def plain(self) -> dict[str, Any]:
        """The unchanged object as a dict."""
        return dict(self._fields)

    def _wrong(self, key: str, expected: str, value: object) -> NoReturn:
        # If a number of another kind was expected, only the value explains what is wrong.
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        got = display_text(value) if is_number and "number" in expected else _kind(value)
        raise AnswerError(f"{self.where}.{key}: expected {expected}, got {got}")


class Unreadable:
    """An item of a list that can't be read as a resource.

    problem: why, in words
    name: its name, to tell which resource it may be; null if that can't be read either
    """

    def __init__(self, problem: str, item: object) -> None:
        self.problem = problem
        name = item.get("name") if isinstance(item, Mapping) else None
        self.name = name if isinstance(name, str) and name else None


def _is_number(value: object) -> bool:
    # JSON has only finite numbers, but Python's parser accepts NaN, Infinity and integers that overflow a float.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _MAX_FLOAT


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if value == "":
        return "an empty string"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "a list"}
    return names.get(type(value), "an object")
