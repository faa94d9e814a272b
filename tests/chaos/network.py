# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network between a run and the service: it writes down each exchange, and spoils some answers.

Which are spoilt, and how, depends on the seed and on the request alone: its method, its path with names in place of
IDs, and how often it was sent. So a small change of the collection changes few of the faults that a seed brings.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ansible_collections.scaleway.inference.tests.chaos.faults import KINDS, Kind, Spoiling
from ansible_collections.scaleway.inference.tests.chaos.memory_service import Answer, MemoryService, Request
from ansible_collections.scaleway.inference.tests.chaos.pages import ShiftingPages
from ansible_collections.scaleway.inference.tests.chaos.states import Seen, SeenDeployment, SeenModel, observe
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
#: How many answers in a row get the same fault, to the same request.
_LENGTHS = (1, 1, 1, 1, 5)


@dataclass
class Exchange:
    """One request and what came of it.

    ``fault``: empty if the answer wasn't spoilt. ``status``: of the answer that the client got; None if it got none.
    ``before``, ``after``: the state of the service around a write. ``foreign``: the IDs of what others created or
    deleted in between.
    """

    phase: str
    method: str
    path: str
    fault: str = ""
    status: int | None = None
    before: Seen | None = None
    after: Seen | None = None
    foreign: frozenset[str] = frozenset()

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def was_answered(self) -> bool:
        """Whether the client got an answer that tells the outcome."""
        good = self.status is not None and self.status < 300
        return good and not self.fault.startswith(("truncated", "wrong types"))

    @property
    def had_effect(self) -> bool:
        """Whether it changed something; a deletion that began counts."""
        if self.before is None or self.after is None:
            return False
        return self.before.content(self.foreign) != self.after.content(self.foreign)

    @property
    def made(self) -> set[str]:
        """The IDs of the deployments and models that this request created."""
        if self.before is None or self.after is None:
            return set()
        new = {*self.after.deployments, *self.after.models} - {*self.before.deployments, *self.before.models}
        return new - self.foreign

    @property
    def there(self) -> list[SeenDeployment | SeenModel]:
        """What was there after a write, without what was being deleted."""
        if self.after is None:
            return []
        return [*(one for one in self.after.deployments.values() if one.active), *self.after.models.values()]

    def __str__(self) -> str:
        return f"{self.phase}: {self.method} {self.path} -> {self.status}{f' [{self.fault}]' if self.fault else ''}"


@dataclass
class Network:
    """The network of one scenario. ``spoilt``: the fraction of answers that are spoilt at the moment."""

    service: MemoryService
    clock: ManualClock
    seed: int
    phase: str = ""
    spoilt: float = 0.0
    exchanges: list[Exchange] = field(default_factory=list)
    #: What others than the runs created or deleted.
    foreign: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    _sent: Counter[str] = field(default_factory=Counter)
    _going_on: dict[str, tuple[Kind, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pages = ShiftingPages(self.service.handle)

    def __call__(self, request: Request) -> Answer:
        """Deliver the request, and the answer or what became of it."""
        exchange = Exchange(self.phase, request.method, request.route)
        self.exchanges.append(exchange)
        if exchange.is_write:
            exchange.before = self.service.exclusive(observe)
        key = f"{self.phase} {request.method} {self._named(request)}"
        self._sent[key] += 1
        rng = random.Random(f"{self.seed} {key} {self._sent[key]}")
        kind = self._choose(key, request, rng)
        spoiling = Spoiling(self.service, self.clock, request, rng, self._pages)
        try:
            answer = spoiling.pass_on() if kind is None else kind.spoil(spoiling)
            exchange.status = answer.status
            return answer
        finally:
            if kind is not None:
                exchange.fault = kind.name + spoiling.detail
                self.faults[kind.name] += 1
            self.foreign |= spoiling.foreign
            exchange.foreign = frozenset(spoiling.foreign)
            if exchange.is_write:
                exchange.after = self.service.exclusive(observe)

    def _choose(self, key: str, request: Request, rng: random.Random) -> Kind | None:
        if not self.spoilt:
            return None
        kind, left = self._going_on.pop(key, (None, 0))
        if kind is None:
            if rng.random() >= self.spoilt:
                return None
            fitting = [one for one in KINDS if one.applies(request, self.phase)]
            [kind] = rng.choices(fitting, [one.weight for one in fitting])
            left = rng.choice(_LENGTHS) if kind.repeats else 1
        if left > 1:
            self._going_on[key] = kind, left - 1
        return kind

    def _named(self, request: Request) -> str:
        """The path with the names of deployments in place of IDs."""
        seen = self.service.exclusive(observe).deployments
        query = re.sub(r"(page|per_page|page_size)=\d+", "", urlsplit(request.target).query)

        def name(found: re.Match[str]) -> str:
            return seen[found[0]].name if found[0] in seen else "ID"

        return _UUID.sub(name, f"{request.route}?{query}")
