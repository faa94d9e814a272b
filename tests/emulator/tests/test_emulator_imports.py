# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of model imports: the statuses, and the errors that certain URLs cause."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.real_durations


def begin(v1: Api, url: str, secret: str | None = None) -> str:
    """Start an import, and return the path of the model."""
    source = {"url": url, **({} if secret is None else {"secret": secret})}
    made = v1.ok("POST", "/models", {"name": "mine", "project_id": v1.server.project_id, "source": source})
    return f"/models/{made['id']}"


def test_states(v1: Api, clock: ManualClock) -> None:
    path = begin(v1, "https://models.test/acme/mine")
    seen = []
    for seconds in (0, 60, 600):
        clock.advance(seconds)
        seen.append(v1.ok("GET", path)["status"])
    assert seen == ["preparing", "downloading", "ready"]
    assert "error_message" not in v1.ok("GET", path)


def test_imports_are_ready_at_once_by_default(v1: Api, emulator: EmulatorServer) -> None:
    default = Config()
    emulator.configure(preparing=default.preparing, downloading=default.downloading)
    source = {"url": "https://models.test/acme/mine", "secret": None}
    made = v1.ok("POST", "/models", {"name": "mine", "project_id": emulator.project_id, "source": source})
    assert (made["status"], made["updated_at"]) == ("ready", None)


@pytest.mark.parametrize(
    ("changes", "argument", "message"),
    [
        ({"name": "my model"}, "name", "a name may hold only"),
        ({"name": "a" * 256}, "name", "1 to 255 characters"),
        ({"source": {"url": "s3://bucket/mine"}}, "source.url", "begins with https://"),
        ({"source": {"url": None}}, "source.url", "must be given"),
        ({"project_id": None}, "project_id", "must be given"),
    ],
)
def test_invalid_imports(v1: Api, changes: dict[str, Any], argument: str, message: str) -> None:
    valid = {
        "name": "acme/mine_1.0:bf16",
        "project_id": v1.server.project_id,
        "source": {"url": "https://models.test/m"},
    }
    status, body = v1.fails("POST", "/models", {**valid, **changes})
    (detail,) = body["details"]
    assert (status, detail["argument_name"]) == (400, argument)
    assert message in detail["help_message"]
    assert v1.ok("POST", "/models", valid)["name"] == valid["name"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://hub.invalid/acme/tiny", "the host hub.invalid isn't known"),
        ("https://models.test/acme/missing-model", "there's no model at models.test/acme/missing-model"),
        ("https://models.test/private/tiny", "models.test/private/tiny can't be read without a secret"),
    ],
)
def test_failures(v1: Api, clock: ManualClock, url: str, message: str) -> None:
    path = begin(v1, url)
    assert v1.ok("GET", path)["status"] == "preparing"
    clock.advance(60)
    found = v1.ok("GET", path)
    assert (found["status"], found["error_message"]) == ("error", message)
    status, error = v1.fails("POST", "/deployments", v1.body(model_id=found["id"], node_type_name="H100"))
    assert (status, error["details"][0]["argument_name"]) == (400, "model_id")
    assert v1.call("DELETE", path).status_code == 204


def test_a_secret_opens_a_private_source(v1: Api, clock: ManualClock) -> None:
    path = begin(v1, "https://models.test/private/tiny", "open-sesame")
    clock.advance(3600)
    assert v1.ok("GET", path)["status"] == "ready"


def test_a_fault_has_the_last_word(v1: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.add_fault(Fault("POST", "/models$", "fail_provisioning", message="the disk is full"))
    path = begin(v1, "https://models.test/acme/tiny")
    clock.advance(3600)
    assert v1.ok("GET", path)["error_message"] == "the disk is full"
