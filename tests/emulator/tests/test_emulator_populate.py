# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of filling the emulator with many resources."""

from __future__ import annotations

import requests

from ansible_collections.scaleway.inference.tests.support.raw_client import TIMEOUT, Api
from scaleway_inference_emulator.server import EmulatorServer


def totals(api: Api) -> dict[str, int]:
    return {
        "deployments": api.ok("GET", "/deployments")["total_count"],
        "models": api.ok("GET", "/models")["total_count"],
        "node_types": api.ok("GET", "/node-types", include_disabled_types="true")["total_count"],
    }


def test_populate(api: Api, emulator: EmulatorServer) -> None:
    mine = api.create()["id"]
    before = totals(api)
    minimum = {"deployments": 120, "models": 60, "node_types": 9}
    for _time in range(2):
        answer = requests.post(f"{emulator.url}/_emulator/populate", json=minimum, timeout=TIMEOUT)
        assert answer.status_code == 204
        assert totals(api) == minimum
    # Fewer than there are change nothing.
    emulator.populate(**before)
    assert totals(api) == minimum
    assert api.ok("GET", f"/deployments/{mine}")["name"] == "chat"
    names = {one["name"] for one in api.ok("GET", "/deployments", page_size=100)["deployments"]}
    assert {"chat", "deployment-0001"} & names
    made_up = next(one for one in api.ok("GET", "/models", name="vendor-")["models"])
    assert made_up["tags"]


def test_populate_has_a_limit(emulator: EmulatorServer) -> None:
    for minimum in ({"models": 10_001}, {"models": -1}, {"regions": 3}):
        answer = requests.post(f"{emulator.url}/_emulator/populate", json=minimum, timeout=TIMEOUT)
        assert answer.status_code == 400
    assert emulator.deployments() == []
