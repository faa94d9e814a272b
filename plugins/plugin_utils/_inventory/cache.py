# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of the inventory cache: the facts of all hosts, under a key made of the settings that they depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...module_utils._client.version import VERSION
from .facts import Facts
from .query import Query

FORMAT = 2


def cache_key(query: Query) -> str:
    """A digest of all settings that decide what is read. The secret key is one of them, but can't be read from it."""
    return _digest(json.dumps([FORMAT, VERSION, asdict(query)]))[:32]


def dump(facts: list[Facts]) -> dict[str, Any]:
    """An entry of the cache. The facts are one text in it, as Ansible copies and compares entries value by value."""
    text = json.dumps(facts)
    return {"format": FORMAT, "digest": _digest(text), "facts": text}


def load(entry: object) -> list[Facts] | None:
    """The facts of an entry. None if the entry is damaged or has another format."""
    if not isinstance(entry, Mapping) or entry.get("format") != FORMAT:
        return None
    text = entry.get("facts")
    if not isinstance(text, str) or entry.get("digest") != _digest(text):
        return None
    facts: list[Facts] = json.loads(text)
    return facts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
