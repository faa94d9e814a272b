# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only v1beta1 has, and what v1beta1 lacks, through the typed API against the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import RequestError, VersionError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.api import InferenceApi
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.errors import (
    InvalidArguments,
    NotFound,
    RouteGone,
)
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import (
    AclRuleSpec,
    Deployment,
    DeploymentChange,
    DeploymentSpec,
    EndpointSpec,
)
from ansible_collections.scaleway.inference.tests.support.client import open_emulated
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

LLAMA_ID, LLAMA = "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3", "meta/llama-3.1-8b-instruct:bf16"
MISTRAL_ID = "bf6be106-c53d-4b93-bb33-1a4bd4d0b573"
NOBODY = "00000000-0000-4000-8000-00000000dead"
OFFICE = AclRuleSpec(ip="192.0.2.0/24", description="office")
HOME = AclRuleSpec(ip="2001:db8::1")


@pytest.fixture
def api(emulator: EmulatorServer, clock: ManualClock) -> Iterator[InferenceApi]:
    with open_emulated(emulator, "v1beta1", clock) as opened:
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


@pytest.fixture
def ready(api: InferenceApi, emulator: EmulatorServer, clock: ManualClock) -> Deployment:
    made = api.create_deployment(_spec(api))
    clock.advance(3_600)
    emulator.clear_journal()
    return made


def test_creation_names_the_model(api: InferenceApi, emulator: EmulatorServer) -> None:
    made = api.create_deployment(_spec(api, model_id=NOBODY, min_size=1, max_size=3))
    assert (made.model, made.model_id, made.min_size, made.max_size) == (LLAMA, LLAMA_ID, 1, 3)
    assert made.quantization_bits is None
    assert emulator.journal()[0].body == {
        "name": "chat",
        "project_id": emulator.project_id,
        "model_name": LLAMA,
        "node_type": "L4",
        "accept_eula": True,
        "tags": [],
        "min_size": 1,
        "max_size": 3,
        "endpoints": [{"public": {}, "disable_auth": False}],
    }
    with pytest.raises(InvalidArguments, match="model_name: there's no model made/up"):
        api.create_deployment(_spec(api, model="made/up"))


def test_model_has_the_fields_of_v1beta1(api: InferenceApi) -> None:
    model = api.get_model(LLAMA_ID)
    assert (model.quantization_level, model.provider, model.is_public) == ("bf16", "meta", True)
    assert (model.status, model.nodes_support, model.size_bytes, model.parameter_size_bits) == (None, None, None, None)
    imported = next(iter(api.list_models(tags=["custom"])))
    assert (imported.is_public, imported.provider, imported.project_id) == (False, None, api.settings.project_id)


def test_licence_is_read(api: InferenceApi, emulator: EmulatorServer) -> None:
    assert LLAMA in api.get_model_eula(LLAMA_ID)
    assert api.get_model_eula(MISTRAL_ID) == ""
    assert emulator.journal()[0].path.endswith(f"/models/{LLAMA_ID}/eula")
    with pytest.raises(NotFound, match=f"model {NOBODY} doesn't exist"):
        api.get_model_eula(NOBODY)


def test_rules_are_added_listed_replaced_and_removed(
    api: InferenceApi, emulator: EmulatorServer, ready: Deployment
) -> None:
    assert list(api.list_acl_rules(ready.id)) == []
    (office,) = api.add_acl_rules(ready.id, [OFFICE])
    assert (office.ip, office.description) == ("192.0.2.0/24", "office")
    (home,) = api.add_acl_rules(ready.id, [HOME])
    assert (home.ip, home.description) == ("2001:db8::1", "")
    assert list(api.list_acl_rules(ready.id)) == [office, home]
    api.delete_acl_rule(office.id)
    api.delete_acl_rule(office.id)
    assert list(api.list_acl_rules(ready.id)) == [home]
    replaced = api.set_acl_rules(ready.id, [OFFICE, HOME])
    assert [rule.ip for rule in replaced] == [OFFICE.ip, HOME.ip]
    assert tuple(api.list_acl_rules(ready.id)) == replaced
    assert api.set_acl_rules(ready.id, []) == ()
    rules = f"/deployments/{ready.id}/acls"
    sent = [(entry.method, entry.path.split("/fr-par", 1)[1]) for entry in emulator.journal()]
    assert [call for call in sent if call[0] != "GET"] == [
        ("POST", rules),
        ("POST", rules),
        ("DELETE", f"/acls/{office.id}"),
        ("DELETE", f"/acls/{office.id}"),
        ("PUT", rules),
        ("PUT", rules),
    ]
    assert emulator.journal()[1].body == {"acls": [{"ip": "192.0.2.0/24", "description": "office"}]}


def test_rule_without_a_valid_address_is_reported(api: InferenceApi, ready: Deployment) -> None:
    with pytest.raises(InvalidArguments, match="neither an address nor a CIDR range"):
        api.add_acl_rules(ready.id, [AclRuleSpec(ip="office")])


def test_rules_that_are_set_again_after_a_lost_answer_exist_once(
    api: InferenceApi, emulator: EmulatorServer, ready: Deployment
) -> None:
    emulator.add_fault(Fault(method="PUT", path="/acls$", kind="truncate", when="after"))
    rules = api.set_acl_rules(ready.id, [OFFICE, HOME])
    assert tuple(api.list_acl_rules(ready.id)) == rules
    assert len(rules) == 2


def test_rules_whose_answer_is_lost_are_not_added_again(
    api: InferenceApi, emulator: EmulatorServer, ready: Deployment
) -> None:
    emulator.add_fault(Fault(method="POST", path="/acls$", kind="truncate", when="after"))
    with pytest.raises(RequestError, match=r"POST /deployments/.*/acls: ") as caught:
        api.add_acl_rules(ready.id, [OFFICE])
    assert caught.value.effect_unknown
    assert [rule.ip for rule in api.list_acl_rules(ready.id)] == [OFFICE.ip]


V1_ALONE: dict[str, Callable[[InferenceApi], object]] = {
    "import": lambda api: api.import_model(name="mine", project_id=NOBODY, url="https://models.test/mine"),
    "delete a model": lambda api: api.delete_model(LLAMA_ID),
    "quantize": lambda api: api.create_deployment(_spec(api, quantization_bits=8)),
    "change quantization": lambda api: api.update_deployment(NOBODY, DeploymentChange(quantization_bits=8)),
    "change the model": lambda api: api.update_deployment(NOBODY, DeploymentChange(model_id=LLAMA_ID)),
}


@pytest.mark.parametrize("call", V1_ALONE.values(), ids=V1_ALONE)
def test_what_only_v1_has_is_refused_without_a_request(
    api: InferenceApi, emulator: EmulatorServer, call: Callable[[InferenceApi], object]
) -> None:
    with pytest.raises(VersionError, match="needs api_version v1; v1beta1 doesn't have it"):
        call(api)
    assert emulator.journal() == []


GONE: dict[str, Callable[[InferenceApi], object]] = {
    "read": lambda api: api.get_deployment(NOBODY),
    "list": lambda api: list(api.list_models()),
    "delete": lambda api: api.delete_deployment(NOBODY),
    "delete an endpoint": lambda api: api.delete_endpoint(NOBODY),
    "delete a rule": lambda api: api.delete_acl_rule(NOBODY),
    "create": lambda api: api.create_deployment(_spec(api)),
}


@pytest.mark.parametrize("call", GONE.values(), ids=GONE)
@pytest.mark.parametrize("status", [404, 410, 501])
def test_version_that_the_service_dropped_is_reported(
    api: InferenceApi, emulator: EmulatorServer, call: Callable[[InferenceApi], object], status: int
) -> None:
    emulator.add_fault(Fault(method=".*", path="", kind="status", status=status, body="<h1>gone</h1>", times=2))
    with pytest.raises(RouteGone, match=r"set api_version: v1|private_only: true") as gone:
        call(api)
    # v1 has no access rules.
    assert ("set api_version: v1" in str(gone.value)) == ("/acls" not in gone.value.route)
    assert len(emulator.journal()) == 1
