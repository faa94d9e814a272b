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

#: So many that what a task takes stands out from what a playbook takes.
QUICK_TASKS, SLOW_TASKS = 60, 6

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
    def tasks(task: Mapping[str, Any], count: int, idle: Usage, **variables: Any) -> Usage:
        bench.emulator.clear_journal()
        used = bench.play([task] * count, **variables).above(idle, count)
        sent = [(one.path, one.status) for one in bench.emulator.journal()]
        if len(sent) != count or set(sent) != {(f"/inference/v1beta1/regions/{bench.emulator.region}/node-types", 200)}:
            raise SystemExit(f"{task}: not one good request for each task: {sent}")
        return used

    many, few = bench.play([IDLE_TASK] * QUICK_TASKS), bench.play([IDLE_TASK] * SLOW_TASKS)
    return {
        IDLE_PLAY: many,
        IN_PROCESS: tasks(TASK, QUICK_TASKS, many),
        MODULE: tasks(TASK, SLOW_TASKS, few, scaleway_inference_in_process=False),
        URI: tasks(uri_task(bench), SLOW_TASKS, few),
        SDK: tasks(SDK_TASK, SLOW_TASKS, few),
    }


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
        Measurement(IN_PROCESS, IDLE_PLAY, "memory"),
    ),
    prepared,
)
