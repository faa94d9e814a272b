# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play random scenarios against spoilt answers, on every processor, and check every promise after each.

Run number N of seed S is the scenario S * 1000000 + N. Exit status 1 if any breaks a promise.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ansible_collections.scaleway.inference.tests.chaos.invariants import INVARIANTS, broken
from ansible_collections.scaleway.inference.tests.chaos.play import Played, new_service, play
from ansible_collections.scaleway.inference.tests.chaos.scenario import scenario_of

RUNS_PER_SEED = 1_000_000
#: Scenarios that a worker plays before it reports.
PORTION = 20
#: Seconds between two lines of progress.
INTERVAL = 10.0
MAX_SHOWN = 1500


@dataclass
class Summary:
    """What was played: counts, and of each scenario that broke a promise, how."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    processor: float = 0.0

    def add(self, other: Summary) -> None:
        """Add what another worker played."""
        self.counts.update(other.counts)
        self.failures.update(other.failures)
        self.processor += other.processor

    def of(self, what: str) -> str:
        """All counts of one group, the greatest first."""
        found = Counter({name: count for (group, name), count in self.counts.items() if group == what})
        return ", ".join(f"{name} {count}" for name, count in found.most_common()) or "none"

    @property
    def played(self) -> int:
        """How many scenarios were played."""
        return self.counts["total", "runs"]


def play_portion(seeds: Sequence[int]) -> Summary:
    """Play some scenarios in this process."""
    summary, begin = Summary(), time.process_time()
    with new_service() as service:
        for seed in seeds:
            played = play(scenario_of(seed), service)
            found = broken(played)
            _count(summary.counts, played)
            if found:
                summary.failures[seed] = found
    summary.processor = time.process_time() - begin
    return summary


def _count(counts: Counter[tuple[str, str]], played: Played) -> None:
    counts["total", "runs"] += 1
    counts["total", "requests"] += len(played.network.exchanges)
    counts["tasks", played.scenario.task] += 1
    counts["versions", played.scenario.version] += 1
    counts["outcomes", _outcome(played)] += 1
    counts.update(("faults", name) for name in played.network.faults.elements())
    counts.update(("remedies", name) for name in played.remedies)


def _outcome(played: Played) -> str:
    run = "failed" if played.run.failed else "changed" if played.run.result.get("changed") else "unchanged"
    return f"{run}, then {'a remedy' if played.remedies else 'reached'}"


def portions(first: int, runs: int) -> Iterator[range]:
    """The seeds in portions."""
    for begin in range(first, first + runs, PORTION):
        yield range(begin, min(begin + PORTION, first + runs))


def report(summary: Summary, seconds: float) -> None:
    """Print what was played, and each failure with the command that repeats it."""
    counts = summary.counts
    print(
        f"{summary.played} runs ({counts['total', 'requests']} requests) in {seconds:.0f} s, "
        f"{summary.processor / max(summary.played, 1):.3f} s of processor time each"
    )
    for group in ("tasks", "versions", "outcomes", "faults", "remedies"):
        print(f"{group}: {summary.of(group)}")
    print(f"promises checked: {', '.join(INVARIANTS)}")
    for seed, found in sorted(summary.failures.items()):
        print(f'FAILED: {", ".join(found)}; repeat it with: make chaos ARGS="--only {seed}"')
        for text in (text for texts in found.values() for text in texts[:2]):
            print(f"    {text[:MAX_SHOWN]}")
    print(f"{len(summary.failures)} of {summary.played} broke a promise")


def show(seed: int) -> int:
    """Play one scenario, and print all that happened."""
    with new_service() as service:
        played = play(scenario_of(seed), service)
    print(played.scenario)
    print(f"settings: {played.scenario.settings}")
    for run in played.runs:
        print(f"{run.phase}: {'failed' if run.failed else 'successful'}, options {run.options}")
        for exchange in run.exchanges:
            print(f"    {exchange}")
        for line in run.progress:
            print(f"    | {line}")
        print(f"    {run.returned}\n{run.crash}")
    print(f"remedies: {played.remedies}")
    found = broken(played)
    for name, texts in found.items():
        print(f"BROKEN {name}: {'; '.join(texts)}")
    return bool(found)


def main() -> int:
    """Play the scenarios, and print a summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="play this one scenario, and show all of it")
    options = parser.parse_args()
    if options.only is not None:
        return show(options.only)
    summary, begin = Summary(), time.monotonic()
    told = begin
    # Forked, so that nothing is imported again; each worker has an emulator of its own.
    with multiprocessing.get_context("fork").Pool(options.workers) as pool:
        for portion in pool.imap_unordered(play_portion, portions(options.seed * RUNS_PER_SEED, options.runs)):
            summary.add(portion)
            if time.monotonic() - told >= INTERVAL:
                told = time.monotonic()
                failed = len(summary.failures)
                print(f"{summary.played} of {options.runs}, {failed} failed, {told - begin:.0f} s", flush=True)
    report(summary, time.monotonic() - begin)
    return bool(summary.failures)


if __name__ == "__main__":
    sys.exit(main())
