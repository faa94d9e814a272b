# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of how times are written: with 6, 3 or no digits of a second, as in the recordings."""

from __future__ import annotations

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.records import epoch, rfc3339


@pytest.mark.parametrize(
    "text",
    ["2024-03-14T00:00:00Z", "2025-05-13T12:13:50.994Z", "2025-05-27T10:08:57.928268Z", "2025-05-27T10:08:57.000001Z"],
)
def test_no_more_digits_than_needed(text: str) -> None:
    assert rfc3339(epoch(text)) == text


@pytest.mark.parametrize(("seconds", "expected"), [(0, "00Z"), (0.5, "00.500Z"), (1.25000125, "01.250001Z")])
def test_times_of_a_deployment(api: Api, clock: ManualClock, seconds: float, expected: str) -> None:
    clock.advance(seconds)
    assert api.create()["created_at"] == f"2026-01-01T00:00:{expected}"


def test_a_model_of_the_catalog_has_the_time_as_recorded(api: Api) -> None:
    (model,) = api.ok("GET", "/models", name="molmo-72b")["models"]
    assert model["created_at"] == "2025-05-13T12:13:50.994Z"
