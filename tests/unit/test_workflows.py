# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows test the versions that `make test-all` does, and users are told of the same ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.tools import import_tool

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
#: The versions of ansible-core, each with its Pythons.
CORES: dict[str, tuple[str, ...]] = import_tool("environments").CORES


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def matrix(job: str) -> Any:
    return load(WORKFLOWS / "ci.yml")["jobs"][job]["strategy"]["matrix"]


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_suite_runs_on_every_ansible_core_and_python() -> None:
    rows = [(row["core"], row["python"]) for row in matrix("tests")["include"]]
    assert sorted(rows) == sorted((core, python) for core, pythons in CORES.items() for python in pythons)


def test_ansible_test_runs_on_every_ansible_core() -> None:
    assert sorted(matrix("ansible-test")["core"]) == sorted(CORES)


def test_users_are_told_which_versions_are_supported() -> None:
    core = min(CORES, key=number)
    python = min((python for pythons in CORES.values() for python in pythons), key=number)
    assert load(ROOT / "meta" / "runtime.yml")["requires_ansible"] == f">={core}.0"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Needs ansible-core {core} or newer, Python {python} or newer," in readme
    *older, newest = sorted(CORES, key=number)
    assert f"Tested with ansible-core {', '.join(older)} and {newest}." in readme
    matrix = (ROOT / "docs" / "docsite" / "rst" / "support.rst").read_text(encoding="utf-8")
    assert f"   * - ansible-core\n     - {', '.join(sorted(CORES, key=number))}\n     - {core} or newer\n" in matrix
    pythons = sorted({python for pythons in CORES.values() for python in pythons}, key=number)
    assert f"     - {pythons[0]} to {pythons[-1]}\n     - {python} or newer\n" in matrix
    for meta in (ROOT / "roles").glob("*/meta/main.yml"):
        assert load(meta)["galaxy_info"]["min_ansible_version"] == core


def test_last_job_waits_for_all_others() -> None:
    jobs = load(WORKFLOWS / "ci.yml")["jobs"]
    assert sorted(jobs["all-green"]["needs"]) == sorted(set(jobs) - {"all-green"})


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("*.yml")), ids=lambda path: path.stem)
def test_workflow_may_little_and_not_for_long(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        for action in (step["uses"] for step in job["steps"] if "uses" in step):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), f"{name}: pin {action} by its commit"
