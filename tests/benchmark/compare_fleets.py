# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets, each to the floor of its requests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ansible_collections.scaleway.inference.tests.benchmark.bench import READY_AT_ONCE, Bench, new_bench
from ansible_collections.scaleway.inference.tests.benchmark.measure import Comparison, Measurement, Turn

COUNTS = (1, 50, 200)
#: How many deployments a page of a list has.
PAGE = 100
EMPTY = "empty play"
MEMBER = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}


def run_turn(bench: Bench) -> Turn:
    used = {EMPTY: bench.play()}
    for count in COUNTS:
        members = [{"name": f"member-{number}"} for number in range(count)]
        pages = math.ceil(count / PAGE)

        wanted = {"deployments": members, "defaults": MEMBER}
        resized = {"deployments": members, "defaults": {**MEMBER, "min_size": 2, "max_size": 2}}
        for work, options, left, reads, writes in (
            ("create", wanted, count, 1, count),
            ("unchanged", wanted, count, pages, 0),
            ("resize", resized, count, pages, count),
            ("delete", {"state": "absent"}, 0, pages, count),
        ):
            name = f"{work} {count}"
            used[name] = bench.play([{"scaleway.inference.fleet": {"name": "benchmark", **options}}])
            if len(bench.emulator.deployments()) != left:
                raise SystemExit(f"{name}: there aren't {left} deployments after it")
            floor = bench.floor(reads=reads, writes=writes)
            used[_floor(name)] = replace(used[EMPTY], wall=used[EMPTY].wall + floor)
    return used


def _floor(work: str) -> str:
    return f"floor of {work}"


@contextmanager
def prepared() -> Iterator[Callable[[], Turn]]:
    with new_bench(READY_AT_ONCE) as used:
        yield lambda: run_turn(used)


def _measurements() -> Iterator[Measurement]:
    for count in COUNTS:
        for name in ("create", "unchanged", "resize", "delete"):
            yield Measurement(f"{name} {count}", _floor(f"{name} {count}"))
    for quantity in ("cpu", "memory"):
        yield Measurement(f"create {COUNTS[-1]}", EMPTY, quantity)


COMPARISON = Comparison("fleets", tuple(_measurements()), prepared)
