# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of lists that lag behind, and of unique model names."""

from __future__ import annotations

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.real_durations


def test_all_lists_lag(beta: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    """Every change is in lists only later, and in reads by ID at once."""
    chat = beta.create()["id"]
    clock.advance(1200)
    emulator.configure(list_lag=30)
    path = f"/deployments/{chat}"
    endpoint = beta.ok("POST", "/endpoints", {"deployment_id": chat, "endpoint": beta.private()})["id"]
    beta.ok("POST", f"{path}/acls", {"acls": [{"ip": "192.0.2.1"}]})
    emulator.force_node_type("L4", stock_status="out_of_stock")

    def seen() -> tuple[int, int, str]:
        (listed,) = beta.ok("GET", "/deployments")["deployments"]
        rules = beta.ok("GET", f"{path}/acls")["rules"]
        stock = {one["name"]: one["stock_status"] for one in beta.ok("GET", "/node-types")["node_types"]}["L4"]
        return len(listed["endpoints"]), len(rules), stock

    assert endpoint in [one["id"] for one in beta.ok("GET", path)["endpoints"]]
    assert seen() == (1, 0, "available")
    clock.advance(30)
    assert seen() == (2, 1, "out_of_stock")


def test_lists_of_models_lag(v1: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    source = {"url": "https://models.example/mine"}

    def import_model() -> str:
        return str(
            v1.ok("POST", "/models", {"name": "mine", "project_id": emulator.project_id, "source": source})["id"]
        )

    def listed() -> list[tuple[str, str]]:
        return [(one["id"], one["status"]) for one in v1.ok("GET", "/models", name="mine")["models"]]

    made = import_model()
    emulator.add_fault(Fault("GET", "/models$", "stale", seconds=10))
    assert listed() == []
    assert listed() == [(made, "preparing")]
    clock.advance(700)
    emulator.configure(list_lag=680)
    assert listed() == [(made, "preparing")]
    v1.call("DELETE", f"/models/{made}")
    assert v1.fails("GET", f"/models/{made}")[0] == 404
    assert [one for one, _status in listed()] == [made]
    clock.advance(680)
    assert listed() == []


def test_names_of_models_are_unique_if_so_configured(v1: Api, emulator: EmulatorServer) -> None:
    body = {"name": "mine", "project_id": emulator.project_id, "source": {"url": "https://models.example/mine"}}
    v1.ok("POST", "/models", body)
    status, error = v1.fails("POST", "/models", body)
    assert (status, error["details"][0]["argument_name"]) == (400, "name")
    emulator.configure(unique_model_names=False)
    v1.ok("POST", "/models", body)
    assert len(emulator.models("mine")) == 2
