# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each integration target, in both versions of the API and through both doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.server import EmulatorServer
from support.playbooks import Player

TARGETS = Path(__file__).parent / "targets"


@pytest.mark.parametrize("in_process", ["true", "false"], ids=["action", "module"])
@pytest.mark.parametrize("target", sorted(folder.name for folder in TARGETS.iterdir()))
def test_target(player: Player, service: EmulatorServer, target: str, in_process: str) -> None:
    played = player.play([], "-e", f"scaleway_inference_in_process={in_process}", roles=[str(TARGETS / target)])
    assert played.code == 0, played.output
    assert "failed=0" in played.recap
    # What a target makes, it removes.
    assert service.deployments() == []
