# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that both versions have, through the typed API, against the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import RequestError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.api import InferenceApi
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.errors import (
    AuthenticationDenied,
    InvalidArguments,
    NotFound,
    OutOfStock,
    PermissionsDenied,
    PreconditionFailed,
    QuotasExceeded,
    TransientState,
)
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import (
    Deployment,
    DeploymentChange,
    DeploymentSpec,
    EndpointSpec,
)
from ansible_collections.scaleway.inference.tests.support.client import USER_AGENT, VERSIONS, open_emulated
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.config import Key
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

LLAMA_ID, LLAMA = "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3", "meta/llama-3.1-8b-instruct:bf16"
MISTRAL_ID, MISTRAL = "bf6be106-c53d-4b93-bb33-1a4bd4d0b573", "mistral/mistral-7b-instruct-v0.3:bf16"
NOBODY = "00000000-0000-4000-8000-00000000dead"
NETWORK = "9e700000-0000-4000-8000-000000000001"
READER_KEY = "5ec2e700-0000-4000-8000-00000000beef"


@pytest.fixture(params=VERSIONS)
def api(request: pytest.FixtureRequest, emulator: EmulatorServer, clock: ManualClock) -> Iterator[InferenceApi]:
    with open_emulated(emulator, request.param, clock) as opened:
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


def _ready(api: InferenceApi, clock: ManualClock, **changes: Any) -> Deployment:
    made = api.create_deployment(_spec(api, **changes))
    clock.advance(3_600)
    return api.get_deployment(made.id)


def _routes(emulator: EmulatorServer) -> list[tuple[str, str, int | None]]:
    """Method, path below the region, and status of each request since the journal was cleared."""
    return [(entry.method, entry.path.split("/fr-par", 1)[1], entry.status) for entry in emulator.journal()]


def test_models_are_listed_and_read(api: InferenceApi, emulator: EmulatorServer) -> None:
    listed = {model.name: model for model in api.list_models(name="LLAMA-3.1-8b", order_by="name_asc")}
    assert list(listed) == [LLAMA, "meta/llama-3.1-8b-instruct:fp8"]
    assert api.get_model(LLAMA_ID) == listed[LLAMA]
    model = listed[LLAMA]
    assert (model.id, model.project_id, model.is_public, model.provider) == (LLAMA_ID, None, True, "meta")
    assert (model.has_eula, model.region) == (True, "fr-par")
    assert set(model.compatible_node_types) == {"L4", "L40S", "H100", "H100-2"}
    assert [route for *route, _status in _routes(emulator)] == [["GET", "/models"], ["GET", f"/models/{LLAMA_ID}"]]
    query = emulator.journal()[0].query
    assert (query["name"], query["order_by"], query["page"]) == (["LLAMA-3.1-8b"], ["name_asc"], ["1"])


def test_models_are_filtered_by_tags_and_project(api: InferenceApi, emulator: EmulatorServer) -> None:
    custom = list(api.list_models(tags=["custom"], project_id=emulator.project_id))
    assert {model.project_id for model in custom} == {emulator.project_id}
    assert not any(model.is_public for model in custom)
    assert list(api.list_models(tags=["custom", "no such tag"])) == []
    assert emulator.journal()[-1].query["tags"] == ["custom", "no such tag"]


@pytest.mark.parametrize(("include_disabled", "expected"), [(False, False), (True, True)])
def test_node_types_are_listed(api: InferenceApi, include_disabled: bool, expected: bool) -> None:
    found = {node_type.name: node_type for node_type in api.list_node_types(include_disabled=include_disabled)}
    assert ("H100-SXM-8" in found) is expected
    l4 = found["L4"]
    assert (l4.stock_status, l4.gpus, l4.vcpus, l4.disabled, l4.beta) == ("available", 1, 8, False, False)
    assert (l4.memory, l4.vram) == (48_000_000_000, 24_000_000_000)


def test_deployment_goes_through_its_life(api: InferenceApi, emulator: EmulatorServer, clock: ManualClock) -> None:
    made = api.create_deployment(_spec(api, tags=("a", "b"), min_size=2, max_size=2))
    assert (made.status, made.size, made.updated_at) == ("creating", 0, None)
    assert (made.model, made.model_id, made.node_type) == (LLAMA, LLAMA_ID, "L4")
    assert made.endpoints[0].url.startswith(f"{emulator.url}/")
    assert made.id in made.endpoints[0].url
    clock.advance(3_600)
    ready = api.get_deployment(made.id)
    assert (ready.status, ready.size, ready.tags, ready.error_message) == ("ready", 2, ("a", "b"), None)
    changed = api.update_deployment(made.id, DeploymentChange(name="talk", tags=("c",), min_size=3, max_size=3))
    assert (changed.status, changed.name, changed.tags, changed.min_size) == ("deploying", "talk", ("c",), 3)
    clock.advance(3_600)
    _deleted, gone = api.delete_deployment(made.id)
    assert gone is not None
    assert gone.status == "deleting"
    clock.advance(3_600)
    with pytest.raises(NotFound, match=f"deployment {made.id} doesn't exist"):
        api.get_deployment(made.id)
    assert api.delete_deployment(made.id) == (False, None)
    below = f"/deployments/{made.id}"
    assert _routes(emulator) == [
        ("POST", "/deployments", 200),
        ("GET", below, 200),
        ("PATCH", below, 200),
        ("DELETE", below, 200),
        ("GET", below, 404),
        ("DELETE", below, 404),
    ]
    assert emulator.journal()[2].body == {"name": "talk", "tags": ["c"], "min_size": 3, "max_size": 3}
    assert {entry.user_agent for entry in emulator.journal()} == {USER_AGENT}


def test_deployments_are_filtered_and_ordered(api: InferenceApi, emulator: EmulatorServer, clock: ManualClock) -> None:
    for name, tags in (("b", ("x",)), ("a", ("x", "y")), ("c", ())):
        api.create_deployment(_spec(api, name=name, tags=tags))
        clock.advance(1)
    assert [found.name for found in api.list_deployments()] == ["c", "a", "b"]
    assert [found.name for found in api.list_deployments(order_by="name_desc")] == ["c", "b", "a"]
    assert [found.name for found in api.list_deployments(tags=["x", "y"])] == ["a"]
    assert [found.name for found in api.list_deployments(name="B")] == ["b"]
    ours = {"project_id": emulator.project_id, "organization_id": emulator.organization_id}
    assert len(list(api.list_deployments(**ours))) == 3
    assert list(api.list_deployments(organization_id=NOBODY)) == []
    with pytest.raises(PermissionsDenied, match="read on deployment"):
        list(api.list_deployments(project_id=NOBODY))


def test_endpoints_are_added_changed_and_removed(
    api: InferenceApi, emulator: EmulatorServer, clock: ManualClock
) -> None:
    deployment = _ready(api, clock)
    emulator.clear_journal()
    made = api.create_endpoint(deployment.id, EndpointSpec(private_network_id=NETWORK))
    assert (made.public, made.private_network_id, made.disable_auth) == (False, NETWORK, False)
    assert made.url.startswith("https://127.0.0.1:")
    changed = api.update_endpoint(made.id, disable_auth=True)
    assert (changed.id, changed.private_network_id, changed.disable_auth) == (made.id, NETWORK, True)
    assert changed in api.get_deployment(deployment.id).endpoints
    api.delete_endpoint(deployment.endpoints[0].id)
    assert api.get_deployment(deployment.id).endpoints == (changed,)
    public = api.create_endpoint(deployment.id, EndpointSpec(disable_auth=True))
    assert (public.public, public.private_network_id, public.disable_auth) == (True, None, True)
    api.delete_endpoint(made.id)
    api.delete_endpoint(made.id)
    assert _routes(emulator)[-2:] == [
        ("DELETE", f"/endpoints/{made.id}", 204),
        ("DELETE", f"/endpoints/{made.id}", 404),
    ]
    with pytest.raises(PreconditionFailed, match="at least one endpoint"):
        api.delete_endpoint(public.id)


def test_certificate_of_private_endpoints_is_read(api: InferenceApi, clock: ManualClock) -> None:
    deployment = _ready(api, clock, endpoints=(EndpointSpec(private_network_id=NETWORK),))
    found = api.get_certificate(deployment.id)
    assert found.name.endswith(".pem")
    authority = x509.load_pem_x509_certificate(found.content.encode())
    assert deployment.id in authority.subject.rfc4514_string()


def test_deletion_whose_answer_is_lost_is_done_once(
    api: InferenceApi, emulator: EmulatorServer, clock: ManualClock
) -> None:
    deployment = _ready(api, clock)
    extra = api.create_endpoint(deployment.id, EndpointSpec(private_network_id=NETWORK))
    emulator.add_fault(Fault(method="DELETE", path="/endpoints/", kind="reset", when="after"))
    api.delete_endpoint(extra.id)
    assert len(api.get_deployment(deployment.id).endpoints) == 1
    assert emulator.faults() == []


def test_creation_whose_answer_is_lost_is_not_repeated(api: InferenceApi, emulator: EmulatorServer) -> None:
    emulator.add_fault(Fault(method="POST", path="/deployments$", kind="reset", when="after"))
    with pytest.raises(RequestError, match=r"POST /deployments: .* broke off") as caught:
        api.create_deployment(_spec(api))
    assert caught.value.effect_unknown
    assert len(emulator.deployments()) == 1


def test_errors_of_the_service_have_their_types(api: InferenceApi, emulator: EmulatorServer) -> None:
    for changes, expected, part in (
        ({"endpoints": ()}, InvalidArguments, "endpoints: Deployments must have at least one endpoint (required)"),
        ({"name": "sl/ash"}, InvalidArguments, "name: "),
        ({"min_size": 3, "max_size": 2}, InvalidArguments, "max_size: "),
        ({"node_type": "T4"}, InvalidArguments, ": there's no node type T4 (HTTP"),
        ({"accept_eula": False}, PreconditionFailed, "attribute_must_be_set"),
        ({"node_type": "H100-SXM-4", "model": MISTRAL, "model_id": MISTRAL_ID}, InvalidArguments, "can't run on"),
    ):
        with pytest.raises(expected) as caught:
            api.create_deployment(_spec(api, **changes))
        assert part in str(caught.value)
        assert emulator.journal()[-1].request_id in str(caught.value)
    assert emulator.deployments() == []


def test_stock_and_quota_that_are_used_up_are_reported(api: InferenceApi, emulator: EmulatorServer) -> None:
    big = {"model": "meta/llama-3.3-70b-instruct:fp8", "model_id": "1678195b-5af6-4c27-8fdc-16aa84c68c34"}
    with pytest.raises(OutOfStock, match="no H100-SXM-4 is in stock"):
        api.create_deployment(_spec(api, node_type="H100-SXM-4", **big))
    emulator.configure(max_deployments=1)
    api.create_deployment(_spec(api))
    with pytest.raises(QuotasExceeded, match="1 used of a quota of 1"):
        api.create_deployment(_spec(api, name="second"))


def test_change_in_a_transient_status_is_reported(api: InferenceApi) -> None:
    made = api.create_deployment(_spec(api))
    with pytest.raises(TransientState, match=f"deployment {made.id} can't be changed while it is creating"):
        api.update_deployment(made.id, DeploymentChange(name="other"))


def test_keys_without_rights_are_reported(api: InferenceApi, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.reset(clock=clock, keys={READER_KEY: Key(permissions="read_only")})
    version = api.settings.api_version
    with open_emulated(emulator, version, clock, secret_key=READER_KEY) as reader:
        assert list(reader.list_deployments()) == []
        with pytest.raises(PermissionsDenied, match="write on deployment"):
            reader.create_deployment(_spec(reader))
    with (
        open_emulated(emulator, version, clock, secret_key=NOBODY) as stranger,
        pytest.raises(AuthenticationDenied, match="doesn't exist") as caught,
    ):
        stranger.get_model(LLAMA_ID)
    assert NOBODY not in str(caught.value)
