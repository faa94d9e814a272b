# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds variables whose name is nearly that of an option, so that misspelt ones aren't ignored."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from ...module_utils._lookup.near_names import distance, is_near_word, near_name, plain

__all__ = ["distance", "is_near_option", "near_name", "near_options"]


def near_options(names: Iterable[str], options: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """The misspelt names, each with the option that is meant.

    options: the prefix of each option by its name, empty for an option without one. known: names that are right.
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
    """Whether a name is nearly that of an option: as a whole, or in both the prefix and the rest."""
    plain_name, plain_option, plain_prefix = plain(name), plain(option), plain(prefix)
    if distance(plain_name, plain_option, 1) <= 1:
        return True
    rest = plain_option[len(plain_prefix) :]
    # A name that only begins with the letters of the prefix, as deployed_endpoints, isn't split after these.
    whole = name.lower().replace("-", "_").startswith(prefix) or not re.search("[_-]", name)
    if whole and plain_name.startswith(plain_prefix):
        return is_near_word(plain_name[len(plain_prefix) :], rest)
    most = 1 if len(plain_prefix) <= 8 else 2
    return any(
        distance(plain(name[: cut.start()]), plain_prefix, most) <= most
        and is_near_word(plain(name[cut.end() :]), rest)
        for cut in re.finditer("[_-]", name)
    )
