# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the resource that another run kept when it resolved a race, after ours was deleted."""

from __future__ import annotations

from .duplicates import RECHECK_DELAYS, active_resources
from .resource import R
from .watcher import Watcher


def find_successor(watcher: Watcher[R], gone: R) -> R | None:
    """Another resource with the name of one that is gone; null if none appears within half a minute."""
    watcher.progress(
        f"{gone.label} ({gone.id}) is gone; looking for one of its name that another run may have kept instead"
    )
    for delay in (0.0, *RECHECK_DELAYS):
        others = [one for one in active_resources(watcher.named(gone.name or "", after=delay)) if one.id != gone.id]
        if others:
            return others[0]
    return None
