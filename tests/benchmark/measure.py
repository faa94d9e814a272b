# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured, and how: commands in turns, and ratios of what they use."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

#: What a command uses: seconds by the clock, seconds of processors, or megabytes at the peak.
Quantity = Literal["wall", "cpu", "memory"]


@dataclass(frozen=True)
class Usage:
    """What a command and its children used. ``memory`` is that of the largest process, in megabytes."""

    wall: float
    cpu: float
    memory: float

    def above(self, idle: Usage, tasks: int) -> Usage:
        """The time of each of so many tasks, above those of a command whose tasks do nothing; and the whole memory."""
        return Usage((self.wall - idle.wall) / tasks, (self.cpu - idle.cpu) / tasks, self.memory)

    def of(self, quantity: Quantity) -> float:
        return {"wall": self.wall, "cpu": self.cpu, "memory": self.memory}[quantity]


@dataclass(frozen=True)
class Quartiles:
    """The middle of some values, and what half of them lies between."""

    lower: float
    median: float
    upper: float


def quartiles(values: Sequence[float]) -> Quartiles:
    """The quartiles of one or more values."""
    if len(values) == 1:
        return Quartiles(values[0], values[0], values[0])
    return Quartiles(*statistics.quantiles(values, n=4, method="inclusive"))


@dataclass(frozen=True)
class Measurement:
    """A ratio: what a subject uses of something, to what its reference does."""

    subject: str
    reference: str
    quantity: Quantity = "wall"

    @property
    def name(self) -> str:
        return f"{self.subject} / {self.reference}, {self.quantity}"


#: What each subject and each reference of a comparison used, by name.
Turn = Mapping[str, Usage]


@dataclass(frozen=True)
class Comparison:
    """Measurements of commands that run one after the other in each turn.

    ``prepared``: sets up what they need, and gives the function that runs them.
    """

    name: str
    measurements: tuple[Measurement, ...]
    prepared: Callable[[], AbstractContextManager[Callable[[], Turn]]]


@dataclass(frozen=True)
class Result:
    """The medians of subject and reference, and the ratios of both in the same turn."""

    subject: float
    reference: float
    ratio: Quartiles


def result(measurement: Measurement, turns: Sequence[Turn]) -> Result:
    """What came out of the turns. Other work on the machine strikes both sides of a ratio, as they are of one turn."""
    subjects = [turn[measurement.subject].of(measurement.quantity) for turn in turns]
    references = [turn[measurement.reference].of(measurement.quantity) for turn in turns]
    ratios = [subject / reference for subject, reference in zip(subjects, references, strict=True)]
    return Result(statistics.median(subjects), statistics.median(references), quartiles(ratios))


def is_worse(now: Quartiles, before: Quartiles) -> bool:
    """Whether a ratio has grown by more than chance explains: by a tenth, and with quartiles that don't overlap."""
    return now.median > before.median * 1.1 and now.lower > before.upper
