# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two C(acl) tasks really at once, over HTTP. C(ACL_ROUNDS) says how often each pair meets."""

from __future__ import annotations

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from support.acl_pairs import OPERATIONS, PAIRS, STARTS, TASK, Ended, Rules, in_turn, problem, sorted_rules
from support.tasks import Runner

ROUNDS = int(os.environ.get("ACL_ROUNDS") or 2)


@pytest.fixture
def api_version() -> str:
    return "v1beta1"


class Meeting:
    """A deployment whose rules two runs change."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        options = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
        chat = runner.ok(deployment.TASK, **options)["deployment"]["id"]
        emulator = runner.emulator
        self._url = f"{emulator.url}/inference/v1beta1/regions/fr-par/deployments/{chat}/acls"
        self._session = requests.Session()
        self._session.headers["X-Auth-Token"] = emulator.secret_key

    def start(self, rules: Rules) -> None:
        body = {"acls": [{"ip": ip, "description": text} for ip, text in rules]}
        self._session.put(self._url, json=body, timeout=10).raise_for_status()

    def rules(self) -> Rules:
        return sorted_rules(self._session.get(self._url, timeout=10).json()["rules"])

    def run(self, name: str) -> str | None:
        result = self._runner.run(TASK, **OPERATIONS[name])
        return result["msg"] if result.get("failed") else None

    def one_after_the_other(self, first: str, second: str) -> Ended:
        messages = (self.run(first), self.run(second))
        return Ended(self.rules(), messages)

    def at_once(self, pool: ThreadPoolExecutor, pair: tuple[str, str]) -> Ended:
        barrier = threading.Barrier(2)

        def run(name: str) -> str | None:
            barrier.wait(timeout=10)
            return self.run(name)

        first, second = pool.map(run, pair)
        return Ended(self.rules(), (first, second))


@pytest.mark.parametrize("begin", STARTS)
def test_two_runs_at_once_end_as_one_after_the_other_or_say_so(runner: Runner, begin: str) -> None:
    meeting = Meeting(runner)
    wrong: Counter[tuple[tuple[str, str], str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for pair in PAIRS:

            def both(first: str, second: str) -> Ended:
                meeting.start(STARTS[begin])
                return meeting.one_after_the_other(first, second)

            orders = in_turn(pair, both)
            for _round in range(ROUNDS):
                meeting.start(STARTS[begin])
                ended = meeting.at_once(pool, pair)
                failed[pair] += ended.messages != (None, None)
                if what := problem(pair, ended, orders):
                    wrong[pair, what] += 1
    print(failed)
    assert not wrong
