# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of tasks."""

from __future__ import annotations

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer


@pytest.fixture(params=["v1beta1", "v1"])
def api_version(request: pytest.FixtureRequest) -> str:
    """Each version of the API in turn."""
    return str(request.param)


@pytest.fixture
def runner(emulator: EmulatorServer, clock: ManualClock, api_version: str) -> Runner:
    """Runs tasks in the version of the test, without the configuration file of this machine."""
    return Runner(emulator, clock, {"SCW_INFERENCE_API_VERSION": api_version, "HOME": "/nonexistent"})
