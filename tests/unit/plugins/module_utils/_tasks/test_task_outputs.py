# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results and progress hold no secret and no control character; too large answers are handled."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    chat_completion,
    deployment,
    deployment_certificate_info,
    deployment_info,
    endpoint,
    model,
)
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
SECRET = 'hf_p@ss w"rd/é'
URL = "https://some-user:hunter2@huggingface.co/x/y?token=s3cr3t-value&revision=main"
EVIL = "\x1b[32mready\x1b[0m\r\nok: [localhost]\x9b\u202e"


def spelled(secret: str) -> dict[str, str]:
    """Spellings of a secret in answers, each with the part that must not be shown."""
    raw = secret.encode()
    within = [base64.b64encode(b"." * before + raw + b"..").decode() for before in range(3)]
    return {
        secret: secret,
        quote(secret, safe=""): quote(secret, safe=""),
        json.dumps(secret): json.dumps(secret)[1:-1],
        **{encoded: encoded[4:-6] for encoded in within},
    }


@pytest.mark.parametrize("api_version", ["v1"])
@pytest.mark.parametrize("status", [400, 403, 500])
def test_secret_in_an_answer_is_redacted_everywhere(runner: Runner, status: int) -> None:
    key = runner.emulator.secret_key
    secrets = [SECRET, "some-user:hunter2", "s3cr3t-value", key]
    echo = " | ".join(spelling for one in secrets for spelling in spelled(one))
    body = json.dumps({"type": "x", "message": echo, "details": [{"argument_name": echo}], echo: echo})
    # 500: the creation is searched for, reported in progress lines, and tried again.
    runner.emulator.add_fault(Fault(method="POST", path="/models$", kind="status", status=status, body=body, times=20))
    result = runner.failure(model.TASK, name="coder", source_url=URL, source_secret=SECRET, api_retries=0)
    shown = json.dumps([result, runner.progress], ensure_ascii=False)
    for one in secrets:
        for part in spelled(one).values():
            assert part not in shown
    assert "********" in shown
    assert runner.writes()[0] == "POST /models"


@pytest.mark.parametrize("api_version", ["v1"])
def test_secret_that_is_a_word_of_the_service_changes_nothing(runner: Runner) -> None:
    own = {"name": "coder", "source_url": "https://huggingface.co/x/y", "source_secret": "coder"}
    runner.ok(model.TASK, **own)
    runner.emulator.clear_journal()
    assert not runner.ok(model.TASK, **own)["changed"]
    assert runner.writes() == []


def _evil(runner: Runner, deployment_id: str, **fields: Any) -> str:
    body = runner.ok(deployment_info.TASK, deployment=deployment_id)["deployments"][0]
    node = {"node_type_name": body["node_type"], "model_name": body["model"], "endpoints": []}
    return json.dumps({**body, **node, **fields})


def test_control_characters_of_a_status_reach_no_terminal(runner: Runner) -> None:
    made = runner.ok(deployment.TASK, **CHAT, wait=False)["deployment"]
    body = _evil(runner, made["id"], status=EVIL)
    runner.emulator.add_fault(Fault(method="GET", path="/deployments/", kind="garbage", body=body))
    runner.progress.clear()
    runner.ok(deployment.TASK, **CHAT)
    (line,) = [line for line in runner.progress if "32m" in line]
    assert line.startswith(r"deployment chat: \x1b[32mready\x1b[0m\x0d\nok: [localhost]\x9b\u202e (")


def test_control_characters_reach_no_message_and_data_stays_exact(runner: Runner) -> None:
    made = runner.ok(deployment.TASK, **CHAT, tags=["a"], wait=False)["deployment"]
    body = _evil(runner, made["id"], status="error", error_message=EVIL, tags=[EVIL])
    runner.emulator.add_fault(Fault(method="GET", path="/deployments/", kind="garbage", body=body, times=9))
    result = runner.failure(deployment.TASK, **CHAT)
    assert r"\x1b[32mready\x1b[0m\x0d" in result["msg"]
    assert not {"\x1b", "\r", "\x9b", "\u202e"} & set(result["msg"])
    assert all(line.startswith("  ") for line in result["msg"].split("\n")[1:])
    (found,) = runner.ok(deployment_info.TASK, deployment=made["id"])["deployments"]
    assert found["tags"] == [EVIL]
    error = json.dumps({"type": EVIL, "message": EVIL, "resource": EVIL})
    runner.emulator.clear_faults()
    runner.emulator.add_fault(Fault(method="GET", path="", kind="status", status=409, body=error))
    failure = runner.failure(deployment_info.TASK, deployment="x")
    assert "\x1b" not in json.dumps([failure["msg"], failure["error"]], ensure_ascii=False)
    assert "\n" not in failure["msg"]


def test_huge_message_is_cut(runner: Runner) -> None:
    error = json.dumps({"type": "x", "message": "x" * 5_000_000})
    runner.emulator.add_fault(Fault(method="GET", path="", kind="status", status=400, body=error))
    assert len(json.dumps(runner.failure(deployment_info.TASK, deployment="x"))) < 300_000


def test_content_of_a_model_stays_exact(runner: Runner) -> None:
    runner.ok(deployment.TASK, **CHAT)
    answer = runner.ok(chat_completion.TASK, deployment="chat", prompt=EVIL)
    assert EVIL in answer["content"]
    assert answer["response"]["choices"][0]["message"]["content"] == answer["content"]


@pytest.mark.parametrize("nested", [60, 300, 100_000])
def test_deeply_nested_answer_is_a_result_or_an_error(runner: Runner, nested: int) -> None:
    runner.ok(deployment.TASK, **CHAT)
    deep = '{"a":' * nested + "1" + "}" * nested
    body = f'{{"choices": [{{"message": {{"content": "x"}}}}], "x": {deep}}}'
    runner.emulator.add_fault(Fault(method="POST", path="/chat", kind="garbage", body=body))
    result = runner.run(chat_completion.TASK, deployment="chat", prompt="x", api_retries=0)
    assert bool(result.get("failed")) == (nested > 60)
    runner.emulator.add_fault(Fault(method="GET", path="", kind="status", status=400, body=deep))
    assert "HTTP 400" in runner.failure(deployment_info.TASK, deployment="chat")["msg"]


def test_lone_surrogate_in_an_answer_is_printable(runner: Runner) -> None:
    made = runner.ok(deployment.TASK, **CHAT, tags=["a"])["deployment"]
    body = _evil(runner, made["id"], tags=["\ud800"], error_message="\udfff")
    runner.emulator.add_fault(Fault(method="GET", path="/deployments/", kind="garbage", body=body))
    (found,) = runner.ok(deployment_info.TASK, deployment=made["id"])["deployments"]
    assert (found["tags"], found["error_message"]) == (["\ufffd"], "\ufffd")


@pytest.mark.parametrize("kind", ["flood", "bomb"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_creation_with_a_too_large_answer_is_searched_for(runner: Runner, kind: Any, when: Any) -> None:
    size = 33 * 1024 * 1024
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind=kind, when=when, size=size))
    assert runner.ok(deployment.TASK, **CHAT)["changed"]
    assert len(runner.emulator.deployments()) == 1
    assert runner.writes() == ["POST /deployments"] * (2 if when == "before" else 1)


def test_creation_with_a_slow_answer_is_searched_for(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(method="POST", path="/deployments$", kind="drip", when="after", seconds=0.02, status=200)
    )
    assert runner.ok(deployment.TASK, **CHAT, api_timeout=1)["changed"]
    assert runner.writes() == ["POST /deployments"]


def test_endpoint_and_rules_with_a_too_large_answer_are_searched_for(runner: Runner, api_version: str) -> None:
    runner.ok(deployment.TASK, **CHAT)
    size = 33 * 1024 * 1024
    runner.emulator.clear_journal()
    runner.emulator.add_fault(Fault(method="POST", path="/endpoints$", kind="flood", when="after", size=size))
    assert runner.ok(endpoint.TASK, deployment="chat", private_network_id=NETWORK)["changed"]
    assert runner.writes() == ["POST /endpoints"]
    if api_version == "v1beta1":
        runner.emulator.clear_journal()
        runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind="flood", when="after", size=size))
        assert runner.ok(acl.TASK, deployment="chat", rules=[{"ip": "192.0.2.1"}])["changed"]
        assert len([one for one in runner.writes() if one.endswith("/acls")]) == 1


def test_id_in_an_answer_can_not_change_the_route(runner: Runner) -> None:
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]
    body = _evil(runner, made["id"], id="../../../../../account/v3/x")
    key = "deployments"
    runner.emulator.add_fault(
        Fault(method="GET", path="/deployments$", kind="garbage", body=f'{{"{key}": [{body}], "total_count": 1}}')
    )
    runner.emulator.clear_journal()
    assert "isn't an ID" in runner.failure(deployment.TASK, name="chat", state="absent")["msg"]
    assert runner.requests() == ["GET /deployments"]


# 12 is the version, which is read only after the rest was taken for a certificate.
@pytest.mark.parametrize("cut", [12, *range(0, 700, 90)])
def test_broken_certificate_is_an_error(runner: Runner, cut: int) -> None:
    runner.ok(deployment.TASK, **CHAT, endpoints=[{"private_network_id": NETWORK}])
    pem = runner.ok(deployment_certificate_info.TASK, deployment="chat")["certificate"]["pem"]
    lines = pem.splitlines()
    der = bytearray(base64.b64decode("".join(lines[1:-1])))
    # A byte in the middle of whatever stands there.
    der[cut % len(der)] ^= 0x55
    broken = "\n".join([lines[0], base64.b64encode(der).decode(), lines[-1], ""])
    body = {"name": "ca.pem", "content_type": "x", "content": base64.b64encode(broken.encode()).decode()}
    runner.emulator.add_fault(Fault(method="GET", path="/certificate$", kind="garbage", body=json.dumps(body)))
    result = runner.run(deployment_certificate_info.TASK, deployment="chat")
    assert "PEM" in result["msg"] if result.get("failed") else result["certificate"]["subject"]
