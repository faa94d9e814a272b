# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: what can be made to go wrong, and when."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass

#: - ``delay``: the answer comes ``seconds`` (real ones) late
#: - ``reset``: the TCP connection is reset, with no answer
#: - ``truncate``: the connection is closed in the middle of the body
#: - ``status``: an error, a redirect, anything: ``status``, ``headers``, ``body``, ``content_type``
#: - ``drip``: the body comes a byte each ``seconds`` (real ones), and never ends
#: - ``flood``: the body has ``size`` bytes
#: - ``bomb``: the same, packed with gzip to a thousandth
#: - ``garbage``: success by its status, nonsense by its ``body``
#: - ``stale``: lists answer as of ``seconds`` ago: what came later is missing, the rest is as it was
#: - ``forget``: the answer tells of a change that isn't made
#: - ``fail_provisioning``: what is created or changed ends in ``error``, with ``message``
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

#: The faults of the service itself; the others are those of the way to it.
INNER = frozenset({"stale", "forget", "fail_provisioning"})

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
    """One thing to go wrong.

    ``method`` is a regular expression that the whole method must match, ``path`` one that is searched for in the path.
    """

    method: Regex
    path: Regex
    kind: Kind
    #: Whether the request has its effect nonetheless; the faults of the service itself don't ask.
    when: When = "before"
    #: How many requests it strikes.
    times: int = Field(default=1, ge=1)
    #: How many requests that match it lets pass first.
    skip: int = Field(default=0, ge=0)
    seconds: float = Field(default=0, ge=0)
    #: Of the body of ``flood`` and ``bomb``.
    size: int = Field(default=64 * 1024 * 1024, ge=0)
    #: None means 500 for ``status``, 200 for ``garbage`` and ``truncate``.
    status: int | None = Field(default=None, ge=200, le=599)
    #: The ``type`` of the error in a body made up for ``status``.
    type: str = ""
    #: The error's message.
    message: str = "the emulator was told to fail"
    #: None means one made up.
    body: str | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = Field(default_factory=dict)


class Armed(BaseModel):
    """A fault that waits, with its counters."""

    fault: Fault
    skip: int
    times: int


class FaultBook:
    """The faults to come. The first that matches takes the request; the others don't see it."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []

    def add(self, fault: Fault) -> None:
        """Arm a fault, behind those that are armed already."""
        self._armed.append(Armed(fault=fault, skip=fault.skip, times=fault.times))

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, if there's one."""
        for armed in self._armed:
            if not (re.fullmatch(armed.fault.method, method) and re.search(armed.fault.path, path)):
                continue
            if armed.skip:
                armed.skip -= 1
                continue
            armed.times -= 1
            if not armed.times:
                self._armed.remove(armed)
            return armed.fault
        return None

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def left(self) -> list[Armed]:
        """Those still armed."""
        return list(self._armed)
