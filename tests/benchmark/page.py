# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of docs/performance.md: they stand between two comments each, and the words around them are people's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.scaleway.inference.tests.benchmark.measure import Measurement, Quantity
from ansible_collections.scaleway.inference.tests.benchmark.record import ROOT, Record
from ansible_collections.scaleway.inference.tests.benchmark.table import COMPARISONS

PAGE = ROOT / "docs" / "performance.md"
UNITS: dict[Quantity, str] = {"wall": "s", "cpu": "s of processor", "memory": "MB"}
PLACE = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
#: The place of what was measured where; the other places are named after comparisons.
ABOUT = "about"


def figure(value: float) -> str:
    """A number with three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"


def filled(page: str, record: Record) -> str:
    """The page with the figures of this record."""
    return PLACE.sub(lambda place: f"{place[1]}\n{_part(place[2], record)}\n\n{place[3]}", page)


def places(page: str) -> list[str]:
    """The names of all places for figures on a page."""
    return [found[2] for found in PLACE.finditer(page)]


def _part(name: str, record: Record) -> str:
    return _about(record) if name == ABOUT else _table(COMPARISONS[name].measurements, record)


def _about(record: Record) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    return (
        f"Measured on {record.date} in {record.turns} turns, with `make benchmark ARGS=--write`.\\\n"
        f"Machine: {record.machine}.\\\nVersions: {versions}."
    )


def _table(measurements: Sequence[Measurement], record: Record) -> str:
    lines = ["| what | takes | compared with | takes | ratio | quartiles |", "|---|---|---|---|---|---|"]
    for one in measurements:
        result, unit = record.results[one.name], UNITS[one.quantity]
        ratio = result.ratio
        cells = [one.subject, f"{figure(result.subject)} {unit}", one.reference, f"{figure(result.reference)} {unit}"]
        cells += [f"**{figure(ratio.median)}**", f"{figure(ratio.lower)} to {figure(ratio.upper)}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
