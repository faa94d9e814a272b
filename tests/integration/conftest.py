# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests that run C(ansible-playbook): a fast emulator that runs on the real clock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.support.installed import install
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

FAST = Config(
    creating=0.6, deploying=0.6, updating=0.4, false_ready=0.2, deleting=0.4, preparing=0.3, downloading=0.5, jitter=0
)


@pytest.fixture
def service() -> Iterator[EmulatorServer]:
    with EmulatorServer(FAST) as server:
        yield server


@pytest.fixture(params=["v1beta1", "v1"])
def api_version(request: pytest.FixtureRequest) -> str:
    """Each version of the API in turn."""
    return str(request.param)


@pytest.fixture
def player(service: EmulatorServer, api_version: str, tmp_path: Path) -> Player:
    return Player(tmp_path, {**service.environment(), "SCW_INFERENCE_API_VERSION": api_version})


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ansible's collections path with the collection, built and installed once for all workers of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "collection"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "done"
        if not done.exists():
            done.write_text(str(install(folder)), encoding="utf-8")
        return Path(done.read_text(encoding="utf-8"))
