# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only v1 has, and what v1 lacks, through the typed API against the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import VersionError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.api import InferenceApi
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.errors import (
    InvalidArguments,
    NotFound,
    PermissionsDenied,
    PreconditionFailed,
    TransientState,
)
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import (
    AclRuleSpec,
    DeploymentChange,
    DeploymentSpec,
    EndpointSpec,
    NodeSupport,
    Quantization,
)
from ansible_collections.scaleway.inference.tests.support.client import open_emulated
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.real_durations

LLAMA_ID, LLAMA = "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3", "meta/llama-3.1-8b-instruct:bf16"
MISTRAL_ID, MISTRAL = "bf6be106-c53d-4b93-bb33-1a4bd4d0b573", "mistral/mistral-7b-instruct-v0.3:bf16"
NOBODY = "00000000-0000-4000-8000-00000000dead"
SOURCE = "https://models.test/acme/tiny"
SOURCE_SECRET = "open-sesame"


@pytest.fixture
def api(emulator: EmulatorServer, clock: ManualClock) -> Iterator[InferenceApi]:
    with open_emulated(emulator, "v1", clock) as opened:
        yield opened


def _spec(api: InferenceApi, **changes: Any) -> DeploymentSpec:
    fields: dict[str, Any] = {
        "name": "chat",
        "project_id": api.settings.project_id,
        "model": LLAMA,
        "model_id": LLAMA_ID,
        "node_type": "L4",
        "accept_eula": True,
        "endpoints": (EndpointSpec(),),
    }
    return DeploymentSpec(**{**fields, **changes})


def test_creation_names_the_model_by_its_id(api: InferenceApi, emulator: EmulatorServer) -> None:
    made = api.create_deployment(_spec(api, model="whatever", min_size=2, max_size=2, quantization_bits=8))
    assert (made.model, made.model_id, made.quantization_bits) == (LLAMA, LLAMA_ID, 8)
    assert emulator.journal()[0].body == {
        "name": "chat",
        "project_id": emulator.project_id,
        "model_id": LLAMA_ID,
        "node_type_name": "L4",
        "accept_eula": True,
        "tags": [],
        "min_size": 2,
        "max_size": 2,
        "quantization": {"bits": 8},
        "endpoints": [{"public_network": {}, "disable_auth": False}],
    }
    with pytest.raises(NotFound, match=f"model {NOBODY} doesn't exist"):
        api.create_deployment(_spec(api, model_id=NOBODY))


@pytest.mark.parametrize(
    ("changes", "part"),
    [({"min_size": 1, "max_size": 2}, "max_size must be equal to min_size"), ({"quantization_bits": 4}, "8, 16")],
)
def test_impossible_pool_or_quantization_is_reported(api: InferenceApi, changes: dict[str, int], part: str) -> None:
    with pytest.raises(InvalidArguments, match=part):
        api.create_deployment(_spec(api, **changes))


def test_model_and_quantization_can_be_changed(api: InferenceApi, emulator: EmulatorServer, clock: ManualClock) -> None:
    made = api.create_deployment(_spec(api))
    assert made.quantization_bits == 16
    clock.advance(3_600)
    api.update_deployment(made.id, DeploymentChange(model_id=MISTRAL_ID, quantization_bits=8))
    clock.advance(3_600)
    found = api.get_deployment(made.id)
    assert (found.model, found.model_id, found.quantization_bits, found.status) == (MISTRAL, MISTRAL_ID, 8, "ready")
    assert emulator.journal()[1].body == {"model_id": MISTRAL_ID, "quantization": {"bits": 8}}


def test_model_has_the_fields_of_v1(api: InferenceApi) -> None:
    model = api.get_model(LLAMA_ID)
    assert (model.status, model.error_message, model.parameter_size_bits) == ("ready", None, 16)
    assert (model.is_public, model.project_id, model.provider) == (True, None, "meta")
    assert (model.quantization_level, model.size_bytes is not None) == (None, True)
    support = {node.node_type: node for node in model.nodes_support or ()}
    assert support["L4"] == NodeSupport(
        node_type="L4",
        quantizations=(
            Quantization(bits=4, allowed=False, max_context_size=0),
            Quantization(bits=8, allowed=True, max_context_size=93_000),
            Quantization(bits=16, allowed=True, max_context_size=40_000),
            Quantization(bits=32, allowed=False, max_context_size=0),
        ),
    )
    bigger = api.get_model("1678195b-5af6-4c27-8fdc-16aa84c68c34")
    assert "L4" in {node.node_type for node in bigger.nodes_support or ()}
    assert "L4" not in bigger.compatible_node_types


def test_model_is_imported_and_removed(api: InferenceApi, emulator: EmulatorServer, clock: ManualClock) -> None:
    project = emulator.project_id
    made = api.import_model(name="acme/tiny", project_id=project, url=SOURCE, secret=SOURCE_SECRET)
    assert (made.name, made.project_id, made.is_public, made.status) == ("acme/tiny", project, False, "preparing")
    clock.advance(61)
    assert api.get_model(made.id).status == "downloading"
    clock.advance(3_600)
    ready = api.get_model(made.id)
    assert (ready.status, ready.tags, ready.compatible_node_types) == ("ready", ("custom",), ("H100", "H100-2"))
    assert ready in list(api.list_models(project_id=project))
    api.delete_model(made.id)
    with pytest.raises(NotFound, match=f"model {made.id} doesn't exist"):
        api.get_model(made.id)
    api.delete_model(made.id)
    body = emulator.journal()[0].body
    assert (body["name"], body["project_id"], body["source"]["url"]) == ("acme/tiny", project, SOURCE)
    assert body["source"].keys() == {"url", "secret"}


def test_import_without_a_secret_sends_none(api: InferenceApi, emulator: EmulatorServer) -> None:
    api.import_model(name="tiny", project_id=emulator.project_id, url=SOURCE)
    assert emulator.journal()[0].body["source"] == {"url": SOURCE}


def test_import_that_fails_says_why(api: InferenceApi, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.add_fault(Fault(method="POST", path="/models$", kind="fail_provisioning", message="no such repository"))
    made = api.import_model(name="tiny", project_id=emulator.project_id, url=SOURCE)
    clock.advance(3_600)
    found = api.get_model(made.id)
    assert (found.status, found.error_message) == ("error", "no such repository")


def test_model_that_is_not_ready_or_in_use_is_reported(
    api: InferenceApi, emulator: EmulatorServer, clock: ManualClock
) -> None:
    made = api.import_model(name="tiny", project_id=emulator.project_id, url=SOURCE)
    with pytest.raises(TransientState, match="preparing"):
        api.create_deployment(_spec(api, model_id=made.id, node_type="H100"))
    clock.advance(3_600)
    api.create_deployment(_spec(api, model_id=made.id, node_type="H100"))
    with pytest.raises(PreconditionFailed, match="resource_still_in_use"):
        api.delete_model(made.id)
    with pytest.raises(PermissionsDenied, match="delete on model"):
        api.delete_model(LLAMA_ID)


V1BETA1_ALONE: dict[str, Callable[[InferenceApi], object]] = {
    "licence": lambda api: api.get_model_eula(LLAMA_ID),
    "list rules": lambda api: api.list_acl_rules(NOBODY),
    "add rules": lambda api: api.add_acl_rules(NOBODY, [AclRuleSpec(ip="192.0.2.1")]),
    "set rules": lambda api: api.set_acl_rules(NOBODY, []),
    "delete a rule": lambda api: api.delete_acl_rule(NOBODY),
}


@pytest.mark.parametrize("call", V1BETA1_ALONE.values(), ids=V1BETA1_ALONE)
def test_what_only_v1beta1_has_is_refused_without_a_request(
    api: InferenceApi, emulator: EmulatorServer, call: Callable[[InferenceApi], object]
) -> None:
    with pytest.raises(VersionError, match="needs api_version v1beta1; v1 doesn't have it"):
        call(api)
    assert emulator.journal() == []


ROUTES: dict[str, Callable[[InferenceApi], object]] = {
    "read": lambda api: api.get_deployment(NOBODY),
    "list": lambda api: list(api.list_models()),
    "delete": lambda api: api.delete_deployment(NOBODY),
    "delete an endpoint": lambda api: api.delete_endpoint(NOBODY),
    "delete a model": lambda api: api.delete_model(NOBODY),
}


@pytest.mark.parametrize("call", ROUTES.values(), ids=ROUTES)
def test_route_that_is_not_there_is_no_deletion_and_names_no_version(
    api: InferenceApi, emulator: EmulatorServer, call: Callable[[InferenceApi], object]
) -> None:
    emulator.add_fault(Fault(method=".*", path="", kind="status", status=404, body="<h1>Not found</h1>"))
    with pytest.raises(NotFound) as caught:
        call(api)
    assert "api_version" not in str(caught.value)
