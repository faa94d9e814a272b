# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each integration target, in both versions of the API and, but for roles, in both execution modes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

TARGETS = Path(__file__).parent / "targets"
NAMES = sorted(folder.name for folder in TARGETS.iterdir())
ROLES = [name for name in NAMES if name.startswith("role_")]
#: test_execution_modes.py shows that the modes are equal.
IN_PROCESS = [pytest.param("true", id="action"), pytest.param("false", id="module", marks=pytest.mark.slow)]
SLOW = {"role_client_config", "role_rollout", "role_variables"}
#: Roles in which something depends on the version.
BOTH_VERSIONS = {"role_deploy", "role_rollout"}


@pytest.mark.parametrize("in_process", IN_PROCESS)
@pytest.mark.parametrize(
    "target",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name.endswith("_info") else [])
        for name in NAMES
        if name not in ROLES
    ],
)
def test_target(player: Player, service: EmulatorServer, target: str, in_process: str) -> None:
    played = player.play([], "-e", f"scaleway_inference_in_process={in_process}", roles=[str(TARGETS / target)])
    assert played.code == 0, played.output
    assert "failed=0" in played.recap
    # A target removes what it creates.
    assert service.deployments() == []


# The modules that roles use have targets of their own, which run in both execution modes.
@pytest.mark.parametrize(
    ("target", "api_version"),
    [
        pytest.param(name, version, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in ROLES
        for version in ("v1beta1", "v1")[: 2 if name in BOTH_VERSIONS else 1]
    ],
)
def test_role(player: Player, service: EmulatorServer, target: str) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    played = player.play([], roles=[str(TARGETS / target)])
    assert played.code == 0, played.output
    assert "failed=0" in played.recap
    assert service.deployments() == []
