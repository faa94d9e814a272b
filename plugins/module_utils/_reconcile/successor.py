# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What another run keeps in the place of a resource that is gone."""

from __future__ import annotations

from .duplicates import RECHECK_DELAYS, staying
from .resource import R
from .watcher import Watcher


def find_successor(watcher: Watcher[R], gone: R) -> R | None:
    """The resource that stays in the place of one that is gone; null where none has appeared in half a minute."""
    watcher.progress(
        f"{gone.label} ({gone.id}) is gone; looking for one of its name that another run may have kept instead"
    )
    for delay in (0.0, *RECHECK_DELAYS):
        others = [one for one in staying(watcher.named(gone.name or "", after=delay)) if one.id != gone.id]
        if others:
            return others[0]
    return None
