# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills: a run is killed at a random moment, alone or among rivals, and then started again."""

from __future__ import annotations

import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from subprocess import SubprocessError

from ansible_collections.scaleway.inference.tests.stress import judgement, scenarios, work
from ansible_collections.scaleway.inference.tests.stress.plans import RIVALS, Plan
from ansible_collections.scaleway.inference.tests.stress.scenarios import RolloutScenario, Scenario, TaskScenario
from ansible_collections.scaleway.inference.tests.support.processes import RunningCommand, eventually
from scaleway_inference_emulator.server import EmulatorServer


@dataclass
class Outcome:
    """What a kill led to. ``exit_status``: of the killed run; 0 if it ended before. ``left``: in words."""

    plan: Plan
    exit_status: int = 0
    left: str = "one of each"
    faults: list[str] = field(default_factory=list)

    @property
    def hit(self) -> bool:
        """Whether the kill came before the end."""
        return self.exit_status != 0

    def __str__(self) -> str:
        met = f"exit status {self.exit_status}" if self.hit else "it had ended before"
        wrong = "".join(f"\n  {text}" for text in self.faults)
        return f"{self.plan}: {met}; {'WRONG' if wrong else self.left}{wrong}"


def run_kills(
    seed: int, kills: int, parallel: int, minutes: float, report: Callable[[Outcome], None], first: int = 0
) -> list[Outcome]:
    """Kill so many runs, some at the same time; ``report`` is called with each outcome. ``first``: number of a plan."""
    numbers = iter(range(first, first + 2 * kills))
    outcomes: list[Outcome] = []
    end = time.monotonic() + minutes * 60
    with ThreadPoolExecutor(parallel) as pool:
        pending: set[Future[Outcome]] = set()
        while True:
            missing = kills - sum(one.hit for one in outcomes) - len(pending)
            wanted = min(missing, parallel - len(pending)) if time.monotonic() < end else 0
            for number in islice(numbers, max(0, wanted)):
                pending.add(pool.submit(play, Plan.of(seed, number)))
            if not pending:
                return outcomes
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for one in done:
                outcomes.append(one.result())
                report(outcomes[-1])


def summary(seed: int, outcomes: Sequence[Outcome]) -> str:
    """The counts, by outcome."""
    hits = [one for one in outcomes if one.hit]
    wrong = sum(bool(one.faults) for one in outcomes)
    early = len(outcomes) - len(hits)
    lines = [f"kills, seed {seed}: {len(hits)} runs killed, {early} more ended before; {wrong} wrong"]
    for what, count in sorted(Counter(_counted(one) for one in hits).items()):
        lines.append(f"  {count} {what}")
    for label, values in (
        ("by way", Counter(one.plan.how for one in hits)),
        ("by mode", Counter("in process" if one.plan.in_process else "as a module" for one in hits)),
        ("by version", Counter(one.plan.version for one in hits)),
    ):
        lines.append(f"  {label}: {', '.join(f'{count} {value}' for value, count in sorted(values.items()))}")
    return "\n".join(lines)


def _counted(one: Outcome) -> str:
    company = "among rivals" if one.plan.rivals else "alone"
    return f"{one.plan.kind} {company}: {'WRONG' if one.faults else one.left}"


def play(plan: Plan) -> Outcome:
    """Carry a plan out. What the harness itself stumbles over counts as wrong."""
    outcome = Outcome(plan)
    lag = {"list_lag": 1.0, "latency": 0.2, "unique_model_names": False} if plan.rivals else {"latency": 0.1}
    try:
        with ExitStack() as stack:
            service = stack.enter_context(EmulatorServer(work.configuration(plan.number, **lag)))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            (_play_rivals if plan.rivals else _play_alone)(plan, folder, service, outcome)
    except (AssertionError, TimeoutError, OSError, SubprocessError) as error:
        outcome.faults.append(f"{type(error).__name__}: {error}")
    return outcome


def _play_alone(plan: Plan, folder: Path, service: EmulatorServer, outcome: Outcome) -> None:
    scenario = _scenario(plan, folder / "run", service)
    service.clear_journal()
    with scenario.start() as run:
        run.until(lambda: bool(scenarios.writes(service) if plan.after_write else service.journal()), "a request")
        time.sleep(plan.delay)  # a real process is killed at a random moment
        _kill(run, plan, outcome)
        if plan.patient:
            run.until_no_fork_is_left()
        repeat = scenarios.end(scenario.start())
        run.until_no_fork_is_left()
    outcome.faults += judgement.judge_repeat(scenario.desired, repeat, scenarios.state_of(service, scenario))
    outcome.faults += scenario.wrong()
    _finish(scenario, service, outcome)


def _play_rivals(plan: Plan, folder: Path, service: EmulatorServer, outcome: Outcome) -> None:
    rivals = [_scenario(plan, folder / f"run-{number}", service, prepare=not number) for number in range(RIVALS)]
    scenario = rivals[0]
    service.clear_journal()
    with ExitStack() as stack:
        runs = [stack.enter_context(one.start()) for one in rivals]
        victim = _creator(plan, runs, service)
        time.sleep(plan.delay)  # a real process is killed at a random moment
        _kill(victim, plan, outcome)
        survivors = [one for one in runs if one is not victim]
        ended = [judgement.Ended(one.code(), one.output) for one in survivors]
        victim.until_no_fork_is_left()
    before = scenarios.state_of(service, scenario)
    for one in ended:
        outcome.faults += judgement.judge_survivor(scenario.desired, one, before)
    several = judgement.several(scenario.desired, before)
    # If there are several, every later run must say so, also if two run at once.
    later = [one.start() for one in rivals[: 2 if several else 1]]
    for started in later:
        one = scenarios.end(started)
        outcome.faults += judgement.judge_later(scenario.desired, before, one, scenarios.state_of(service, scenario))
    if several:
        failed = sum(one.code != 0 for one in ended)
        outcome.left = f"several, which later runs name ({failed} of {len(ended)} rivals as well); one after the remedy"
        for number, task in enumerate(_remedies(plan, scenario, service)):
            remedy = scenarios.play_task(folder / f"remedy-{number}", service, task)
            if remedy.code != 0:
                outcome.faults.append(f"the remedy failed: {judgement.brief(remedy)}")
        repeat = scenarios.end(scenario.start())
        outcome.faults += judgement.judge_repeat(scenario.desired, repeat, scenarios.state_of(service, scenario))
    _finish(scenario, service, outcome)


def _finish(scenario: Scenario, service: EmulatorServer, outcome: Outcome) -> None:
    """Run once more, which must change nothing."""
    service.clear_journal()
    again = scenarios.end(scenario.start())
    outcome.faults += judgement.judge_unchanged(again, scenarios.writes(service))


def _scenario(plan: Plan, folder: Path, service: EmulatorServer, *, prepare: bool = True) -> Scenario:
    if plan.kind == "rollout":
        return RolloutScenario(folder, service, plan.version, plan.in_process)
    if prepare:
        work.WORKS[plan.kind]().prepare(service)
    return TaskScenario(folder, service, plan.kind, plan.version, plan.in_process)


def _creator(plan: Plan, runs: Sequence[RunningCommand], service: EmulatorServer) -> RunningCommand:
    """A rival that has just created something, or that may have: a module doesn't show it."""
    seen: list[RunningCommand] = []

    def created() -> bool:
        if not plan.in_process:
            return bool(scenarios.writes(service))
        seen.extend(one for one in runs if one not in seen and ": created " in one.output)
        return len(seen) > plan.victim or (bool(seen) and not all(one.is_running for one in runs))

    eventually(created, "a creation")
    return seen[min(plan.victim, len(seen) - 1)] if seen else runs[plan.victim]


def _kill(run: RunningCommand, plan: Plan, outcome: Outcome) -> None:
    """Kill a run, and wait for its end."""
    if plan.how == "SIGKILL to all its processes":
        run.kill_all()
    elif plan.how == "Ctrl-C":
        run.kill(signal.SIGINT, group=True)
    else:
        run.kill(signal.Signals[plan.how])
    outcome.exit_status = run.code()
    outcome.faults += judgement.judge_killed(judgement.Ended(outcome.exit_status, run.output))


def _remedies(plan: Plan, scenario: Scenario, service: EmulatorServer) -> Iterator[dict[str, object]]:
    """The tasks that the error asks for: remove all but one of a name, each by its ID. The oldest is kept."""
    module = "model" if plan.kind == "model" else "deployment"
    state = scenarios.state_of(service, scenario)
    for name in scenario.desired.names:
        for one in state.ids(name)[1:]:
            yield {f"scaleway.inference.{module}": {"id": one, "state": "absent", "api_version": plan.version}}
