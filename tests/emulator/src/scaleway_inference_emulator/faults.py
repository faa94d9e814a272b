# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault injection: what can be made to go wrong, for which requests, and when."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass

#: - ``delay``: the answer is ``seconds`` (of real time) late
#: - ``reset``: the TCP connection is reset, with no answer
#: - ``truncate``: the connection is closed in the middle of the body
#: - ``status``: an answer with this ``status``, ``headers``, ``body`` and ``content_type``: an error, a redirect
#: - ``drip``: one byte of the body is sent every ``seconds`` (of real time), without an end
#: - ``flood``: the body has ``size`` bytes
#: - ``bomb``: the body has ``size`` bytes, which gzip compresses to a thousandth
#: - ``garbage``: a successful status with a meaningless ``body``
#: - ``stale``: lists show the state of ``seconds`` ago
#: - ``forget``: the answer reports a change that isn't made
#: - ``fail_provisioning``: the created or changed resource ends in the status ``error``, with ``message``
Kind = Literal[
    "delay",
    "reset",
    "truncate",
    "drip",
    "flood",
    "bomb",
    "status",
    "garbage",
    "stale",
    "forget",
    "fail_provisioning",
]

#: Faults within the service itself; all others are faults of the network or a gateway.
SERVICE_FAULTS = frozenset({"stale", "forget", "fail_provisioning"})

When = Literal["before", "after"]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


Regex = Annotated[str, AfterValidator(_compiles)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Fault:
    """One fault, and the requests that it applies to.

    ``method`` is a regular expression for the whole method, ``path`` one that may match anywhere in the path.
    """

    method: Regex
    path: Regex
    kind: Kind
    #: ``before``: the request has no effect; ``after``: it has. Faults within the service ignore this.
    when: When = "before"
    #: How many requests get the fault.
    times: int = Field(default=1, ge=1)
    #: How many matching requests pass first without it.
    skip: int = Field(default=0, ge=0)
    seconds: float = Field(default=0, ge=0)
    #: Bytes of the body of ``flood`` and ``bomb``.
    size: int = Field(default=64 * 1024 * 1024, ge=0)
    #: None: 500 for ``status``, 200 for the other kinds.
    status: int | None = Field(default=None, ge=200, le=599)
    #: The error's ``type``, when ``status`` has no ``body`` of its own.
    type: str = ""
    #: The error's message.
    message: str = "the emulator was told to fail"
    #: None: a default body of the kind.
    body: str | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = Field(default_factory=dict)


class QueuedFault(BaseModel):
    """A fault in the queue, with how many requests it still skips and then still applies to."""

    fault: Fault
    skip: int
    times: int


class FaultQueue:
    """The faults to come. Each request gets the first one that matches; those behind it don't count the request."""

    def __init__(self) -> None:
        self._queue: list[QueuedFault] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault, behind those that are queued already."""
        self._queue.append(QueuedFault(fault=fault, skip=fault.skip, times=fault.times))

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, or None. Counts the request."""
        for queued in self._queue:
            if not (re.fullmatch(queued.fault.method, method) and re.search(queued.fault.path, path)):
                continue
            if queued.skip:
                queued.skip -= 1
                continue
            queued.times -= 1
            if not queued.times:
                self._queue.remove(queued)
            return queued.fault
        return None

    def clear(self) -> None:
        """Drop all faults."""
        self._queue.clear()

    def remaining(self) -> list[QueuedFault]:
        """The faults that are still queued."""
        return list(self._queue)
