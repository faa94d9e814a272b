# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of a large account, and the same hosts in a static YAML file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ansible_collections.scaleway.inference.tests.benchmark.bench import Bench, new_bench
from ansible_collections.scaleway.inference.tests.benchmark.measure import Comparison, Measurement, Turn

COUNTS = (1_000, 10_000)
EMPTY = "empty play"


def _plugin(count: int) -> str:
    return f"{count:,} deployments"


def _static(count: int) -> str:
    return f"static file of {count:,}"


def prepare(bench: Bench, count: int) -> tuple[Path, Path]:
    """The inventory files: of the plugin, and of the same hosts, written by Ansible."""
    bench.emulator.populate(deployments=count)
    plugin, static = bench.lister.write({"resources": ["deployments"]}), bench.folder / "static.yml"
    bench.lister.list(plugin, "--yaml", "--output", str(static))
    return plugin, static


def run_turn(benches: dict[int, Bench], files: dict[int, tuple[Path, Path]]) -> Turn:
    used = {EMPTY: benches[COUNTS[0]].play()}
    for count, bench in benches.items():
        used[_plugin(count)], listed = bench.list(files[count][0])
        used[_static(count)], static = bench.list(files[count][1])
        if len(listed.hosts) != count or (listed.hosts, listed.groups) != (static.hosts, static.groups):
            raise SystemExit(f"{count}: not the same hosts in both inventories")
    return used


@contextmanager
def prepared() -> Iterator[Callable[[], Turn]]:
    with ExitStack() as stack:
        benches = {count: stack.enter_context(new_bench()) for count in COUNTS}
        files = {count: prepare(one, count) for count, one in benches.items()}
        yield lambda: run_turn(benches, files)


def _measurements() -> Iterator[Measurement]:
    for count in COUNTS:
        yield Measurement(_plugin(count), _static(count))
        yield Measurement(_plugin(count), _static(count), "memory")
        yield Measurement(_plugin(count), EMPTY, "memory")


COMPARISON = Comparison("inventories", tuple(_measurements()), prepared)
