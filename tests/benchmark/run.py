# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what the collection costs, as ratios, and compare them with those of baseline.json.

Exit status 1 says that a ratio is worse: by a tenth, and so that its quartiles don't overlap those of the baseline.
docs/performance.md tells what is measured.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from ansible_collections.scaleway.inference.tests.benchmark.measure import (
    Comparison,
    Quartiles,
    Result,
    Turn,
    is_worse,
    result,
)
from ansible_collections.scaleway.inference.tests.benchmark.page import PAGE, UNITS, figure, filled
from ansible_collections.scaleway.inference.tests.benchmark.record import BASELINE, Record, read, record
from ansible_collections.scaleway.inference.tests.benchmark.table import COMPARISONS, MEASUREMENTS

#: With fewer turns, quartiles say little.
ENOUGH_TURNS = 7


def main(arguments: Sequence[str]) -> int:
    """Print each ratio as soon as it is known, and what is worse at the end."""
    options = parse(arguments)
    deadline = time.monotonic() + options.minutes * 60
    baseline = read(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else None
    results: dict[str, Result] = {}
    for name in options.only or COMPARISONS:
        found = measured(COMPARISONS[name], options.turns, deadline)
        results |= found
        for measurement, one in found.items():
            _print(line(measurement, one))
    now = record(options.turns, results)
    if options.write:
        BASELINE.write_text(now.as_json(), encoding="utf-8")
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(filled(page, read(now.as_json())), encoding="utf-8")
        _print(f"Written: {BASELINE} and {PAGE}")
        return 0
    if options.turns < ENOUGH_TURNS or baseline is None:
        _print(f"Not compared with a baseline: that takes one, and --turns {ENOUGH_TURNS} or more")
        return 0
    return judged(now, baseline)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=COMPARISONS, help="these comparisons; may be repeated")
    parser.add_argument("--turns", type=int, default=ENOUGH_TURNS, help="fewer for a try, which isn't compared")
    parser.add_argument("--minutes", type=float, default=60, help="no turn begins later, and then it is an error")
    parser.add_argument("--write", action="store_true", help="write the baseline and the page's figures")
    options = parser.parse_args(arguments)
    if options.turns < 1:
        parser.error("--turns: at least 1")
    if options.write and (options.only or options.turns < ENOUGH_TURNS):
        parser.error(f"--write: a baseline takes all comparisons, and at least {ENOUGH_TURNS} turns")
    return options


def measured(comparison: Comparison, turns: int, deadline: float) -> dict[str, Result]:
    """The results of a comparison by the names of its measurements. Raises SystemExit after the deadline."""
    seen: list[Turn] = []
    with comparison.prepared() as run_turn:
        while len(seen) < turns:
            if time.monotonic() > deadline:
                raise SystemExit(f"{comparison.name}: only {len(seen)} turns in the time that --minutes gives")
            seen.append(run_turn())
            print(f"{comparison.name}: {len(seen)} of {turns} turns", file=sys.stderr, flush=True)
    return {one.name: result(one, seen) for one in comparison.measurements}


def judged(now: Record, baseline: Record) -> int:
    """Print what is worse than the baseline. The exit status: 1 if anything is."""
    if differing := [name for name, version in now.versions.items() if baseline.versions.get(name) != version]:
        _print(f"The baseline was measured with other versions of {', '.join(differing)}")
    worse = 0
    for name, one in now.results.items():
        before = baseline.results.get(name)
        if before is None:
            _print(f"The baseline hasn't: {name}")
        elif is_worse(one.ratio, before.ratio):
            worse += 1
            _print(f"Worse: {name}: {shown(one.ratio)}, in the baseline {shown(before.ratio)}")
    if worse:
        _print("If this is meant, write a new baseline on a quiet machine: make benchmark ARGS=--write")
    else:
        _print(f"Nothing is worse than the baseline of {baseline.date}")
    return int(bool(worse))


def line(name: str, one: Result) -> str:
    unit = UNITS[MEASUREMENTS[name].quantity]
    return f"{name}: {shown(one.ratio)}; {figure(one.subject)} to {figure(one.reference)} {unit}"


def shown(ratio: Quartiles) -> str:
    return f"{figure(ratio.median)} ({figure(ratio.lower)} to {figure(ratio.upper)})"


def _print(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
