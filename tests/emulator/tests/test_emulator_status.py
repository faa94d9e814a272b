# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the statuses of deployments and models over time, on a clock that is moved by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.real_durations


def seen(deployment: dict[str, Any]) -> tuple[Any, ...]:
    """Status, size, time of the last change with all digits of its microseconds, and error message."""
    updated = deployment["updated_at"]
    if updated is not None:
        updated = datetime.fromisoformat(updated.replace("Z", "+00:00")).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return deployment["status"], deployment["size"], updated, deployment.get("error_message", "-")


def test_creation(api: Api, clock: ManualClock) -> None:
    created = api.create(min_size=2, max_size=2)
    path = f"/deployments/{created['id']}"
    first, later = (None, None) if api.version == "v1beta1" else ("-", "")
    assert created["created_at"] == "2026-01-01T00:00:00Z"
    assert seen(created) == ("creating", 0, None, first)
    clock.advance(539.5)
    assert seen(api.ok("GET", path)) == ("creating", 0, None, first)
    clock.advance(0.5)
    assert seen(api.ok("GET", path)) == ("deploying", 0, "2026-01-01T00:09:00.000000Z", later)
    clock.advance(480)
    assert seen(api.ok("GET", path)) == ("ready", 2, "2026-01-01T00:17:00.000000Z", later)


def test_some_go_from_creating_to_ready(api: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.configure(deploying=0)
    path = f"/deployments/{api.create()['id']}"
    clock.advance(540)
    assert api.ok("GET", path)["status"] == "ready"


def test_shapes(api: Api, emulator: EmulatorServer) -> None:
    emulator.reset(endpoints="service")
    network = api.private()
    created = api.create(endpoints=[{api.public: {}}, {**network, "disable_auth": True}], tags=["a", "b"])
    host, network_id = created["id"], network["private_network"]["private_network_id"]
    public, private = created["endpoints"]
    assert public == {
        "id": public["id"],
        "url": f"https://{host}.ifr.fr-par.scaleway.com",
        "disable_auth": False,
        "public_access" if api.version == "v1beta1" else "public_network": {},
    }
    assert private == {
        "id": private["id"],
        "url": f"https://{host}.{network_id}.internal",
        "disable_auth": True,
        **network,
    }
    assert created["tags"] == ["a", "b"]
    assert created[api.node_type] == "L4"
    assert {"node_type", "node_type_name"} & created.keys() == {api.node_type}
    assert ("quantization" in created) == (api.version == "v1")


def test_update(beta: Api, clock: ManualClock) -> None:
    path = f"/deployments/{beta.create()['id']}"
    clock.advance(3600)
    changed = beta.ok("PATCH", path, {"name": "new", "tags": ["x"], "min_size": 3, "max_size": 3})
    assert (changed["name"], changed["tags"], changed["min_size"], changed["max_size"]) == ("new", ["x"], 3, 3)
    assert seen(changed)[:3] == ("deploying", 1, "2026-01-01T01:00:00.000000Z")
    assert beta.ok("GET", path) == changed
    clock.advance(120)
    assert seen(beta.ok("GET", path))[:3] == ("ready", 3, "2026-01-01T01:02:00.000000Z")
    assert beta.ok("PATCH", path, {"tags": []})["tags"] == []


def test_new_name_stays_ready_in_v1beta1(beta: Api, clock: ManualClock) -> None:
    path = f"/deployments/{beta.create()['id']}"
    clock.advance(3600)
    renamed = beta.ok("PATCH", path, {"name": "new"})
    assert (renamed["name"], *seen(renamed)[:3]) == ("new", "ready", 1, "2026-01-01T01:00:00.000000Z")
    clock.advance(1)
    assert beta.ok("GET", path) == renamed


def test_false_ready_of_v1(v1: Api, clock: ManualClock) -> None:
    path = f"/deployments/{v1.create()['id']}"
    clock.advance(3600)
    changed = v1.ok("PATCH", path, {"min_size": 3, "max_size": 3})
    assert seen(changed)[:3] == ("deploying", 1, "2026-01-01T01:00:00.000000Z")
    for _read in range(3):
        assert seen(v1.ok("GET", path))[:3] == ("ready", 1, "2026-01-01T01:00:00.000000Z")
        assert [one["status"] for one in v1.ok("GET", "/deployments")["deployments"]] == ["ready"]
        assert v1.fails("PATCH", path, {"name": "new"})[1]["current_state"] == "deploying"
        clock.advance(0.6)
    clock.advance(0.2)
    assert seen(v1.ok("GET", path))[:3] == ("deploying", 1, "2026-01-01T01:00:02.000000Z")
    clock.advance(120)
    assert seen(v1.ok("GET", path))[:3] == ("ready", 3, "2026-01-01T01:02:02.000000Z")


def test_recorded_time_stamps_of_a_new_name_in_v1(v1: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    """The times of the recording v1-deployment-endpoint, on another day."""
    emulator.configure(false_ready=2.00276, updating=126.846183)
    path = f"/deployments/{v1.create()['id']}"
    clock.advance(10 * 3600 + 8 * 60 + 57.928268)
    answer = v1.ok("PATCH", path, {"name": "test-inference-deployment-basic-endpoints-private-public"})
    reads = []
    for seconds in (0.2, 0.3, 0.7, 0.9, 180):
        clock.advance(seconds)
        reads.append(seen(v1.ok("GET", path)))
    assert [seen(answer), *reads] == [
        ("deploying", 1, "2026-01-01T10:08:57.928268Z", ""),
        ("ready", 1, "2026-01-01T10:08:57.928268Z", ""),
        ("ready", 1, "2026-01-01T10:08:57.928268Z", ""),
        ("ready", 1, "2026-01-01T10:08:57.928268Z", ""),
        ("deploying", 1, "2026-01-01T10:08:59.931028Z", ""),
        ("ready", 1, "2026-01-01T10:11:06.777211Z", ""),
    ]


@pytest.mark.parametrize("durations", [{"false_ready": 0}, {"updating": 0}])
def test_no_false_ready(v1: Api, emulator: EmulatorServer, clock: ManualClock, durations: dict[str, float]) -> None:
    emulator.configure(**durations)
    path = f"/deployments/{v1.create()['id']}"
    clock.advance(3600)
    answer = v1.ok("PATCH", path, {"name": "new"})
    assert answer["status"] == ("ready" if "updating" in durations else "deploying")
    assert v1.ok("GET", path) == answer


@pytest.mark.parametrize("seconds", [0, 600, 3600])
def test_deletion_at_any_time(api: Api, clock: ManualClock, seconds: float) -> None:
    path = f"/deployments/{api.create()['id']}"
    clock.advance(seconds)
    before = api.ok("GET", path)
    deleted = api.ok("DELETE", path)
    assert deleted["status"] == "deleting"
    assert (deleted["size"], deleted["updated_at"]) == (before["size"], before["updated_at"])
    status, body = api.fails("DELETE", path)
    assert (status, body["type"], body["current_state"]) == (409, "transient_state", "deleting")
    clock.advance(44)
    assert [each["status"] for each in api.ok("GET", "/deployments")["deployments"]] == ["deleting"]
    clock.advance(1)
    assert api.fails("GET", path)[0] == 404
    assert api.ok("GET", "/deployments")["deployments"] == []


@pytest.mark.parametrize(("seconds", "state"), [(0, "creating"), (600, "deploying")])
def test_transient_states_refuse_changes(beta: Api, clock: ManualClock, seconds: float, state: str) -> None:
    created = beta.create()
    deployment, endpoint = created["id"], created["endpoints"][0]["id"]
    clock.advance(seconds)
    for method, path, body in [
        ("PATCH", f"/deployments/{deployment}", {"name": "new"}),
        ("POST", f"/deployments/{deployment}/acls", {"acls": [{"ip": "10.0.0.1"}]}),
        ("PUT", f"/deployments/{deployment}/acls", {"acls": []}),
        ("POST", "/endpoints", {"deployment_id": deployment, "endpoint": beta.private()}),
        ("PATCH", f"/endpoints/{endpoint}", {"disable_auth": True}),
        ("DELETE", f"/endpoints/{endpoint}", None),
    ]:
        status, error = beta.fails(method, path, body)
        assert (status, error["type"], error["resource"]) == (409, "transient_state", "deployment")
        assert (error["resource_id"], error["current_state"]) == (deployment, state)


def test_locked(api: Api, ready: str, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.force_status(ready, "locked", "unpaid")
    clock.advance(3600)
    path = f"/deployments/{ready}"
    assert (api.ok("GET", path)["status"], api.ok("GET", path)["error_message"]) == ("locked", "unpaid")
    for method, body in [("PATCH", {"name": "new"}), ("DELETE", None)]:
        status, error = api.fails(method, path, body)
        assert (status, error["type"], error["resource_id"]) == (423, "locked", ready)


def test_failed_creation(api: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.add_fault(Fault("POST", "/deployments$", "fail_provisioning", message="no GPU came up"))
    bad, good = api.create()["id"], api.create()["id"]
    clock.advance(3600)
    failed = api.ok("GET", f"/deployments/{bad}")
    assert (failed["status"], failed["error_message"], failed["size"]) == ("error", "no GPU came up", 0)
    assert api.ok("GET", f"/deployments/{good}")["status"] == "ready"
    assert api.ok("PATCH", f"/deployments/{bad}", {"name": "again"})["error_message"] in (None, "")
    clock.advance(3600)
    assert api.ok("GET", f"/deployments/{bad}")["status"] == "ready"


def test_failed_update(api: Api, ready: str, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.add_fault(Fault("PATCH", "/deployments/", "fail_provisioning", message="out of memory"))
    path = f"/deployments/{ready}"
    emulator.configure(false_ready=0)
    assert api.ok("PATCH", path, {"name": "new"})["status"] == "deploying"
    clock.advance(120)
    assert seen(api.ok("GET", path)) == ("error", 1, "2026-01-01T01:02:00.000000Z", "out of memory")


def test_endpoints_and_rules_leave_the_status_alone(beta: Api, clock: ManualClock) -> None:
    created = beta.create()
    clock.advance(3600)
    beta.ok("PATCH", f"/endpoints/{created['endpoints'][0]['id']}", {"disable_auth": True})
    after = beta.ok("GET", f"/deployments/{created['id']}")
    assert after["endpoints"][0]["disable_auth"] is True
    assert (after["status"], after["updated_at"]) == ("ready", "2026-01-01T01:00:00Z")


def test_rules(beta: Api, clock: ManualClock) -> None:
    path = f"/deployments/{beta.create()['id']}/acls"
    clock.advance(3600)
    (first,) = beta.ok("POST", path, {"acls": [{"ip": "10.0.0.1", "description": "one"}]})["rules"]
    added = beta.ok("POST", path, {"acls": [{"ip": "10.1.0.0/16"}, {"ip": "2001:db8::/32"}]})["rules"]
    assert [rule["ip"] for rule in added] == ["10.1.0.0/16", "2001:db8::/32"]
    assert beta.ok("GET", path) == {"rules": [first, *added], "total_count": 3}
    assert beta.call("DELETE", f"/acls/{first['id']}").status_code == 204
    assert beta.fails("DELETE", f"/acls/{first['id']}")[1]["resource"] == "acl"
    assert beta.ok("GET", path)["rules"] == added
    replaced = beta.ok("PUT", path, {"acls": [{"ip": "10.0.0.2"}]})["rules"]
    assert beta.ok("GET", path)["rules"] == replaced
    assert beta.ok("PUT", path, {"acls": []}) == {"rules": []}
    assert beta.ok("GET", path)["total_count"] == 0


def test_both_versions_show_one_state(beta: Api, v1: Api, clock: ManualClock) -> None:
    deployment_id = beta.create(name="shared")["id"]
    clock.advance(3600)
    v1.ok("PATCH", f"/deployments/{deployment_id}", {"name": "renamed"})
    assert beta.ok("GET", f"/deployments/{deployment_id}")["name"] == "renamed"
    ours, theirs = (api.ok("GET", "/models")["models"][0] for api in (beta, v1))
    assert ours["id"] == theirs["id"]
    assert (ours["project_id"], ours["provider"], ours["quantization_level"]) == ("", "google", "bf16")
    assert ours["compatible_node_types"] == ["H100", "H100-2"]
    assert theirs["project_id"] == "00000000-0000-0000-0000-000000000000"
    h100 = theirs["nodes_support"][0]["nodes"][2]
    assert h100["node_type_name"] == "H100"
    assert h100["quantizations"][2] == {"quantization_bits": 16, "allowed": True, "max_context_size": 40000}


def test_import_of_a_model(v1: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    body = {
        "name": "Mine_1",
        "project_id": emulator.project_id,
        "source": {"url": "https://models.example/mine", "secret": "hush"},
    }
    model = v1.ok("POST", "/models", body)
    path = f"/models/{model['id']}"
    assert (model["status"], model["tags"], model["project_id"]) == ("preparing", ["custom"], emulator.project_id)
    creation = v1.body(model_id=model["id"], node_type_name="H100")
    status, error = v1.fails("POST", "/deployments", creation)
    assert (status, error["resource"], error["current_state"]) == (409, "Model", "preparing")
    clock.advance(60)
    assert v1.ok("GET", path)["status"] == "downloading"
    clock.advance(600)
    assert v1.ok("GET", path)["status"] == "ready"
    assert v1.ok("GET", "/models")["models"][-1]["id"] == model["id"]
    deployment = v1.ok("POST", "/deployments", creation)
    assert deployment["quantization"] == {"bits": 32}
    status, error = v1.fails("DELETE", path)
    assert (status, error["precondition"]) == (412, "resource_still_in_use")
    v1.ok("DELETE", f"/deployments/{deployment['id']}")
    clock.advance(60)
    assert v1.call("DELETE", path).status_code == 204
    assert v1.fails("GET", path)[1]["resource"] == "Model"


def test_failed_import(v1: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.add_fault(Fault("POST", "/models$", "fail_provisioning", message="no such repository"))
    source = {"url": "https://models.example/none"}
    model = v1.ok("POST", "/models", {"name": "none", "project_id": emulator.project_id, "source": source})
    assert "error_message" not in model
    clock.advance(3600)
    failed = v1.ok("GET", f"/models/{model['id']}")
    assert (failed["status"], failed["error_message"]) == ("error", "no such repository")
    status, error = v1.fails("POST", "/deployments", v1.body(model_id=model["id"], node_type_name="H100"))
    assert (status, error["details"][0]["argument_name"]) == (400, "model_id")


def test_models_of_the_catalog_stay(v1: Api) -> None:
    model = v1.ok("GET", "/models")["models"][0]
    status, error = v1.fails("DELETE", f"/models/{model['id']}")
    assert (status, error["type"]) == (403, "permissions_denied")
    assert error["details"] == [{"resource": "model", "action": "delete"}]


def test_jitter_is_seeded(emulator: EmulatorServer) -> None:
    def timelines() -> list[Any]:
        emulator.reset(creating=540, jitter=0.5, seed=7)
        api = Api(emulator, "v1")
        for _turn in range(5):
            api.create()
        return [deployment.timeline for deployment in emulator.deployments()]

    first = timelines()
    assert first == timelines()
    creating = [timeline[1][0] - timeline[0][0] for timeline in first]
    assert len(set(creating)) == 5
    assert all(270 <= seconds <= 810 for seconds in creating)
