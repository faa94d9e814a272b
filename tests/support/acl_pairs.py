# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of ``acl`` tasks that may run at the same time, and what must hold in whatever order their requests arrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

X, Y, Z = "192.0.2.1", "192.0.2.2", "192.0.2.3"

#: Rules as (address, description), sorted by address. A duplicate rule is listed twice.
Rules = tuple[tuple[str, str], ...]


def _options(*entries: str | tuple[str, str], **more: Any) -> dict[str, Any]:
    rules = [{"ip": one} if isinstance(one, str) else {"ip": one[0], "description": one[1]} for one in entries]
    return {"deployment": "chat", "rules": rules, **more}


#: The options of a task, by a name that test output shows.
OPERATIONS: Mapping[str, dict[str, Any]] = {
    "present x": _options(X),
    "describe x": _options((X, "b")),
    "describe x otherwise": _options((X, "c")),
    "absent x": _options(X, state="absent"),
    "absent y": _options(Y, state="absent"),
    "purge to x": _options(X, purge_rules=True),
    "purge to y": _options(Y, purge_rules=True),
    "purge to x, described": _options((X, "d"), purge_rules=True),
    "purge to y, described": _options((Y, "e"), purge_rules=True),
    "open": _options(purge_rules=True, allow_all=True),
}

#: The rules before the runs. The last set has x twice, as two earlier runs may have left it.
STARTS: Mapping[str, Rules] = {
    "z": ((Z, "z"),),
    "x y": ((X, "a"), (Y, "")),
    "x y z": ((X, "a"), (Y, ""), (Z, "z")),
    "x x y": ((X, "a"), (X, "a"), (Y, "")),
}

# A pair of two of these is another pair with x and y swapped.
_MIRRORED = frozenset(("absent y", "purge to y", "purge to y, described", "open"))

PAIRS = (
    *(pair for pair in combinations_with_replacement(OPERATIONS, 2) if not _MIRRORED.issuperset(pair)),
    ("open", "open"),
)

#: Operations that delete rule by rule. If two of them delete what the other one keeps, no rule is left for a moment.
BY_RULE = frozenset(("absent x", "absent y", "purge to x", "purge to y"))

#: Texts in the error of a run that had to give up because of the other one.
EXPECTED_ERRORS = ("open to every address", "another run changes them at the same moment")


@dataclass(frozen=True)
class Ended:
    """How two runs ended: the rules afterwards, and the error message of each run, None for success."""

    rules: Rules
    messages: tuple[str | None, str | None]


def sorted_rules(rules: Iterable[Mapping[str, Any]]) -> Rules:
    return tuple(sorted((rule["ip"], rule["description"]) for rule in rules))


def may_open(pair: Iterable[str]) -> bool:
    """Whether one of the two operations asks for access from every address."""
    return any(OPERATIONS[name].get("allow_all") for name in pair)


def problem(pair: tuple[str, str], ended: Ended, orders: Iterable[Rules]) -> str | None:
    """What is wrong with how two simultaneous runs ended; None if nothing is.

    ``orders``: the rules after the same runs one after the other, in either order.
    """
    for message in ended.messages:
        if message is not None and not any(words in message for words in EXPECTED_ERRORS):
            return f"failed without saying why: {message}"
    if not ended.rules and not may_open(pair):
        return "open to every address"
    if ended.messages == (None, None) and not any(_same(ended.rules, rules) for rules in orders):
        return f"both succeeded, and left {ended.rules}"
    return None


def _same(rules: Rules, expected: Rules) -> bool:
    """Whether these are the expected rules.

    A rule whose task asks for no description may keep the one that it had before the other run deleted it.
    """
    return len(rules) == len(expected) and all(
        found[0] == rule[0] and (found[1] == rule[1] or (found, rule[1]) == ((X, "a"), ""))
        for found, rule in zip(rules, expected, strict=True)
    )
