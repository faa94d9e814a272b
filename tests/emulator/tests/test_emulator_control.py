# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of keys, the journal, the control routes, certificates and restarts."""

from __future__ import annotations

import base64
import socket
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509

from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.raw_client import TIMEOUT, Api
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.listeners import listen
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.real_durations


def control(server: EmulatorServer, method: str, path: str, json: Any = None) -> requests.Response:
    return requests.request(method, f"{server.url}/_emulator{path}", json=json, timeout=TIMEOUT)


def test_keys(emulator: EmulatorServer) -> None:
    url = f"{emulator.url}/inference/v1/regions/fr-par/models"
    for headers, reason in [({}, "invalid_argument"), ({"X-Auth-Token": "wrong"}, "not_found")]:
        answer = requests.get(url, headers=headers, timeout=TIMEOUT)
        assert answer.status_code == 401
        assert answer.json() == {
            "type": "denied_authentication",
            "message": "authentication is denied",
            "method": "api_key",
            "reason": reason,
        }
        assert uuid.UUID(answer.headers["X-Request-Id"])


def test_read_only_key(emulator: EmulatorServer, clock: ManualClock) -> None:
    emulator.reset(keys={"reader": {"permissions": "read_only"}})
    created = Api(emulator, "v1").create()
    clock.advance(3600)
    reader = Api(emulator, "v1", "reader")
    path = f"/deployments/{created['id']}"
    assert reader.ok("GET", path)["status"] == "ready"
    for method, target, body in [
        ("POST", "/deployments", reader.body()),
        ("PATCH", path, {"name": "new"}),
        ("DELETE", path, None),
        ("DELETE", f"/endpoints/{created['endpoints'][0]['id']}", None),
    ]:
        status, error = reader.fails(method, target, body)
        assert (status, error["type"]) == (403, "permissions_denied")
        assert error["details"] == [{"resource": "deployment", "action": "write"}]


def test_key_of_one_project(emulator: EmulatorServer) -> None:
    project = str(uuid.uuid4())
    emulator.reset(keys={"narrow": {"projects": [project]}})
    everything, narrow = Api(emulator, "v1beta1"), Api(emulator, "v1beta1", "narrow")
    hidden = everything.create(name="hidden")["id"]
    assert narrow.create(name="mine", project_id=project)["project_id"] == project
    assert [each["name"] for each in narrow.ok("GET", "/deployments")["deployments"]] == ["mine"]
    assert len(everything.ok("GET", "/deployments")["deployments"]) == 2
    assert narrow.fails("GET", f"/deployments/{hidden}")[0] == 404
    assert narrow.fails("POST", "/deployments", narrow.body())[0] == 403
    assert narrow.ok("GET", "/models")["total_count"] == 42


def test_regions(emulator: EmulatorServer) -> None:
    emulator.reset(regions=["fr-par", "nl-ams"])
    created = Api(emulator, "v1").create()["id"]
    headers = {"X-Auth-Token": emulator.secret_key}

    def listed(region: str, deployment: str = "") -> requests.Response:
        url = f"{emulator.url}/inference/v1/regions/{region}/deployments{deployment}"
        return requests.get(url, headers=headers, timeout=TIMEOUT)

    assert listed("fr-par").json()["total_count"] == 1
    assert listed("nl-ams").json()["total_count"] == 0
    assert listed("fr-par", f"/{created}").status_code == 200
    assert listed("nl-ams", f"/{created}").status_code == 404
    answer = listed("pl-waw")
    assert (answer.status_code, answer.json()["details"][0]["argument_name"]) == (400, "region")


def test_journal(api: Api, emulator: EmulatorServer, clock: ManualClock) -> None:
    clock.advance(5)
    answer = api.call("GET", "/models?tags=a&tags=b&page=1", headers={"User-Agent": "me/1"})
    api.create(name="written down")
    listing, creation = emulator.journal()
    assert (listing.method, listing.path) == ("GET", f"/inference/{api.version}/regions/fr-par/models")
    assert listing.query == {"tags": ["a", "b"], "page": ["1"]}
    assert (listing.status, listing.client, listing.user_agent) == (200, "127.0.0.1", "me/1")
    assert (listing.request_id, listing.body) == (answer.headers["X-Request-Id"], None)
    assert (listing.time, listing.duration > 0) == (clock.time(), True)
    assert creation.body["name"] == "written down"
    emulator.clear_journal()
    assert emulator.journal() == []


def test_journal_holds_no_secret(v1: Api, emulator: EmulatorServer) -> None:
    source = {"url": "https://models.example/mine", "secret": "hush-hush"}
    v1.ok("POST", "/models", {"name": "mine", "project_id": emulator.project_id, "source": source})
    journal = control(emulator, "GET", "/journal")
    assert journal.json()[0]["body"]["source"] == {"url": "https://models.example/mine", "secret": "***"}
    assert "hush-hush" not in journal.text
    assert emulator.secret_key not in journal.text


def test_control_routes(api: Api, emulator: EmulatorServer) -> None:
    created = api.create()
    path = f"/deployments/{created['id']}"
    assert control(emulator, "PATCH", path, {"status": "error", "error_message": "broken"}).status_code == 200
    assert api.ok("GET", path)["error_message"] == "broken"
    assert control(emulator, "PATCH", path, {"status": "unknown_status", "name": "forced"}).status_code == 200
    assert (api.ok("GET", path)["status"], api.ok("GET", path)["name"]) == ("unknown_status", "forced")
    assert control(emulator, "PATCH", f"/deployments/{uuid.uuid4()}", {}).status_code == 404

    assert control(emulator, "PATCH", "/node-types/L4", {"stock_status": "out_of_stock"}).status_code == 200
    assert api.fails("POST", "/deployments", api.body())[0] == 503
    assert control(emulator, "PATCH", "/node-types/A100", {}).status_code == 404

    config = control(emulator, "PATCH", "/config", {"max_deployments": 0, "updating": 7}).json()
    assert (config["max_deployments"], config["updating"], config["creating"]) == (0, 7, 540)
    assert not {"secret_key", "keys"} & config.keys()
    assert control(emulator, "PATCH", "/config", {"jitter": 2}).status_code == 400

    fault = {"method": "GET", "path": "/models", "kind": "status", "status": 500}
    assert control(emulator, "POST", "/faults", fault).status_code == 204
    assert [armed["fault"]["status"] for armed in control(emulator, "GET", "/faults").json()] == [500]
    assert control(emulator, "DELETE", "/faults").status_code == 204
    assert api.ok("GET", "/models")["models"]

    assert control(emulator, "DELETE", "/journal").status_code == 204
    assert control(emulator, "GET", "/journal").json() == []
    assert control(emulator, "POST", "/reset").status_code == 204
    assert emulator.deployments() == []
    assert api.ok("GET", "/node-types")["node_types"][0]["stock_status"] == "available"


def test_certificate(api: Api, emulator: EmulatorServer) -> None:
    public, private = api.create(), api.create(endpoints=[api.private()])
    status, error = api.fails("GET", f"/deployments/{public['id']}/certificate")
    assert (status, error["type"]) == (412, "precondition_failed")
    file = api.ok("GET", f"/deployments/{private['id']}/certificate")
    certificate = x509.load_pem_x509_certificate(base64.b64decode(file["content"]))
    certificate.verify_directly_issued_by(certificate)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, file["name"]) == (True, f"{private['id']}.pem")
    assert api.ok("GET", f"/deployments/{private['id']}/certificate") == file
    other = api.create(endpoints=[api.private()])
    assert api.ok("GET", f"/deployments/{other['id']}/certificate")["content"] != file["content"]


def test_latency(api: Api, emulator: EmulatorServer) -> None:
    emulator.configure(latency=0.05)
    assert api.call("GET", "/models").elapsed.total_seconds() >= 0.05
    assert emulator.journal()[-1].duration >= 0.05


def test_answers_are_not_held_back() -> None:
    with listen() as listener:
        assert listener.proto == socket.IPPROTO_TCP  # what asyncio needs to see, to set TCP_NODELAY


def test_restart(tmp_path: Path, clock: ManualClock) -> None:
    config = Config(state=str(tmp_path / "state.sqlite"), creating=10, deploying=0, jitter=0)
    with EmulatorServer(config, clock) as server:
        before, v1 = server.environment(), Api(server, "v1")
        source = {"url": "https://models.example/mine"}
        model = v1.ok("POST", "/models", {"name": "mine", "project_id": server.project_id, "source": source})
        created = [v1.create(name=name, endpoints=[v1.private()]) for name in ("one", "two")]
        certificate = v1.ok("GET", f"/deployments/{created[0]['id']}/certificate")
        v1.session.close()
    clock.advance(10)
    with EmulatorServer(config, clock) as server:
        after, v1 = server.environment(), Api(server, "v1")
        del before["SCW_API_URL"], after["SCW_API_URL"]
        assert before == after
        again = v1.ok("GET", "/deployments", order_by="created_at_asc")["deployments"]
        assert [each["id"] for each in again] == [each["id"] for each in created]
        assert [each["status"] for each in again] == ["ready", "ready"]
        assert [each["endpoints"] for each in again] == [each["endpoints"] for each in created]
        assert v1.ok("GET", f"/deployments/{created[0]['id']}/certificate") == certificate
        assert v1.ok("GET", f"/models/{model['id']}")["name"] == "mine"
        assert v1.ok("GET", "/models")["total_count"] == 45
        v1.session.close()


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_documents(emulator: EmulatorServer, path: str) -> None:
    answer = requests.get(emulator.url + path, timeout=TIMEOUT)
    assert answer.status_code == 200


def test_openapi_has_every_route(emulator: EmulatorServer) -> None:
    document = requests.get(f"{emulator.url}/openapi.json", timeout=TIMEOUT).json()
    routes = {
        version: sum(len(methods) for path, methods in document["paths"].items() if f"/inference/{version}/" in path)
        for version in ("v1beta1", "v1")
    }
    # Twelve in both; access rules (4) and EULA in the one, import and deletion of models in the other.
    assert routes == {"v1beta1": 12 + 5, "v1": 12 + 2}
    creation = document["paths"]["/inference/v1/regions/{region}/deployments"]["post"]
    assert creation["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("CreateDeployment")
    assert set(creation["responses"]) == {"200", "400", "401", "403", "404", "409", "412", "503"}
    assert creation["parameters"][0]["schema"]["enum"] == ["fr-par"]
