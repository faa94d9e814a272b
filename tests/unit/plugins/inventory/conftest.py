# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of the inventory: an inventory that reads the emulator, set up by the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without variables of Scaleway."""
    for name in [one for one in os.environ if one.startswith("SCW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return monkeypatch


@pytest.fixture
def inventory(emulator: EmulatorServer, environ: pytest.MonkeyPatch, tmp_path: Path) -> Inventory:
    for name, value in emulator.environment().items():
        environ.setenv(name, value)
    return Inventory(tmp_path)


@pytest.fixture
def runner(emulator: EmulatorServer, clock: ManualClock) -> Runner:
    """Runs tasks that create deployments and rules."""
    return Runner(emulator, clock, {"HOME": "/nonexistent"})
