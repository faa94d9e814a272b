# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module writes to the system's log about its invocation."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.tests.support.canned import closed_port
from ansible_collections.scaleway.inference.tests.support.module_runs import ModuleRuns, run_module

ODD = {"NUL": "a\0b", "lines": "a\r\nansible-b: c", "a terminal's code": "\x1b[2J"}


@pytest.fixture
def options() -> dict[str, Any]:
    return {
        "secret_key": "11111111-1111-4111-8111-111111111111",
        "project_id": "22222222-2222-4222-8222-222222222222",
        "api_url": f"http://127.0.0.1:{closed_port()}",
        "api_retries": 0,
        "name": "chat",
        "state": "absent",
    }


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("option", ["name", "api_url"])
def test_text_in_the_log_stops_no_module(options: dict[str, Any], option: str, text: str) -> None:
    """Since Python 3.13, NUL can't be logged."""
    result = run_module("deployment", {**options, option: text})
    assert result["failed"]
    assert "syslog" not in result["msg"]
    assert option in result["msg"] or "127.0.0.1" in result["msg"]


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_log_has_one_line_without_control_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: dict[str, Any], text: str
) -> None:
    runs = ModuleRuns(monkeypatch, capsys)
    runs.run(deployment.TASK, **{**options, "name": text})
    assert runs.logged
    assert all(line.isprintable() for line in runs.logged)
