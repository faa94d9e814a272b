# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is to be refused can't make the smoke test: that is an error before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.smoke_test import Target, errors
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS

DEPLOY = ENTRY_POINTS["deploy", "main"]
ID = "20043a05-db6e-4ef5-bec6-40089e6d13d0"
REFUSED = {"deploy_name": "chat", "deploy_smoke_test": True, "deploy_verify": "refused"}


def found(options: dict[str, Any], **member: Any) -> list[str]:
    endpoints = member.pop("endpoints", [{"private_network_id": None}])
    shown = {"name": "chat", "rules": [], "steps": [], "deployment": {"id": ID, "endpoints": endpoints}, **member}
    return list(errors(DEPLOY, options, [Target.of(shown)]))


def test_contradiction_names_variables_and_deployments() -> None:
    (error,) = found(REFUSED)
    assert error.startswith("deploy_verify: this host is to be refused by chat")
    assert "deploy_smoke_test_host" in error


@pytest.mark.parametrize("entry", [{"name": "chat"}, {"id": ID}, {"id": ID, "name": "new"}])
def test_entry_may_say_otherwise(entry: dict[str, Any]) -> None:
    assert found({**REFUSED, "deploy_deployments": [entry]})
    assert not found({**REFUSED, "deploy_deployments": [{**entry, "verify": "answered"}]})
    alone = {name: value for name, value in REFUSED.items() if name != "deploy_verify"}
    assert found({**alone, "deploy_deployments": [{**entry, "verify": "refused"}]})
    assert not found({**alone, "deploy_deployments": [entry]})


@pytest.mark.parametrize(
    "changes",
    [
        {"deploy_smoke_test": False},
        {"deploy_smoke_test_host": "inside"},
        {"deploy_source_address": "192.0.2.7"},
        {"deploy_verify": "answered"},
    ],
)
def test_no_contradiction(changes: dict[str, Any]) -> None:
    assert not found({**REFUSED, **changes})


def test_private_deployment_is_asked_by_another_way() -> None:
    assert not found(REFUSED, endpoints=[{"private_network_id": "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"}])
