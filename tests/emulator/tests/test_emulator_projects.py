# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the projects that exist: all others are refused, whether something is made or listed there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

UNKNOWN = "11111111-2222-4333-8444-555555555555"
SOURCE = {"url": "https://models.test/acme/mine"}


def denied(api: Api, method: str, path: str, body: dict[str, Any] | None = None, **params: str) -> dict[str, str]:
    """What a request that must be denied lacks."""
    status, error = api.fails(method, path, body, **params)
    assert (status, error["type"]) == (403, "permissions_denied")
    (detail,) = error["details"]
    assert isinstance(detail, dict)
    return detail


def test_nothing_is_made_in_an_unknown_project(api: Api) -> None:
    creation = api.body(project_id=UNKNOWN)
    assert denied(api, "POST", "/deployments", creation) == {"resource": "deployment", "action": "write"}
    if api.version == "v1":
        model = {"name": "mine", "project_id": UNKNOWN, "source": SOURCE}
        assert denied(api, "POST", "/models", model) == {"resource": "model", "action": "write"}
    assert api.server.deployments() == []


def test_an_unknown_project_is_not_listed(api: Api) -> None:
    for path, resource in (("/deployments", "deployment"), ("/models", "model")):
        assert denied(api, "GET", path, project_id=UNKNOWN) == {"resource": resource, "action": "read"}
        assert api.call("GET", path).status_code == 200


@pytest.mark.parametrize("setting", [{"projects": [UNKNOWN]}, {"any_project": True}])
def test_projects_are_made_known(api: Api, emulator: EmulatorServer, setting: dict[str, Any]) -> None:
    emulator.configure(**setting)
    assert api.create(project_id=UNKNOWN)["project_id"] == UNKNOWN
    assert api.ok("GET", "/deployments", project_id=UNKNOWN)["total_count"] == 1


def test_projects_of_keys_are_known(api: Api, emulator: EmulatorServer) -> None:
    emulator.reset(keys={"narrow": {"projects": [UNKNOWN]}})
    narrow = Api(emulator, api.version, "narrow")
    assert narrow.create(project_id=UNKNOWN)["project_id"] == UNKNOWN
    denied(narrow, "GET", "/deployments", project_id=emulator.project_id)
    assert api.ok("GET", "/deployments", project_id=UNKNOWN)["total_count"] == 1


def test_a_key_has_not_every_project_that_exists(api: Api, emulator: EmulatorServer) -> None:
    emulator.reset(any_project=True, keys={"narrow": {"projects": [UNKNOWN]}})
    denied(Api(emulator, api.version, "narrow"), "POST", "/deployments", api.body())


def test_the_organization_is_that_of_the_settings_or_of_the_default_project(emulator: EmulatorServer) -> None:
    assert Config().organization_id is None
    assert emulator.organization_id == emulator.project_id
    emulator.reset(organization_id=UNKNOWN)
    assert emulator.organization_id == UNKNOWN
