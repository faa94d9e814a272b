# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests that run other people's clients, in environments of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from ansible_collections.scaleway.inference.tests.support import official_clients

T = TypeVar("T")


def install(installation: Callable[[], T]) -> T:
    """What an installation returns; without it, the test is skipped."""
    try:
        return installation()
    except official_clients.ClientsMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))  # says which package can't be had: no network, or no Node.js


@pytest.fixture(scope="session")
def python() -> list[str]:
    return install(official_clients.python)


@pytest.fixture(scope="session")
def node_programs() -> Path:
    return install(official_clients.node_programs)
