# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds: many ``ansible-playbook`` processes run the same task at the same moment, for each kind of task in turn.

The processes live through all rounds, and wait for one another before each step, so that what is measured isn't how
long Ansible takes to start. In some rounds they begin shortly after one another, so that later ones find resources in
transient states. A seed chooses that, the version of the API, and the execution mode.
"""

from __future__ import annotations

import fcntl
import json
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import yaml

from ansible_collections.scaleway.inference.tests.stress import work
from ansible_collections.scaleway.inference.tests.stress.judgement import judge_rules, judge_step
from ansible_collections.scaleway.inference.tests.stress.states import Desired, EndState, read_state
from scaleway_inference_emulator.server import EmulatorServer

#: The steps of a round, each on what those before it left.
STEPS = ("deployment", "endpoint", "acl", "model", "fleet")
STAGGER = 0.15
STEP_TIMEOUT = 240.0
#: The share of rounds whose tasks run as modules, each of which costs half a second of a processor.
MODULE_SHARE = 0.15
MARKER = "STRESS"


@dataclass(frozen=True)
class Variant:
    """How the processes of a round run. Where a task needs another version of the API, it has that one."""

    version: str
    in_process: bool
    staggered: bool

    @classmethod
    def of(cls, seed: int, number: int) -> Variant:
        """The variant of a round."""
        choose = random.Random(f"{seed}-{number}")
        return cls(choose.choice(("v1beta1", "v1")), choose.random() >= MODULE_SHARE, choose.random() < 0.5)

    def __str__(self) -> str:
        mode = "in process" if self.in_process else "as modules"
        return f"{self.version}, {mode}{', staggered' if self.staggered else ''}"


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


@dataclass(frozen=True)
class Options:
    """Of all rounds. ``wait``: whether deployments and models are waited for. ``lag``: seconds that lists lag behind.

    ``minutes``: no further round begins after that.
    """

    seed: int
    rounds: int
    processes: int = 8
    lag: float = 0.0
    wait: bool = True
    unique_model_names: bool = True
    minutes: float = 30.0


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
        crowd = stack.enter_context(Crowd(folder, service, options))
        return list(_rounds(crowd, service, options, report))


def _rounds(
    crowd: Crowd, service: EmulatorServer, options: Options, report: Callable[[Round], None]
) -> Iterator[Round]:
    end = time.monotonic() + options.minutes * 60
    for number in range(options.rounds):
        if time.monotonic() > end:
            break
        this = Round(number, Variant.of(options.seed, number))
        for step in STEPS:
            if not crowd.arrive(gate(number, step)):
                this.faults.append(f"{step}: not all processes got there")
                break
            if step == STEPS[0]:
                service.reset()
            if step == "fleet":
                work.add_members(service)
            crowd.go(gate(number, step))
            crowd.arrive(gate(*after(number, step)))
            _judge(this, step, crowd.said(gate(number, step)), service, options)
        report(this)
        yield this
        if any("not all processes" in one for one in this.faults):
            break


def _judge(this: Round, step: str, said: Sequence[str | None], service: EmulatorServer, options: Options) -> None:
    desired = end_state(step, options.processes)
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


def gate(number: int, step: str) -> str:
    """The name of what the processes wait at before a step."""
    return f"{number}-{step}"


def after(number: int, step: str) -> tuple[int, str]:
    """The round and the step that follow."""
    index = STEPS.index(step) + 1
    return (number, STEPS[index]) if index < len(STEPS) else (number + 1, STEPS[0])


def playbook(folder: Path, process: int, options: Options) -> list[dict[str, Any]]:
    """The playbook of one process: at each gate it reports what the task before said, and waits."""
    tasks: list[dict[str, Any]] = []
    before = "none"
    for number in range(options.rounds + 1):
        variant = Variant.of(options.seed, number)
        for step in STEPS if number < options.rounds else STEPS[:1]:
            here = gate(number, step)
            said = f"{MARKER} {before} {{{{ result.msg | default('?') if result is failed else 'ok' }}}} END"
            wait = f"touch {folder}/at-{here}-{process}; flock -w {STEP_TIMEOUT:g} -s {folder}/go-{here} "
            wait += f"sleep {process * STAGGER if variant.staggered else 0:g}"
            # The report is written before the gate is waited at.
            tasks.append({"ansible.builtin.debug": {"msg": said if tasks else MARKER}})
            tasks.append({"ansible.builtin.debug": {"msg": f"{{{{ lookup('ansible.builtin.pipe', '{wait}') }}}}"}})
            if number < options.rounds:
                tasks.append(_task(step, process, variant, options))
            before = here
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


def _task(step: str, process: int, variant: Variant, options: Options) -> dict[str, Any]:
    done = work.acl(process) if step == "acl" else work.WORKS[step]()
    version = variant.version if variant.version in done.versions else done.versions[0]
    keywords: dict[str, Any] = {"api_version": version}
    if not options.wait and step in ("deployment", "model"):
        keywords["wait"] = False
    return {
        f"scaleway.inference.{step}": {**done.options, **keywords},
        "vars": {"scaleway_inference_in_process": variant.in_process},
        "register": "result",
        "ignore_errors": True,
    }


class Crowd:
    """The processes, and the gates that they wait at; a context manager that ends them."""

    def __init__(self, folder: Path, service: EmulatorServer, options: Options) -> None:
        self._folder = folder
        self._outputs = [folder / f"output-{process}" for process in range(options.processes)]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._locks: dict[str, IO[str]] = {}
        for number in range(options.rounds + 1):
            for step in STEPS:
                self._close(gate(number, step))
        for process, output in enumerate(self._outputs):
            home = folder / f"home-{process}"
            home.mkdir()
            player = work.player(home, service)
            path = home / "playbook.yml"
            path.write_text(yaml.safe_dump(playbook(folder, process, options)), encoding="utf-8")
            with output.open("wb") as stream:
                self._processes.append(
                    subprocess.Popen(
                        player.command(path),
                        env=player.environ,
                        cwd=home,
                        stdin=subprocess.DEVNULL,
                        stdout=stream,
                        stderr=stream,
                    )
                )

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for lock in self._locks.values():
            lock.close()

    def arrive(self, name: str) -> bool:
        """Wait until all processes are at a gate. False if one ends before, or not all are there in time."""
        end = time.monotonic() + STEP_TIMEOUT
        while time.monotonic() < end:
            at = [(self._folder / f"at-{name}-{process}").exists() for process in range(len(self._processes))]
            if all(at):
                return True
            if any(not here and one.poll() is not None for here, one in zip(at, self._processes, strict=True)):
                return False
            time.sleep(0.05)
        return False

    def go(self, name: str) -> None:
        """Open a gate, for all at once."""
        self._locks.pop(name).close()

    def said(self, name: str) -> list[str | None]:
        """What each process said of the task behind a gate: its error, or null for a success."""
        return [_said(output.read_text(encoding="utf-8", errors="replace"), name) for output in self._outputs]

    def _close(self, name: str) -> None:
        lock = (self._folder / f"go-{name}").open("w", encoding="utf-8")
        fcntl.flock(lock, fcntl.LOCK_EX)
        self._locks[name] = lock


def _said(output: str, name: str) -> str | None:
    for line in output.splitlines():
        if f'"msg": "{MARKER} {name} ' in line:
            message: str = json.loads("{" + line.strip().rstrip(",") + "}")["msg"]
            error = message.removeprefix(f"{MARKER} {name} ").removesuffix(" END")
            return None if error == "ok" else error
    return "it said nothing"
