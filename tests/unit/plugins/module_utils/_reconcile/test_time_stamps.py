# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a resource has changed since, by its time stamps, which may have three decimals or six."""

from __future__ import annotations

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import Deployment
from ansible_collections.scaleway.inference.plugins.module_utils._reconcile.resource import is_changed_since


def changed_at(updated_at: str | None) -> Deployment:
    unknown = dict.fromkeys(Deployment.__dataclass_fields__)
    return Deployment(**{**unknown, "id": "a", "updated_at": updated_at})


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("2025-05-27T10:08:57.928268Z", "2025-05-27T10:08:57.928268Z", False),
        ("2025-05-27T10:08:57.928Z", "2025-05-27T10:08:57.928268Z", False),
        ("2025-05-27T10:08:57.928268Z", "2025-05-27T10:08:57.928Z", False),
        ("2025-05-27T10:08:57.9Z", "2025-05-27T10:08:57.900000Z", False),
        ("2025-05-27T10:08:57Z", "2025-05-27T10:08:57.000Z", False),
        ("2025-05-27T10:08:57.928268Z", "2025-05-27T10:08:57.929Z", True),
        ("2025-05-27T10:08:57.928Z", "2025-05-27T10:08:59.931028Z", True),
        ("2025-05-27T10:08:59.931028Z", "2025-05-27T10:08:57.928268Z", False),
        (None, "2025-05-27T10:08:57Z", True),
        ("2025-05-27T10:08:57Z", None, False),
        (None, None, False),
    ],
)
def test_is_changed_since(before: str | None, after: str | None, changed: bool) -> None:
    assert is_changed_since(changed_at(after), changed_at(before)) is changed
