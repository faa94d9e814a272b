# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role ``deploy``, and the tasks that one would write in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.scaleway.inference.tests.benchmark.bench import READY_AT_ONCE, Bench, new_bench
from ansible_collections.scaleway.inference.tests.benchmark.measure import Comparison, Measurement, Turn

FIRST, UNCHANGED = "role `deploy`, first run", "role `deploy`, unchanged"
FIRST_TASKS, UNCHANGED_TASKS = "its modules, first run", "its modules, unchanged"
EMPTY = "empty play"

MEMBERS = [{"name": "chat-a"}, {"name": "chat-b"}]
MODEL = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
VARIABLES = {"deploy_name": "benchmark", "deploy_deployments": MEMBERS}
ROLE: list[dict[str, Any]] = [
    {
        "ansible.builtin.include_role": {"name": "scaleway.inference.deploy"},
        "vars": {**VARIABLES, **{f"deploy_{name}": value for name, value in MODEL.items()}},
    }
]
#: A fleet, and a question to each of its members.
TASKS: list[dict[str, Any]] = [
    {"scaleway.inference.fleet": {"name": "benchmark", "deployments": MEMBERS, "defaults": MODEL}},
    {"scaleway.inference.smoke_test": {"deployment": "{{ item.name }}"}, "loop": MEMBERS},
]


def run_turn(bench: Bench) -> Turn:
    used = {EMPTY: bench.play()}
    for tasks, names in ((ROLE, (FIRST, UNCHANGED)), (TASKS, (FIRST_TASKS, UNCHANGED_TASKS))):
        bench.emulator.reset()
        for name in names:
            used[name] = bench.play(tasks)
            if len(bench.emulator.deployments()) != len(MEMBERS):
                raise SystemExit(f"{name}: there aren't {len(MEMBERS)} deployments after it")
    return used


@contextmanager
def prepared() -> Iterator[Callable[[], Turn]]:
    with new_bench(READY_AT_ONCE) as used:
        yield lambda: run_turn(used)


COMPARISON = Comparison(
    "roles",
    (
        Measurement(FIRST, FIRST_TASKS),
        Measurement(FIRST, FIRST_TASKS, "cpu"),
        Measurement(UNCHANGED, UNCHANGED_TASKS),
        Measurement(UNCHANGED, UNCHANGED_TASKS, "cpu"),
        Measurement(FIRST, EMPTY, "memory"),
    ),
    prepared,
)
