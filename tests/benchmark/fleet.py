# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much longer a fleet of fifty takes than a fleet of one.

Each member has two endpoints and five access rules; every answer of the emulator comes 50 ms late, and a deployment
takes 5 s to come up. The runs are made in turns, so that other work on the machine strikes both alike.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from emulator.config import Config
from emulator.server import EmulatorServer
from support.playbooks import Player

MANY = 50
TURNS = 3
SLOW = Config(latency=0.05, creating=2.5, deploying=2.5, deleting=0, jitter=0)
DEFAULTS: dict[str, Any] = {
    "model": "mistral/mistral-7b-instruct-v0.3:bf16",
    "node_type": "L4",
    "endpoints": [{"public": True}, {"private_network_id": "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"}],
    "rules": [{"ip": f"192.0.2.{number}"} for number in range(1, 6)],
}


def task(**options: Any) -> dict[str, Any]:
    return {"name": "Run the fleet", "scaleway.inference.fleet": {"name": "benchmark", **options}}


def seconds(player: Player, count: int) -> float:
    """How long a playbook takes that makes a fleet of so many."""
    members = [{"name": f"member-{number}"} for number in range(count)]
    begin = time.perf_counter()
    played = player.play([task(defaults=DEFAULTS, deployments=members)])
    if played.code:
        raise SystemExit(played.output)
    return time.perf_counter() - begin


def main() -> None:
    """Print both times, their ratio, and the requests of a second run."""
    times: dict[int, list[float]] = {1: [], MANY: []}
    requests: Counter[str] = Counter()
    with EmulatorServer(SLOW) as emulator, tempfile.TemporaryDirectory() as folder:
        player = Player(Path(folder), emulator.environment())
        for _turn in range(TURNS):
            for count, taken in times.items():
                taken.append(seconds(player, count))
                emulator.clear_journal()
                seconds(player, count)
                requests = Counter(one.method for one in emulator.journal())
                player.play([task(state="absent")])
    one, many = (statistics.median(taken) for taken in times.values())
    print(f"a fleet of 1: {one:.1f} s; a fleet of {MANY}: {many:.1f} s")
    print(f"ratio: {many / one:.2f}")
    print(f"requests of the second run for {MANY}: {dict(requests)}")


if __name__ == "__main__":
    main()
