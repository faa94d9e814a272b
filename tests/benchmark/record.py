# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the benchmark measured, and where: baseline.json is one."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import yaml

from ansible_collections.scaleway.inference.tests.benchmark.measure import Quartiles, Result

ROOT = Path(__file__).resolve().parents[2]
BASELINE = Path(__file__).resolve().parent / "baseline.json"
PACKAGES = ("ansible-core", "requests", "scaleway")


@dataclass(frozen=True)
class Record:
    """``results``: by the name of the measurement."""

    date: str
    turns: int
    machine: str
    versions: Mapping[str, str]
    results: Mapping[str, Result]

    def as_json(self) -> str:
        """Figures are cut to what they are good for."""
        rounded = json.loads(json.dumps(asdict(self)), parse_float=lambda text: float(f"{float(text):.4g}"))
        return f"{json.dumps(rounded, indent=2)}\n"


def read(text: str) -> Record:
    """The record that was written as JSON."""
    data = json.loads(text)
    results = {
        name: Result(one["subject"], one["reference"], Quartiles(**one["ratio"]))
        for name, one in data.pop("results").items()
    }
    return Record(**data, results=results)


def record(turns: int, results: Mapping[str, Result]) -> Record:
    """What was measured here and now."""
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    versions = {"scaleway.inference": galaxy["version"], "Python": platform.python_version()}
    versions |= {name: version(name) for name in PACKAGES}
    return Record(datetime.date.today().isoformat(), turns, machine(), versions, results)


def machine() -> str:
    """Processors, memory and system of this machine."""
    cpus = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in cpus if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{len(os.sched_getaffinity(0))} x {model or platform.machine()}, {memory:.0f} GiB, {platform.system()}"
