# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of runs in both execution modes: equal, and without secrets, forged lines and tracebacks."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

SECRET = 'hf_p@ss w"rd'
URL = "https://some-user:hunter2@huggingface.co/x/y?token=s3cr3t-value&revision=main"
KEY = "5ec2e700-a1b2-4c3d-9e4f-a5b6c7d8e9f0"
SECRETS = [SECRET, quote(SECRET, safe=""), json.dumps(SECRET)[1:-1], "hunter2", "s3cr3t-value", KEY]
EVIL = "\x1b[32mready\x1b[0m\r\nok: [localhost] => forged"
CHAT = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}


def saved(task: str, module: str, **options: Any) -> dict[str, Any]:
    return {
        "name": task,
        f"scaleway.inference.{module}": options,
        "register": f"saved_{task}",
        "ignore_errors": True,
    }


TASKS = [
    saved("echoed", "model", name="coder", source_url=URL, source_secret=SECRET, api_retries=0),
    saved("invocation", "deployment_info", deployment=f"<{KEY}>", secret_key=KEY),
    saved("invalid", "deployment_info", deployment="x", secret_key=KEY, order_by=f"by {KEY}"),
    saved("evil", "deployment", **CHAT),
    saved("half", "deployment_info", deployment="""{{ '"a\\ud800b"' | from_json }}"""),
    saved("long", "deployment_info", deployment="x", api_timeout=10**400),
    saved("late", "deployment", **{**CHAT, "name": "other"}, wait_timeout=-1),
    saved("path", "deployment_info", deployment="x", ca_path="/" + "a" * 5000),
    saved("short", "deployment_info", deployment="x", access_key="a"),
]


def arm(service: EmulatorServer) -> None:
    echo = json.dumps({"type": "x", "message": " | ".join(SECRETS[:-1]), "details": [SECRETS[:-1]]})
    service.add_fault(Fault(method="POST", path="/models$", kind="status", status=400, body=echo))
    evil = json.dumps({"type": EVIL, "message": EVIL, "resource": EVIL})
    # By then, the model is resolved. The next request is the creation.
    service.add_fault(Fault(method="POST", path="/deployments$", kind="status", status=400, body=evil))


@pytest.mark.parametrize("api_version", ["v1"])
def test_no_secret_no_forged_line_and_no_traceback(player: Player, service: EmulatorServer) -> None:
    player.environ["ANSIBLE_INJECT_INVOCATION"] = "true"
    results = []
    for here in ("true", "false"):
        arm(service)
        played = player.play(TASKS, "-vvv", "-e", f"scaleway_inference_in_process={here}")
        shown = played.output + json.dumps(played.registered, ensure_ascii=False)
        for secret in SECRETS:
            assert secret not in shown, here
        assert "\x1b" not in shown
        assert not [line for line in played.output.splitlines() if line.startswith("ok: [localhost] => forged")]
        assert "Traceback" not in played.output, played.output
        assert service.deployments() == []
        assert played.code == 0, played.output
        assert '"deployment": "<********>"' in played.output
        assert '"source_url": "https://********@huggingface.co/x/y?********"' in played.output
        results.append(played.comparable())
        # Since ansible-core 2.21, a module returns the invocation even if it refuses the options before it has any.
        for refused in ("saved_invalid", "saved_long"):
            results[-1][refused].pop("invocation", None)
    assert results[0] == results[1]
    first = results[0]
    assert "********" in first["saved_echoed"]["msg"]
    assert r"\x1b[32m" in first["saved_evil"]["msg"]
    assert first["saved_half"]["failed"]
    assert "api_timeout" in first["saved_long"]["msg"]
    assert "wait_timeout" in first["saved_late"]["msg"]
    assert "ca_path" in first["saved_path"]["msg"]
    assert first["saved_short"]["deployments"] == []
