# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request journal: an entry for each request that the emulator received, without secrets."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class JournalEntry(BaseModel):
    """One request and how it was answered. The key of the request is left out."""

    model_config = ConfigDict(frozen=True)

    method: str
    path: str
    #: Each parameter with all its values.
    query: dict[str, list[str]]
    #: The decoded JSON with secrets masked; the text if it isn't JSON; None if there was no body.
    body: Any = None
    #: The status that the client got; None if it got no answer.
    status: int | None
    request_id: str
    #: Source address.
    client: str
    user_agent: str
    #: When the request arrived: epoch seconds of the emulator's clock.
    time: float
    #: Real seconds until the answer began.
    duration: float
    #: ID of the endpoint that the request was for; None for the API.
    endpoint: str | None = None
    #: The kind of fault that was injected, if any.
    fault: str | None = None


def readable(body: bytes) -> Any:
    """The body of a request in the form that the journal keeps (see :attr:`JournalEntry.body`)."""
    if not body:
        return None
    try:
        return _masked(json.loads(body))
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "***" if name == "secret" else _masked(inner) for name, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
