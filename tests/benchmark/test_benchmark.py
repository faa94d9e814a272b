# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark tells what is worse, and the page says what the baseline says. Nothing here depends on time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.benchmark import run
from ansible_collections.scaleway.inference.tests.benchmark.bench import HERE
from ansible_collections.scaleway.inference.tests.benchmark.measure import (
    Measurement,
    Quartiles,
    Result,
    Usage,
    is_worse,
    quartiles,
    result,
)
from ansible_collections.scaleway.inference.tests.benchmark.page import ABOUT, PAGE, filled, places
from ansible_collections.scaleway.inference.tests.benchmark.record import BASELINE, Record, read
from ansible_collections.scaleway.inference.tests.benchmark.table import COMPARISONS, MEASUREMENTS

BEFORE = Quartiles(0.95, 1.0, 1.05)


@pytest.mark.parametrize(
    ("now", "worse"),
    [
        pytest.param(Quartiles(1.15, 1.2, 1.25), True, id="worse by more than a tenth, quartiles apart"),
        pytest.param(Quartiles(1.04, 1.2, 1.25), False, id="quartiles overlap"),
        pytest.param(Quartiles(1.05, 1.2, 1.25), False, id="quartiles touch"),
        pytest.param(Quartiles(1.07, 1.1, 1.12), False, id="worse by a tenth"),
        pytest.param(Quartiles(1.06, 1.08, 1.09), False, id="worse by less"),
        pytest.param(BEFORE, False, id="the same"),
        pytest.param(Quartiles(0.5, 0.6, 0.7), False, id="better"),
    ],
)
def test_worse_is_by_a_tenth_and_beyond_chance(now: Quartiles, worse: bool) -> None:
    assert is_worse(now, BEFORE) is worse


def test_quartiles_of_seven_turns_and_of_one() -> None:
    assert quartiles([7.0, 1.0, 2.0, 6.0, 5.0, 4.0, 3.0]) == Quartiles(2.5, 4.0, 5.5)
    assert quartiles([2.0]) == Quartiles(2.0, 2.0, 2.0)


def test_a_ratio_is_of_commands_of_the_same_turn() -> None:
    # In the second turn, everything takes ten times as long.
    turns = [{"a": Usage(n * 1.0, 0, 0), "b": Usage(n * 2.0, 0, 0)} for n in (1, 10, 1)]
    assert result(Measurement("a", "b"), turns) == Result(1.0, 2.0, Quartiles(0.5, 0.5, 0.5))


def test_the_cost_of_a_task_is_what_is_above_an_idle_one() -> None:
    assert Usage(7, 5, 60).above(Usage(3, 1, 50), 4) == Usage(1, 1, 60)


def baseline() -> Record:
    return read(BASELINE.read_text(encoding="utf-8"))


def test_the_baseline_has_every_measurement() -> None:
    assert list(baseline().results) == list(MEASUREMENTS)
    assert baseline().turns >= run.ENOUGH_TURNS
    assert read(baseline().as_json()) == baseline()


def test_the_page_has_the_figures_of_the_baseline() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert places(page) == [ABOUT, *COMPARISONS]
    assert filled(page, baseline()) == page


def one_result(median: float) -> dict[str, Result]:
    return {"create 1 / floor of create 1, wall": Result(3, 2, Quartiles(median - 0.01, median, median + 0.01))}


def test_what_is_worse_is_told_with_both_figures(capsys: pytest.CaptureFixture[str]) -> None:
    before = Record("2026-01-01", 7, "a machine", {"Python": "3.12.1"}, one_result(1.5))
    after = Record("2026-02-01", 7, "a machine", {"Python": "3.12.2"}, one_result(2.0))
    assert run.judged(before, before) == 0
    assert "Worse" not in capsys.readouterr().out
    assert run.judged(after, before) == 1
    told = capsys.readouterr().out
    name = "create 1 / floor of create 1, wall"
    assert f"Worse: {name}: 2.00 (1.99 to 2.01), in the baseline 1.50 (1.49 to 1.51)" in told
    assert "other versions of Python" in told
    assert "make benchmark ARGS=--write" in told


@pytest.mark.parametrize("arguments", [["--write", "--turns", "3"], ["--write", "--only", "tasks"], ["--turns", "0"]])
def test_a_baseline_takes_everything(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.parse(arguments)
    assert "at least" in capsys.readouterr().err


def launched(folder: Path, *command: str) -> tuple[int, Usage]:
    report = folder / "usage.json"
    launcher = [sys.executable, "-I", "-S", str(HERE / "launcher.py"), str(report), "60"]
    code = subprocess.run([*launcher, *command], check=False, timeout=120).returncode
    return code, Usage(**json.loads(report.read_text(encoding="utf-8")))


def test_memory_is_that_of_the_command_and_its_children(tmp_path: Path) -> None:
    large = bytearray(300_000_000)  # of this process, which mustn't count
    allocating = [sys.executable, "-I", "-S", "-c", "bytearray(100_000_000)"]
    parent = f"import subprocess, sys; sys.exit(subprocess.call({allocating!r}) + 3)"
    code, nothing = launched(tmp_path, sys.executable, "-I", "-S", "-c", "pass")
    assert code == 0
    assert nothing.memory < 50
    code, much = launched(tmp_path, sys.executable, "-I", "-S", "-c", parent)
    assert code == 3
    assert 100 < much.memory < 200
    assert len(large) == 300_000_000


@pytest.mark.slow
@pytest.mark.every_variant
def test_a_try_prints_each_ratio_and_compares_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--only", "tasks", "--turns", "1"]) == 0
    printed = capsys.readouterr().out
    for one in COMPARISONS["tasks"].measurements:
        assert f"\n{one.name}: " in f"\n{printed}"
    assert "Not compared" in printed
