# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong options are named before any request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.ranges import range_of
from ansible_collections.scaleway.inference.plugins.module_utils._options.shared import ArgumentSpec
from ansible_collections.scaleway.inference.tests.support.task_specs import TASKS
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
ASK: dict[str, Any] = {"deployment": "chat", "prompt": "Hello"}
FLEET: dict[str, Any] = {"name": "f", "deployments": [CHAT]}

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("deployment", {**CHAT, "api_timeout": 1e12}, "api_timeout"),
    ("deployment", {**CHAT, "api_timeout": "nan"}, "api_timeout"),
    ("deployment", {**CHAT, "api_timeout": 0}, "api_timeout"),
    ("deployment", {**CHAT, "api_retries": 101}, "api_retries"),
    ("deployment", {**CHAT, "api_retries": 10**4000}, "api_retries"),
    ("deployment", {**CHAT, "wait_timeout": -1}, "wait_timeout"),
    ("deployment", {**CHAT, "wait_timeout": 10**400}, "wait_timeout"),
    ("deployment", {**CHAT, "wait_timeout": 604_801}, "wait_timeout"),
    ("deployment", {**CHAT, "min_size": 2**63}, "min_size"),
    ("deployment", {**CHAT, "tags": ["a", "\ud800"]}, "tags[1]"),
    ("deployment", {**CHAT, "config_file": "/a\0b"}, "config_file"),
    ("deployment", {**CHAT, "config_file": "\udcff"}, "config_file"),
    ("deployment", {**CHAT, "config_file": "/" + "a" * 5000}, "config_file"),
    ("deployment", {**CHAT, "config_file": "/dev/zero"}, "configuration file /dev/zero"),
    ("deployment", {**CHAT, "ca_path": "/a\0b"}, "ca_path"),
    ("deployment", {**CHAT, "ca_path": "/" + "a" * 5000}, "ca_path"),
    ("fleet", {**FLEET, "parallel": 51}, "parallel"),
    ("fleet", {**FLEET, "max_deletions": 10_001}, "max_deletions"),
    ("fleet", {**FLEET, "wait_timeout": -1}, "wait_timeout"),
    (
        "fleet",
        {"name": "f", "deployments": [{**CHAT, "max_size": 2**70}]},
        "deployments[0] (chat): The option max_size",
    ),
    ("fleet", {**FLEET, "defaults": {"min_size": -(2**70)}}, "defaults.min_size"),
    ("chat_completion", {**ASK, "request_timeout": 1e300}, "request_timeout"),
    ("chat_completion", {**ASK, "temperature": "inf"}, "temperature"),
    ("chat_completion", {**ASK, "seed": 2**64}, "seed"),
    ("chat_completion", {**ASK, "response_format": {"a": [float("nan")]}}, "response_format"),
    ("chat_completion", {**ASK, "tool_choice": 10**4000}, "tool_choice"),
    ("chat_completion", {"deployment": "chat", "messages": [{"role": "user", "content": "\udfff"}]}, "messages[0]"),
    ("embedding", {"deployment": "chat", "input": ["\ud800"]}, "input[0]"),
]


@pytest.mark.parametrize(
    ("name", "options", "expected"), WRONG, ids=lambda value: value if isinstance(value, str) else ""
)
def test_wrong_option_is_named_before_any_request(
    runner: Runner, name: str, options: dict[str, Any], expected: str
) -> None:
    message = runner.failure(TASKS[name], **options)["msg"]
    assert expected in message
    assert len(message) < 700
    message.encode("utf-8")
    assert runner.requests() == []


def test_deep_values_are_refused(runner: Runner) -> None:
    for depth, refused in ((62, False), (70, True), (150, True)):
        deep: Any = "x"
        for _level in range(depth):
            deep = {"a": deep}
        message = runner.failure(TASKS["chat_completion"], **ASK, response_format=deep)["msg"]
        assert ("nested deeper than 64 levels" in message) == refused


def test_wait_timeout_may_be_zero(runner: Runner) -> None:
    result = runner.failure(TASKS["deployment"], **CHAT, wait_timeout=0)
    assert "is still creating after 0s" in result["msg"]
    assert result["deployment"]["id"] in result["msg"]


def _numbers(spec: ArgumentSpec) -> Iterator[tuple[str, str]]:
    for name, option in spec.items():
        if option.get("type") in ("int", "float"):
            yield name, option["type"]
        yield from _numbers(option.get("options", {}))


@pytest.mark.parametrize("name", TASKS)
def test_every_number_has_a_range(name: str) -> None:
    assert all(range_of(*number) for number in _numbers(TASKS[name].argument_spec))
