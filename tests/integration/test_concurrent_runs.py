# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A short version of ``make stress``: runs at the same moment, and runs that are killed and repeated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.scaleway.inference.tests.stress import concurrent_runs, kills, rounds
from ansible_collections.scaleway.inference.tests.stress.plans import Plan

# Two that are left are waited for, a minute each time, and the machine may be busy.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


DEPLOYMENT = Plan(
    number=0,
    kind="deployment",
    rivals=False,
    version="v1beta1",
    in_process=True,
    how="SIGKILL",
    after_write=True,
    patient=False,
    fraction=0.5,
    victim=1,
)
KILLS = (
    DEPLOYMENT,
    replace(DEPLOYMENT, kind="fleet", version="v1", in_process=False, how="SIGTERM", patient=True),
    replace(DEPLOYMENT, kind="acl", how="Ctrl-C", after_write=False),
    # The rival that was last to create is killed before it can give way.
    replace(DEPLOYMENT, rivals=True, how="SIGKILL to all its processes", fraction=0.0),
)


def test_runs_at_the_same_moment() -> None:
    played = rounds.run_rounds(concurrent_runs.Options(seed=1, rounds=1, processes=4), lambda _round: None)
    assert [one.faults for one in played] == [[]]
    assert played[0].tasks == dict.fromkeys(concurrent_runs.STEPS, 4)


@pytest.mark.parametrize("plan", KILLS, ids=lambda plan: f"{plan.kind}-{plan.how}")
def test_killed_and_repeated(plan: Plan) -> None:
    for sooner in range(5):
        # On a fast machine, a run may end before its kill.
        outcome = kills.play(replace(plan, fraction=plan.fraction / 4**sooner))
        assert not outcome.faults, outcome
        if outcome.hit:
            return
    pytest.fail(str(outcome))
