# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of a model server, and a client for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.client import (
    ModelServer,
    model_server,
)
from ansible_collections.scaleway.inference.tests.support.canned import Reply, closed_port, json_reply
from ansible_collections.scaleway.inference.tests.support.client import make_settings, open_transport
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock

REQUEST_ID = "7e900e57-0000-4000-8000-000000000002"
CHAT = {"model": "vendor/model:1", "messages": [{"role": "user", "content": "café?"}]}


def completion(message: Any = None, **fields: Any) -> dict[str, Any]:
    """The body of a model server's answer to a chat."""
    choice = {"index": 0, "message": message or {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}
    return {"id": "1", "object": "chat.completion", "model": "vendor/model:1", "choices": [choice], **fields}


def refusal(message: str, status: int, **fields: Any) -> Reply:
    """A model server's error."""
    return json_reply({"error": {"message": message, **fields}}, status, {"X-Request-Id": REQUEST_ID})


@contextmanager
def open_server(
    url: str,
    clock: ManualClock | None = None,
    *,
    with_key: bool = True,
    where: str = "url",
    timeout: float = 5,
    authority: str | None = None,
    source_address: str | None = None,
    **options: object,
) -> Iterator[ModelServer]:
    """A client for the model server at a URL, closed at the end. Requests to Scaleway's API itself would fail."""
    service = f"http://127.0.0.1:{closed_port()}"
    server = model_server(
        make_settings(service, **options),
        url,
        with_key=with_key,
        where=where,
        timeout=timeout,
        authority=authority,
        source_address=source_address,
    )
    with open_transport(service, clock, **options) as transport, closing(transport.to(server)) as transport_to_server:
        yield ModelServer(transport_to_server)
