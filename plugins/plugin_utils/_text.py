# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of variables that aren't text where text is expected.

YAML makes numbers, booleans and dates of texts that aren't quoted. So does ansible-core since 2.19 of each text that is
tagged C(!unsafe), quoted or not, and AWX tags every answer of a survey that way. What the user wrote can't be told from
the value: 7 may have been 007. So it is refused, and never turned into text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..module_utils._client.ranges import display_text

ADVICE = (
    "AWX on ansible-core 2.19 and later reads 007 as the number 7; use a value that doesn't read as a number, date or "
    "boolean. In a YAML file, put the value in quotes."
)
# What a value is, in words, the more special type first.
_KINDS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool,), "a boolean"),
    ((int, float), "a number"),
    ((date,), "a date"),
    ((bytes,), "binary data"),
    ((set, frozenset), "a set"),
    ((list, tuple), "a list"),
    ((Mapping,), "a dictionary"),
)
# YAML's types that none of Ansible's options has. They must not become text before they are checked.
YAML_TYPES = (date, bytes, set, frozenset)


def kind_of(value: object) -> str:
    """What a value is that isn't text, in words; empty for a text and for null, which is one that isn't given."""
    return next((words for types, words in _KINDS if isinstance(value, types)), "")


def shown(value: object) -> str:
    """A value as YAML writes it, for a message."""
    return str(value).lower() if isinstance(value, bool) else display_text(value)
