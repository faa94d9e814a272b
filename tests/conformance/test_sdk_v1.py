# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official SDK (v1) works with every route of the emulator as with the real service."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime, timezone
from typing import Any, cast

import pytest
from scaleway import Client
from scaleway.inference.v1 import (
    Deployment,
    DeploymentQuantization,
    DeploymentStatus,
    EndpointSpec,
    InferenceV1API,
    ListDeploymentsRequestOrderBy,
    ListModelsRequestOrderBy,
    ModelSource,
    ModelStatus,
)
from scaleway_core.api import ScalewayException

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.real_durations

LLAMA = "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3"
MISTRAL = "bf6be106-c53d-4b93-bb33-1a4bd4d0b573"
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def sdk(emulator: EmulatorServer) -> InferenceV1API:
    return InferenceV1API(
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
    return EndpointSpec(False, public_network=cast(Any, {}), private_network=None)


def private(network: str) -> EndpointSpec:
    return EndpointSpec(False, public_network=None, private_network=cast(Any, {"private_network_id": network}))


def create(sdk: InferenceV1API, name: str = "sdk", *endpoints: EndpointSpec) -> Deployment:
    return sdk.create_deployment(
        name=name,
        project_id=sdk.client.default_project_id,
        model_id=LLAMA,
        node_type_name="L4",
        accept_eula=True,
        endpoints=list(endpoints) or [public()],
        tags=["one", "two"],
        min_size=1,
        max_size=1,
        quantization=DeploymentQuantization(enabled=True, bits=8),
    )


def test_life_of_a_deployment(sdk: InferenceV1API, clock: ManualClock) -> None:
    created = create(sdk)
    assert (created.status, created.created_at, created.updated_at) == (DeploymentStatus.CREATING, START, None)
    assert (created.name, created.node_type_name, created.tags) == ("sdk", "L4", ["one", "two"])
    assert (created.size, created.min_size, created.max_size) == (0, 1, 1)
    assert (created.project_id, created.region) == (sdk.client.default_project_id, "fr-par")
    assert (created.model_id, created.model_name) == (LLAMA, "meta/llama-3.1-8b-instruct:bf16")
    assert (created.quantization, created.error_message) == (DeploymentQuantization(enabled=True, bits=8), None)
    clock.advance(540)
    assert sdk.get_deployment(deployment_id=created.id).status == DeploymentStatus.DEPLOYING
    clock.advance(480)
    ready = sdk.get_deployment(deployment_id=created.id)
    assert (ready.status, ready.size, ready.error_message) == (DeploymentStatus.READY, 1, "")

    changed = sdk.update_deployment(
        deployment_id=created.id,
        name="new",
        tags=[],
        min_size=2,
        max_size=2,
        model_id=MISTRAL,
        quantization=DeploymentQuantization(enabled=True, bits=16),
    )
    assert (changed.name, changed.tags, changed.min_size, changed.max_size) == ("new", [], 2, 2)
    assert (changed.model_id, changed.status) == (MISTRAL, DeploymentStatus.DEPLOYING)
    assert changed.quantization
    assert changed.quantization.bits == 16
    clock.advance(122)
    assert sdk.get_deployment(deployment_id=created.id).size == 2

    assert sdk.delete_deployment(deployment_id=created.id).status == DeploymentStatus.DELETING
    clock.advance(45)
    with pytest.raises(ScalewayException) as gone:
        sdk.get_deployment(deployment_id=created.id)
    assert gone.value.status_code == 404
    assert gone.value.response.json()["resource"] == "deployment"


def test_lists_of_deployments(sdk: InferenceV1API, clock: ManualClock) -> None:
    for number in range(7):
        create(sdk, f"d{number}")
        clock.advance(1)
    order = ListDeploymentsRequestOrderBy.CREATED_AT_ASC
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


def test_models(sdk: InferenceV1API) -> None:
    models = sdk.list_models_all(page_size=10, order_by=ListModelsRequestOrderBy.NAME_ASC)
    assert len({model.id for model in models}) == 44
    (listed,) = sdk.list_models_all(name="llama-3.1-8b-instruct:bf16", tags=["chat"])
    model = sdk.get_model(model_id=LLAMA)
    assert model == listed
    assert (model.status, model.project_id) == (ModelStatus.READY, "00000000-0000-0000-0000-000000000000")
    assert (model.has_eula, model.parameter_size_bits, model.size_bytes) == (True, 16, 32_132_582_323)
    contexts = {
        (node.node_type_name, each.quantization_bits): each.max_context_size
        for node in model.nodes_support[0].nodes
        for each in node.quantizations
        if each.allowed
    }
    assert contexts["L4", 8] == 93_000
    assert contexts["L4", 16] == 40_000
    assert ("L4", 32) not in contexts


def test_import_of_a_model(sdk: InferenceV1API, clock: ManualClock) -> None:
    source = ModelSource(url="https://models.example/mine", secret="hush")
    model = sdk.create_model(name="mine", project_id=sdk.client.default_project_id, source=source)
    assert (model.name, model.status, model.tags) == ("mine", ModelStatus.PREPARING, ["custom"])
    clock.advance(660)
    assert sdk.get_model(model_id=model.id).status == ModelStatus.READY
    assert len(sdk.list_models_all()) == 45
    sdk.delete_model(model_id=model.id)
    with pytest.raises(ScalewayException) as gone:
        sdk.get_model(model_id=model.id)
    assert (gone.value.status_code, gone.value.response.json()["resource"]) == (404, "Model")
    with pytest.raises(ScalewayException) as denied:
        sdk.delete_model(model_id=LLAMA)
    assert denied.value.status_code == 403


def test_node_types(sdk: InferenceV1API) -> None:
    every = sdk.list_node_types_all(include_disabled_types=True, page_size=2)
    offered = sdk.list_node_types_all(include_disabled_types=False)
    assert [each.name for each in every if each not in offered] == ["H100-SXM-8"]
    assert (every[1].name, every[1].vcpus, every[1].memory) == ("L40S", 8, 96_000_000_000)


def test_endpoints_and_certificate(sdk: InferenceV1API, emulator: EmulatorServer, clock: ManualClock) -> None:
    network = str(uuid.uuid4())
    deployment = create(sdk)
    clock.advance(3600)
    endpoint = sdk.create_endpoint(deployment_id=deployment.id, endpoint=private(network))
    assert endpoint.private_network
    assert (endpoint.private_network.private_network_id, endpoint.public_network) == (network, None)
    assert sdk.update_endpoint(endpoint_id=endpoint.id, disable_auth=True).disable_auth is True
    first, second = sdk.get_deployment(deployment_id=deployment.id).endpoints
    assert (first.public_network is not None, second.disable_auth) == (True, True)
    assert first.url == f"{emulator.url}/ifr/{deployment.id}"

    file = sdk.get_deployment_certificate(deployment_id=deployment.id)
    assert base64.b64decode(file.content).startswith(b"-----BEGIN CERTIFICATE-----")

    sdk.delete_endpoint(endpoint_id=endpoint.id)
    assert [each.id for each in sdk.get_deployment(deployment_id=deployment.id).endpoints] == [first.id]
    with pytest.raises(ScalewayException) as last:
        sdk.delete_endpoint(endpoint_id=first.id)
    assert (last.value.status_code, last.value.response.json()["type"]) == (412, "precondition_failed")


def test_errors(sdk: InferenceV1API) -> None:
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


def test_what_the_sdk_cannot_read(sdk: InferenceV1API) -> None:
    """The live service answered ``quantization: {bits}`` to a creation without one; SDK 2.9.0 requires more fields."""
    with pytest.raises(TypeError, match="enabled"):
        sdk.create_deployment(
            name="plain",
            project_id=sdk.client.default_project_id,
            model_id=MISTRAL,
            node_type_name="L4",
            endpoints=[public()],
        )
