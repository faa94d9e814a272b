# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of the API's versions. A new version is added by listing its dialect here."""

from __future__ import annotations

from .dialect import Dialect
from .resources import Feature
from .v1 import V1
from .v1beta1 import V1Beta1

# By the name of the version, in the order in which messages list them.
DIALECTS: dict[str, type[Dialect]] = {dialect.version: dialect for dialect in (V1Beta1, V1)}
DEFAULT_VERSION = V1Beta1.version


def versions_with(feature: Feature) -> str:
    """The versions that have the feature, in words, such as `v1beta1 or v1`."""
    return " or ".join(version for version, dialect in DIALECTS.items() if feature in dialect.features)


def versions_without(feature: Feature) -> str:
    """The versions that don't have the feature, in words."""
    return " or ".join(version for version, dialect in DIALECTS.items() if feature not in dialect.features)


def needs_version(feature: Feature) -> str:
    """The message for a feature that the chosen version doesn't have."""
    return f"{feature.value} needs api_version {versions_with(feature)}"
