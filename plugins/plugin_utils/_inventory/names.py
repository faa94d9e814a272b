# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts: safe in patterns and in C(--limit), each for one resource, whatever the order of the answers.

C(@) stands before what was added to a name, and nowhere else: so an added part can't make the name of another host.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from ...module_utils._client.settings import is_uuid
from .facts import Facts

# Everything else means something in patterns, in shells or in paths.
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
# At the ends they would be options of programs, hidden files, or hard to see.
_ENDS = "-._"


def safe_name(text: str) -> str:
    """The text with all that isn't safe replaced; empty where nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return _UNSAFE.sub("-", ascii_text).strip(_ENDS)


def host_names(query: Sequence[tuple[Facts, str]], taken: Collection[str], *, region: bool) -> list[str]:
    """A name for each resource, from the one that is wished for it.

    taken: names that hosts or groups have already. region: whether every name ends with the region.
    Who shares a name with another, or wishes for a taken one, gets the first of these added that tells it apart: its
    kind, its region, the beginning of its ID.
    """
    bases = []
    for facts, wish in query:
        base = safe_name(wish) or f"{_kind(facts)}-{_short(facts)}"
        bases.append(f"{base}@{facts['region']}" if region else base)
    sharing: dict[str, list[int]] = defaultdict(list)
    for index, base in enumerate(bases):
        sharing[base].append(index)

    names = list(bases)
    for base, members in sharing.items():
        if len(members) > 1 or base in taken:
            suffixes = [_suffixes(query[index][0]) for index in members]
            for index, name in zip(members, _told_apart(base, suffixes, taken), strict=True):
                names[index] = name
    return names


def _told_apart(base: str, suffixes: Sequence[Sequence[str]], taken: Collection[str]) -> list[str]:
    # How many have each suffix. No two levels look alike, so one count serves them all.
    common = Counter(suffix for each in suffixes for suffix in each)
    names = []
    for each in suffixes:
        free = (f"{base}@{suffix}" for suffix in each if common[suffix] == 1 and f"{base}@{suffix}" not in taken)
        names.append(next(free, f"{base}@{each[-1]}"))
    return names


def _suffixes(facts: Facts) -> tuple[str, ...]:
    """From the most readable to the one that no other resource has."""
    return (_kind(facts), facts["region"], _short(facts), _digest(facts))


def _kind(facts: Facts) -> str:
    return str(facts["kind"]).replace("_", "-")


def _short(facts: Facts) -> str:
    identity = str(facts.get("id", ""))
    return (identity.lower() if is_uuid(identity) else _digest(facts))[:8]


def _digest(facts: Facts) -> str:
    # Node types have no ID: their name is it.
    identity = "\n".join((facts["kind"], facts["region"], facts.get("id") or facts["name"]))
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]
