# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(deployment_certificate_info), against the emulator."""

from __future__ import annotations

import hashlib
import ssl
from typing import Any

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment_certificate_info import TASK
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
PRIVATE: dict[str, Any] = {**CHAT, "endpoints": [{"private_network_id": "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"}]}


def test_certificate_and_its_facts(runner: Runner) -> None:
    runner.ok(deployment.TASK, **PRIVATE)
    found = runner.ok(TASK, deployment="chat")["certificate"]
    der = ssl.PEM_cert_to_DER_cert(found["pem"])
    digest = hashlib.sha256(der).hexdigest().upper()
    assert found["sha256_fingerprint"] == ":".join(digest[index : index + 2] for index in range(0, 64, 2))
    assert found["subject"].startswith("CN=")
    assert found["issuer"] == found["subject"]
    assert found["not_before"] < found["not_after"]
    assert found["not_after"].endswith("Z")


def test_deployment_without_a_private_endpoint_has_no_certificate(runner: Runner) -> None:
    runner.ok(deployment.TASK, **CHAT)
    runner.emulator.clear_journal()
    message = runner.failure(TASK, deployment="chat")["msg"]
    assert "has no private endpoint" in message
    assert "scaleway.inference.endpoint" in message
    assert all("certificate" not in one for one in runner.requests())


def test_invalid_certificate_is_an_error(runner: Runner) -> None:
    runner.ok(deployment.TASK, **PRIVATE)
    for content in ("bm90IGEgY2VydGlmaWNhdGU=", "!!!"):
        body = f'{{"name": "ca.pem", "content_type": "text/plain", "content": "{content}"}}'
        runner.emulator.add_fault(Fault(method="GET", path="/certificate$", kind="garbage", body=body))
        assert "PEM" in runner.failure(TASK, deployment="chat")["msg"]
