# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The range of each numeric option. Ranges are checked before the first request.

Where only the service knows the limits, the range is what a request can carry.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from .errors import SettingsError

DAY = 86_400
# The most characters of a text such as a name, an ID, a key or a URL: as many as a line of a request may have.
MAX_LENGTH = 8_000
_MAX_DISPLAYED = 200


@dataclass(frozen=True)
class Range:
    """The numbers from `least` to `most`, without `least` itself if `above`. `kind`: the type, for messages."""

    kind: str
    least: float
    most: float
    above: bool = False

    def holds(self, value: float) -> bool:
        # NaN compares as false, so it is outside.
        return (value > self.least if self.above else value >= self.least) and value <= self.most

    def __str__(self) -> str:
        if self.most == sys.float_info.max:
            return f"{self.kind} that a float can hold"
        return f"{self.kind} {'above' if self.above else 'from'} {self.least} to {self.most}"


_TIME = Range("a number of seconds", 0, DAY, above=True)
_SENDABLE = Range("a whole number", -(2**63), 2**63 - 1)
_FINITE = Range("a number", -sys.float_info.max, sys.float_info.max)

RANGES = {
    "api_timeout": _TIME,
    "request_timeout": _TIME,
    "api_retries": Range("a whole number", 0, 100),
    "wait_timeout": Range("a whole number of seconds", 0, 7 * DAY),
    "wait_for_answers": Range("a whole number", 0, 100),
    "parallel": Range("a whole number", 1, 50),
    "max_deletions": Range("a whole number", 0, 10_000),
    "temperature": _FINITE,
    "top_p": _FINITE,
    "presence_penalty": _FINITE,
}


def range_of(name: str, kind: object) -> Range | None:
    """The range of an option by its name and type; null if it has none. An integer has that of 64 bits by default."""
    return RANGES.get(name, _SENDABLE if kind == "int" else None)


def check_range(place: str, allowed: Range, value: float | None, given: object) -> None:
    """Raise SettingsError, which names the option (`place`) and what was given, unless the value is in the range."""
    if value is None or not allowed.holds(value):
        raise SettingsError(f"The option {place} must be {allowed}, but '{display_text(given)}' was given.")


def parse_seconds(option: object, name: str, default: float) -> float:
    """The value of a time option in seconds, or its default. Raises SettingsError if it isn't in the option's range."""
    if option is None:
        return default
    try:
        value = float(option if isinstance(option, (int, float)) else str(option))
    except (ValueError, OverflowError):
        value = None
    check_range(name, RANGES[name], value, option)
    return value or default


def parse_count(option: object, name: str, default: int) -> int:
    """The value of an integer option, or its default. Raises SettingsError if it isn't in the option's range."""
    if option is None:
        return default
    value = option if isinstance(option, int) else None
    text = "" if isinstance(option, (int, float)) else str(option)
    if text.isascii() and text.isdigit() and len(text) < 20:
        value = int(text)
    check_range(name, RANGES[name], value, option)
    return value or 0


def display_text(given: object) -> str:
    """A value as text for a message, cut after 200 characters."""
    try:
        text = str(given)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= _MAX_DISPLAYED else text[:_MAX_DISPLAYED] + "…"
