# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two versions spell the same resources: what is written is read back equal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import VersionError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.dialect import Dialect
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import (
    AclRuleSpec,
    DeploymentChange,
    DeploymentSpec,
    EndpointSpec,
    Feature,
    to_plain,
)
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.v1 import V1
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.v1beta1 import V1Beta1
from ansible_collections.scaleway.inference.plugins.module_utils._client.json_object import JsonObject
from ansible_collections.scaleway.inference.tests.support import resource_strategies
from ansible_collections.scaleway.inference.tests.support.client import PROJECT_ID, VERSIONS, open_emulated
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.server import EmulatorServer

DIALECTS: dict[str, Dialect] = {"v1beta1": V1Beta1(), "v1": V1()}
KINDS: dict[str, Callable[[str], st.SearchStrategy[Any]]] = {
    "deployment": resource_strategies.deployments,
    "endpoint": lambda _version: resource_strategies.endpoints(),
    "model": resource_strategies.models,
    "node_type": resource_strategies.node_types,
    "acl_rule": resource_strategies.acl_rules,
    "certificate": resource_strategies.certificates,
}
NETWORK = "9e700000-0000-4000-8000-000000000001"
MODEL = "meta/llama-3.1-8b-instruct:bf16"
MODEL_ID = "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_resource_is_read_back_as_it_was_written(kind: str, version: str, data: st.DataObject) -> None:
    resource = data.draw(KINDS[kind](version))
    sent = json.loads(json.dumps(resource_strategies.to_json(resource, version)))
    assert getattr(DIALECTS[version], kind)(JsonObject(sent, "the answer")) == resource


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_resource_as_plain_data_is_what_json_can_hold(kind: str, version: str, data: st.DataObject) -> None:
    resource = data.draw(KINDS[kind](version))
    plain = to_plain(resource)
    assert json.loads(json.dumps(plain)) == plain
    assert plain.keys() == vars(resource).keys() | ({"url"} if kind == "deployment" else set())


def _spec(**changes: Any) -> DeploymentSpec:
    fields: dict[str, Any] = {
        "name": "chat",
        "project_id": PROJECT_ID,
        "model": MODEL,
        "model_id": MODEL_ID,
        "node_type": "L4",
        "accept_eula": True,
        "endpoints": (EndpointSpec(), EndpointSpec(private_network_id=NETWORK, disable_auth=True)),
    }
    return DeploymentSpec(**{**fields, **changes})


COMMON = {"name": "chat", "project_id": PROJECT_ID, "accept_eula": True, "tags": []}
PRIVATE = {"private_network": {"private_network_id": NETWORK}, "disable_auth": True}


@pytest.mark.parametrize(
    ("version", "spec", "body"),
    [
        (
            "v1beta1",
            _spec(),
            {
                **COMMON,
                "model_name": MODEL,
                "node_type": "L4",
                "endpoints": [{"public": {}, "disable_auth": False}, PRIVATE],
            },
        ),
        (
            "v1",
            _spec(min_size=2, max_size=2, quantization_bits=8),
            {
                **COMMON,
                "model_id": MODEL_ID,
                "node_type_name": "L4",
                "min_size": 2,
                "max_size": 2,
                "quantization": {"bits": 8},
                "endpoints": [{"public_network": {}, "disable_auth": False}, PRIVATE],
            },
        ),
    ],
)
def test_creation_has_the_given_fields_and_no_others(version: str, spec: DeploymentSpec, body: dict[str, Any]) -> None:
    assert DIALECTS[version].deployment_creation(spec) == body


@pytest.mark.parametrize(
    ("version", "change", "body"),
    [
        ("v1beta1", DeploymentChange(), {}),
        ("v1", DeploymentChange(), {}),
        ("v1beta1", DeploymentChange(name="new", tags=()), {"name": "new", "tags": []}),
        ("v1", DeploymentChange(tags=("a", "b"), min_size=3), {"tags": ["a", "b"], "min_size": 3}),
        ("v1beta1", DeploymentChange(min_size=0, max_size=0), {"min_size": 0, "max_size": 0}),
        (
            "v1",
            DeploymentChange(model_id=MODEL_ID, quantization_bits=16),
            {"model_id": MODEL_ID, "quantization": {"bits": 16}},
        ),
    ],
)
def test_update_has_only_the_changed_fields(version: str, change: DeploymentChange, body: dict[str, Any]) -> None:
    assert DIALECTS[version].deployment_update(change) == body


@pytest.mark.parametrize(("version", "public"), [("v1beta1", "public"), ("v1", "public_network")])
def test_endpoint_names_its_deployment_and_its_network(version: str, public: str) -> None:
    dialect = DIALECTS[version]
    assert dialect.endpoint_creation("0d", EndpointSpec(disable_auth=True)) == {
        "deployment_id": "0d",
        "endpoint": {public: {}, "disable_auth": True},
    }
    private = dialect.endpoint_creation("0d", EndpointSpec(private_network_id=NETWORK))
    assert private["endpoint"] == {**PRIVATE, "disable_auth": False}


def test_rules_are_written_in_order() -> None:
    rules = [AclRuleSpec(ip="192.0.2.0/24", description="office"), AclRuleSpec(ip="2001:db8::1")]
    assert DIALECTS["v1beta1"].acl_rules(rules) == {
        "acls": [{"ip": "192.0.2.0/24", "description": "office"}, {"ip": "2001:db8::1", "description": ""}]
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("feature", Feature, ids=lambda feature: feature.name)
def test_feature_that_a_version_lacks_names_those_that_have_it(
    version: str, feature: Feature, emulator: EmulatorServer, clock: ManualClock
) -> None:
    having = {name for name, dialect in DIALECTS.items() if feature in dialect.features}
    with open_emulated(emulator, version, clock) as api:
        if version in having:
            api.require(feature)
        else:
            (other,) = having
            with pytest.raises(
                VersionError, match=f"^{feature.value} needs api_version {other}; {version} doesn't have it$"
            ):
                api.require(feature)


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        (DeploymentChange(model_id=MODEL_ID), "changing the model"),
        (DeploymentChange(quantization_bits=8), "quantization_bits"),
    ],
)
def test_change_that_only_v1_knows_is_refused_in_v1beta1(
    change: DeploymentChange, feature: str, emulator: EmulatorServer, clock: ManualClock
) -> None:
    with (
        open_emulated(emulator, "v1beta1", clock) as api,
        pytest.raises(VersionError, match=f"{feature} needs api_version v1"),
    ):
        api.update_deployment(MODEL_ID, change)
    assert not emulator.journal()


def test_quantization_of_a_creation_is_refused_in_v1beta1(emulator: EmulatorServer, clock: ManualClock) -> None:
    with (
        open_emulated(emulator, "v1beta1", clock) as api,
        pytest.raises(VersionError, match="quantization_bits needs api_version v1"),
    ):
        api.create_deployment(_spec(quantization_bits=8))
    assert not emulator.journal()


@st.composite
def _specs(draw: st.DrawFn, version: str) -> DeploymentSpec:
    smallest = draw(st.integers(1, 9))
    places = draw(st.lists(st.none() | resource_strategies.IDS, min_size=1, max_size=3, unique=True))
    return _spec(
        name=draw(st.text("abcXYZ012. -", min_size=1, max_size=20)),
        tags=draw(resource_strategies.TAGS),
        min_size=smallest,
        max_size=smallest if version == "v1" else draw(st.integers(smallest, 9)),
        quantization_bits=draw(st.sampled_from((8, 16))) if version == "v1" else None,
        endpoints=tuple(EndpointSpec(private_network_id=place, disable_auth=draw(st.booleans())) for place in places),
    )


@pytest.mark.parametrize("version", VERSIONS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_creation_is_read_back_from_the_emulator_as_specified(
    version: str, emulator: EmulatorServer, clock: ManualClock, data: st.DataObject
) -> None:
    emulator.configure(any_project=True)
    spec = data.draw(_specs(version))
    with open_emulated(emulator, version, clock) as api:
        made = api.create_deployment(spec)
        found = api.get_deployment(made.id)
    assert found == made
    for name in ("name", "project_id", "model", "model_id", "node_type", "tags", "min_size", "max_size"):
        assert getattr(found, name) == getattr(spec, name)
    assert found.quantization_bits == spec.quantization_bits
    expected = [(each.public, each.private_network_id, each.disable_auth) for each in spec.endpoints]
    assert [(each.public, each.private_network_id, each.disable_auth) for each in found.endpoints] == expected
