# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packaged playbooks, with their variables in a file as AWX writes it for a job, on the running ansible-core.

Since 2.19, ansible-core makes numbers, booleans, dates and nulls of the answers in such a file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.release import __version__ as core_version

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import (
    COLLECTION_VARIABLES,
    ENTRY_POINTS,
)
from ansible_collections.scaleway.inference.tests.support.awx_variables import written
from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.server import EmulatorServer

READS_ANSWERS = tuple(int(part) for part in core_version.split(".")[:2]) >= (2, 19)
ADVICE = "AWX on ansible-core 2.19 and later reads 007 as the number 7"
MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
DEPLOY = {"deploy_name": "web", "deploy_model": MODEL, "deploy_node_type": "L4"}
FLEET = {"deploy_name": "web", "deploy_deployments": [{"name": "web", "model": MODEL, "node_type": "L4", "tags": ""}]}

# Each playbook: its entry point, the answers it needs, and the names of the deployments that are there afterwards.
PLAYBOOKS: dict[str, tuple[tuple[str, str], dict[str, Any], list[str]]] = {
    "deploy": (("deploy", "main"), DEPLOY, ["web"]),
    "fleet": (("deploy", "main"), FLEET, ["web"]),
    "rollout": (("rollout", "main"), {"rollout_from": "web", "rollout_to": "web-2", "rollout_grace": 0}, ["web-2"]),
    "smoke_test": (("deploy", "smoke_test"), {"deploy_name": "web"}, ["web"]),
    "decommission": (("decommission", "main"), {"decommission_name": "web"}, []),
    "undo": (("decommission", "undo"), {}, []),
}


@pytest.fixture
def api_version() -> str:
    """The version that has rules."""
    return "v1beta1"


@pytest.fixture
def awx(player: Player, service: EmulatorServer, tmp_path: Path) -> Callable[..., Played]:
    """Runs a playbook of the collection with these answers."""
    service.configure(creating=0, deploying=0, updating=0, deleting=0)

    def run(playbook: str, answers: dict[str, Any], *args: str) -> Played:
        path = tmp_path / "extravars"
        path.write_text(written(answers), encoding="utf-8")
        return player.play_file(Path(f"scaleway.inference.{playbook}"), "-e", f"@{path}", *args)

    return run


def created(service: EmulatorServer) -> Any:
    """What the playbook deploy hands on, as if it had created all that is there, with names that read as numbers."""
    return [{"id": one.id, "name": "007", "region": one.region} for one in service.deployments()]


def blanks(point: tuple[str, str]) -> dict[str, str]:
    """An empty answer for each variable, but for those that must not be empty."""
    entry = ENTRY_POINTS[point]
    limits = {name for name, other in entry.limits.items() if other is None}
    return dict.fromkeys([*sorted(set(entry.options) - limits), *entry.reads, *COLLECTION_VARIABLES], "")


@pytest.mark.slow
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_blank_answers_are_not_given(awx: Callable[..., Played], service: EmulatorServer, playbook: str) -> None:
    point, answers, left = PLAYBOOKS[playbook]
    if playbook not in ("deploy", "fleet"):
        assert awx("deploy", {**DEPLOY, "deploy_smoke_test": "false"}).code == 0
    if playbook == "undo":
        answers = {**answers, "scaleway_inference_created": created(service)}
    played = awx(playbook, {**blanks(point), **answers})
    # The undo fails by design.
    assert played.code == (2 if playbook == "undo" else 0), played.output
    assert sorted(one.name for one in service.deployments()) == left


def assert_refused(played: Played, reason: str) -> None:
    """The run failed for this reason, and says how answers are read."""
    output = " ".join(played.output.split())
    assert played.code == 2, output
    assert f"{reason}, not text. {ADVICE}" in output


@pytest.mark.parametrize(
    ("playbook", "name"),
    [
        ("deploy", "deploy_name"),
        *(
            pytest.param(playbook, name, marks=pytest.mark.slow)
            for playbook, name in (
                ("fleet", "deploy_name"),
                ("rollout", "rollout_to"),
                ("smoke_test", "deploy_name"),
                ("decommission", "decommission_name"),
                ("decommission", "deploy_name"),
            )
        ),
    ],
)
def test_name_is_what_was_answered_or_refused(
    awx: Callable[..., Played], service: EmulatorServer, playbook: str, name: str
) -> None:
    answers = {**PLAYBOOKS[playbook][1], name: "007"}
    if name == "deploy_name":
        answers.pop("decommission_name", None)
    played = awx(playbook, answers)
    if READS_ANSWERS:
        assert_refused(played, f"{name}: 7 is a number")
        assert service.journal() == []
    elif playbook in ("deploy", "fleet"):
        assert played.code == 0, played.output
        assert "fleet: 007" in [tag for one in service.deployments() for tag in one.tags]
    else:
        # There is none of this name.
        assert "not text" not in played.output


@pytest.mark.slow
def test_number_is_refused_on_every_version(awx: Callable[..., Played], service: EmulatorServer) -> None:
    """Before ansible-core 2.19, templates make text of numbers, as where one role's variable stands for another's."""
    for playbook, name in (("deploy", "deploy_name"), ("decommission", "deploy_name"), ("rollout", "rollout_from")):
        assert_refused(awx(playbook, {**PLAYBOOKS[playbook][1], name: 7}), f"{name}: 7 is a number")
    assert service.journal() == []


@pytest.mark.slow
@pytest.mark.skipif(not READS_ANSWERS, reason="before ansible-core 2.19, answers stay text")
def test_what_is_no_text_is_refused_wherever_it_stands(awx: Callable[..., Played], service: EmulatorServer) -> None:
    entry = {"name": "web", "model": MODEL, "node_type": "L4"}
    cases: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("deploy", {"deploy_tags": "1.10"}, "deploy_tags: 1.1 is a number"),
        ("deploy", {"deploy_tags": ["blue", "2026-01-01"]}, "deploy_tags[1]: 2026-01-01 is a date"),
        ("deploy", {"deploy_prompt": "yes"}, "deploy_prompt: true is a boolean"),
        ("fleet", {"deploy_deployments": [{**entry, "name": "12:30"}]}, "deploy_deployments[0].name: 750 is a number"),
        ("rollout", {"rollout_consumers": "1_000"}, "rollout_consumers: 1000 is a number"),
        ("smoke_test", {"smoke_test_hosts": "007"}, "smoke_test_hosts: 7 is a number"),
        ("undo", {"scaleway_inference_profile": "on"}, "scaleway_inference_profile: true is a boolean"),
        ("deploy", {"scaleway_inference_secret_key": "0x1F"}, "scaleway_inference_secret_key: its value is a number"),
        (
            "decommission",
            {"scaleway_inference_ignored_variables": ".inf"},
            "scaleway_inference_ignored_variables: inf is a number",
        ),
    )
    for playbook, answers, reason in cases:
        assert_refused(awx(playbook, {**PLAYBOOKS[playbook][1], **answers}), reason)
    assert service.journal() == []


@pytest.mark.slow
def test_required_blank_is_missing(awx: Callable[..., Played], service: EmulatorServer) -> None:
    for playbook, name in (("deploy", "deploy_name"), ("rollout", "rollout_to")):
        played = awx(playbook, {**PLAYBOOKS[playbook][1], name: ""})
        assert played.code == 2
        assert f"Set {name}," in " ".join(played.output.split())
    for empty in ("", [], [""]):
        played = awx("decommission", {"decommission_name": "web", "decommission_only": empty})
        assert "decommission_only: is empty" in " ".join(played.output.split())
    assert service.journal() == []
