# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the time of a task in the two execution modes: as a module, and in the controller's process.

Both run the same tasks against the same emulator, in turns, so that other work on the machine affects both alike. The
time that Ansible takes for a task that does nothing is subtracted.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

TASKS = 20
TURNS = 3

IDLE_TASK = {"ansible.builtin.debug": {"msg": "nothing"}}
TASK = {"scaleway.inference.node_type_info": {"name": "L4"}}


def seconds(player: Player, task: Mapping[str, Any], *args: str) -> float:
    """Seconds that a playbook of :data:`TASKS` such tasks takes."""
    tasks: Sequence[Mapping[str, Any]] = [{"name": f"Task {number}", **task} for number in range(TASKS)]
    begin = time.perf_counter()
    played = player.play(tasks, *args)
    if played.code:
        raise SystemExit(played.output)
    return time.perf_counter() - begin


def main() -> None:
    """Print the times and their ratio."""
    costs: dict[str, list[float]] = {"module": [], "in-process": []}
    with EmulatorServer() as emulator, tempfile.TemporaryDirectory() as folder:
        # Ansible's default.
        player = Player(Path(folder), {**emulator.environment(), "ANSIBLE_PIPELINING": "false"})
        for _turn in range(TURNS):
            idle = seconds(player, IDLE_TASK)
            for mode, in_process in (("module", "false"), ("in-process", "true")):
                cost = seconds(player, TASK, "-e", f"scaleway_inference_in_process={in_process}") - idle
                costs[mode].append(cost / TASKS)
    module, in_process_cost = (statistics.median(costs[mode]) for mode in ("module", "in-process"))
    print(f"a task as a module: {module:.3f} s; in the controller's process: {in_process_cost:.3f} s")
    print(f"ratio: {module / in_process_cost:.1f}")


if __name__ == "__main__":
    main()
