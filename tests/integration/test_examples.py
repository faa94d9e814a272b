# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples run as they stand, leave nothing behind, and show no key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


# Only v1beta1 has access rules.
@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.glob("*.yml")))
def test_example(player: Player, service: EmulatorServer, example: str) -> None:
    played = player.play_file(EXAMPLES / example, "-v")
    assert played.code == 0, played.output
    assert service.deployments() == []
    assert service.secret_key not in played.output


@pytest.mark.parametrize("in_process", [True, False])
def test_private_endpoints_only(player: Player, service: EmulatorServer, in_process: bool) -> None:
    variables = f"scaleway_inference_in_process={str(in_process).lower()}"
    played = player.play_file(EXAMPLES / "private_only.yml", "-e", variables)
    assert played.code == 0, played.output
    output = " ".join(played.output.split())
    assert "private_only: deployment 'demo-private'" in output
    assert "set purge_endpoints: true to remove it" in output
    assert service.deployments() == []


def test_key_with_a_condition(player: Player, service: EmulatorServer) -> None:
    key = "5ec2e700-1111-4222-8333-444455556667"
    service.reset(key_conditions={key: ["127.0.0.2"]})
    player.environ["CALLING_KEY"] = key
    played = player.play_file(EXAMPLES / "condition" / "condition.yml", "-v")
    assert played.code == 0, played.output
    assert service.deployments() == []
    assert key not in played.output


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_who_may_talk_to_a_model(player: Player) -> None:
    played = player.play_file(EXAMPLES / "access.yml")
    output = " ".join(played.output.split())
    assert "no access rule of the deployment admits the address" in output
    assert "the endpoint refused the secret key" in output
    assert "https://127.0.0.1:" in output
