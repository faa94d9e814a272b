# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many examples property tests try: few by default, and the same each time; many with ``--thorough``, and others.

So a change that isn't at fault doesn't fail for what chance finds, and yet chance goes on finding.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

QUICK, THOROUGH = "quick", "thorough"
# A machine may have other work: no example fails for the time that it, or finding it, takes.
SLOW: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile(QUICK, max_examples=25, derandomize=True, **SLOW)
settings.register_profile(THOROUGH, max_examples=250, **SLOW)


def expensive(**options: Any) -> settings:
    """Settings for examples that run whole tasks: a fifth as many as the profile has."""
    return settings(max_examples=settings().max_examples // 5, **options)
