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


def by_name(service: EmulatorServer) -> dict[str, str]:
    """The IDs of the deployments that there are."""
    return {one.name: one.id for one in service.deployments()}


def entries(service: EmulatorServer, *names: str) -> Created:
    """What a run that created these deployments hands on."""
    ids = by_name(service)
    return [{"id": ids[name], "name": name, "region": service.region} for name in names]


@pytest.mark.slow
def test_fleet_that_times_out_is_undone_but_for_what_is_unfinished(runs: Runs, service: EmulatorServer) -> None:
    made = handed_on(runs.play("deploy", {**PAIR, "deploy_deployments": PAIR["deploy_deployments"][:1]}))
    assert made == entries(service, "web-1")
    service.configure(creating=600)
    reason, slow = runs.failed("deploy", {**PAIR, "deploy_wait_timeout": 1})
    assert "deployment web-2 is still creating" in reason
    # What was there before isn't handed on.
    assert slow == entries(service, "web-2")

    ids = by_name(service)
    left = f"web-2 ({ids['web-2']}) is left, as it is still creating"
    assert f"web-1 ({ids['web-1']}) would be deleted. {left}" in runs.undo([*made, *slow], "--check")
    assert by_name(service) == ids
    said = runs.undo([*made, *slow])
    assert f"web-1 ({ids['web-1']}) was deleted. {left}" in said
    assert "undo_unfinished" in said
    assert "by design" in said
    assert by_name(service) == {"web-2": ids["web-2"]}

    said = runs.undo([*made, *slow], undo_unfinished="true")
    assert f"web-2 ({ids['web-2']}) was deleted. web-1 ({ids['web-1']}) was gone already." in said
    assert by_name(service) == {}


@pytest.mark.slow
def test_run_that_fails_after_a_creation_hands_it_on(runs: Runs, service: EmulatorServer) -> None:
    # One of the two is refused.
    service.add_fault(OUT_OF_STOCK)
    reason, made = runs.failed("fleet", PAIR)
    assert "1 of 2 members of the fleet 'web' failed" in reason
    assert len(made) == 1
    assert made == entries(service, *by_name(service))
    runs.undo(made)

    # No model answers.
    service.add_fault(Fault(method="POST", path="/ifr/", kind="status", status=400, message="no such thing", times=99))
    reason, made = runs.failed("deploy", {**PAIR, "deploy_smoke_test": True})
    assert "2 of 2 deployments didn't answer" in reason
    assert made == entries(service, "web-1", "web-2")
    runs.undo(made)

    # The endpoints can't be described.
    service.add_fault(Fault(method="GET", path="/certificate$", kind="status", status=403, body="{}", times=99))
    private = {"deploy_endpoints": [{"private_network_id": "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"}]}
    _reason, made = runs.failed("deploy", {**PAIR, **private})
    assert made == entries(service, "web-1", "web-2")
    runs.undo(made)
    assert by_name(service) == {}


@pytest.mark.slow
@pytest.mark.parametrize("playbook", ["deploy", "fleet"])
def test_run_that_fails_before_a_creation_hands_on_that_nothing_was_made(
    runs: Runs, service: EmulatorServer, playbook: str
) -> None:
    large = {"deploy_model": "meta/llama-3.1-70b-instruct:fp8", "deploy_accept_eula": True}
    for variables, check, code, reason in (
        ({"deploy_parallel": 51}, (), 2, "deploy_parallel: 51 can't be used"),
        ({**large, "deploy_node_type": "H100-SXM-4"}, (), 2, "Out of stock: H100-SXM-4"),
        ({}, ("--check",), 0, "web-1"),
    ):
        played = runs.play(playbook, {**PAIR, **variables}, *check)
        assert played.code == code, played.output
        assert reason in played.output
        assert '"scaleway_inference_created": []' in played.output
    said = runs.undo([])
    assert "scaleway_inference_created is empty: the run before made nothing, so there is nothing to undo" in said
    assert by_name(service) == {}


@pytest.mark.slow
def test_undo_deletes_only_what_it_is_told_by_id(runs: Runs, service: EmulatorServer) -> None:
    made = handed_on(runs.play("deploy", PAIR))
    ids = by_name(service)
    first, second = made
    # As earlier versions handed it on; the unit tests have other wrong values.
    assert "scaleway_inference_created: it must be a list of dictionaries" in runs.undo(["web-1", "web-2"])
    assert "Set scaleway_inference_created to what the run before created" in runs.undo("")
    assert "did you mean undo_unfinished?" in runs.undo(made, undo_unfinishd=True)
    assert by_name(service) == ids

    other = {"id": "00000000-0000-4000-8000-000000000000", "name": "web-1", "region": service.region}
    assert "web-1 (00000000-0000-4000-8000-000000000000) was gone already" in runs.undo([other])
    elsewhere = runs.undo([{**first, "region": "mars"}])
    assert f"web-1 ({first['id']}) is left, as it couldn't be read" in elsewhere
    assert by_name(service) == ids

    service.add_fault(Fault(method="GET", path="/deployments$", kind="status", status=403, body="{}"))
    said = runs.undo([first, second, first])
    labels = [f"{one['name']} ({one['id']})" for one in made]
    assert f'"To be deleted: {labels[0]}, {labels[1]}"' in said
    for label in labels:
        assert f"{label} couldn't be deleted, and is paid for" in said
    assert by_name(service) == ids

    # One can't be deleted; AWX has made a number of the name of the other.
    service.add_fault(Fault(method="DELETE", path=second["id"], kind="status", status=403, body="{}"))
    said = runs.undo([{**first, "name": 7}, second])
    assert f"7 ({first['id']}) was deleted. web-2 ({second['id']}) couldn't be deleted, and is paid for" in said
    assert by_name(service) == {"web-2": second["id"]}
