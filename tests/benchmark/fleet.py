# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much longer a fleet takes than its requests alone.

The floor of each row is an empty playbook and the row's writes, sent ten at a time by a client that does nothing else;
for deployments that take their time, that time too. Every answer of the emulator comes 50 ms late. All rows of a turn
are measured one after the other, so that other work on the machine strikes the fleet and its floor alike.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

LATENCY = 0.05
PARALLEL = 10
AT_ONCE = {"creating": 0.0, "deploying": 0.0, "updating": 0.0, "deleting": 0.0}
# Together the seconds that a deployment needs until it is ready.
SLOWLY = {"creating": 10.0, "deploying": 10.0}
DEFAULTS: dict[str, Any] = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}


class Benchmark:
    """Fleets on one emulator."""

    def __init__(self, emulator: EmulatorServer, folder: Path) -> None:
        self._emulator = emulator
        self._player = Player(folder, {**emulator.environment(), "SCW_INFERENCE_API_VERSION": "v1"})

    def present(self, count: int, **options: Any) -> float:
        """Seconds of a playbook after which there is a fleet of so many."""
        members = [{"name": f"member-{number}"} for number in range(count)]
        return self._play(deployments=members, defaults={**DEFAULTS, **options})

    def absent(self) -> float:
        """Seconds of a playbook after which there is none."""
        return self._play(state="absent")

    def floor(self, writes: int) -> float:
        """Seconds of an empty playbook and so many writes; these are refused, and cost no more than their latency."""
        begin = time.perf_counter()
        self._run([{"name": "Do nothing", "ansible.builtin.meta": "noop"}])
        environ = self._emulator.environment()
        url = f"{environ['SCW_API_URL']}/inference/v1/regions/{self._emulator.region}/deployments"
        session = requests.Session()
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=PARALLEL))
        session.headers["X-Auth-Token"] = self._emulator.secret_key
        with ThreadPoolExecutor(PARALLEL) as pool:
            list(pool.map(lambda _number: session.post(url, json={}), range(writes)))
        return time.perf_counter() - begin

    def requests(self) -> int:
        """How many requests the emulator saw since this was asked for."""
        count = len(self._emulator.journal())
        self._emulator.clear_journal()
        return count

    def configure(self, **seconds: float) -> None:
        self._emulator.configure(**seconds)

    def _play(self, **options: Any) -> float:
        begin = time.perf_counter()
        self._run([{"name": "Run the fleet", "scaleway.inference.fleet": {"name": "benchmark", **options}}])
        return time.perf_counter() - begin

    def _run(self, tasks: list[dict[str, Any]]) -> None:
        played = self._player.play(tasks)
        if played.code:
            raise SystemExit(played.output[-2000:])


def main() -> None:
    """Print a line for each row: seconds, those of the floor, the ratio of both, and how many requests were sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    turns = parser.parse_args().turns
    rows: dict[str, list[tuple[float, float, int]]] = {}
    config = Config(latency=LATENCY, jitter=0, **AT_ONCE)
    with EmulatorServer(config) as emulator, tempfile.TemporaryDirectory() as folder:
        benchmark = Benchmark(emulator, Path(folder))

        def row(name: str, writes: int, fleet: Callable[[], float], extra: float = 0.0) -> None:
            benchmark.requests()
            seconds = fleet()
            sent = benchmark.requests()
            rows.setdefault(name, []).append((seconds, benchmark.floor(writes) + extra, sent))

        for _turn in range(turns):
            row("create 200", 200, lambda: benchmark.present(200))
            row("unchanged 200", 0, lambda: benchmark.present(200))
            row("resize 200", 200, lambda: benchmark.present(200, min_size=2, max_size=2))
            row("delete 200", 200, benchmark.absent)
            row("create 50", 50, lambda: benchmark.present(50))
            benchmark.absent()
            benchmark.configure(**SLOWLY)
            row("create 50 that need 20 s", 50, lambda: benchmark.present(50), sum(SLOWLY.values()))
            benchmark.configure(**AT_ONCE)
            benchmark.absent()
    for name, measured in rows.items():
        seconds, floor, sent = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{name:<26} {seconds:5.1f} s  floor {floor:5.1f} s  ratio {seconds / floor:.2f}  {sent:.0f} requests")


if __name__ == "__main__":
    main()
