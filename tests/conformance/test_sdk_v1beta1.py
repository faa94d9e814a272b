# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official SDK (v1beta1) works with every route of the emulator as with the real service."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime, timezone
from typing import Any, cast

import pytest
from scaleway import Client
from scaleway.inference.v1beta1 import (
    ACLRuleRequest,
    Deployment,
    DeploymentStatus,
    EndpointSpec,
    InferenceV1Beta1API,
    ListDeploymentsRequestOrderBy,
    NodeTypeStock,
)
from scaleway_core.api import ScalewayException

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.real_durations

LLAMA = "meta/llama-3.1-8b-instruct:fp8"
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def sdk(emulator: EmulatorServer) -> InferenceV1Beta1API:
    return InferenceV1Beta1API(
        Client(
            access_key="SCWEMULATOR123456789",
            secret_key=emulator.secret_key,
            api_url=emulator.url,
            default_project_id=emulator.project_id,
            default_organization_id=emulator.organization_id,
            default_region=emulator.region,
        )
    )


# SDK 2.9.0 can't serialize the classes inside an endpoint's specification, so plain dicts replace them.
def public() -> EndpointSpec:
    return EndpointSpec(False, public=cast(Any, {}), private_network=None)


def private(network: str) -> EndpointSpec:
    return EndpointSpec(False, public=None, private_network=cast(Any, {"private_network_id": network}))


def create(sdk: InferenceV1Beta1API, name: str = "sdk", *endpoints: EndpointSpec) -> Deployment:
    return sdk.create_deployment(
        name=name,
        project_id=sdk.client.default_project_id,
        model_name=LLAMA,
        node_type="L4",
        accept_eula=True,
        endpoints=list(endpoints) or [public()],
        tags=["one", "two"],
        min_size=1,
        max_size=3,
    )


def test_life_of_a_deployment(sdk: InferenceV1Beta1API, clock: ManualClock) -> None:
    created = create(sdk)
    assert (created.status, created.created_at, created.updated_at) == (DeploymentStatus.CREATING, START, None)
    assert (created.name, created.node_type, created.tags) == ("sdk", "L4", ["one", "two"])
    assert (created.size, created.min_size, created.max_size) == (0, 1, 3)
    assert (created.project_id, created.region) == (sdk.client.default_project_id, "fr-par")
    assert (created.model_name, created.error_message) == (LLAMA, None)
    clock.advance(540)
    assert sdk.get_deployment(deployment_id=created.id).status == DeploymentStatus.DEPLOYING
    clock.advance(480)
    ready = sdk.get_deployment(deployment_id=created.id)
    assert (ready.status, ready.size) == (DeploymentStatus.READY, 1)

    changed = sdk.update_deployment(deployment_id=created.id, name="new", tags=[], min_size=2, max_size=2)
    assert (changed.name, changed.tags, changed.min_size, changed.max_size) == ("new", [], 2, 2)
    assert changed.status == DeploymentStatus.DEPLOYING
    clock.advance(120)
    assert sdk.get_deployment(deployment_id=created.id).size == 2

    assert sdk.delete_deployment(deployment_id=created.id).status == DeploymentStatus.DELETING
    clock.advance(45)
    with pytest.raises(ScalewayException) as gone:
        sdk.get_deployment(deployment_id=created.id)
    assert gone.value.status_code == 404
    assert gone.value.response.json()["resource"] == "deployment"


def test_lists_of_deployments(sdk: InferenceV1Beta1API, clock: ManualClock) -> None:
    for number in range(7):
        create(sdk, f"d{number}")
        clock.advance(1)
    order = ListDeploymentsRequestOrderBy.NAME_ASC
    every = [deployment.name for deployment in sdk.list_deployments_all(page_size=3, order_by=order)]
    assert every == [f"d{number}" for number in range(7)]
    page = sdk.list_deployments(page=2, page_size=3)
    assert [deployment.name for deployment in page.deployments] == ["d3", "d2", "d1"]
    assert int(page.total_count) == 7
    (found,) = sdk.list_deployments_all(name="D5", tags=["one", "two"])
    assert found.name == "d5"
    assert sdk.list_deployments_all(organization_id=str(uuid.uuid4())) == []
    with pytest.raises(ScalewayException) as denied:
        sdk.list_deployments_all(project_id=str(uuid.uuid4()))
    assert denied.value.status_code == 403


def test_models(sdk: InferenceV1Beta1API) -> None:
    models = sdk.list_models_all(page_size=10)
    assert len({model.id for model in models}) == 44
    (listed,) = sdk.list_models_all(name=LLAMA)
    model = sdk.get_model(model_id=listed.id)
    assert model == listed
    assert (model.provider, model.quantization_level, model.project_id) == ("meta", "fp8", "")
    assert (model.has_eula, model.is_public, model.tags) == (True, True, ["instruct", "chat"])
    assert model.compatible_node_types == ["L4", "L40S", "H100", "H100-2"]
    assert model.created_at == datetime(2025, 3, 27, 16, 49, 37, 342054, tzinfo=timezone.utc)
    assert LLAMA in sdk.get_model_eula(model_id=model.id).content


def test_node_types(sdk: InferenceV1Beta1API) -> None:
    every = sdk.list_node_types_all(include_disabled_types=True, page_size=2)
    offered = sdk.list_node_types_all(include_disabled_types=False)
    assert [each.name for each in every if each not in offered] == ["H100-SXM-8"]
    assert [each.name for each in every if each.beta] == ["H100-SXM-2"]
    assert [each.name for each in every if each.stock_status == NodeTypeStock.OUT_OF_STOCK] == ["H100-SXM-4"]
    assert (every[0].name, every[0].gpus, every[0].vram) == ("L4", 1, 24_000_000_000)


def test_endpoints_and_certificate(sdk: InferenceV1Beta1API, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.reset(endpoints="service")
    network = str(uuid.uuid4())
    deployment = create(sdk)
    clock.advance(3600)
    endpoint = sdk.create_endpoint(deployment_id=deployment.id, endpoint=private(network))
    assert endpoint.private_network
    assert (endpoint.private_network.private_network_id, endpoint.public_access) == (network, None)
    assert endpoint.url == f"https://{deployment.id}.{network}.internal"
    assert sdk.update_endpoint(endpoint_id=endpoint.id, disable_auth=True).disable_auth is True
    first, second = sdk.get_deployment(deployment_id=deployment.id).endpoints
    assert (first.public_access is not None, second.disable_auth) == (True, True)

    file = sdk.get_deployment_certificate(deployment_id=deployment.id)
    assert base64.b64decode(file.content).startswith(b"-----BEGIN CERTIFICATE-----")

    sdk.delete_endpoint(endpoint_id=endpoint.id)
    assert [each.id for each in sdk.get_deployment(deployment_id=deployment.id).endpoints] == [first.id]
    with pytest.raises(ScalewayException) as last:
        sdk.delete_endpoint(endpoint_id=first.id)
    assert (last.value.status_code, last.value.response.json()["type"]) == (412, "precondition_failed")


def test_access_rules(sdk: InferenceV1Beta1API, clock: ManualClock) -> None:
    deployment = create(sdk)
    clock.advance(3600)
    office = ACLRuleRequest(ip="192.0.2.0/24", description="office")
    one = ACLRuleRequest(ip="198.51.100.7", description="one")
    (added,) = sdk.add_deployment_acl_rules(deployment_id=deployment.id, acls=[office]).rules
    assert (added.ip, added.description) == ("192.0.2.0/24", "office")
    sdk.add_deployment_acl_rules(deployment_id=deployment.id, acls=[one])
    listed = sdk.list_deployment_acl_rules_all(deployment_id=deployment.id, page_size=1)
    assert [rule.ip for rule in listed] == ["192.0.2.0/24", "198.51.100.7"]
    sdk.delete_deployment_acl_rule(acl_id=added.id)
    assert int(sdk.list_deployment_acl_rules(deployment_id=deployment.id).total_count) == 1
    replaced = sdk.set_deployment_acl_rules(deployment_id=deployment.id, acls=[office]).rules
    assert sdk.list_deployment_acl_rules_all(deployment_id=deployment.id) == replaced
    assert replaced[0].id != added.id


def test_errors(sdk: InferenceV1Beta1API) -> None:
    with pytest.raises(ScalewayException) as transient:
        sdk.update_deployment(deployment_id=create(sdk).id, name="new")
    assert transient.value.response.json()["current_state"] == "creating"
    with pytest.raises(ScalewayException) as invalid:
        create(sdk, "sl/ash")
    assert invalid.value.response.json()["details"][0]["argument_name"] == "name"
    sdk.client.secret_key = str(uuid.uuid4())
    with pytest.raises(ScalewayException) as denied:
        sdk.list_models()
    assert denied.value.status_code == 401
