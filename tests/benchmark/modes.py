# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs through the module's door, as a multiple of what it costs through the action's.

Both play the same tasks against the same emulator, in turns, so that other work on the machine strikes both alike.
What Ansible itself costs for a task that does nothing is taken off.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.server import EmulatorServer
from support.playbooks import Player

TASKS = 20
TURNS = 3

NOTHING = {"ansible.builtin.debug": {"msg": "nothing"}}
SOMETHING = {"scaleway.inference.node_type_info": {"name": "L4"}}


def seconds(player: Player, task: Mapping[str, Any], *args: str) -> float:
    """How long a playbook of so many tasks takes, all in all."""
    tasks: Sequence[Mapping[str, Any]] = [{"name": f"Task {number}", **task} for number in range(TASKS)]
    begin = time.perf_counter()
    played = player.play(tasks, *args)
    if played.code:
        raise SystemExit(played.output)
    return time.perf_counter() - begin


def main() -> None:
    """Print both costs and their ratio."""
    costs: dict[str, list[float]] = {"module": [], "action": []}
    with EmulatorServer() as emulator, tempfile.TemporaryDirectory() as folder:
        # As Ansible does without any setting.
        player = Player(Path(folder), {**emulator.environment(), "ANSIBLE_PIPELINING": "false"})
        for _turn in range(TURNS):
            idle = seconds(player, NOTHING)
            for door, here in (("module", "false"), ("action", "true")):
                cost = seconds(player, SOMETHING, "-e", f"scaleway_inference_in_process={here}") - idle
                costs[door].append(cost / TASKS)
    module, action = (statistics.median(costs[door]) for door in ("module", "action"))
    print(f"a task through the module's door: {module:.3f} s; through the action's: {action:.3f} s")
    print(f"ratio: {module / action:.1f}")


if __name__ == "__main__":
    main()
