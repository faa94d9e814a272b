# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request, as four kinds of task: of the collection in both execution modes, with ``uri``, and on the SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible_collections.scaleway.inference.tests.benchmark.bench import HERE, Bench, new_bench
from ansible_collections.scaleway.inference.tests.benchmark.measure import Comparison, Measurement, Turn, Usage

#: How many tasks follow the first one: so many that what they take stands out from what the playbook takes.
QUICK_TASKS, SLOW_TASKS = 40, 5

IN_PROCESS, MODULE, URI, SDK = "task in process", "task as a module", "`ansible.builtin.uri`", "module on the SDK"
IDLE_PLAY = "play of idle tasks"

IDLE_TASK = {"ansible.builtin.debug": {"msg": "nothing"}}
TASK = {"scaleway.inference.node_type_info": {"name": "L4"}}
SDK_TASK = {"node_types_by_sdk": {"name": "L4"}}


def uri_task(bench: Bench) -> Mapping[str, Any]:
    """The task that sends the same request with what Ansible brings along."""
    emulator = bench.emulator
    url = f"{emulator.url}/inference/v1beta1/regions/{emulator.region}/node-types"
    return {
        "ansible.builtin.uri": {
            "url": f"{url}?include_disabled_types=false&page=1&per_page=100",
            "headers": {"X-Auth-Token": emulator.secret_key},
            "return_content": True,
        }
    }


def run_turn(bench: Bench) -> Turn:
    path = f"/inference/v1beta1/regions/{bench.emulator.region}/node-types"

    def play(task: Mapping[str, Any], count: int, **variables: Any) -> Usage:
        bench.emulator.clear_journal()
        used = bench.play([task] * count, **variables)
        sent = [(one.path, one.status) for one in bench.emulator.journal()]
        if sent != ([] if task is IDLE_TASK else [(path, 200)] * count):
            raise SystemExit(f"{task}: not one good request for each task: {sent}")
        return used

    idle_play = play(IDLE_TASK, 1)
    turn = {IDLE_PLAY: play(IDLE_TASK, 1 + QUICK_TASKS)}
    idle_task = turn[IDLE_PLAY].above(idle_play, QUICK_TASKS)
    kinds: tuple[tuple[str, Mapping[str, Any], int, dict[str, Any]], ...] = (
        (IN_PROCESS, TASK, QUICK_TASKS, {}),
        (MODULE, TASK, SLOW_TASKS, {"scaleway_inference_in_process": False}),
        (URI, uri_task(bench), SLOW_TASKS, {}),
        (SDK, SDK_TASK, SLOW_TASKS, {}),
    )
    for name, task, further, variables in kinds:
        one, many = play(task, 1, **variables), play(task, 1 + further, **variables)
        turn[first(name)] = one.above(idle_play, 1)
        turn[name] = many.above(one, further).above(idle_task, 1)
    return turn


def first(name: str) -> str:
    """The first task of a playbook: Ansible finds, packs or imports what the task needs for that one only."""
    return f"first {name}"


@contextmanager
def prepared() -> Iterator[Callable[[], Turn]]:
    # Pipelining is off by default in Ansible. The SDK wants an access key, which the emulator doesn't look at.
    environ = {
        "ANSIBLE_PIPELINING": "false",
        "ANSIBLE_LIBRARY": str(HERE / "library"),
        "SCW_ACCESS_KEY": "SCWEMULATOR123456789",
    }
    with new_bench(environ=environ) as used:
        yield lambda: run_turn(used)


COMPARISON = Comparison(
    "tasks",
    (
        Measurement(IN_PROCESS, MODULE, "cpu"),
        Measurement(IN_PROCESS, MODULE),
        Measurement(IN_PROCESS, URI, "cpu"),
        Measurement(IN_PROCESS, URI),
        Measurement(IN_PROCESS, SDK, "cpu"),
        Measurement(IN_PROCESS, SDK),
        Measurement(MODULE, SDK, "cpu"),
        Measurement(MODULE, SDK),
        Measurement(first(IN_PROCESS), first(SDK), "cpu"),
        Measurement(first(MODULE), first(SDK), "cpu"),
        Measurement(IN_PROCESS, IDLE_PLAY, "memory"),
    ),
    prepared,
)
