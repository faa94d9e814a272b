# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run created is handed on however it ends, and the playbook undo deletes that, by ID."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
PAIR: dict[str, Any] = {
    "deploy_name": "web",
    "deploy_model": MODEL,
    "deploy_node_type": "L4",
    "deploy_deployments": [{"name": "web-1"}, {"name": "web-2"}],
    "deploy_smoke_test": False,
}
OUT_OF_STOCK = Fault(
    method="POST",
    path="/deployments$",
    kind="status",
    status=503,
    body='{"type":"out_of_stock","message":"no","resource":"L4"}',
    skip=1,
)
Created = list[dict[str, Any]]


class Runs:
    """Runs playbooks of the collection as AWX does: what one hands on is a variable of the next."""

    def __init__(self, player: Player, folder: Path) -> None:
        self._player = player
        self._player.environ["ANSIBLE_SHOW_CUSTOM_STATS"] = "true"
        self._file = folder / "vars.json"

    def play(self, name: str, variables: dict[str, Any], *args: str) -> Played:
        self._file.write_text(json.dumps(variables), encoding="utf-8")
        return self._player.play_file(Path(f"scaleway.inference.{name}"), "-e", f"@{self._file}", *args)

    def failed(self, name: str, variables: dict[str, Any], *args: str) -> tuple[str, Created]:
        """What a run that has to fail said, in one line, and what it handed on."""
        played = self.play(name, variables, *args)
        assert played.code == 2, played.output
        return " ".join(played.output.split()), handed_on(played)

    def undo(self, created: Any, *args: str, **variables: Any) -> str:
        """What an undo said, which has to fail by design."""
        said, _none = self.failed("undo", {"scaleway_inference_created": created, **variables}, *args)
        return said


def handed_on(played: Played) -> Created:
    """The statistics that AWX would give to the next nodes; empty if the run handed on nothing at all."""
    _rest, found, stats = played.output.partition("\tRUN: ")
    if not found:
        return []
    read: dict[str, Created] = json.loads(stats.splitlines()[0])
    return read["scaleway_inference_created"]


@pytest.fixture
def runs(player: Player, service: EmulatorServer, tmp_path: Path) -> Runs:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    return Runs(player, tmp_path)


def created(service: EmulatorServer) -> dict[str, str]:
    return {one.name: one.id for one in service.deployments()}


def test_fleet_that_times_out_hands_on_what_it_made(runs: Runs, service: EmulatorServer) -> None:
    """One member is ready and one isn't in time: undo deletes the first, and leaves and names the second."""
    first = {**PAIR, "deploy_deployments": PAIR["deploy_deployments"][:1]}
    made = handed_on(runs.play("deploy", first))
    ids = created(service)
    assert made == [{"id": ids["web-1"], "name": "web-1", "region": service.region}]

    service.configure(creating=600)
    reason, slow = runs.failed("deploy", {**PAIR, "deploy_wait_timeout": 1})
    assert "deployment web-2 is still creating" in reason
    ids = created(service)
    # What was there before isn't handed on.
    assert slow == [{"id": ids["web-2"], "name": "web-2", "region": service.region}]

    left = f"web-2 ({ids['web-2']}) is left, as it is still creating"
    said = runs.undo([*made, *slow], "--check")
    assert f"web-1 ({ids['web-1']}) would be deleted. {left}" in said
    assert created(service) == ids
    said = runs.undo([*made, *slow])
    assert f"web-1 ({ids['web-1']}) was deleted. {left}" in said
    assert "undo_unfinished" in said
    assert "by design" in said
    assert created(service) == {"web-2": ids["web-2"]}

    said = runs.undo([*made, *slow], undo_unfinished="true")
    assert f"web-2 ({ids['web-2']}) was deleted. web-1 ({ids['web-1']}) was gone already." in said
    assert created(service) == {}
