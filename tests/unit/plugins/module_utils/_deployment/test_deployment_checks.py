# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that are refused before anything is created, in check mode as in a real run, with a remedy."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment import TASK
from ansible_collections.scaleway.inference.tests.support.altered_service import altered_service
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"model": "mistral/mistral-7b-instruct-v0.3:b16"}, ["no model", "did you mean mistral/mistral-7b"]),
        ({"model": "6c68b256-ef4a-48d2-a794-9b63b5c6ba5d"}, ["no model with the ID 6c68b256", "model_info lists"]),
        ({"model": "meta/llama-3.1-8b-instruct:bf16"}, ["has a licence", "accept_eula: true"]),
        ({"node_type": "L5"}, ["no node type 'L5'", "H100-2", "L40S"]),
        (
            {"model": "google/gemma-3-27b-it:bf16"},
            ["L4 can't run the model google/gemma", "node types that can: H100, H100-2", "model_info"],
        ),
        ({"node_type": None}, ["node_type is needed to create it", "model_info"]),
        ({"min_size": 2, "max_size": 1}, ["max_size: 1 is less than min_size, 2"]),
        ({"name": "a" * 256}, ["has 256 characters, and a name has at most 255"]),
    ],
)
def test_wrong_options_cost_nothing(runner: Runner, check_mode: bool, change: dict[str, Any], parts: list[str]) -> None:
    result = runner.failure(TASK, check_mode=check_mode, **{**CHAT, **change})
    for part in parts:
        assert part in result["msg"]
    assert not result["changed"]
    assert runner.writes() == []


def test_model_and_node_type_are_needed(runner: Runner, api_version: str) -> None:
    for check_mode in (True, False):
        for missing in ({"node_type"}, {"model"}, {"model", "node_type"}):
            chosen_options = {key: value for key, value in CHAT.items() if key not in missing}
            message = runner.failure(TASK, check_mode=check_mode, **chosen_options)["msg"]
            assert f"{' and '.join(sorted(missing))} {'is' if len(missing) == 1 else 'are'} needed" in message
    # What an earlier task would have imported has no ID in check mode.
    if api_version == "v1":
        assert "earlier task" in runner.ok(TASK, check_mode=True, **{**CHAT, "model": None})["warnings"][0]
    else:
        assert "model is needed" in runner.failure(TASK, check_mode=True, **{**CHAT, "model": None})["msg"]


def test_unknown_model_may_be_imported_by_an_earlier_task(runner: Runner, api_version: str) -> None:
    chosen_options = {**CHAT, "model": "qqqq"}
    for check_mode in (True, False):
        if check_mode and api_version == "v1":
            result = runner.ok(TASK, check_mode=True, **chosen_options)
            assert result["warnings"] == ["no model 'qqqq' yet: predicted as if an earlier task made it"]
            assert (result["deployment"]["model"], result["deployment"]["model_id"]) == ("qqqq", None)
        else:
            message = runner.failure(TASK, check_mode=check_mode, **chosen_options)["msg"]
            assert "no model 'qqqq'" in message
            assert "model_info lists" in message
    assert runner.writes() == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_disabled_node_type_is_refused(runner: Runner, check_mode: bool) -> None:
    runner.emulator.force_node_type("L4", disabled=True)
    assert "L4 is disabled" in runner.failure(TASK, check_mode=check_mode, **CHAT)["msg"]
    assert runner.writes() == []


def test_node_type_out_of_stock_warns_in_check_mode_and_fails_in_a_real_run(runner: Runner) -> None:
    runner.emulator.force_node_type("L4", stock_status="out_of_stock")
    checked = runner.ok(TASK, check_mode=True, **CHAT)
    assert "L4 is out of stock" in checked["warnings"][0]
    result = runner.failure(TASK, **CHAT)
    assert "in stock at the moment" in result["msg"]
    assert result["error"]["type"] == "out_of_stock"


def test_model_may_be_named_by_its_id(runner: Runner) -> None:
    by_name = runner.ok(TASK, **CHAT)["deployment"]
    assert not runner.ok(TASK, **{**CHAT, "model": by_name["model_id"].upper()})["changed"]
    again = runner.ok(TASK, **{**CHAT, "name": "two", "model": by_name["model_id"]})["deployment"]
    assert again["model"] == CHAT["model"]


@pytest.mark.parametrize("api_version", ["v1"])
def test_quantization_must_be_allowed_on_the_node_type(runner: Runner) -> None:
    message = runner.failure(TASK, check_mode=True, **CHAT, quantization_bits=4)["msg"]
    assert "doesn't run with 4 bits on L4; choose one of 8, 16" in message
    assert runner.ok(TASK, **CHAT, quantization_bits=8)["deployment"]["quantization_bits"] == 8
    assert not runner.ok(TASK, **CHAT, quantization_bits=8)["changed"]
    changed = runner.ok(TASK, **CHAT, quantization_bits=16)
    assert changed["diff"]["before"]["quantization_bits"] == 8
    assert changed["deployment"]["quantization_bits"] == 16
    runner.emulator.clear_journal()
    for check_mode in (True, False):
        message = runner.failure(
            TASK, check_mode=check_mode, **CHAT, quantization_bits=4, endpoints=[{"public": True}]
        )["msg"]
        assert "doesn't run with 4 bits on L4; choose one of 8, 16" in message
    assert runner.writes() == []


@pytest.mark.parametrize("api_version", ["v1"])
def test_bits_can_change_although_the_model_is_no_longer_offered(runner: Runner) -> None:
    model_id = runner.ok(TASK, **CHAT, quantization_bits=8)["deployment"]["model_id"]
    gone = '{"type": "not_found", "resource": "model"}'
    runner.emulator.add_fault(Fault(method="GET", path=f"/models/{model_id}$", kind="status", status=404, body=gone))
    with altered_service(runner.emulator) as service:
        service.alter("models", CHAT["model"], "id", "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001")
        runner.environ["SCW_API_URL"] = service.url
        assert runner.ok(TASK, name="chat", quantization_bits=16)["changed"]
    assert runner.emulator.faults() == []


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_quantization_needs_v1(runner: Runner) -> None:
    for check_mode in (True, False):
        message = runner.failure(TASK, check_mode=check_mode, **CHAT, quantization_bits=8)["msg"]
        assert message == "quantization_bits needs api_version v1"


@pytest.mark.parametrize("api_version", ["v1"])
def test_model_is_changed_in_place_in_v1(runner: Runner) -> None:
    before = runner.ok(TASK, **CHAT)["deployment"]
    other = {**CHAT, "model": "meta/llama-3.1-8b-instruct:bf16"}
    assert "accept_eula: true" in runner.failure(TASK, **other)["msg"]
    assert "can't run the model" in runner.failure(TASK, **{**CHAT, "model": "google/gemma-3-27b-it:bf16"})["msg"]
    after = runner.ok(TASK, **other, accept_eula=True)["deployment"]
    assert after["id"] == before["id"]
    assert after["model"] == other["model"]


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_model_is_immutable_in_v1beta1(runner: Runner) -> None:
    before = runner.ok(TASK, **CHAT)["deployment"]
    other = {**CHAT, "model": "meta/llama-3.1-8b-instruct:bf16", "accept_eula": True}
    message = runner.failure(TASK, **other)["msg"]
    assert f"model ({CHAT['model']}, desired: {other['model']}" in message
    after = runner.ok(TASK, **other, on_immutable_change="recreate")["deployment"]
    assert after["id"] != before["id"]
    assert after["model"] == other["model"]
