# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which runs are killed, how and when.

A seed chooses that, with the version of the API and the execution mode; what the moment meets depends on the machine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from ansible_collections.scaleway.inference.tests.stress import scenarios

#: What twenty kills meet: kinds of scenarios, and whether rivals run at the same moment.
MIX: tuple[tuple[str, bool], ...] = (
    *(("deployment", False),) * 4,
    *(("endpoint", False),) * 2,
    *(("acl", False),) * 3,
    *(("model", False),) * 2,
    *(("fleet", False),) * 3,
    *(("rollout", False),) * 2,
    *(("deployment", True),) * 2,
    ("fleet", True),
    ("model", True),
)
#: About how many seconds a run takes from its first request on.
SPANS = {"deployment": 3.0, "endpoint": 2.0, "acl": 1.0, "model": 2.5, "fleet": 4.0, "rollout": 20.0}
#: Within so many seconds after a write, if the kill is to come soon after one.
SOON = 0.6
RIVALS = 3
MODULE_SHARE = 0.3
HOW = ("SIGKILL", "SIGKILL to all its processes", "SIGTERM", "Ctrl-C")


@dataclass(frozen=True)
class Plan:
    """One kill. ``after_write``: soon after the first write, or else at any moment after the first request.

    ``patient``: whether processes that survive end before the run is repeated. ``fraction``: of the longest time until
    the kill. ``victim``: which rival is killed, in the order of their creations.
    """

    number: int
    kind: str
    rivals: bool
    version: str
    in_process: bool
    how: str
    after_write: bool
    patient: bool
    fraction: float
    victim: int

    @classmethod
    def of(cls, seed: int, number: int) -> Plan:
        """The plan of this number."""
        mix = list(MIX)
        random.Random(f"{seed}-{number // len(MIX)}").shuffle(mix)
        kind, rivals = mix[number % len(MIX)]
        choose = random.Random(f"{seed}-kill-{number}")
        return cls(
            number=number,
            kind=kind,
            rivals=rivals,
            version=choose.choice(scenarios.KINDS[kind]),
            in_process=choose.random() >= MODULE_SHARE,
            how=choose.choice(HOW),
            after_write=choose.random() < 0.5,
            patient=choose.random() < 0.5,
            fraction=choose.random(),
            victim=choose.randrange(RIVALS - 1),
        )

    @property
    def delay(self) -> float:
        """Seconds from what is waited for until the kill."""
        return self.fraction * (SOON if self.after_write or self.rivals else SPANS[self.kind])

    def __str__(self) -> str:
        mode = "in process" if self.in_process else "as a module"
        company = f"one of {RIVALS} rivals" if self.rivals else "alone"
        event = "creation" if self.rivals else "write" if self.after_write else "request"
        return (
            f"kill {self.number} ({self.kind}, {company}, {self.version}, {mode}, {self.how}, {self.delay:.2f} s after "
            f"the {'first ' if not self.rivals else ''}{event})"
        )
