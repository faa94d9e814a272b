# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With deploy_fail_on_drift, a run in check mode fails if anything would change, and says what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

FLEET: dict[str, Any] = {
    "deploy_name": "web",
    "deploy_model": "mistral/mistral-7b-instruct-v0.3:bf16",
    "deploy_node_type": "L4",
    "deploy_deployments": [{"name": "web-1"}, {"name": "web-2"}],
    "deploy_smoke_test": False,
    "deploy_fail_on_drift": "true",
}


class Checks:
    """Runs playbooks of the collection."""

    def __init__(self, player: Player, folder: Path) -> None:
        self._player = player
        self._file = folder / "vars.yml"

    def run(self, name: str, variables: dict[str, Any], *args: str, code: int) -> str:
        """What a run said, in one line."""
        self._file.write_text(yaml.safe_dump(variables), encoding="utf-8")
        played = self._player.play_file(Path(f"scaleway.inference.{name}"), "-e", f"@{self._file}", *args)
        assert played.code == code, played.output
        return " ".join(played.output.split())


@pytest.fixture
def checks(player: Player, service: EmulatorServer, tmp_path: Path) -> Checks:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    return Checks(player, tmp_path)


@pytest.mark.slow
def test_check_with_drift_fails_and_lists_it(checks: Checks, service: EmulatorServer) -> None:
    missing = checks.run("deploy", FLEET, "--check", code=2)
    assert "deploy_fail_on_drift: 2 of 2 deployments of the fleet 'web' aren't as the variables say." in missing
    for name in ("web-1", "web-2"):
        assert f"{name} would be created: create deployment {name}." in missing
    assert "a run without check mode makes these changes" in missing
    assert service.deployments() == []

    # Without check mode, it has no effect; without drift, the check is green.
    checks.run("deploy", FLEET, code=0)
    ids = {one.name: one.id for one in service.deployments()}
    checks.run("fleet", FLEET, "--check", code=0)

    changed = {**FLEET, "deploy_deployments": [{"name": "web-1", "min_size": 2, "max_size": 2}]}
    drift = checks.run("fleet", changed, "--check", "--diff", code=2)
    assert "2 of 2 deployments of the fleet 'web'" in drift
    assert "web-1 would be updated: update min_size (1 -> 2), max_size (1 -> 2)." in drift
    assert f"web-2 would be deleted: delete deployment web-2 ({ids['web-2']})." in drift
    # The diff is shown too.
    assert '+ "max_size": 2' in drift
    # Without purge, the second stays; without the variable, the check is green.
    assert "1 of 1 deployments" in checks.run("deploy", changed, "--check", code=2)
    checks.run("fleet", {**changed, "deploy_fail_on_drift": ""}, "--check", code=0)
    assert {one.name: one.id for one in service.deployments()} == ids


@pytest.mark.slow
def test_other_errors_come_first(checks: Checks) -> None:
    large = {"deploy_model": "meta/llama-3.1-70b-instruct:fp8", "deploy_accept_eula": True}
    said = checks.run("deploy", {**FLEET, **large, "deploy_node_type": "H100-SXM-4"}, "--check", code=2)
    assert "Out of stock: H100-SXM-4" in said
    assert "aren't as the variables say" not in said
