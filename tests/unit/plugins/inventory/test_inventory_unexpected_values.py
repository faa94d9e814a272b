# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Missing fields, and fields with a wrong type, are no variables, and don't affect other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment
from ansible_collections.scaleway.inference.tests.support.altered_service import (
    VALUE,
    VALUES,
    AlteredService,
    altered,
    altered_service,
)
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
CHAT: dict[str, Any] = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
BOTH = [{"public": True, "disable_auth": True}, {"private_network_id": NETWORK}]
NAMES = {"deployments": "other", "models": "google/gemma-3-27b-it:bf16", "node_types": "L40S", "rules": "192.0.2.2"}
HOSTS = {"deployments": "other", "models": "google-gemma-3-27b-it-bf16", "node_types": "L40S", "rules": "other"}


@pytest.fixture
def service(emulator: EmulatorServer, inventory: Inventory, environ: pytest.MonkeyPatch) -> Iterator[AlteredService]:
    """The service that the inventory reads, whose answers can be altered."""
    with altered_service(emulator) as altered_emulator:
        environ.setenv("SCW_API_URL", altered_emulator.url)
        yield altered_emulator


def make(runner: Runner) -> None:
    for name in ("chat", "other"):
        runner.ok(deployment.TASK, name=name, **CHAT, endpoints=BOTH)
        runner.ok(acl.TASK, deployment=name, rules=[{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}])


def nulls(value: Any, place: str = "") -> Iterator[str]:
    """The places of all nulls in a value."""
    if value is None:
        yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from nulls(item, f"{place}.{key}")


@pytest.mark.parametrize("api_version", ["v1beta1", "v1"])
def test_no_variable_is_null_at_any_depth_cached_or_not(
    emulator: EmulatorServer, inventory: Inventory, runner: Runner, tmp_path: Path, api_version: str
) -> None:
    make(runner)
    kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "kept")}
    hosts = inventory.parse(api_version=api_version, **kept).hosts
    assert list(nulls(hosts)) == []
    emulator.clear_journal()
    again = Inventory(tmp_path).parse(api_version=api_version, **kept).hosts
    assert emulator.journal() == []
    assert again == hosts


def test_templates_with_defaults_for_missing_variables(inventory: Inventory, runner: Runner) -> None:
    make(runner)
    inventory.parse(
        resources=["deployments"],
        strict=True,
        compose={"why": "scaleway_error_message | default('nothing')"},
        groups={"broken": "scaleway_error_message is defined"},
        keyed_groups=[{"key": "scaleway_error_message | default('none')", "prefix": "why"}],
    )
    assert inventory.hosts["chat"]["why"] == "nothing"
    assert inventory.group("why_none") == {"chat", "other"}
    assert "broken" not in inventory.data.groups or not inventory.group("broken")


@pytest.mark.parametrize(
    "options",
    [
        {"compose": {"why": "scaleway_error_message"}},
        {"groups": {"broken": "scaleway_error_message == 'no'"}},
        {"keyed_groups": [{"key": "scaleway_error_message"}]},
        {"hostnames": ["{{ scaleway_error_message }}"]},
    ],
    ids=lambda options: next(iter(options)),
)
def test_templates_without_defaults_fail_only_if_strict(
    inventory: Inventory, runner: Runner, tmp_path: Path, options: dict[str, Any]
) -> None:
    make(runner)
    hosts = inventory.parse(resources=["deployments"], **options).hosts
    assert set(hosts) == {"chat", "other"}
    assert "why" not in hosts["chat"]
    with pytest.raises(AnsibleError):
        Inventory(tmp_path).parse(resources=["deployments"], strict=True, **options)


FIELDS = {
    "deployments": (
        "id name project_id region status model_name model_id node_type node_type_name min_size max_size size tags "
        "endpoints quantization error_message created_at endpoints.id endpoints.url endpoints.disable_auth "
        "endpoints.private_network"
    ),
    "models": (
        "id name project_id is_public provider tags description has_eula region status compatible_node_types "
        "nodes_support"
    ),
    "node_types": "name description stock_status vcpus memory vram gpus disabled beta region created_at",
    "rules": "id ip description",
}


def test_rules_of_a_deployment_whose_id_is_no_uuid_are_not_asked_for(
    runner: Runner, service: AlteredService, tmp_path: Path
) -> None:
    make(runner)
    before = Inventory(tmp_path).parse(with_acls=True)
    service.alter("deployments", "chat", "id", "odd")
    parsed = Inventory(tmp_path).parse(with_acls=True)
    assert parsed.hosts["other"] == before.hosts["other"]
    assert "scaleway_rules" in before.hosts["chat"]
    assert "scaleway_rules" not in parsed.hosts["chat"]
    assert any("the rules of the deployment chat (odd): its ID is no UUID" in one for one in parsed.warnings)


# Failures are readable without shrinking, which takes many runs.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@expensive(phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=VALUE, api_version=st.sampled_from(("v1beta1", "v1")))
def test_any_wrong_field_of_a_resource_leaves_all_other_hosts_unchanged(
    runner: Runner, service: AlteredService, tmp_path: Path, data: st.DataObject, value: str, api_version: str
) -> None:
    if not runner.emulator.deployments():
        make(runner)
    kind = data.draw(st.sampled_from(sorted(FIELDS)))
    key = data.draw(st.sampled_from(FIELDS[kind].split()))
    service.change = lambda _kind, resource: resource
    options = {"api_version": api_version, "with_acls": api_version == "v1beta1"}
    before = Inventory(tmp_path).parse(**options).hosts
    service.alter(kind, NAMES[kind], key, VALUES[value])
    parsed = Inventory(tmp_path).parse(**options)
    assert list(nulls(parsed.hosts)) == []
    derived = {"scaleway_models"} if kind == "models" else set()

    def compared(hosts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            name: {key: value for key, value in own.items() if key not in derived}
            for name, own in hosts.items()
            if name in before and name != HOSTS[kind] and not (kind == "rules" and name == "chat")
        }

    assert compared(parsed.hosts) == compared(before)
    assert len(before) - len(parsed.hosts) in ((0, 1) if key in ("id", "name", "project_id") else (0,))
    if key != "project_id" and len(parsed.hosts) < len(before):
        assert any("it is left out" in one for one in parsed.warnings)


def test_host_without_a_name_is_called_by_its_id(inventory: Inventory, runner: Runner, service: AlteredService) -> None:
    made = runner.ok(deployment.TASK, name="other", **CHAT)["deployment"]["id"]
    service.alter("deployments", "other", "name", None)
    inventory.parse(resources=["deployments"])
    assert set(inventory.hosts) == {f"deployment-{made[:8]}"}


def test_groups_depend_only_on_known_fields(inventory: Inventory, runner: Runner, service: AlteredService) -> None:
    runner.ok(deployment.TASK, name="other", **CHAT)
    service.change = lambda kind, one: (
        altered(altered(one, "status", None), "node_type", 7) if kind == "deployments" else one
    )
    inventory.parse(resources=["deployments"])
    assert set(inventory.data.groups) == {
        "all",
        "ungrouped",
        "deployments",
        "public_open",
        "model_mistral_mistral_7b_instruct_v0_3_bf16",
    }


@pytest.mark.parametrize("value", [7, [7]], ids=str)
def test_endpoints_that_can_not_be_read_count_as_open(
    inventory: Inventory, runner: Runner, service: AlteredService, value: object
) -> None:
    runner.ok(deployment.TASK, name="other", **CHAT)
    service.alter("deployments", "other", "endpoints", value)
    inventory.parse(resources=["deployments"])
    assert inventory.group("public_open") == {"other"}
    assert "scaleway_endpoints" not in inventory.hosts["other"]


def test_wrong_field_causes_a_warning_and_is_not_cached(
    inventory: Inventory, runner: Runner, service: AlteredService, tmp_path: Path
) -> None:
    kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "kept")}
    service.alter("node_types", "L40S", "vcpus", "many")
    assert "scaleway_vcpus" not in inventory.parse(**kept).hosts["L40S"]
    [warning] = inventory.warnings
    assert warning.startswith("In fr-par: GET /node-types: the service's answer isn't as documented: ")
    assert "vcpus: expected a whole number, got a string (of L40S); it is taken for null" in warning
    service.change = lambda _kind, resource: resource
    assert Inventory(tmp_path).parse(**kept).hosts["L40S"]["scaleway_vcpus"] > 0
