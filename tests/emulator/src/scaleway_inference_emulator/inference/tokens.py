# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simple tokenizer: a token is up to eight letters or digits, or one other character, with the space before it."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\s*(?:\w{1,8}|[^\w\s])|\s+")


def tokens(text: str) -> list[str]:
    """The tokens of a text. Joined, they are the text."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """How many tokens the text has."""
    return len(tokens(text))
