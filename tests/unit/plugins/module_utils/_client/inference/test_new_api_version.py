# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A further version of the API needs only a dialect: choices and messages follow from its features."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import SettingsError, VersionError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import Feature
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.v1 import V1
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.versions import DIALECTS
from ansible_collections.scaleway.inference.plugins.module_utils._options import shared as task_options
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment, fleet, model_info
from ansible_collections.scaleway.inference.tests.support.client import make_settings, open_emulated
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}


class V2(V1):
    """A version with the access rules of v1beta1 and all features of v1."""

    version = "v2"
    features = V1.features | {Feature.ACL_RULES}


@pytest.fixture(autouse=True)
def third(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DIALECTS, V2.version, V2)


def test_new_version_can_be_chosen() -> None:
    found = importlib.util.find_spec(task_options.__name__)
    assert found is not None
    assert found.loader is not None
    read_again = importlib.util.module_from_spec(found)
    found.loader.exec_module(read_again)
    assert read_again.API_OPTIONS["api_version"]["choices"] == ["v1beta1", "v1", "v2"]
    assert make_settings("https://api.example.com", api_version="v2").api_version == "v2"
    with pytest.raises(SettingsError, match="must be v1beta1 or v1 or v2"):
        make_settings("https://api.example.com", api_version="v3")


def test_new_version_has_the_features_it_declares(emulator: EmulatorServer, clock: ManualClock) -> None:
    with open_emulated(emulator, "v2", clock) as api:
        api.require(Feature.ACL_RULES, Feature.QUANTIZATION)
        with pytest.raises(VersionError, match="licence texts needs api_version v1beta1; v2 doesn't have it"):
            api.require(Feature.LICENCE_TEXTS)


@pytest.mark.parametrize("api_version", ["v1"])
def test_errors_about_rules_name_the_new_version(runner: Runner) -> None:
    rules = [{"ip": "192.0.2.1"}]
    expected = "access rules need api_version v1beta1 or v2: v1 has none"
    assert expected in runner.failure(acl.TASK, deployment="chat", rules=rules)["msg"]
    assert f"rules: {expected}" in runner.failure(deployment.TASK, **CHAT, rules=rules)["msg"]
    assert "licence texts needs api_version v1beta1;" in runner.failure(model_info.TASK, with_eula=True)["msg"]


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_errors_of_planning_name_the_new_version(runner: Runner) -> None:
    expected = "quantization_bits needs api_version v1 or v2"
    assert runner.failure(deployment.TASK, **CHAT, quantization_bits=8)["msg"] == expected
    many = {"name": "f", "deployments": [{**CHAT, "quantization_bits": 8}]}
    assert expected in runner.failure(fleet.TASK, **many)["msg"]
    runner.ok(deployment.TASK, **CHAT)
    other = {**CHAT, "model": "meta/llama-3.1-8b-instruct:bf16", "accept_eula": True}
    assert (
        "in place only with api_version: v1 or v2) can't be changed in place"
        in runner.failure(deployment.TASK, **other)["msg"]
    )
