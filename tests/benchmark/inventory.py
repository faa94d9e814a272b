# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the inventory of a large account with the same hosts in a static YAML file.

Both are listed in turns, so that other work on the machine affects both alike. The emulator runs on the same machine,
so its work counts as time of the plugin.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from ansible_collections.scaleway.inference.tests.support.inventories import Listed, Lister
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

POPULATION = {"deployments": 1000, "models": 200, "node_types": 20}
PAGES = 10 + 2 + 1
TURNS = 7
LIMIT = 1.5


def seconds(lister: Lister, source: Path) -> tuple[float, Listed]:
    """Seconds that listing a source takes, and the list."""
    begin = time.perf_counter()
    listed = lister.list(source)
    return time.perf_counter() - begin, listed


def main() -> int:
    """Print both durations and their ratio. The exit status is 0 if the ratio is below :data:`LIMIT`."""
    took: dict[str, list[float]] = {"plugin": [], "static": []}
    with EmulatorServer() as emulator, tempfile.TemporaryDirectory() as folder:
        emulator.populate(**POPULATION)
        lister = Lister(Path(folder), Player(Path(folder), emulator.environment()))
        plugin = lister.write({"filters": {"include_disabled": True}})
        static = Path(folder) / "static.yml"
        lister.list(plugin, "--yaml", "--output", str(static))
        for _turn in range(TURNS):
            emulator.clear_journal()
            duration, from_plugin = seconds(lister, plugin)
            took["plugin"].append(duration)
            requests = len(emulator.journal())
            duration, from_static = seconds(lister, static)
            took["static"].append(duration)
            if (from_plugin.hosts, from_plugin.groups) != (from_static.hosts, from_static.groups):
                raise SystemExit("the two inventories aren't the same")
            if requests > PAGES:
                raise SystemExit(f"{requests} requests for {PAGES} pages")
    plugin_took, static_took = (statistics.median(took[source]) for source in ("plugin", "static"))
    ratio = plugin_took / static_took
    print(f"{sum(POPULATION.values())} hosts from the plugin: {plugin_took:.2f} s, {requests} requests")
    print(f"the same from a static YAML file: {static_took:.2f} s")
    print(f"ratio: {ratio:.2f} (limit {LIMIT})")
    return int(ratio >= LIMIT)


if __name__ == "__main__":
    sys.exit(main())
