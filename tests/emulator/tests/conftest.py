# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the emulator's own tests."""

from __future__ import annotations

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.server import EmulatorServer


@pytest.fixture(params=["v1beta1", "v1"])
def api(request: pytest.FixtureRequest, emulator: EmulatorServer) -> Api:
    """Each version in turn."""
    return Api(emulator, request.param)


@pytest.fixture
def beta(emulator: EmulatorServer) -> Api:
    """v1beta1, for tests of what only this version has."""
    return Api(emulator, "v1beta1")


@pytest.fixture
def v1(emulator: EmulatorServer) -> Api:
    """v1, for tests of what only this version has."""
    return Api(emulator, "v1")


@pytest.fixture
def ready(api: Api, clock: ManualClock) -> str:
    """The ID of a deployment that has become ready."""
    deployment_id: str = api.create()["id"]
    clock.advance(3600)
    return deployment_id
