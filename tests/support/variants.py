# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variants of a test run: one of them, or with ``--thorough`` all.

The variants of a test differ only in the version of the API and in the execution mode. Tests marked ``every_variant``
show that the modes are equal, or what differs between versions; of any other test one variant is enough at a time. A
checksum of its name chooses, so that each variant runs in about as many tests, and always in the same ones.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence

import pytest

#: Parameters and fixtures that make variants, and the parts of a test's ID that they add.
PARAMETERS = {"api_version", "in_process"}
IDS = {"v1beta1", "v1", "action", "module"}


def choose(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Those of the tests that run without ``--thorough``, in the same order."""
    variants: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        variants[_test(item)].append(item)
    chosen = {
        one
        for test, found in variants.items()
        for one in (found if found[0].get_closest_marker("every_variant") else [found[_checksum(test) % len(found)]])
    }
    return [item for item in items if item in chosen]


def _test(item: pytest.Item) -> str:
    """The ID of a test without what tells its variants apart."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or not PARAMETERS & callspec.params.keys():
        return item.nodeid
    kept = [part for part in callspec.id.split("-") if part not in IDS]
    return "-".join([item.nodeid.partition("[")[0], *kept])


def _checksum(test: str) -> int:
    return zlib.crc32(test.encode())
