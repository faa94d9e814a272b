# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds names that are nearly equal, so that a misspelt name isn't taken for a new one."""

from __future__ import annotations

import re
from collections.abc import Iterable

# How many mistakes a name may have: (maximum length, mistakes). Short words are near too many others.
_MISTAKES = ((6, 1), (11, 2))
_MAX_MISTAKES = 3
# The maximum length of a part that tells intended names apart: web-1 and web-2, chat-a and chat-b.
_SIBLING = 3


def near_name(name: str, others: Iterable[str]) -> str | None:
    """The first of the other deployment names that is nearly equal; null if none is.

    Names that differ by a number or a short part, such as web-1 and web-2, are not.
    """
    return next((other for other in others if _is_near_deployment(name, other)), None)


def distance(one: str, other: str, most: int) -> int:
    """The edit distance: letters missing, added, wrong, or swapped with the next. C(most) + 1 stands for all above."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, its in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                best = min(best, above[j - 2] + 1)
            row.append(best)
        if min(row) > most:
            return most + 1
    return row[-1]


def is_near_word(word: str, right: str) -> bool:
    """Whether the word is nearly the right one; the longer that is, the more mistakes are allowed."""
    most = next((mistakes for length, mistakes in _MISTAKES if len(right) <= length), _MAX_MISTAKES)
    if distance(word, right, most) <= most:
        return True
    # Singular and plural count as the same, except for short words, which are near others already.
    return most > 1 and distance(_singular(word), _singular(right), most) <= most


def plain(name: str) -> str:
    """The name in lower case, without separators."""
    return re.sub("[-_. ]", "", name).lower()


def _is_near_deployment(name: str, other: str) -> bool:
    parts, others = re.split("[-_. ]", name), re.split("[-_. ]", other)
    if len(parts) == len(others):
        differing = [pair for pair in zip(parts, others, strict=True) if pair[0] != pair[1]]
        if len(differing) == 1 and _tells_siblings_apart(*differing[0]):
            return False
    shorter, longer = sorted((parts, others), key=len)
    if longer[:-1] == shorter and len(longer[-1]) <= _SIBLING:
        return False
    return is_near_word(plain(name), plain(other))


def _tells_siblings_apart(one: str, other: str) -> bool:
    without_digits = re.sub("[0-9]+", "0", one), re.sub("[0-9]+", "0", other)
    return without_digits[0] == without_digits[1] or max(len(one), len(other)) <= _SIBLING


def _singular(word: str) -> str:
    return re.sub("(?<=ss)es$|(?<=[^s])s$", "", word)
