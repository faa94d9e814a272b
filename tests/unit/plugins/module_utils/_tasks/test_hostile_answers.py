# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are well-formed and mean harm: IDs that lead elsewhere, endpoints of other hosts, odd certificates."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.limits import MAX_CERTIFICATE_SIZE
from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    chat_completion,
    deployment,
    deployment_certificate_info,
    embedding,
    endpoint,
    model,
    smoke_test,
)
from ansible_collections.scaleway.inference.tests.support.altered_service import AlteredService, altered_service
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
OTHER = "00000000-0000-4000-8000-000000000009"
CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
PRIVATE: dict[str, Any] = {**CHAT, "endpoints": [{"public": True}, {"private_network_id": NETWORK}]}

IDS = [
    "..",
    "../../..",
    f"{OTHER}/../../endpoints/{OTHER}",
    f"..%2fendpoints%2f{OTHER}",
    f"%2e%2e/{OTHER}",
    f"{OTHER}?force=true",
    f"{OTHER}#",
    f"{OTHER}/",
    f"/{OTHER}",
    f"{OTHER};x",
    f"{OTHER}\r\nHost: evil.example",
    f"{OTHER}\n",
    f" {OTHER}",
    f"{OTHER}\x00",
    "http://evil.example/",
    "//evil.example/",
    "{{ 7 * 7 }}",
    "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "x" * 100_000,
    "\uff10" * 8 + OTHER[8:],
]
#: By task, what alters whose ID, and the options that delete.
DELETIONS: dict[str, tuple[TaskSpec, str, str, str, dict[str, Any]]] = {
    "deployment": (deployment.TASK, "deployments", "chat", "id", {"name": "chat", "state": "absent"}),
    "endpoint": (
        endpoint.TASK,
        "deployments",
        "chat",
        "endpoints.id",
        {"deployment": "chat", "private_network_id": NETWORK, "state": "absent"},
    ),
    "rules": (
        acl.TASK,
        "rules",
        "192.0.2.1",
        "id",
        {"deployment": "chat", "state": "absent", "rules": [{"ip": "192.0.2.1"}]},
    ),
    "model": (model.TASK, "models", "mine", "id", {"name": "mine", "state": "absent"}),
}


@pytest.fixture
def altered(runner: Runner) -> Iterator[AlteredService]:
    """The service of the tasks, whose answers can be altered."""
    with altered_service(runner.emulator) as service:
        runner.environ["SCW_API_URL"] = service.url
        yield service


@pytest.mark.parametrize("kind", DELETIONS)
def test_id_that_leads_elsewhere_deletes_nothing(
    runner: Runner, altered: AlteredService, kind: str, api_version: str
) -> None:
    task, of, name, key, options = DELETIONS[kind]
    if api_version == ("v1" if kind == "rules" else "v1beta1" if kind == "model" else ""):
        pytest.skip("this version doesn't have it")
    if kind == "model":
        runner.ok(model.TASK, name="mine", source_url="https://models.test/mine")
    else:
        runner.ok(deployment.TASK, **PRIVATE)
    if kind == "rules":
        runner.ok(acl.TASK, deployment="chat", rules=[{"ip": "192.0.2.1"}])
    for hostile in ("", *IDS) if kind == "deployment" else IDS[::6]:
        altered.alter(of, name, key, hostile)
        altered.requests.clear()
        result = runner.run(task, **options)
        assert not [one for one in altered.requests if one.method == "DELETE"], hostile
        shown = json.dumps([result.get("msg"), result.get("warnings")], ensure_ascii=False)
        assert "\x1b" not in shown
        assert result.get("failed"), hostile


@pytest.mark.parametrize("task", [chat_completion.TASK, embedding.TASK, smoke_test.TASK], ids=lambda task: task.name)
@pytest.mark.parametrize(
    "url", ["https://evil.example", "http://evil.example", "https://a:b@x.ifr.fr-par.scaleway.com"]
)
def test_endpoint_of_another_host_gets_neither_key_nor_prompt(
    runner: Runner, altered: AlteredService, task: TaskSpec, url: str
) -> None:
    runner.ok(deployment.TASK, **CHAT)
    altered.alter("deployments", "chat", "endpoints.url", url)
    altered.requests.clear()
    options = {"chat_completion": {"prompt": "?"}, "embedding": {"input": ["?"]}, "smoke_test": {"kind": "chat"}}
    result = runner.failure(task, deployment="chat", **options[task.name])
    assert "endpoint" in result["msg"]
    assert "url" in result["msg"]
    assert "a:b@" not in result["msg"]
    assert not [one for one in altered.requests if one.method != "GET"]


def _pem(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CERTIFICATES = {
    "huge": (_pem("-----BEGIN CERTIFICATE-----\n" * 20_000), f"more than {MAX_CERTIFICATE_SIZE:,} characters"),
    "private key": (_pem("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"), "got a private key"),
    "no PEM": (_pem("not a certificate"), "isn't a PEM file"),
    "no base64": ("!!!", "expected a PEM file in base64"),
    "no ASCII": (_pem("-----BEGIN CERTIFICATE-----\né\n-----END CERTIFICATE-----\n"), "expected a PEM file in base64"),
    "no content": ("", "a string that isn't empty"),
    "no certificate": (_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "isn't a PEM file"),
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_authority_that_is_none_is_refused(runner: Runner, kind: str) -> None:
    content, words = CERTIFICATES[kind]
    private = runner.ok(deployment.TASK, **{**PRIVATE, "endpoints": [{"private_network_id": NETWORK}]})["deployment"]
    body = json.dumps({"name": "../../../etc/passwd", "content_type": "x", "content": content})
    runner.emulator.add_fault(Fault(method="GET", path="/certificate$", kind="garbage", body=body, times=2))
    assert words in runner.failure(deployment_certificate_info.TASK, deployment="chat")["msg"]
    asked = runner.failure(chat_completion.TASK, endpoint_id=private["endpoints"][0]["id"], prompt="?")
    assert "certificate" in asked["msg"] or words in asked["msg"]
    assert not [one for one in runner.requests() if "/v1/" in one]
