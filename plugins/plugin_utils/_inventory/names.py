# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts: safe in patterns and in C(--limit), unique, and independent of the order of the service's answers.

Suffixes are added to a name after C(@), which stands nowhere else in names. So none makes the name of another host.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from ...module_utils._client.ids import is_uuid
from .facts import Facts

# All other characters have a meaning in patterns, in shells or in paths.
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
# At an end of a name, these look like an option or a hidden file, or are easily overlooked.
_ENDS = "-._"


def safe_name(text: str) -> str:
    """The text with unsafe characters replaced by dashes. Empty if no safe character is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return _UNSAFE.sub("-", ascii_text).strip(_ENDS)


def host_names(desired: Sequence[tuple[Facts, str]], taken: Collection[str], *, region: bool) -> list[str]:
    """A unique name for each resource, made of its desired name.

    desired: the facts of each resource, and its desired name. taken: names that hosts or groups have already.
    region: whether every name ends with the region.
    If resources share a name, or it is taken, each of them gets the first of these suffixes that distinguishes it: its
    kind, its region, the beginning of its ID.
    """
    bases = []
    for facts, name in desired:
        base = safe_name(name) or f"{_kind(facts)}-{_short(facts)}"
        bases.append(f"{base}@{facts['region']}" if region else base)
    sharing: dict[str, list[int]] = defaultdict(list)
    for index, base in enumerate(bases):
        sharing[base].append(index)

    names = list(bases)
    for base, members in sharing.items():
        if len(members) > 1 or base in taken:
            suffixes = [_suffixes(desired[index][0]) for index in members]
            for index, name in zip(members, _distinct_names(base, suffixes, taken), strict=True):
                names[index] = name
    return names


def _distinct_names(base: str, suffixes: Sequence[Sequence[str]], taken: Collection[str]) -> list[str]:
    # How many resources have each suffix. A kind, a region and an ID never look alike, so one count is enough.
    common = Counter(suffix for each in suffixes for suffix in each)
    names = []
    for each in suffixes:
        free = (f"{base}@{suffix}" for suffix in each if common[suffix] == 1 and f"{base}@{suffix}" not in taken)
        names.append(next(free, f"{base}@{each[-1]}"))
    return names


def _suffixes(facts: Facts) -> tuple[str, ...]:
    """The suffixes from the most readable one to one that no other resource has."""
    return (_kind(facts), facts["region"], _short(facts), _digest(facts))


def _kind(facts: Facts) -> str:
    return str(facts["kind"]).replace("_", "-")


def _short(facts: Facts) -> str:
    identity = str(facts.get("id", ""))
    return (identity.lower() if is_uuid(identity) else _digest(facts))[:8]


def _digest(facts: Facts) -> str:
    # Node types have no ID. Their names identify them.
    identity = "\n".join((facts["kind"], facts["region"], facts.get("id") or facts["name"]))
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]
