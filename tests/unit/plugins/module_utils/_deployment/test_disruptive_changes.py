# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that make a deployment unavailable: warned about, allowed, or refused before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment import TASK as DEPLOYMENT
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.fleet import TASK as FLEET
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

CHAT: dict[str, Any] = {
    "name": "chat",
    "model": "mistral/mistral-7b-instruct-v0.3:bf16",
    "node_type": "L4",
    "endpoints": [{"public": True}],
    "rules": [],
}
OTHER = "mistral/mixtral-8x7b-instruct-v0.1:fp8"
RECREATED = {"node_type": "L40S", "on_immutable_change": "recreate"}
#: The changes that interrupt the service in both versions, and how messages name them.
DISRUPTIVE = {
    "size": ({"min_size": 2, "max_size": 2}, "min_size (1 -> 2), max_size (1 -> 2) interrupt the service for 15 to"),
    "recreation": (RECREATED, "node_type (L4 -> L40S) interrupts the service until the deployment that"),
}
HARMLESS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "tags": {"tags": ["new"]},
    "endpoint": {"endpoints": [{"public": True, "disable_auth": True}]},
    "creation": {"name": "another"},
    "deletion": {"state": "absent"},
}


@pytest.fixture
def chat(emulator: EmulatorServer, clock: ManualClock, api_version: str) -> Runner:
    """A runner with a deployment that is ready."""
    emulator.configure(creating=0, deploying=0)
    runner = Runner(emulator, clock, {"SCW_INFERENCE_API_VERSION": api_version, "HOME": "/nonexistent"})
    runner.ok(DEPLOYMENT, **CHAT)
    emulator.clear_journal()
    return runner


def interruptions(result: dict[str, Any]) -> list[str]:
    """The warnings about an interruption."""
    return [one for one in result.get("warnings", ()) if "the service for" in one or "the service until" in one]


def declared(runner: Runner, **options: Any) -> dict[str, Any]:
    """The options of the deployment with these, and with all that a recreation would lose."""
    bits = {"quantization_bits": 16} if runner.environ["SCW_INFERENCE_API_VERSION"] == "v1" else {}
    return {**CHAT, **bits, **options}


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("change", "text"), DISRUPTIVE.values(), ids=DISRUPTIVE)
def test_warning_by_default(chat: Runner, change: dict[str, Any], text: str, check_mode: bool) -> None:
    result = chat.ok(DEPLOYMENT, check_mode=check_mode, **declared(chat, **change))
    (warning,) = interruptions(result)
    assert f"deployment chat: {text}" in warning
    assert "scaleway.inference.rollout" in warning
    assert result["diff"]["after_header"] == "deployment chat (interrupts the service)"
    assert result["diff"]["before_header"] == "deployment chat"


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("change", "_text"), DISRUPTIVE.values(), ids=DISRUPTIVE)
def test_allowed(chat: Runner, change: dict[str, Any], _text: str, check_mode: bool) -> None:
    options = declared(chat, **change, on_disruptive_change="allow")
    result = chat.ok(DEPLOYMENT, check_mode=check_mode, **options)
    assert result["changed"]
    assert interruptions(result) == []
    assert result["diff"]["after_header"] == "deployment chat (interrupts the service)"


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("change", "text"), DISRUPTIVE.values(), ids=DISRUPTIVE)
def test_refused_before_any_write(chat: Runner, change: dict[str, Any], text: str, check_mode: bool) -> None:
    options = {**CHAT, **change, "tags": ["new"], "on_disruptive_change": "fail"}
    failed = chat.failure(DEPLOYMENT, check_mode=check_mode, **options)
    assert failed["msg"].startswith("on_disruptive_change: fail refuses to change deployment chat (")
    assert text in failed["msg"]
    assert "scaleway.inference.rollout" in failed["msg"]
    assert failed["changed"] is False
    assert chat.writes() == []


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_other_changes_are_neither_warned_about_nor_refused(chat: Runner, change: dict[str, Any]) -> None:
    options = {**CHAT, **change, "on_disruptive_change": "fail"}
    result = chat.ok(DEPLOYMENT, **options)
    assert interruptions(result) == []
    assert result["diff"]["after_header"] == f"deployment {options['name']}"


@pytest.mark.parametrize("api_version", ["v1"])
@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"node_type": "H100", "model": OTHER}, f"model (mistral/mistral-7b-instruct-v0.3:bf16 -> {OTHER})"),
        ({"node_type": "H100", "quantization_bits": 8}, "quantization_bits (16 -> 8)"),
    ],
    ids=["model", "quantization"],
)
def test_model_and_quantization_of_v1(chat: Runner, change: dict[str, Any], text: str) -> None:
    big = {**CHAT, "name": "big", "node_type": "H100"}
    chat.ok(DEPLOYMENT, **big)
    chat.emulator.clear_journal()
    failed = chat.failure(DEPLOYMENT, **{**big, **change, "on_disruptive_change": "fail"})
    assert f"{text} interrupts the service for 15 to 30 minutes" in failed["msg"]
    assert chat.writes() == []
    (warning,) = interruptions(chat.ok(DEPLOYMENT, **{**big, **change}))
    assert text in warning


@pytest.mark.parametrize("check_mode", [True, False])
def test_fleet_refuses_before_any_member_is_changed(chat: Runner, check_mode: bool) -> None:
    entries = [{**CHAT, "name": "new"}, {**CHAT, "tags": ["new"]}, {**CHAT, "name": "code"}]
    chat.ok(FLEET, name="all", deployments=[CHAT, {**CHAT, "name": "code"}])
    chat.emulator.clear_journal()
    failed = chat.failure(
        FLEET,
        check_mode=check_mode,
        name="all",
        deployments=[*entries[:2], {**entries[2], "min_size": 2, "max_size": 2}],
        defaults={"on_disruptive_change": "fail"},
    )
    assert failed["msg"].startswith(
        "1 of 3 entries can't be met, and nothing was changed. deployments[2] (code): on_dis"
    )
    assert chat.writes() == []


def test_fleet_warns_once(chat: Runner) -> None:
    entries = [{**CHAT, "name": name} for name in ("chat", "code", "calm")]
    chat.ok(FLEET, name="all", deployments=entries)
    entries[2]["on_disruptive_change"] = "allow"
    sizes = {"min_size": 2, "max_size": 2}
    predicted, done = (
        chat.ok(FLEET, check_mode=check_mode, name="all", deployments=entries, defaults=sizes)
        for check_mode in (True, False)
    )
    (warning,) = interruptions(done)
    assert [name for name in ("chat", "code", "calm") if f"deployment {name}: min_size (1 -> 2)" in warning] == [
        "chat",
        "code",
    ]
    assert interruptions(predicted) == [warning]
    assert done["diff"]["after_header"] == "fleet all (interrupts the service of chat, code, calm)"


def test_a_deployment_that_is_only_predicted_is_not_interrupted(chat: Runner) -> None:
    """In check mode, an ID that an earlier task returned as null stands for a deployment that isn't there yet."""
    options = {"id": None, "min_size": 2, "max_size": 2, "on_disruptive_change": "fail"}
    result = chat.ok(DEPLOYMENT, check_mode=True, **options)
    assert interruptions(result) == []
