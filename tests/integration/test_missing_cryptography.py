# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only reading certificates needs the Python package cryptography; where it is missing, the error says so."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

ROLE_OPTIONS: dict[str, Any] = {
    "deploy_name": "web",
    "deploy_model": "mistral/mistral-7b-instruct-v0.3:bf16",
    "deploy_node_type": "L4",
    "deploy_smoke_test": False,
    "deploy_endpoints": [{"private_network_id": "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"}],
}


@pytest.fixture
def lacking(player: Player, tmp_path: Path) -> Player:
    """Runs playbooks whose Python, and that of their modules, can't import the package."""
    package = tmp_path / "lacking" / "cryptography"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ModuleNotFoundError('No module named cryptography')\n", "utf-8")
    player.environ["PYTHONPATH"] = str(package.parent)
    return player


def assert_named(message: str) -> None:
    assert "Failed to import the required Python library (cryptography) on " in message
    # Which Python, and how to install it there.
    assert f"'s Python {sys.executable}." in message
    assert f"Install it with: {sys.executable} -m pip install cryptography" in message


@pytest.mark.slow
@pytest.mark.parametrize("in_process", ["true", "false"], ids=["action", "module"])
def test_certificate_can_not_be_read(lacking: Player, service: EmulatorServer, in_process: str) -> None:
    tasks: list[dict[str, Any]] = [
        {"scaleway.inference.model_info": {}, "register": "saved_models"},
        {
            "scaleway.inference.deployment_certificate_info": {"deployment": "web"},
            "register": "saved_certificate",
            "ignore_errors": True,
        },
    ]
    python = f"ansible_python_interpreter={sys.executable}"
    played = lacking.play(tasks, "-e", f"scaleway_inference_in_process={in_process}", "-e", python)
    assert played.registered["saved_models"]["models"]
    assert played.registered["saved_certificate"]["failed"] is True
    assert_named(played.registered["saved_certificate"]["msg"])
    assert "Traceback" not in played.output
    assert all("certificate" not in one.path for one in service.journal())


@pytest.mark.slow
def test_role_makes_nothing_that_it_could_not_describe(lacking: Player, service: EmulatorServer) -> None:
    role = {"role": "scaleway.inference.deploy"}
    played = lacking.play([], roles=[{**role, "vars": ROLE_OPTIONS}])
    assert played.code == 2
    assert_named(" ".join(played.output.split()))
    assert service.deployments() == []
    # Public endpoints need no certificate.
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    played = lacking.play([], roles=[{**role, "vars": {**ROLE_OPTIONS, "deploy_endpoints": [{"public": True}]}}])
    assert played.code == 0, played.output
