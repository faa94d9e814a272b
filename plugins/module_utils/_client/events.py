# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Server-sent events, the form of a streamed answer: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .body import NOT_UTF8, NotJson
from .limits import MAX_EVENT_SIZE, MIB

CONTENT_TYPE = "text/event-stream"
# The data of the last event, as OpenAI's servers send it.
END = "[DONE]"
_TOO_LONG = f"more than {MAX_EVENT_SIZE // MIB} MiB"


@dataclass(frozen=True)
class Event:
    """One event. `data`: its JSON; `seconds`: when it came, after the request began."""

    data: Any
    seconds: float


def event_texts(parts: Iterable[bytes]) -> Iterator[str]:
    """The data of each event in a body that comes in parts, as soon as the event is complete.

    Raises NotJson for an event of more than MAX_EVENT_SIZE, and for one that isn't UTF-8.
    """
    data: list[str] = []
    size = 0
    for line in _lines(parts):
        if not line and data:
            yield "\n".join(data)
            data, size = [], 0
        elif line.startswith("data:"):
            size += len(line)
            if size > MAX_EVENT_SIZE:
                raise NotJson(_TOO_LONG)
            data.append(line[5:].removeprefix(" "))
    # A body may end without the blank line that ends an event.
    if data:
        yield "\n".join(data)


def _lines(parts: Iterable[bytes]) -> Iterator[str]:
    # Appended to in place: a line that comes byte by byte would be copied with each of them otherwise.
    rest = bytearray()
    for part in parts:
        rest += part
        if b"\n" in part:
            *lines, rest = rest.split(b"\n")
            for line in lines:
                yield _text(line)
        if len(rest) > MAX_EVENT_SIZE:
            raise NotJson(_TOO_LONG)
    if rest:
        yield _text(rest)


def _text(line: bytearray) -> str:
    try:
        return line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError:
        raise NotJson(NOT_UTF8) from None
