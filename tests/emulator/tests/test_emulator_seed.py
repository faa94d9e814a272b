# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of seed files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests
import yaml

from ansible_collections.scaleway.inference.tests.support.raw_client import MISTRAL_7B, TIMEOUT, Api
from scaleway_inference_emulator import seed
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer
from scaleway_inference_emulator.state import Emulator

README = Path(__file__).parents[1] / "README.md"


def page() -> str:
    """The example of the package's page."""
    (found,) = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def written(folder: Path, text: str) -> seed.Seed:
    path = folder / "seed.yml"
    path.write_text(text, encoding="utf-8")
    return seed.read(str(path))


def test_begins_with_the_example_of_the_page(api: Api, emulator: EmulatorServer, tmp_path: Path) -> None:
    emulator.reset(initial=written(tmp_path, page()))
    chat, broken = api.ok("GET", "/deployments")["deployments"]
    assert (chat["name"], chat["status"], chat["size"], chat["tags"]) == ("chat", "ready", 1, ["production"])
    assert (broken["name"], broken["status"], broken["error_message"]) == ("broken", "error", "the node failed")
    (endpoint,) = broken["endpoints"]
    assert endpoint["private_network"] == {"private_network_id": "5ec2e700-1111-4222-8333-444455556666"}
    assert endpoint["disable_auth"] is True
    assert chat["model_id"] == api.ok("GET", "/models", name="acme/support")["models"][0]["id"]
    stock = {one["name"]: one["stock_status"] for one in api.ok("GET", "/node-types")["node_types"]}
    assert (stock["H100"], stock["L4"]) == ("out_of_stock", "available")


def test_rules_are_enforced(beta: Api, emulator: EmulatorServer, tmp_path: Path) -> None:
    emulator.reset(initial=written(tmp_path, page()))
    chat, _broken = beta.ok("GET", "/deployments")["deployments"]
    (rule,) = beta.ok("GET", f"/deployments/{chat['id']}/acls")["rules"]
    assert rule["ip"] == "192.0.2.0/24"
    answer = beta.session.get(f"{chat['endpoints'][0]['url']}/v1/models", timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "address_not_allowed")


def test_what_it_begins_with_can_be_changed_and_comes_back(api: Api, emulator: EmulatorServer, tmp_path: Path) -> None:
    emulator.reset(initial=written(tmp_path, page()))
    before = {one["id"] for one in api.ok("GET", "/deployments")["deployments"]}
    for deployment_id in before:
        assert api.ok("DELETE", f"/deployments/{deployment_id}")["status"] == "deleting"
    assert requests.post(f"{emulator.url}/_emulator/reset", timeout=TIMEOUT).status_code == 204
    after = api.ok("GET", "/deployments")["deployments"]
    assert {one["id"] for one in after} == before
    assert {one["status"] for one in after} == {"ready", "error"}


def test_a_state_is_seeded_once(tmp_path: Path) -> None:
    config = Config(state=str(tmp_path / "state.sqlite"), initial=written(tmp_path, page()))
    first = Emulator(config)
    kept = [one.id for one in first.store.all(seed.records.Deployment)]
    for deployment in first.store.all(seed.records.Deployment)[1:]:
        first.store.delete(deployment)
    first.store.close()
    second = Emulator(config)
    assert [one.id for one in second.store.all(seed.records.Deployment)] == kept[:1]
    second.store.close()


def test_json_is_read_too(tmp_path: Path) -> None:
    assert written(tmp_path, json.dumps(yaml.safe_load(page()))) == written(tmp_path, page())
    assert written(tmp_path, "") == seed.Seed()


CHAT = f"name: chat, model: '{MISTRAL_7B['name']}'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("deployments: [{name: chat}]", "deployments.0.model: Field required"),
        ("deploymnts: []", "deploymnts: Extra inputs"),
        ("[1]", "some of the keys models, deployments, node_types"),
        ("a: [", "can't be read: while parsing"),
        ("deployments: [{name: a, model: b, node_type: L5}]", "deployments: a: there's no node type L5, but L4"),
        ("deployments: [{name: a, model: mistral-7b-instruct-v0.3, node_type: L4}]", f"but {MISTRAL_7B['name']}"),
        (f"deployments: [{{{CHAT}, node_type: L4, bits: 3}}]", "on L4 allows"),
        (f"deployments: [{{{CHAT}, node_type: L4, endpoints: [{{}}, {{}}]}}]", "one public endpoint"),
        (f"deployments: [{{{CHAT}, node_type: L4, acls: [{{ip: 300.1.1.1}}]}}]", "deployments.0.acls.0.ip"),
        ("models: [{name: a, nodes: {L5: {16: 1}}}]", "models: a: there's no node type L5"),
        ("node_types: [{name: L5}]", "there's no node type L5"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(seed.SeedError) as raised:
        Emulator(Config(initial=written(tmp_path, text)))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(seed.SeedError, match="can't be read: No such file"):
        seed.read(str(tmp_path / "none.yml"))
