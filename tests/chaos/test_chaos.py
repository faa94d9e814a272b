# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of the chaos suite; ``make chaos`` plays as many scenarios as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ansible_collections.scaleway.inference.tests.chaos.invariants import INVARIANTS, broken
from ansible_collections.scaleway.inference.tests.chaos.memory_service import MemoryService
from ansible_collections.scaleway.inference.tests.chaos.network import Exchange
from ansible_collections.scaleway.inference.tests.chaos.planted import DEFECTS, Defect
from ansible_collections.scaleway.inference.tests.chaos.play import Run, new_service, play
from ansible_collections.scaleway.inference.tests.chaos.reports import a_failure_tells_all
from ansible_collections.scaleway.inference.tests.chaos.scenario import scenario_of
from ansible_collections.scaleway.inference.tests.chaos.states import Seen, SeenDeployment

#: Scenarios of one test, and how many tests there are, for several workers.
PORTION, PORTIONS = 12, 3
#: With these, each planted defect must show.
SEEDS = range(600)
#: Defects that show with one of the first few seeds.
QUICK = {"no giving way", "near names", "an error without facts", "writes in check mode"}
QUICK |= {"an answer that nobody catches", "an empty option taken as a value", "changed whatever was done"}


@pytest.fixture(scope="module")
def service() -> Iterator[MemoryService]:
    """A service for all scenarios of a worker."""
    with new_service() as memory_service:
        yield memory_service


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_every_promise_is_kept(service: MemoryService, portion: int) -> None:
    for seed in range(portion * PORTION, (portion + 1) * PORTION):
        found = broken(play(scenario_of(seed), service))
        assert not found, f'{found}; repeat it with: make chaos ARGS="--only {seed}"'


@pytest.mark.parametrize("seed", [5, 8, 17])
def test_a_seed_is_repeatable(service: MemoryService, seed: int) -> None:
    first, second = (play(scenario_of(seed), service) for _time in range(2))
    assert list(map(str, first.network.exchanges)) == list(map(str, second.network.exchanges))
    assert [run.returned for run in first.runs] == [run.returned for run in second.runs]


@pytest.mark.parametrize(
    "defect", [pytest.param(one, marks=[] if one.title in QUICK else pytest.mark.slow, id=one.title) for one in DEFECTS]
)
def test_a_planted_defect_turns_it_red(service: MemoryService, defect: Defect) -> None:
    assert defect.first_red(service, SEEDS) is not None


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("(done before this: add 203.0.113.7; remove 198.51.100.7)", True),
        (
            "(done before this: add 203.0.113.7) (no good answer came to this, so it may be done: remove 198.51.100.7)",
            True,
        ),
        ("DELETE /acls/5: no answer (done before this: add 203.0.113.7)", True),
        ("(done before this: add 203.0.113.7); still to do: remove 192.0.2.0/24", False),
    ],
)
def test_a_lost_removal_must_be_told(service: MemoryService, told: str, kept: bool) -> None:
    """No defect shows this with few scenarios, as it takes a lost answer and then another fault."""
    played = play(scenario_of(0), service)
    chat = SeenDeployment(
        id="4",
        name="chat",
        project_id="1",
        status="ready",
        model="m",
        node_type="L4",
        min_size=1,
        max_size=1,
        bits=8,
        tags=frozenset(),
        endpoints={},
        rules=(("198.51.100.7/32", ""),),
    )
    before, after = (Seen({chat.id: one}, {}) for one in (chat, replace(chat, rules=())))
    removal = Exchange("run", "DELETE", "/acls/5", "reset", None, before, after)
    failed = Run("run", before, {}, {"failed": True, "changed": True, "msg": f"denied {told}"})
    failed.exchanges = [removal, Exchange("run", "GET", "/deployments/4/acls", status=200)]
    found = list(a_failure_tells_all(replace(played, check=failed, run=failed, clean=[])))
    assert any("DELETE /acls/5" in one for one in found) != kept


def test_every_promise_has_a_planted_defect() -> None:
    assert {one.promise for one in DEFECTS} == set(INVARIANTS)
