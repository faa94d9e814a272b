# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of each kind of fault, with ``requests`` as the client."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.faults import Fault, When
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.real_durations

CREATE = ("POST", "/deployments$")

#: ``when`` of a fault in a creation, and how many deployments exist afterwards.
EFFECTS: tuple[tuple[When, int], ...] = (("before", 0), ("after", 1))


def test_reset(api: Api, emulator: EmulatorServer) -> None:
    for when, left in EFFECTS:
        emulator.add_fault(Fault(*CREATE, "reset", when))
        with pytest.raises(requests.ConnectionError, match="reset by peer"):
            api.create()
        assert len(emulator.deployments()) == left
    assert [entry.status for entry in emulator.journal()] == [None, None]
    assert api.create()["status"] == "creating"


def test_truncate(api: Api, emulator: EmulatorServer) -> None:
    for when, left in EFFECTS:
        emulator.add_fault(Fault(*CREATE, "truncate", when))
        with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
            api.create()
        assert len(emulator.deployments()) == left
    assert api.create()["status"] == "creating"


def test_drip(api: Api, emulator: EmulatorServer) -> None:
    emulator.add_fault(Fault(*CREATE, "drip", "after", seconds=0.01))
    answer = api.call("POST", "/deployments", api.body(), stream=True)
    pieces = answer.iter_content(1)
    assert [next(pieces) for _byte in range(5)] == [b" "] * 5
    answer.close()
    assert len(emulator.deployments()) == 1


def test_flood_and_bomb(api: Api, emulator: EmulatorServer) -> None:
    size = 3_000_000
    for kind in ("flood", "bomb"):
        emulator.add_fault(Fault("GET", "/models$", kind, size=size))
        answer = api.call("GET", "/models", stream=True)
        packed = sum(len(piece) for piece in answer.raw.stream(65536, decode_content=False))
        assert (packed == size) == (kind == "flood")
        assert packed == size or packed < size / 500
        emulator.add_fault(Fault("GET", "/models$", kind, size=size))
        assert len(api.call("GET", "/models").content) == size


def test_status(api: Api, emulator: EmulatorServer) -> None:
    emulator.add_fault(Fault(*CREATE, "status", status=429, type="too_many", headers={"Retry-After": "7"}))
    answer = api.call("POST", "/deployments", api.body())
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["type"]) == (429, "7", "too_many")
    assert emulator.deployments() == []

    emulator.add_fault(Fault(*CREATE, "status", "after"))
    answer = api.call("POST", "/deployments", api.body())
    assert (answer.status_code, answer.json().keys()) == (500, {"message"})
    assert len(emulator.deployments()) == 1

    emulator.add_fault(Fault(".*", "", "status", status=503, body="<h1>busy</h1>", content_type="text/html"))
    answer = api.call("GET", "/models")
    assert (answer.status_code, answer.text) == (503, "<h1>busy</h1>")
    assert answer.headers["Content-Type"].startswith("text/html")

    emulator.add_fault(Fault("GET", "", "status", status=302, headers={"Location": "http://127.0.0.1:1/"}))
    answer = api.call("GET", "/models")
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:1/")
    assert answer.headers["X-Request-Id"] == emulator.journal()[-1].request_id


def test_garbage(api: Api, emulator: EmulatorServer) -> None:
    for body in ("<html></html>", "", '{"models": 7}', "[]"):
        emulator.add_fault(Fault("GET", "/models$", "garbage", body=body, content_type="text/plain"))
        answer = api.call("GET", "/models")
        assert (answer.status_code, answer.text) == (200, body)
    assert len(api.ok("GET", "/models")["models"]) == 44


@pytest.mark.parametrize(("when", "left"), EFFECTS)
def test_delay(api: Api, emulator: EmulatorServer, when: When, left: int) -> None:
    emulator.add_fault(Fault(*CREATE, "delay", when, seconds=30))
    with pytest.raises(requests.ReadTimeout):
        api.session.post(
            f"{emulator.url}/inference/{api.version}/regions/fr-par/deployments", json=api.body(), timeout=0.1
        )
    assert len(emulator.deployments()) == left


def test_a_late_request_has_no_effect_after_a_reset(api: Api, emulator: EmulatorServer) -> None:
    emulator.add_fault(Fault(*CREATE, "delay", seconds=0.2))
    url = f"{emulator.url}/inference/{api.version}/regions/fr-par/deployments"
    with pytest.raises(requests.ReadTimeout):
        api.session.post(url, json=api.body(), timeout=0.05)
    emulator.reset()
    emulator.add_fault(Fault("GET", "", "delay", seconds=0.4))
    assert api.ok("GET", "/deployments")["deployments"] == []


def test_delay_is_only_that(api: Api, emulator: EmulatorServer) -> None:
    for when in ("before", "after"):
        emulator.add_fault(Fault("GET", "", "delay", when, seconds=0.05))
        started = time.perf_counter()
        assert len(api.ok("GET", "/models")["models"]) == 44
        assert time.perf_counter() - started >= 0.05


def test_stale(api: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    old = api.create(name="old")["id"]
    clock.advance(545)
    new = api.create(name="new")["id"]
    clock.advance(5)
    emulator.add_fault(Fault("GET", "/deployments", "stale", seconds=30))
    stale = api.ok("GET", "/deployments")
    assert [(each["id"], each["status"]) for each in stale["deployments"]] == [(old, "creating")]
    assert stale["total_count"] == 1
    fresh = api.ok("GET", "/deployments")["deployments"]
    assert [(each["id"], each["status"]) for each in fresh] == [(new, "creating"), (old, "deploying")]


def test_forget(api: Api, ready: str, emulator: EmulatorServer) -> None:
    emulator.add_fault(Fault("PATCH", "/deployments/", "forget"))
    path = f"/deployments/{ready}"
    answer = api.ok("PATCH", path, {"min_size": 2, "max_size": 2})
    assert (answer["min_size"], answer["status"]) == (2, "deploying")
    after = api.ok("GET", path)
    assert (after["min_size"], after["status"]) == (1, "ready")


def test_skip_and_times(api: Api, emulator: EmulatorServer) -> None:
    emulator.add_fault(Fault("GET", "/models$", "status", status=500, skip=1, times=2))
    emulator.add_fault(Fault("GET", "/models$", "status", status=429, skip=1))
    statuses = [api.call("GET", "/models").status_code for _turn in range(5)]
    # The first passes both; the second and third are the first fault's; the second fault is left with the fourth.
    assert statuses == [200, 500, 500, 429, 200]
    assert emulator.faults() == []


def test_faults_match_method_and_path(api: Api, emulator: EmulatorServer) -> None:
    emulator.add_fault(Fault("POST|PATCH", "/endpoints", "status"))
    assert api.ok("GET", "/models")["models"]
    api.create()
    (left,) = emulator.faults()
    assert (left.fault.kind, left.times) == ("status", 1)
    emulator.clear_faults()
    assert emulator.faults() == []


@pytest.mark.parametrize("wrong", [{"kind": "typo"}, {"times": 0}, {"skip": -1}, {"colour": "red"}, {"path": "("}])
def test_wrong_faults_are_refused(api: Api, wrong: dict[str, Any]) -> None:
    body = {"method": "GET", "path": "/", "kind": "reset", **wrong}
    answer = requests.post(f"{api.server.url}/_emulator/faults", json=body, timeout=10)
    assert answer.status_code == 400
    assert api.server.faults() == []
