# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is measured."""

from __future__ import annotations

from ansible_collections.scaleway.inference.tests.benchmark import (
    compare_fleets,
    compare_inventories,
    compare_roles,
    compare_tasks,
)

COMPARISONS = {
    one.name: one
    for one in (
        compare_tasks.COMPARISON,
        compare_fleets.COMPARISON,
        compare_inventories.COMPARISON,
        compare_roles.COMPARISON,
    )
}
MEASUREMENTS = {each.name: each for one in COMPARISONS.values() for each in one.measurements}
