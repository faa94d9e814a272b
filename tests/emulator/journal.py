# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of the emulator: an entry for each request, without its secrets."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class JournalEntry(BaseModel):
    """One request and how it was answered. The key it came with is nowhere in it."""

    model_config = ConfigDict(frozen=True)

    method: str
    path: str
    #: Each parameter with all its values.
    query: dict[str, list[str]]
    #: The decoded JSON with secrets masked; the text when it isn't JSON; None when there was none.
    body: Any = None
    #: What the client saw; None when it saw no answer.
    status: int | None
    request_id: str
    #: Source address.
    client: str
    user_agent: str
    #: When the request came: epoch seconds of the emulator's clock.
    time: float
    #: Real seconds until the answer began.
    duration: float
    #: ID of the endpoint that was spoken to; None for the API itself.
    endpoint: str | None = None
    #: The kind of fault that struck, if one did.
    fault: str | None = None


def readable(body: bytes) -> Any:
    """A request's body, as the journal keeps it."""
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
