# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for all tests: an emulator, and a clock to share with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from ansible_collections.scaleway.inference.tests.support import property_tests, variants
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.processes import accept_ctrl_c
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

settings.load_profile(property_tests.QUICK)

#: Much shorter than those of the service, since each read of whoever waits costs time in spite of the manual clock.
CONFIG = Config(creating=30, deploying=30, updating=20, deleting=10, preparing=10, downloading=40, jitter=0)
#: As they were seen in the service.
REAL_DURATIONS = {
    "creating": 540,
    "deploying": 480,
    "updating": 120,
    "deleting": 45,
    "preparing": 60,
    "downloading": 600,
}

#: Made here, as it takes longer than most tests, and ansible-test forks a process for each test.
SERVER = EmulatorServer(CONFIG)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run every variant of each test, with many examples")


def pytest_configure(config: pytest.Config) -> None:
    accept_ctrl_c()
    config.addinivalue_line("markers", "every_variant: run in each version and execution mode, even if not thorough")
    config.addinivalue_line("markers", "one_variant: run in one version, though it takes api_version")
    config.addinivalue_line("markers", "real_durations: deployments and imports take as long as in the service")
    config.addinivalue_line("markers", "slow: many playbooks or many cases; not part of a plain `make test`")
    if config.getoption("thorough"):
        settings.load_profile(property_tests.THOROUGH)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Function]) -> None:
    if not config.getoption("thorough"):
        chosen, others = variants.choose(items)
        config.hook.pytest_deselected(items=others)
        items[:] = chosen


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2026-01-01T00:00:00Z until it's moved."""
    return ManualClock()


@pytest.fixture(scope="session")
def emulator_server() -> Iterator[EmulatorServer]:
    """One server for all tests; use ``emulator``, which is fresh."""
    with SERVER as server:
        yield server


@pytest.fixture
def emulator(request: pytest.FixtureRequest, emulator_server: EmulatorServer, clock: ManualClock) -> EmulatorServer:
    """An emulator with nothing deployed, that goes by ``clock``."""
    emulator_server.reset(clock=clock, **(REAL_DURATIONS if request.node.get_closest_marker("real_durations") else {}))
    return emulator_server
