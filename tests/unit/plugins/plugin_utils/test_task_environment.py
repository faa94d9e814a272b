# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keyword ``environment`` of a task that runs in the controller's process."""

from __future__ import annotations

import os

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.scaleway.inference.tests.support.actions import run_action
from ansible_collections.scaleway.inference.tests.support.canned import closed_port

OPTIONS = {"project_id": "22222222-2222-4222-8222-222222222222", "api_retries": 0}


def test_holds_for_the_task_only() -> None:
    before = dict(os.environ)
    key = "11111111-1111-4111-8111-111111111111"
    environment = {"SCW_SECRET_KEY": key, "SCW_API_URL": f"http://127.0.0.1:{closed_port()}", "OTHER": 8}
    result = run_action("deployment_info", OPTIONS, environment=environment)
    assert "can't connect" in result["msg"]
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("A", "secret\0"), ("A\0B", "secret"), ("A=B", "secret"), ("", "secret"), ("A", "secret\ud800")],
)
def test_variable_that_no_environment_holds_is_refused(name: str, value: str) -> None:
    before = dict(os.environ)
    with pytest.raises(AnsibleActionFail, match=r"environment: the variable .* can't be set") as refused:
        run_action("deployment_info", OPTIONS, environment={"OTHER": "x", name: value})
    assert "secret" not in str(refused.value)
    assert dict(os.environ) == before
