# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variants of a test run: one of them, or with ``--thorough`` all.

The variants of a test differ only in the version of the API, or in the execution mode. One of them is enough at a time,
unless the test itself depends on the version, as its parameter ``api_version`` shows, or is marked ``every_variant``.
``one_variant`` marks tests with that parameter that lack a version, or only spell things as it does. A checksum of the
test's name chooses, so that each variant runs in about as many tests, and always in the same ones. It chooses a variant
that is ``slow`` only if they all are.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence
from inspect import signature

import pytest

#: Parameters and fixtures that make variants, and the parts of a test's ID that they add.
PARAMETERS = {"api_version", "in_process", "world"}
VERSIONS = {"v1beta1", "v1"}
MODES = {"action", "module"}


def choose(items: Sequence[pytest.Function]) -> tuple[list[pytest.Function], list[pytest.Function]]:
    """The tests that run without ``--thorough``, and the others, each in the same order."""
    variants: dict[str, list[pytest.Function]] = defaultdict(list)
    for item in items:
        variants[_test(item)].append(item)
    chosen: set[pytest.Function] = set()
    for test, found in variants.items():
        if found[0].get_closest_marker("every_variant"):
            chosen.update(found)
        else:
            candidates = [item for item in found if not item.get_closest_marker("slow")] or found
            chosen.add(candidates[zlib.crc32(test.encode()) % len(candidates)])
    return [item for item in items if item in chosen], [item for item in items if item not in chosen]


def _test(item: pytest.Function) -> str:
    """The ID of a test without what tells its variants apart."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or not PARAMETERS & callspec.params.keys():
        return item.nodeid
    takes_version = "api_version" in signature(item.function).parameters
    depends_on_version = takes_version and not item.get_closest_marker("one_variant")
    left_out = MODES if depends_on_version else MODES | VERSIONS
    kept = [part for part in callspec.id.split("-") if part not in left_out]
    return "-".join([item.nodeid.partition("[")[0], *kept])
