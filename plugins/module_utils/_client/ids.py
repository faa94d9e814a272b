# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of IDs and names of regions in the service."""

from __future__ import annotations

import re

from .errors import OptionError

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REGION = re.compile(r"[a-z]{2}-[a-z]{3}")
_ID_WITH_REGION = re.compile(rf"({_REGION.pattern})/({_UUID.pattern})", re.IGNORECASE)


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID (RFC 9562), as the service's IDs are."""
    return _UUID.fullmatch(text) is not None


def is_region(text: str) -> bool:
    """Whether the text looks like the name of a region, such as `fr-par`."""
    return _REGION.fullmatch(text) is not None


def id_in_region(text: str, region: str | None, option: str) -> str:
    """The ID without a region prefix such as `fr-par/`; any other text unchanged.

    Raises OptionError, which names `option`, if the prefix isn't `region`, the region that the task acts in, as far as
    it is known.
    """
    found = _ID_WITH_REGION.fullmatch(text)
    if found is None:
        return text
    if region is not None and found[1].lower() != region:
        raise OptionError(
            f"{option}: '{text}' is in the region {found[1].lower()}, but the task acts in {region}; set region: "
            f"{found[1].lower()}, or give the ID of one in {region}"
        )
    return found[2]
