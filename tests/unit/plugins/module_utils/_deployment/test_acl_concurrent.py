# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two C(acl) tasks in two threads, over HTTP.

Each pair runs once, from one initial set of rules. With C(--thorough), each pair runs from each initial set, ten times.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.acl import TASK
from ansible_collections.scaleway.inference.tests.support.acl_pairs import (
    OPERATIONS,
    PAIRS,
    STARTS,
    Ended,
    Rules,
    problem,
    sorted_rules,
)
from ansible_collections.scaleway.inference.tests.support.acl_schedules import one_after_the_other
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

ROUNDS = 10
PATIENCE = 10


@pytest.fixture
def api_version() -> str:
    return "v1beta1"


class ConcurrentRuns:
    """A deployment whose access rules two runs change."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        options = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
        chat = runner.ok(deployment.TASK, **options)["deployment"]["id"]
        self._url = f"{runner.emulator.url}/inference/v1beta1/regions/fr-par/deployments/{chat}/acls"
        self._session = requests.Session()
        self._session.headers["X-Auth-Token"] = runner.emulator.secret_key

    def meet(self, pool: ThreadPoolExecutor, rules: Rules, pair: tuple[str, str]) -> Ended:
        """Start both runs at the same moment from these rules; return how they end."""
        body = {"acls": [{"ip": ip, "description": text} for ip, text in rules]}
        self._session.put(self._url, json=body, timeout=PATIENCE).raise_for_status()
        barrier = threading.Barrier(2)

        def run(name: str) -> str | None:
            barrier.wait(timeout=PATIENCE)
            result = self._runner.run(TASK, **OPERATIONS[name])
            return str(result["msg"]) if result.get("failed") else None

        first, second = pool.map(run, pair)
        left = self._session.get(self._url, timeout=PATIENCE).json()["rules"]
        return Ended(sorted_rules(left), (first, second))


def starts(pair: tuple[str, str], thorough: bool) -> list[str]:
    """The initial rules of the pair, once for each time that it runs."""
    names = list(STARTS)
    return names * ROUNDS if thorough else [names[PAIRS.index(pair) % len(names)]]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", OPERATIONS)
def test_concurrent_runs_end_like_sequential_runs_or_fail(
    runner: Runner, pytestconfig: pytest.Config, first: str
) -> None:
    thorough = pytestconfig.getoption("thorough")
    others = ConcurrentRuns(runner)
    wrong: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for pair in PAIRS:
            for begin in starts(pair, thorough) if pair[0] == first else ():
                rules = STARTS[begin]
                orders = [one_after_the_other(rules, *pair), one_after_the_other(rules, *reversed(pair))]
                if what := problem(pair, others.meet(pool, rules, pair), orders):
                    wrong[f"{begin}: {' beside '.join(pair)}: {what}"] += 1
    assert not wrong
