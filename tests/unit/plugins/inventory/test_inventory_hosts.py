# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which resources become hosts, with which variables, in which groups."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment, model, model_info
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment_info import TASK as DEPLOYMENT_INFO
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.node_type_info import TASK as NODE_TYPE_INFO
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

MISTRAL = "mistral/mistral-7b-instruct-v0.3:bf16"
MISTRAL_HOST = "mistral-mistral-7b-instruct-v0.3-bf16"
CHAT: dict[str, Any] = {"name": "chat", "model": MISTRAL, "node_type": "L4"}
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"


def without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(item) for key, item in value.items() if item is not None}


def unprefixed(variables: dict[str, Any]) -> dict[str, Any]:
    return {key[9:]: value for key, value in variables.items() if key.startswith("scaleway_")}


@pytest.mark.parametrize("api_version", ["v1beta1", "v1"])
def test_hosts_have_the_fields_of_the_info_modules(inventory: Inventory, runner: Runner, api_version: str) -> None:
    runner.environ["SCW_INFERENCE_API_VERSION"] = api_version
    made = runner.ok(deployment.TASK, **CHAT, tags=["support"])["deployment"]
    inventory.parse(api_version=api_version)

    found = unprefixed(inventory.hosts[MISTRAL_HOST])
    [returned] = runner.ok(model_info.TASK, model=MISTRAL)["models"]
    assert found == {**without_nulls(returned), "kind": "model"}
    node_type = unprefixed(inventory.hosts["L4"])
    [returned] = runner.ok(NODE_TYPE_INFO, name="L4")["node_types"]
    runnable = [one["name"] for one in runner.ok(model_info.TASK, node_type="L4")["models"]]
    assert node_type == {**without_nulls(returned), "kind": "node_type", "models": sorted(runnable)}
    host = unprefixed(inventory.hosts["chat"])
    [returned] = runner.ok(DEPLOYMENT_INFO, deployment="chat")["deployments"]
    more = {"kind": "deployment", "url": made["endpoints"][0]["url"], "public_open": False}
    assert host == {**without_nulls(returned), **more}


def test_v1_has_quantizations_and_contexts_of_each_node_type(inventory: Inventory) -> None:
    inventory.parse(api_version="v1", resources=["models"])
    support = inventory.hosts[MISTRAL_HOST]["scaleway_nodes_support"]
    assert "L4" in {one["node_type"] for one in support}
    assert all({"bits", "allowed", "max_context_size"} == set(one["quantizations"][0]) for one in support)


def test_groups(inventory: Inventory, runner: Runner, emulator: EmulatorServer) -> None:
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]
    emulator.force_status(made["id"], "locked")
    inventory.parse()
    assert {"chat"} == inventory.group("deployments") == inventory.group("status_locked")
    assert {"chat"} == inventory.group("node_type_L4") == inventory.group("model_mistral_mistral_7b_instruct_v0_3_bf16")
    assert inventory.group("public_open") == set()
    assert inventory.group("stock_low_stock") == {"H100-2"}
    assert "H100-SXM-4" in inventory.group("node_types") & inventory.group("stock_out_of_stock")
    assert inventory.group("models") & inventory.group("fits_L4") & inventory.group("tag_featured") == {
        "baai-bge-multilingual-gemma2-fp32"
    }
    for group in ("provider_mistral", "tag_chat", "fits_L4"):
        assert MISTRAL_HOST in inventory.group(group)
    assert "google-gemma-3-27b-it-bf16" in inventory.group("tag_vision") - inventory.group("fits_L4")


def test_hosts_run_on_the_controller(inventory: Inventory) -> None:
    for variables in inventory.parse().hosts.values():
        assert variables["ansible_connection"] == "local"
        assert variables["ansible_python_interpreter"] == "{{ ansible_playbook_python }}"


@pytest.mark.parametrize("api_version", ["v1beta1", "v1"])
def test_public_open(inventory: Inventory, runner: Runner, emulator: EmulatorServer, api_version: str) -> None:
    """The group has public endpoints without authentication and rules. Unknown rules count as none."""
    endpoints = {
        "keyed": [{"public": True}],
        "private": [{"private_network_id": NETWORK, "disable_auth": True}],
        "ruled": [{"public": True, "disable_auth": True}],
        "open": [{"private_network_id": NETWORK}, {"public": True, "disable_auth": True}],
    }
    for name, desired in endpoints.items():
        runner.ok(deployment.TASK, **{**CHAT, "name": name, "endpoints": desired})
    runner.ok(acl.TASK, deployment="ruled", rules=[{"ip": "192.0.2.0/24"}])
    emulator.clear_journal()
    inventory.parse(api_version=api_version, resources=["deployments"])
    open_ones = {"open"} if api_version == "v1beta1" else {"open", "ruled"}
    assert inventory.group("public_open") == open_ones
    assert {name for name, one in inventory.hosts.items() if one["scaleway_public_open"]} == open_ones
    # The public URL is preferred, wherever the service lists it.
    assert "/ifr/" in inventory.hosts["open"]["scaleway_url"]
    # Rules are read only where they decide.
    assert sum("/acls" in one for one in runner.requests()) == (2 if api_version == "v1beta1" else 0)


def test_rules(inventory: Inventory, runner: Runner) -> None:
    for name in ("one", "two"):
        runner.ok(deployment.TASK, **{**CHAT, "name": name})
    runner.ok(acl.TASK, deployment="two", rules=[{"ip": "192.0.2.0/24", "description": "Office"}])
    inventory.parse(with_acls=True)
    assert inventory.hosts["one"]["scaleway_rules"] == []
    [rule] = inventory.hosts["two"]["scaleway_rules"]
    assert (rule["ip"], rule["description"]) == ("192.0.2.0/24", "Office")


@pytest.mark.parametrize(
    ("resources", "kinds", "lists"),
    [
        (["models"], {"model"}, {"models"}),
        # The facts of node types name models, so these are read too.
        (["node_types"], {"node_type"}, {"models", "node-types"}),
        (["deployments"], {"deployment"}, {"deployments"}),
        ("deployments,models", {"deployment", "model"}, {"models", "deployments"}),
        ([], {"deployment", "model", "node_type"}, {"models", "node-types", "deployments"}),
    ],
)
def test_resources(inventory: Inventory, runner: Runner, resources: Any, kinds: set[str], lists: set[str]) -> None:
    runner.ok(deployment.TASK, **CHAT)
    runner.emulator.clear_journal()
    inventory.parse(resources=resources)
    assert {one["scaleway_kind"] for one in inventory.hosts.values()} == kinds
    assert {one.rpartition("/")[2] for one in runner.requests()} == lists
    assert inventory.hosts.get("L4", {"scaleway_models": [MISTRAL]})["scaleway_models"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            {"tags": ["vision", "featured"], "name": "mistral/*:fp8"},
            {"mistral-mistral-small-3.1-24b-instruct-2503-fp8"},
        ),
        ({"name": ["L4??", "chat-[12]", "baai*"]}, {"L40S", "chat-1", "chat-2", "baai-bge-multilingual-gemma2-fp32"}),
        ({"name": ["l4*"]}, set()),
        ({"statuses": ["locked", "error"], "name": ["chat*"]}, {"chat-2"}),
        ({"include_disabled": True, "name": "*-8"}, {"H100-SXM-8"}),
        ({"name": "*-8"}, set()),
    ],
)
def test_filters(inventory: Inventory, runner: Runner, filters: dict[str, Any], expected: set[str]) -> None:
    runner.ok(deployment.TASK, **{**CHAT, "name": "chat-1"})
    made = runner.ok(deployment.TASK, **{**CHAT, "name": "chat-2"})["deployment"]
    runner.emulator.force_status(made["id"], "locked")
    inventory.parse(filters=filters)
    assert set(inventory.hosts) == expected


def test_tags_filter_only_models_and_deployments(inventory: Inventory, runner: Runner) -> None:
    runner.ok(deployment.TASK, **{**CHAT, "name": "chat-1", "tags": ["production"]})
    runner.ok(deployment.TASK, **{**CHAT, "name": "chat-2"})
    inventory.parse(filters={"tags": "production"})
    assert set(inventory.hosts) == {"chat-1"} | inventory.group("node_types")
    assert "L4" in inventory.group("node_types")


def test_model_status(inventory: Inventory, runner: Runner) -> None:
    runner.environ["SCW_INFERENCE_API_VERSION"] = "v1"
    runner.ok(model.TASK, name="mine", source_url="https://models.example/mine", wait=False)
    inventory.parse(api_version="v1", resources=["models"], filters={"model_status": ["preparing"]})
    assert set(inventory.hosts) == {"mine"}


def test_only_the_projects_own(inventory: Inventory, runner: Runner, emulator: EmulatorServer) -> None:
    other = "105bdce1-64c0-48ab-899d-868455867ecf"
    emulator.configure(projects=[other])
    runner.ok(deployment.TASK, **CHAT)
    inventory.parse(project_id=other)
    assert inventory.group("deployments") == set()
    names = {one["scaleway_name"] for one in inventory.hosts.values()}
    assert MISTRAL in names
    assert "TestAccCustomModel_Basic" not in names


def test_node_types_name_models_that_the_filters_hide(inventory: Inventory) -> None:
    inventory.parse(filters={"name": ["L4"]})
    assert set(inventory.hosts) == {"L4"}
    assert MISTRAL in inventory.hosts["L4"]["scaleway_models"]


def test_prefix(inventory: Inventory) -> None:
    inventory.parse(hostvars_prefix="", filters={"name": "L4"})
    assert inventory.hosts["L4"]["name"] == "L4"
    assert inventory.hosts["L4"]["stock_status"] == "available"


def test_names_distinguish_regions(inventory: Inventory, runner: Runner, emulator: EmulatorServer) -> None:
    emulator.reset(regions=["fr-par", "nl-ams"])
    inventory.parse(regions=["nl-ams", "fr-par", "nl-ams"], filters={"name": "L4"})
    assert {name: one["scaleway_region"] for name, one in inventory.hosts.items()} == {
        "L4@fr-par": "fr-par",
        "L4@nl-ams": "nl-ams",
    }
    assert len(emulator.journal()) == 6


def test_values_are_plain_and_hold_no_secret(inventory: Inventory, runner: Runner, emulator: EmulatorServer) -> None:
    runner.ok(deployment.TASK, **CHAT)
    hosts = inventory.parse(with_acls=True, access_key="SCWEMULATOR123456789").hosts
    text = json.dumps(hosts)
    assert json.loads(text) == hosts
    assert emulator.secret_key not in text
    assert "SCWEMULATOR123456789" not in text


def test_lists_are_read_once_whatever_their_size(inventory: Inventory, emulator: EmulatorServer) -> None:
    emulator.populate(deployments=250, models=120, node_types=20)
    inventory.parse(filters={"include_disabled": True})
    assert len(inventory.hosts) == 250 + 120 + 20
    assert len(emulator.journal()) == 3 + 2 + 1


def test_all_lists_are_read_at_once(inventory: Inventory) -> None:
    together = threading.Barrier(6)

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # Answers only after all requests have arrived.
            together.wait(60)
            kind = urlsplit(self.path).path.rpartition("/")[2].replace("-", "_")
            body = json.dumps({kind: [], "total_count": 0}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        inventory.parse(regions=["fr-par", "nl-ams"], api_url=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert not together.broken
    assert inventory.hosts == {}
