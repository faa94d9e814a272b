# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory cache keeps: the facts of the hosts, under a key that nobody else's settings lead to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...module_utils._client.version import VERSION
from .facts import Facts
from .query import Query

FORMAT = 1


def cache_key(query: Query) -> str:
    """Differs for everything that changes what is read or who reads it. A digest: nothing leads back to the key."""
    return _digest(json.dumps([FORMAT, VERSION, asdict(query)]))[:32]


def dump(facts: list[Facts]) -> dict[str, Any]:
    """An entry of the cache. The facts as one text: Ansible copies and compares entries value by value."""
    text = json.dumps(facts)
    return {"format": FORMAT, "digest": _digest(text), "facts": text}


def load(entry: object) -> list[Facts] | None:
    """The facts of an entry; null unless it is whole, and of this format."""
    if not isinstance(entry, Mapping) or entry.get("format") != FORMAT:
        return None
    text = entry.get("facts")
    if not isinstance(text, str) or entry.get("digest") != _digest(text):
        return None
    facts: list[Facts] = json.loads(text)
    return facts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
