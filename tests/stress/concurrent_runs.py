# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run many ``ansible-playbook`` processes with the same tasks at once: all must succeed and leave one of each resource.

In each round, every process runs a deployment, an endpoint and a model task, and waits for the others before each. In
every other round the processes start shortly after one another, so that later ones find resources in transient states.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
KINDS = ("deployment", "endpoint", "model")
DURATIONS = {"creating": 1.5, "deploying": 1.5, "updating": 1, "deleting": 0.5, "preparing": 0.5, "downloading": 1}
STAGGER = 0.15
STEP_TIMEOUT = 240.0
MARKER = "STRESS"
# The parts of a message that differ between failures of one kind: IDs, times, names of a round.
VARIABLE_PARTS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|(?<=(?:chat|oder)-)\d+")


def task(kind: str, number: int, wait: bool) -> dict[str, Any]:
    """One task of a round. The API version alternates between pairs of rounds."""
    options: dict[str, Any] = {"api_version": ("v1beta1", "v1")[number // 2 % 2], "wait": wait}
    if kind == "deployment":
        options |= {"name": f"chat-{number}", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
    elif kind == "endpoint":
        options |= {"deployment": f"chat-{number}", "private_network_id": NETWORK, "wait": True}
    else:
        options |= {"name": f"coder-{number}", "source_url": "https://models.example/coder", "api_version": "v1"}
    return {f"scaleway.inference.{kind}": options, "register": "result", "ignore_errors": True}


def playbook(folder: Path, process: int, rounds: int, wait: bool) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = []
    for number in range(rounds):
        for kind in KINDS:
            step = f"{number}-{kind}"
            gate = f"touch {folder}/at-{step}-{process}; n=0; while [ ! -e {folder}/go-{step} ] && [ $n -lt 4800 ]; "
            gate += f"do sleep 0.05; n=$((n+1)); done; sleep {process * STAGGER * (number % 2):.2f}"
            tasks.append({"ansible.builtin.debug": {"msg": f"{{{{ lookup('ansible.builtin.pipe', '{gate}') }}}}"}})
            tasks.append(task(kind, number, wait))
            report = f"{MARKER} {step} {{{{ result.msg | default('ok') | to_json if result is failed else 'ok' }}}} END"
            tasks.append({"ansible.builtin.debug": {"msg": report}})
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


def wait_for_all(folder: Path, step: str, processes: Sequence[subprocess.Popen[bytes]]) -> bool:
    """Whether all processes reach the step within :data:`STEP_TIMEOUT`."""
    end = time.monotonic() + STEP_TIMEOUT
    while time.monotonic() < end:
        if all(
            (folder / f"at-{step}-{number}").exists() or one.poll() is not None for number, one in enumerate(processes)
        ):
            return True
        time.sleep(0.05)
    return False


def count_left(emulator: EmulatorServer, kind: str, number: int) -> int:
    """How many resources of one kind a round left."""
    if kind == "model":
        return len(emulator.models(f"coder-{number}"))
    remaining = [
        one
        for one in emulator.deployments()
        if one.name == f"chat-{number}" and emulator.status(one.id) not in ("deleting", "deleted")
    ]
    if kind == "deployment":
        return len(remaining)
    return sum(end.private_network_id == NETWORK for one in remaining for end in one.endpoints)


def reported(output: str) -> Iterator[tuple[str, str]]:
    """(step, ``ok`` or the error) of each task, from the output of a process."""
    for line in output.splitlines():
        if f'"msg": "{MARKER} ' in line and " END" in line:
            _mark, step, end = json.loads("{" + line.strip().rstrip(",") + "}")["msg"].split(" ", 2)
            yield step, end.removesuffix(" END")


def main() -> int:
    """Run the rounds and print a summary. Exit status 0: all tasks succeeded, and each round left one of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--lag", type=float, default=0, help="seconds by which all lists lag behind")
    parser.add_argument("--wait", default=True, action=argparse.BooleanOptionalAction)
    parser.add_argument("--unique-model-names", default=True, action=argparse.BooleanOptionalAction)
    parser.add_argument("--minutes", type=float, default=30, help="no further round begins after that")
    options = parser.parse_args()
    config = Config(**DURATIONS, latency=0.02, list_lag=options.lag, unique_model_names=options.unique_model_names)
    rounds = {kind: Counter[str]() for kind in KINDS}
    with ExitStack() as stack:
        emulator = stack.enter_context(EmulatorServer(config))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        outputs = [folder / f"output-{number}" for number in range(options.processes)]
        processes: list[subprocess.Popen[bytes]] = []
        for number, output in enumerate(outputs):
            home = folder / f"home-{number}"
            home.mkdir()
            player = Player(home, emulator.environment())
            if "STRESS_COLLECTIONS" in os.environ:
                player.environ["ANSIBLE_COLLECTIONS_PATH"] = os.environ["STRESS_COLLECTIONS"]
            path = home / "playbook.yml"
            path.write_text(yaml.safe_dump(playbook(folder, number, options.rounds, options.wait)), encoding="utf-8")
            with output.open("wb") as stream:
                processes.append(
                    subprocess.Popen(
                        player.command(path),
                        env=player.environ,
                        cwd=home,
                        stdin=subprocess.DEVNULL,
                        stdout=stream,
                        stderr=stream,
                    )
                )
        try:
            end = time.monotonic() + options.minutes * 60
            steps = [(number, kind) for number in range(options.rounds) for kind in KINDS]
            last: tuple[int, str] | None = None
            for number, kind in steps:
                arrived = wait_for_all(folder, f"{number}-{kind}", processes)
                if last is not None:
                    found = count_left(emulator, last[1], last[0])
                    rounds[last[1]][f"{found} left"] += 1
                if not arrived or (kind == KINDS[0] and time.monotonic() > end):
                    break
                (folder / f"go-{number}-{kind}").touch()
                last = (number, kind)
            else:
                for process in processes:
                    process.wait(STEP_TIMEOUT)
                if last is not None:
                    rounds[last[1]][f"{count_left(emulator, last[1], last[0])} left"] += 1
        finally:
            for process in processes:
                process.kill()
                process.wait()
        failures: Counter[str] = Counter()
        tasks: Counter[str] = Counter()
        bad_rounds: dict[str, set[str]] = {kind: set() for kind in KINDS}
        for output in outputs:
            for step, how in reported(output.read_text(encoding="utf-8", errors="replace")):
                kind = step.partition("-")[2]
                tasks[kind] += 1
                if how != "ok":
                    bad_rounds[kind].add(step)
                    failures[f"{kind}: {VARIABLE_PARTS.sub('…', how)}"[:300]] += 1
    good = True
    for kind in KINDS:
        left = ", ".join(f"{count} with {what}" for what, count in sorted(rounds[kind].items()))
        failed = sum(count for text, count in failures.items() if text.startswith(f"{kind}:"))
        print(
            f"{kind}: {sum(rounds[kind].values())} rounds ({left}); {tasks[kind]} tasks, {failed} failed, "
            f"in {len(bad_rounds[kind])} rounds"
        )
        good = good and not failed and set(rounds[kind]) <= {"1 left"}
    for text, count in failures.most_common(20):
        print(f"  {count} x {text}")
    return not good


if __name__ == "__main__":
    raise SystemExit(main())
