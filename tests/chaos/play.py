# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a scenario: check mode, the run, a clean run with whatever remedy its error prints, and one more."""

from __future__ import annotations

import json
import random
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock

from ansible_collections.scaleway.inference.plugins.module_utils._client import transport
from ansible_collections.scaleway.inference.tests.chaos.memory_service import (
    Answer,
    MemoryService,
    Request,
    connected_to,
)
from ansible_collections.scaleway.inference.tests.chaos.network import Exchange, Network
from ansible_collections.scaleway.inference.tests.chaos.remedies import Help, remedy_for
from ansible_collections.scaleway.inference.tests.chaos.scenario import Options, Scenario
from ansible_collections.scaleway.inference.tests.chaos.states import Seen, observe, populate
from ansible_collections.scaleway.inference.tests.chaos.turns import taken_from
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.config import Config

SECRET_KEY, PROJECT = "5ec2e700-a1b2-4c3d-9e4f-a5b6c7d8e9f0", "9a0ec700-2222-4222-8333-444455556666"
#: How many errors, each with another remedy, a clean run may need.
MAX_REMEDIES = 12
#: Seconds until whatever goes on has ended.
LONG = 7200.0


@dataclass
class Run:
    """One run of the task. ``crash``: the traceback if it raised something, which it never should."""

    phase: str
    before: Seen
    options: Options
    result: dict[str, Any] = field(default_factory=dict)
    crash: str = ""
    progress: list[str] = field(default_factory=list)
    after: Seen = field(default_factory=lambda: Seen({}, {}))
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def returned(self) -> str:
        """The result or the error as text."""
        return json.dumps(self.result, ensure_ascii=False)

    @property
    def text(self) -> str:
        """All that the run shows, lines of progress included."""
        return "\n".join([self.returned, *self.progress])

    @property
    def writes(self) -> list[Exchange]:
        return [one for one in self.exchanges if one.is_write]

    @property
    def faultless(self) -> bool:
        return not any(one.fault for one in self.exchanges)


@dataclass
class Played:
    """A scenario that was played: its runs. ``clean``: one run for each remedy, and the last one."""

    scenario: Scenario
    network: Network
    check: Run
    run: Run
    clean: list[Run]
    remedies: list[str]
    again: Run | None

    @property
    def runs(self) -> list[Run]:
        return [self.check, self.run, *self.clean, *([self.again] if self.again else [])]


def new_service() -> MemoryService:
    """A service for any number of scenarios."""
    config = Config(endpoints="service", secret_key=SECRET_KEY, project_id=PROJECT, any_project=True)
    return MemoryService(config, ManualClock())


def play(scenario: Scenario, service: MemoryService) -> Played:
    """Play a scenario from its beginning."""
    clock = ManualClock()
    with _seeded(scenario.seed), connected_to(service), taken_from(random.Random(f"turns {scenario.seed}")) as turns:
        service.reset(clock=clock, **scenario.settings)
        rng = random.Random(f"state {scenario.seed}")
        service.exclusive(lambda emulator: populate(emulator, rng, scenario.version))
        network = Network(service, clock, scenario.seed)

        def deliver(request: Request) -> Answer:
            # Requests of other threads may come first.
            turns.wait(lambda: True)
            return network(request)

        service.network = deliver
        return _Player(scenario, service, clock, network).play()


class _Player:
    def __init__(self, scenario: Scenario, service: MemoryService, clock: ManualClock, network: Network) -> None:
        self._scenario, self._service, self._clock, self._network = scenario, service, clock, network

    def play(self) -> Played:
        scenario, network = self._scenario, self._network
        network.spoilt = scenario.spoilt if scenario.check_spoilt else 0.0
        check = self._run("check", scenario, check_mode=True)
        network.spoilt = scenario.spoilt
        run = self._run("run", scenario)
        network.spoilt = 0.0
        network.phase = "later"
        self._clock.advance(LONG)
        remedies: list[str] = []
        clean: list[Run] = []
        for _attempt in range(MAX_REMEDIES):
            clean.append(self._run("clean", scenario))
            found = remedy_for(clean[-1].message) if clean[-1].failed else None
            if found is None:
                break
            remedies.append(found.name)
            helping = Help(self._service, self._clock, scenario, clean[-1].result, self._by_hand)
            try:
                scenario = found.carry_out(helping)
            except AssertionError as error:
                clean[-1].crash = f"the remedy '{found.name}' failed: {error}"
                break
            self._clock.advance(LONG)
        # Lists may lag behind by half a minute.
        self._clock.advance(60)
        again = None if clean[-1].failed or clean[-1].crash else self._run("again", scenario)
        return Played(scenario, network, check, run, clean, remedies, again)

    def _run(self, phase: str, scenario: Scenario, *, check_mode: bool = False) -> Run:
        self._network.phase = phase
        first = len(self._network.exchanges)
        run = Run(phase, self._service.exclusive(observe), scenario.options)
        runner = Runner(self._service, self._clock, _environ(scenario), run.progress)
        try:
            run.result = runner.run(scenario.spec, check_mode=check_mode, **scenario.options)
        except Exception:  # whatever it is, it is a finding
            run.crash = traceback.format_exc()
        run.after = self._service.exclusive(observe)
        run.exchanges = self._network.exchanges[first:]
        return run

    def _by_hand(self, scenario: Scenario) -> dict[str, Any]:
        """Run a task that a remedy asks for. Raises AssertionError if it fails."""
        self._network.phase = "remedy"
        return Runner(self._service, self._clock, _environ(scenario)).ok(scenario.spec, **scenario.options)


def _environ(scenario: Scenario) -> dict[str, str]:
    return {"SCW_INFERENCE_API_VERSION": scenario.version, "HOME": "/nonexistent"}


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Within the block, all chance is the seed's: back-off, pauses, IDs."""
    random.seed(seed)
    seeded = SimpleNamespace(Random=lambda: random.Random(seed))
    bits = random.Random(f"ids {seed}").getrandbits
    with (
        mock.patch.object(transport, "random", seeded),
        mock.patch.object(uuid, "uuid4", side_effect=lambda: uuid.UUID(int=bits(128), version=4)),
    ):
        yield
