# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create the API client for tests: for one URL, with a clock that needs no real waiting."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.api import InferenceApi
from ansible_collections.scaleway.inference.plugins.module_utils._client.settings import Settings, resolve_settings
from ansible_collections.scaleway.inference.plugins.module_utils._client.transport import Transport
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.server import EmulatorServer

VERSIONS = ("v1beta1", "v1")
SECRET_KEY = "5ec2e700-a1b2-4c3d-9e4f-a5b6c7d8e9f0"
PROJECT_ID = "9a0ec700-1111-4222-8333-444455556666"
USER_AGENT = "scaleway.inference/tests"
#: An environment without settings, and without a configuration file in its home.
NO_ENVIRONMENT = {"HOME": "/nonexistent"}
#: Environment variables that change how requests reach the network.
NETWORK_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle")


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset proxies and certificate bundles, so that requests go straight to their server."""
    for name in NETWORK_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def make_settings(url: str, **options: object) -> Settings:
    """Settings from options only."""
    given = {"api_url": url, "secret_key": SECRET_KEY, "project_id": PROJECT_ID, **options}
    return resolve_settings(given, NO_ENVIRONMENT)


@contextmanager
def open_transport(url: str, clock: ManualClock | None = None, **options: object) -> Iterator[Transport]:
    """A transport to the URL, closed at the end."""
    rng = random.Random(0)
    transport = Transport(make_settings(url, **options), user_agent=USER_AGENT, clock=clock or ManualClock(), rng=rng)
    try:
        yield transport
    finally:
        transport.close()


@contextmanager
def open_api(url: str, clock: ManualClock | None = None, **options: object) -> Iterator[InferenceApi]:
    """The typed API at the URL, closed at the end."""
    with open_transport(url, clock, **options) as transport:
        yield InferenceApi(make_settings(url, **options), transport)


@contextmanager
def open_emulated(
    emulator: EmulatorServer, api_version: str, clock: ManualClock, **options: object
) -> Iterator[InferenceApi]:
    """The typed API of an emulator, in one version, with its key, project and region."""
    given = {
        "secret_key": emulator.secret_key,
        "project_id": emulator.project_id,
        "region": emulator.region,
        "api_version": api_version,
        **options,
    }
    with open_api(emulator.url, clock, **given) as api:
        yield api
