# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds: many ``ansible-playbook`` processes run the same tasks at once, and what they say and leave is judged.

In some rounds they begin shortly after one another, so that later ones find resources in transient states.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.scaleway.inference.tests.stress import work
from ansible_collections.scaleway.inference.tests.stress.concurrent_runs import (
    STEPS,
    ConcurrentRuns,
    Options,
    Variant,
    after,
    gate,
)
from ansible_collections.scaleway.inference.tests.stress.judgement import judge_rules, judge_step
from ansible_collections.scaleway.inference.tests.stress.states import Desired, EndState, read_state
from ansible_collections.scaleway.inference.tests.support.processes import eventually
from scaleway_inference_emulator.server import EmulatorServer


@dataclass
class Round:
    """What a round did: the tasks of each step, the failures that are true, and what is wrong."""

    number: int
    variant: Variant
    tasks: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        good = f"good, {len(self.told)} failures told" if self.told else "good"
        wrong = "".join(f"\n  {text}" for text in (*self.told, *self.faults))
        return f"round {self.number} ({self.variant}): {'WRONG' if self.faults else good}{wrong}"


def summary(options: Options, played: Sequence[Round]) -> str:
    """The counts, by outcome."""
    wrong = [one for one in played if one.faults]
    tasks = sum((one.tasks for one in played), Counter[str]())
    variants = Counter(str(one.variant) for one in played)
    told = sum(len(one.told) for one in played)
    counts = f"{len(played)} of {options.rounds} rounds; {len(played) - len(wrong)} good, {len(wrong)} wrong"
    lines = [f"runs, seed {options.seed}, {options.processes} processes: {counts}"]
    steps = ", ".join(f"{count} {step}" for step, count in tasks.items())
    lines.append(f"  {sum(tasks.values())} tasks ({steps}); {told} failed and told what they lost")
    lines += [f"  {count} rounds {variant}" for variant, count in sorted(variants.items())]
    return "\n".join(lines)


def end_state(step: str, processes: int) -> EndState:
    """What must be there after a step, of the whole round."""
    done = STEPS[: STEPS.index(step) + 1]
    rules = {rule for process in range(processes) for rule in work.rules_of(process)}
    chat = Desired(
        networks=frozenset({work.NETWORK} if "endpoint" in done else ()),
        rules=frozenset(rules if "acl" in done else ()),
    )
    members = work.fleet().end.deployments if "fleet" in done else {}
    return EndState({work.CHAT: chat, **members}, frozenset({work.CODER} if "model" in done else ()))


def run_rounds(options: Options, report: Callable[[Round], None]) -> list[Round]:
    """Run the rounds; ``report`` is called with each as it ends."""
    config = work.configuration(
        options.seed, latency=0.02, list_lag=options.lag, unique_model_names=options.unique_model_names
    )
    with ExitStack() as stack:
        service = stack.enter_context(EmulatorServer(config))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        runs = stack.enter_context(ConcurrentRuns(folder, service, options))
        return list(_rounds(runs, service, options, report))


def _rounds(
    runs: ConcurrentRuns, service: EmulatorServer, options: Options, report: Callable[[Round], None]
) -> Iterator[Round]:
    end = time.monotonic() + options.minutes * 60
    for number in range(options.rounds):
        if time.monotonic() > end:
            break
        this = Round(number, Variant.of(options.seed, number))
        for step in STEPS:
            if not runs.arrive(gate(number, step)):
                this.faults.append(f"{step}: not all processes got there")
                break
            if step == STEPS[0]:
                service.reset()
            if step == "fleet":
                work.add_members(service)
                # A list that doesn't show a member yet can't have it purged.
                time.sleep(options.lag)  # real processes go by the real clock
            runs.go(gate(number, step))
            runs.arrive(gate(*after(number, step)))
            _judge(this, step, runs.said(gate(number, step)), service, options)
        report(this)
        yield this
        if any("not all processes" in one for one in this.faults):
            break


def _judge(this: Round, step: str, said: Sequence[str | None], service: EmulatorServer, options: Options) -> None:
    desired = end_state(step, options.processes)
    if not options.wait:
        eventually(lambda: all(one.status == "ready" for one in read_state(service).deployments), "the end of a change")
    state = read_state(service, desired.models)
    this.tasks[step] += len(said)
    if step == "acl":
        added = {process: work.rules_of(process) for process in range(options.processes)}
        faults = list(judge_rules(desired, work.CHAT, state, added, said))
        if not faults:
            this.told += [f"{step}: {error}" for error in said if error is not None]
    else:
        faults = list(judge_step(desired, state, said))
    this.faults += [f"{step}: {text}" for text in faults]
