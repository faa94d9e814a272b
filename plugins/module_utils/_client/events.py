# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Server-sent events, the form of a streamed answer: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

CONTENT_TYPE = "text/event-stream"
# The data of the last event, as OpenAI's servers send it.
END = "[DONE]"


@dataclass(frozen=True)
class Event:
    """One event. `data`: its JSON; `seconds`: when it came, after the request began."""

    data: Any
    seconds: float


def event_texts(parts: Iterable[bytes]) -> Iterator[str]:
    """The data of each event in a body that comes in parts, as soon as the event is complete."""
    data: list[str] = []
    for line in _lines(parts):
        if not line and data:
            yield "\n".join(data)
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
    # A body may end without the blank line that ends an event.
    if data:
        yield "\n".join(data)


def _lines(parts: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield _text(line)
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.decode("utf-8", errors="replace").removesuffix("\r")
