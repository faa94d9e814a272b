# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the requests that the emulator refuses, and of its errors."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import LLAMA_8B, LLAMA_70B, MISTRAL_7B, Api
from scaleway_inference_emulator.server import EmulatorServer

NOBODY = "11111111-2222-4333-8444-555555555555"

# Changes to a valid creation, the argument that is wrong then, and the reason. $node, $public and $model stand for the
# names of the API version.
INVALID: list[tuple[dict[str, Any], str, str]] = [
    ({"name": None}, "name", "required"),
    ({"name": ""}, "name", "format"),
    ({"name": "a/b"}, "name", "format"),
    ({"name": "a" * 256}, "name", "format"),
    ({"name": "line\n"}, "name", "format"),
    ({"name": 7}, "name", "format"),
    ({"project_id": None}, "project_id", "required"),
    ({"project_id": "mine"}, "project_id", "format"),
    ({"$node": None}, "$node", "required"),
    ({"$node": "A100"}, "$node", "unknown"),
    ({"$node": "H100-SXM-8"}, "$node", "constraint"),  # disabled
    ({"$node": "L4", "$model": LLAMA_70B}, "$node", "constraint"),  # too small
    ({"min_size": 0}, "min_size", "constraint"),
    ({"min_size": 2, "max_size": 1}, "max_size", "constraint"),
    ({"max_size": 51}, "max_size", "constraint"),
    ({"min_size": "many"}, "min_size", "format"),
    ({"tags": "one"}, "tags", "format"),
    ({"endpoints": None}, "endpoints", "required"),
    ({"endpoints": []}, "endpoints", "required"),
    ({"endpoints": [{}]}, "endpoints.0", "constraint"),
    ({"endpoints": [{"$public": {}, "private_network": {"private_network_id": NOBODY}}]}, "endpoints.0", "constraint"),
    ({"endpoints": [{"private_network": {}}]}, "endpoints.0.private_network.private_network_id", "required"),
    ({"endpoints": [{"$public": {}}, {"$public": {}}]}, "endpoints", "constraint"),
    ({"endpoints": [{"private_network": {"private_network_id": NOBODY}}] * 2}, "endpoints", "constraint"),
]


def spelt(api: Api, value: Any) -> Any:
    """``value`` with the names of the API version in place of $node, $public and $model."""
    names = {"$node": api.node_type, "$public": api.public}
    if isinstance(value, dict):
        plain = {names.get(name, name): spelt(api, inner) for name, inner in value.items() if name != "$model"}
        return {**plain, **(api.model(value["$model"]) if "$model" in value else {})}
    return [spelt(api, inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("changes", "argument", "reason"), INVALID)
def test_invalid_argument(api: Api, changes: dict[str, Any], argument: str, reason: str) -> None:
    status, body = api.fails("POST", "/deployments", api.body(**spelt(api, changes)))
    argument = argument.replace("$node", api.node_type)
    assert (status, body["type"], body["message"]) == (400, "invalid_arguments", "invalid argument(s)")
    assert [(detail["argument_name"], detail["reason"]) for detail in body["details"]] == [(argument, reason)]
    assert all(detail["help_message"] for detail in body["details"])
    assert api.server.deployments() == []


def test_all_wrong_arguments_are_told_at_once(api: Api) -> None:
    _status, body = api.fails("POST", "/deployments", {"name": "a/b", "min_size": 0})
    assert {(detail["argument_name"], detail["reason"]) for detail in body["details"]} == {
        ("name", "format"),
        ("project_id", "required"),
        ("model_name" if api.version == "v1beta1" else "model_id", "required"),
        (api.node_type, "required"),
        ("min_size", "constraint"),
        ("endpoints", "required"),
    }


def test_any_name_of_some_length_can_be_changed_to(api: Api, ready: str) -> None:
    """The official SDK's rule for a change; that for a creation is narrower."""
    assert api.ok("PATCH", f"/deployments/{ready}", {"name": "Schöne/Grüße!"})["name"] == "Schöne/Grüße!"


@pytest.mark.parametrize("name", ["under_score", "TestAccModel_DeployModelOnServer", "a.b c-1", "a" * 255])
def test_names_as_they_were_seen_to_be_taken(api: Api, name: str) -> None:
    assert api.create(name=name)["name"] == name


def test_null_is_not_given(api: Api) -> None:
    nulls = dict.fromkeys(("tags", "min_size", "max_size", "quantization"))
    made = api.ok("POST", "/deployments", {**api.body(), **nulls})
    assert (made["tags"], made["min_size"]) == ([], 1)
    for name in ("endpoints", "name", "project_id", api.node_type):
        _status, body = api.fails("POST", "/deployments", {**api.body(), name: None})
        assert [(one["argument_name"], one["reason"]) for one in body["details"]] == [(name, "required")]


def test_null_changes_nothing(api: Api, clock: ManualClock) -> None:
    made = api.create(tags=["kept"])
    clock.advance(3600)
    nulls = dict.fromkeys(("name", "tags", "min_size", "max_size", "model_id", "quantization"))
    after = api.ok("PATCH", f"/deployments/{made['id']}", nulls)
    assert [after[name] for name in ("name", "tags", "min_size")] == ["chat", ["kept"], 1]


def test_null_in_what_is_nested(api: Api, clock: ManualClock) -> None:
    public = {"private_network": None, api.public: {}, "disable_auth": None}
    made = api.ok("POST", "/deployments", {**api.body(), "endpoints": [public], "quantization": {"bits": None}})
    assert [one["disable_auth"] for one in made["endpoints"]] == [False]
    clock.advance(3600)
    private = {"private_network": {"private_network_id": NOBODY}, api.public: None}
    added = api.ok("POST", "/endpoints", {"deployment_id": made["id"], "endpoint": private})
    assert api.ok("PATCH", f"/endpoints/{added['id']}", {"disable_auth": None}) == added
    _status, body = api.fails(
        "POST", "/deployments", api.body(endpoints=[{"private_network": {"private_network_id": None}}])
    )
    (detail,) = body["details"]
    assert (detail["argument_name"], detail["reason"]) == ("endpoints.0.private_network.private_network_id", "required")


def test_a_list_of_rules_that_is_null_is_an_empty_one(beta: Api, clock: ManualClock) -> None:
    path = f"/deployments/{beta.create()['id']}/acls"
    clock.advance(3600)
    beta.ok("POST", path, {"acls": [{"ip": "192.0.2.1", "description": None}]})
    assert beta.ok("POST", path, {"acls": None})["rules"] == []
    assert [rule["description"] for rule in beta.ok("GET", path)["rules"]] == [""]
    assert beta.ok("PUT", path, {"acls": None})["rules"] == []
    assert beta.ok("GET", path)["rules"] == []


#: A value of each kind of JSON, and numbers and texts at the edges.
VALUES: list[Any] = [True, 7, -1, 1.5, 10**30, "x", "", [], [None], [7], {}, {"a": None}, "\u0000", "a" * 300]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_errors_are_told_in_the_service_s_own_words(api: Api, clock: ManualClock, value: Any) -> None:
    made = api.create()
    clock.advance(3600)
    fields = api.body().keys() | {"tags", "min_size", "max_size", "quantization"}
    calls = [("POST", "/deployments", api.body() | {name: value}) for name in sorted(fields)]
    calls += [("PATCH", f"/deployments/{made['id']}", {name: value}) for name in sorted(fields)]
    calls += [("POST", "/endpoints", {"deployment_id": made["id"], "endpoint": value})]
    calls += [("POST", "/endpoints", {"deployment_id": made["id"], "endpoint": {api.public: value}})]
    calls += [("PATCH", f"/endpoints/{made['endpoints'][0]['id']}", {"disable_auth": value})]
    if api.version == "v1beta1":
        calls += [("PUT", f"/deployments/{made['id']}/acls", {"acls": value})]
    else:
        calls += [("POST", "/models", {"name": value, "project_id": value, "source": value})]
    answers = [(*call, api.call(*call)) for call in calls]
    assert {answer.status_code // 100 for *_call, answer in answers} <= {2, 4}
    for method, path, body, answer in answers:
        for detail in answer.json().get("details", ()):
            said = detail.get("help_message", "")
            assert not re.search(r"(?i)input|should|pydantic|dictionary|tuple|valid", said), (method, path, body, said)


@pytest.mark.parametrize(
    "query", ["page=x", "page=0", "order_by=age", "project_id=x", "page_size=1.5", "organization_id=x"]
)
def test_errors_of_queries_are_told_in_the_service_s_own_words(api: Api, query: str) -> None:
    (detail,) = api.fails("GET", f"/deployments?{query}")[1]["details"]
    assert detail["help_message"].startswith("it must be ")


def test_no_endpoint_as_recorded(v1: Api) -> None:
    assert v1.fails("POST", "/deployments", v1.body(endpoints=[])) == (
        400,
        {
            "details": [
                {
                    "argument_name": "endpoints",
                    "help_message": "Deployments must have at least one endpoint",
                    "reason": "required",
                }
            ],
            "message": "invalid argument(s)",
            "type": "invalid_arguments",
        },
    )


@pytest.mark.parametrize("text", ["{", "", "[]", "null", "7"])
def test_a_body_that_is_no_object(api: Api, text: str) -> None:
    answer = api.call("POST", "/deployments", data=text, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "invalid_arguments")
    assert answer.json()["details"][0]["argument_name"] == "body"


def test_unknown_model(beta: Api, v1: Api) -> None:
    status, body = beta.fails("POST", "/deployments", beta.body(model_name="meta/llama-9:bf16"))
    assert (status, body["details"][0]["argument_name"], body["details"][0]["reason"]) == (400, "model_name", "unknown")
    assert v1.fails("POST", "/deployments", v1.body(model_id=NOBODY)) == (
        404,
        {"message": "resource is not found", "resource": "Model", "resource_id": NOBODY, "type": "not_found"},
    )


@pytest.mark.parametrize("name", ["TestAccCustomModel_Basic", "a/b/c:bf16", "a/b:bf16:x", "", "a/b c"])
def test_the_form_of_a_model_name(beta: Api, name: str) -> None:
    """The rule of reference and SDK, which the name of an imported model may not fit."""
    status, body = beta.fails("POST", "/deployments", beta.body(model_name=name, node_type="H100"))
    details = [(detail["argument_name"], detail["reason"]) for detail in body["details"]]
    assert (status, details) == (400, [("model_name", "format")])


def test_a_model_named_without_a_version(beta: Api) -> None:
    made = beta.create(model_name="meta/llama-3.1-8b-instruct")
    assert made["model_name"] == "meta/llama-3.1-8b-instruct:bf16"


def test_licence(api: Api) -> None:
    status, body = api.fails("POST", "/deployments", api.body(accept_eula=False))
    assert (status, body["type"], body["precondition"]) == (412, "precondition_failed", "attribute_must_be_set")
    assert "accept_eula" in body["help_message"]
    assert api.create(accept_eula=None, **api.model(MISTRAL_7B))["model_name"] == MISTRAL_7B["name"]


def test_stock(api: Api) -> None:
    creation = api.body(**{api.node_type: "H100-SXM-4"}, **api.model(LLAMA_70B))
    status, body = api.fails("POST", "/deployments", creation)
    assert (status, body["type"], body["resource"]) == (503, "out_of_stock", "H100-SXM-4")


def test_quota(api: Api, emulator: EmulatorServer) -> None:
    emulator.configure(max_deployments=1)
    api.create()
    status, body = api.fails("POST", "/deployments", api.body())
    assert (status, body["type"]) == (403, "quotas_exceeded")
    assert body["details"] == [{"resource": "deployments", "quota": 1, "current": 1}]
    emulator.configure(projects=[NOBODY])
    assert api.create(project_id=NOBODY)["project_id"] == NOBODY


def test_two_may_have_the_same_name(api: Api) -> None:
    assert api.create()["id"] != api.create()["id"]


def test_v1_pools_have_one_size(beta: Api, v1: Api) -> None:
    sizes = {"min_size": 1, "max_size": 3}
    _status, body = v1.fails("POST", "/deployments", v1.body(**sizes))
    assert [(detail["argument_name"], detail["reason"]) for detail in body["details"]] == [("max_size", "constraint")]
    created = beta.create(**sizes)
    assert (created["min_size"], created["max_size"]) == (1, 3)


def test_quantization(v1: Api) -> None:
    assert v1.create()["quantization"] == {"bits": 16}
    assert v1.create(quantization={"bits": 8})["quantization"] == {"bits": 8}
    _status, body = v1.fails("POST", "/deployments", v1.body(quantization={"bits": 4}))
    assert body["details"][0]["argument_name"] == "quantization.bits"
    assert body["details"][0]["reason"] == "constraint"


@pytest.mark.parametrize("path", ["/deployments/x", "/models/x", "/deployments/x/certificate"])
def test_malformed_ids(api: Api, path: str) -> None:
    status, body = api.fails("GET", path)
    assert (status, body["type"], body["details"][0]["reason"]) == (400, "invalid_arguments", "format")


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("GET", "/deployments/{}", "deployment"),
        ("DELETE", "/deployments/{}", "deployment"),
        ("GET", "/deployments/{}/certificate", "deployment"),
        ("GET", "/models/{}", "Model"),
        ("DELETE", "/endpoints/{}", "endpoint"),
    ],
)
def test_not_found(api: Api, method: str, path: str, resource: str) -> None:
    missing = str(uuid.uuid4())
    assert api.fails(method, path.format(missing)) == (
        404,
        {"message": "resource is not found", "resource": resource, "resource_id": missing, "type": "not_found"},
    )


@pytest.mark.parametrize(
    ("version", "method", "path"),
    [
        ("v1beta1", "GET", "/endpoints"),
        ("v1", "GET", "/endpoints"),
        ("v1beta1", "POST", "/models"),
        ("v1beta1", "DELETE", f"/models/{NOBODY}"),
        ("v1", "GET", f"/models/{NOBODY}/eula"),
        ("v1", "GET", f"/deployments/{NOBODY}/acls"),
        ("v1", "DELETE", f"/acls/{NOBODY}"),
        ("v1", "GET", "/nonsense"),
    ],
)
def test_routes_that_a_version_has_not(emulator: EmulatorServer, version: str, method: str, path: str) -> None:
    assert Api(emulator, version).fails(method, path) == (404, {"message": "404 page not found"})


@pytest.mark.parametrize("ip", ["", "10.0.0.0/33", "10.0.0", "example.org", "::1/129"])
def test_addresses_of_rules(beta: Api, clock: ManualClock, ip: str) -> None:
    path = f"/deployments/{beta.create()['id']}/acls"
    clock.advance(3600)
    _status, body = beta.fails("POST", path, {"acls": [{"ip": "10.0.0.1"}, {"ip": ip}]})
    assert [(detail["argument_name"], detail["reason"]) for detail in body["details"]] == [("acls.1.ip", "format")]
    assert beta.ok("GET", path)["rules"] == []


def test_endpoints_of_a_deployment(api: Api, ready: str) -> None:
    network = api.private()
    endpoint = api.ok("POST", "/endpoints", {"deployment_id": ready, "endpoint": network})
    present: list[dict[str, Any]] = [network, {api.public: {}}]
    for again in present:
        _status, body = api.fails("POST", "/endpoints", {"deployment_id": ready, "endpoint": again})
        assert (body["details"][0]["argument_name"], body["details"][0]["reason"]) == ("endpoint", "constraint")
    assert api.call("DELETE", f"/endpoints/{endpoint['id']}").status_code == 204
    (last,) = api.ok("GET", f"/deployments/{ready}")["endpoints"]
    status, body = api.fails("DELETE", f"/endpoints/{last['id']}")
    assert (status, body["type"], body["precondition"]) == (412, "precondition_failed", "resource_still_in_use")


def test_changes_are_checked(v1: Api, clock: ManualClock) -> None:
    path = f"/deployments/{v1.create()['id']}"
    clock.advance(3600)
    before = v1.ok("GET", path)["updated_at"]
    for changes, argument in [
        ({"name": ""}, "name"),
        ({"name": "a" * 256}, "name"),
        ({"min_size": 51, "max_size": 51}, "min_size"),
        ({"min_size": 2}, "max_size"),
        ({"model_id": LLAMA_70B["id"]}, "node_type_name"),
        ({"quantization": {"bits": 32}}, "quantization.bits"),
    ]:
        status, body = v1.fails("PATCH", path, changes)
        assert (status, body["details"][0]["argument_name"]) == (400, argument)
    assert v1.ok("GET", path)["updated_at"] == before
    assert v1.ok("PATCH", path, {"model_id": MISTRAL_7B["id"]})["quantization"] == {"bits": 16}
    assert v1.ok("GET", path)["model_name"] == MISTRAL_7B["name"] != LLAMA_8B["name"]
