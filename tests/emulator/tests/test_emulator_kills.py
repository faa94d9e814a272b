# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state file survives SIGKILL at any moment: every write that was answered is there, and none by half."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.scaleway.inference.tests.support.emulator_process import started
from ansible_collections.scaleway.inference.tests.support.raw_client import LLAMA_8B
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.control import Population, populate
from scaleway_inference_emulator.records import Deployment, Identity, Model, NodeType
from scaleway_inference_emulator.state import Emulator

AT_ONCE = ["--creating", "0", "--deploying", "0", "--updating", "0", "--deleting", "0", "--false-ready", "0"]
KILLS = 20
COMMAND = [sys.executable, "-m", "scaleway_inference_emulator", *AT_ONCE, "--state"]
#: Writes of a round at most, if it isn't killed before.
MAX_WRITES = 2000


class Writer:
    """Sends one write after the other. ``names`` by ID: what all answered writes have made."""

    def __init__(self, rng: random.Random) -> None:
        self.names: dict[str, str] = {}
        self.answered = 0
        self._rng = rng
        self._number = 0

    def write(self, session: requests.Session, variables: dict[str, str], killed: threading.Event) -> set[str]:
        """Write until the emulator is gone. Returns the states that the write without an answer may have led to."""
        url = f"{variables['SCW_API_URL']}/inference/v1/regions/fr-par/deployments"
        for _write in range(MAX_WRITES):
            method, target, body, after = self._next(url, variables["SCW_DEFAULT_PROJECT_ID"])
            try:
                answer = session.request(method, target, json=body, timeout=10)
            except requests.RequestException:
                assert killed.is_set()
                return {shown(self.names), after}
            assert answer.status_code == 200, answer.text
            self._remember(method, answer.json())
        return {shown(self.names)}

    def _next(self, url: str, project_id: str) -> tuple[str, str, Any, str]:
        """A write, and the state after it; a new deployment is ``new``, whatever its ID."""
        self._number += 1
        name = f"chat-{self._number}"
        chosen = self._rng.choice(sorted(self.names)) if self.names else ""
        kind = self._rng.random()
        if not chosen or kind < 0.5:
            networks = [{"private_network": {"private_network_id": project_id}}] if kind < 0.1 else []
            body = {
                "name": name,
                "project_id": project_id,
                "model_id": LLAMA_8B["id"],
                "node_type_name": "L4",
                "accept_eula": True,
                "endpoints": [{"public_network": {}}, *networks],
            }
            return "POST", url, body, shown({**self.names, "new": name})
        if kind < 0.75:
            return "PATCH", f"{url}/{chosen}", {"name": name}, shown({**self.names, chosen: name})
        rest = {key: value for key, value in self.names.items() if key != chosen}
        return "DELETE", f"{url}/{chosen}", None, shown(rest)

    def _remember(self, method: str, body: dict[str, Any]) -> None:
        self.answered += 1
        if method == "DELETE":
            del self.names[body["id"]]
        else:
            self.names[body["id"]] = body["name"]


def shown(names: dict[str, str]) -> str:
    return " ".join(sorted(names.values()))


def listed(session: requests.Session, variables: dict[str, str]) -> dict[str, str]:
    """The names of all deployments by ID, and a check of what else must be there."""
    api = f"{variables['SCW_API_URL']}/inference/v1/regions/fr-par"
    assert session.get(f"{api}/models", timeout=10).json()["total_count"] == 44
    assert session.get(f"{api}/node-types?include_disabled_types=1", timeout=10).json()["total_count"] == 7
    found: dict[str, str] = {}
    for page in range(1, 100):
        body = session.get(f"{api}/deployments?page_size=100&page={page}", timeout=10).json()
        found.update({one["id"]: one["name"] for one in body["deployments"]})
        if len(found) >= body["total_count"]:
            break
    return found


def kill_later(process: subprocess.Popen[str], seconds: float, killed: threading.Event) -> threading.Timer:
    def kill() -> None:
        killed.set()
        process.send_signal(signal.SIGKILL)

    timer = threading.Timer(seconds, kill)
    timer.start()
    return timer


@pytest.mark.slow
def test_every_answered_write_survives_a_kill(tmp_path: Path) -> None:
    rng, state = random.Random(KILLS), tmp_path / "state.sqlite"
    writer = Writer(rng)
    expected, key = {""}, ""
    for turn in range(KILLS + 1):
        with started([*COMMAND, str(state)]) as (process, variables), requests.Session() as session:
            session.headers["X-Auth-Token"] = variables["SCW_SECRET_KEY"]
            assert key in ("", variables["SCW_SECRET_KEY"])
            key = variables["SCW_SECRET_KEY"]
            found = listed(session, variables)
            assert shown(found) in expected
            writer.names = found
            if turn < KILLS:
                killed = threading.Event()
                timer = kill_later(process, rng.uniform(0.02, 0.5), killed)
                expected = writer.write(session, variables, killed)
                timer.join()
                assert process.wait(10) == -signal.SIGKILL
        with closing(sqlite3.connect(state)) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert writer.answered > KILLS


class Killed(BaseException):
    """Stands for the end of the process."""


def crashing(path: Path, at: int) -> Iterator[str]:
    """Run what writes more than one record, and end before the write number ``at`` of each."""
    emulator = Emulator(Config(state=str(path), jitter=0), time)
    for name in ("reset", "populate"):
        left = at

        def put(record: Any, original: Any = emulator.store.put) -> None:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            original(record)

        emulator.store.put = put  # type: ignore[method-assign]  # ends where a process would
        try:
            if name == "reset":
                emulator.reset(emulator.config, time)
            else:
                populate(emulator, Population(deployments=9, models=60, node_types=9))
        except Killed:
            yield name
        del emulator.store.put
    emulator.store.close()


@pytest.mark.parametrize("at", [0, 1, 5, 17])
def test_what_writes_many_records_writes_all_or_none(tmp_path: Path, at: int) -> None:
    path = tmp_path / "state.sqlite"

    def content() -> tuple[int, ...]:
        with closing(sqlite3.connect(path)) as file:
            return tuple(
                file.execute("SELECT count(*) FROM records WHERE kind = ?", (kind.__name__,)).fetchone()[0]
                for kind in (Identity, Model, NodeType, Deployment)
            )

    begun = Emulator(Config(state=str(path)), time)
    populate(begun, Population(deployments=3))
    begun.store.close()
    before = content()
    assert before == (1, 44, 7, 3)
    for name in crashing(path, at):
        assert content() == before, name
    again = Emulator(Config(state=str(path)), time)
    assert (again.secret_key, len(again.store.all(Model))) == (begun.secret_key, 44)
    again.store.close()


def test_a_kill_at_the_start_leaves_no_half_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.sqlite"
    from scaleway_inference_emulator import catalog

    real = catalog.load

    def broken(project_id: str) -> Iterator[Any]:
        for number, record in enumerate(real(project_id)):
            if number == 45:
                raise Killed
            yield record

    monkeypatch.setattr(catalog, "load", broken)
    with pytest.raises(Killed):
        Emulator(Config(state=str(path)), time)
    monkeypatch.undo()
    emulator = Emulator(Config(state=str(path)), time)
    assert (len(emulator.store.all(Model)), len(emulator.store.all(NodeType))) == (44, 7)
    emulator.store.close()
