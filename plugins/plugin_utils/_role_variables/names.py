# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names are nearly another, so that a misspelt one isn't passed over."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

# How many mistakes a part of a name may have, by its length. Short words are near too many others.
_MISTAKES = ((6, 1), (11, 2))
_MOST_MISTAKES = 3
# Parts of names that tell siblings apart are no longer than this: web-1 and web-2, chat-a and chat-b.
_SIBLING = 3


def near_options(names: Iterable[str], options: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """The names that are nearly one of the options, each with the right one.

    options: by name, its prefix, which is empty for an option without one. known: names that are meant as they are.
    """
    near = {}
    for name in names:
        if name in options or name in known or name.startswith("_"):
            continue
        for option, prefix in options.items():
            if is_near_option(name, option, prefix):
                near[name] = option
                break
    return near


def is_near_option(name: str, option: str, prefix: str) -> bool:
    """Whether the name of a variable is nearly that of an option: as a whole, or in its prefix and in the rest."""
    plain_name, plain_option, plain_prefix = _plain(name), _plain(option), _plain(prefix)
    if distance(plain_name, plain_option, 1) <= 1:
        return True
    rest = plain_option[len(plain_prefix) :]
    # deployed_endpoints has no misspelt ending.
    whole = name.lower().replace("-", "_").startswith(prefix) or not re.search("[_-]", name)
    if whole and plain_name.startswith(plain_prefix):
        return _is_near_word(plain_name[len(plain_prefix) :], rest)
    most = 1 if len(plain_prefix) <= 8 else 2
    return any(
        distance(_plain(name[: cut.start()]), plain_prefix, most) <= most
        and _is_near_word(_plain(name[cut.end() :]), rest)
        for cut in re.finditer("[_-]", name)
    )


def near_name(name: str, others: Iterable[str]) -> str | None:
    """The other name of a deployment that this one nearly is. Siblings that a number or a letter tells apart aren't."""
    return next((other for other in others if _is_near_deployment(name, other)), None)


def distance(one: str, other: str, most: int) -> int:
    """How many letters are missing, too many, wrong or swapped with the next; more than C(most) is not counted on."""
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


def _is_near_deployment(name: str, other: str) -> bool:
    parts, others = re.split("[-_. ]", name), re.split("[-_. ]", other)
    if len(parts) == len(others):
        differing = [pair for pair in zip(parts, others, strict=True) if pair[0] != pair[1]]
        if len(differing) == 1 and _tells_siblings_apart(*differing[0]):
            return False
    shorter, longer = sorted((parts, others), key=len)
    if longer[:-1] == shorter and len(longer[-1]) <= _SIBLING:
        return False
    return _is_near_word(_plain(name), _plain(other))


def _tells_siblings_apart(one: str, other: str) -> bool:
    without_digits = re.sub("[0-9]+", "0", one), re.sub("[0-9]+", "0", other)
    return without_digits[0] == without_digits[1] or max(len(one), len(other)) <= _SIBLING


def _is_near_word(word: str, right: str) -> bool:
    most = next((mistakes for length, mistakes in _MISTAKES if len(right) <= length), _MOST_MISTAKES)
    if distance(word, right, most) <= most:
        return True
    # One that is misspelt besides. Short words are near enough to others without.
    return most > 1 and distance(_singular(word), _singular(right), most) <= most


def _plain(name: str) -> str:
    """Without what is no part of the words: case, and what stands between them."""
    return re.sub("[-_. ]", "", name).lower()


def _singular(word: str) -> str:
    return re.sub("(?<=ss)es$|(?<=[^s])s$", "", word)
