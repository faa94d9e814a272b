# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory's options: their sources, and errors that name the option, its value and the remedy."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError, AnsibleParserError

from ansible_collections.scaleway.inference.tests.support.client import SECRET_KEY
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory, load_plugin
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

L4 = {"name": "L4"}


def failure(inventory: Inventory, **options: Any) -> str:
    with pytest.raises(AnsibleError) as caught:
        inventory.parse(**options)
    assert inventory.hosts == {}
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("scaleway_inference.yml", True),
        ("prod.scaleway_inference.yaml", True),
        ("inventory.yml", False),
        ("scaleway_inference.json", False),
    ],
)
def test_files(tmp_path: Path, name: str, ours: bool) -> None:
    (tmp_path / name).write_text("plugin: scaleway.inference.inference\n", encoding="utf-8")
    assert load_plugin().verify_file(str(tmp_path / name)) is ours
    assert load_plugin().verify_file(str(tmp_path / "missing" / name)) is False


@pytest.mark.parametrize(
    ("name", "content", "explained"),
    [
        ("scaleway.yml", "plugin: scaleway.inference.inference\n", True),
        ("inventory.yaml", "---\n# ours\nplugin: 'scaleway.inference.inference'\n", True),
        ("scaleway_inference.yml", "plugin: scaleway.inference.inference\n", False),
        ("other.yml", "plugin: amazon.aws.aws_ec2\n# not scaleway.inference.inference\n", False),
        ("hosts", "plugin: scaleway.inference.inference\n", False),
        ("bytes.yml", "plugin: scaleway.inference.inference\n\udcff", False),
    ],
)
def test_a_file_of_another_name_is_explained(tmp_path: Path, name: str, content: str, explained: bool) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8", errors="surrogateescape")
    plugin = load_plugin()
    warnings: list[str] = []
    plugin.display = SimpleNamespace(warning=warnings.append)
    plugin.verify_file(str(tmp_path / name))
    told = (
        f"{tmp_path / name} is not read by its plugin scaleway.inference.inference, since its name doesn't end in "
        "scaleway_inference.yml or scaleway_inference.yaml; rename it"
    )
    assert warnings == ([told] if explained else [])


def test_options_win_over_the_environment_and_may_be_templates(
    inventory: Inventory, emulator: EmulatorServer, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv("THE_KEY", emulator.secret_key)
    environ.setenv("THE_REGIONS", "fr-par")
    environ.setenv("SCW_SECRET_KEY", "11111111-0000-4000-8000-000000000001")
    environ.setenv("SCW_INFERENCE_API_VERSION", "v1")
    inventory.parse(
        secret_key="{{ lookup('env', 'THE_KEY') }}",
        api_version="{{ 'v1' ~ 'beta1' }}",
        api_retries="{{ 1 + 1 }}",
        validate_certs="{{ 1 == 1 }}",
        regions="{{ lookup('env', 'THE_REGIONS') | split(',') }}",
        filters={"name": ["{{ 'L' ~ 4 }}"]},
        strict_api="{{ true }}",
    )
    assert set(inventory.hosts) == {"L4"}
    assert {one.path.split("/")[2] for one in emulator.journal()} == {"v1beta1"}
    assert inventory.warnings == []


def test_empty_options_are_not_given(inventory: Inventory, environ: pytest.MonkeyPatch) -> None:
    inventory.parse(filters=L4, config_file="{{ lookup('env', 'UNSET') }}", profile="", secret_key=None)
    assert set(inventory.hosts) == {"L4"}


@pytest.mark.parametrize("empty", ["", None, "{{ lookup('env', 'UNSET') }}", [""], ["", None]])
@pytest.mark.parametrize("option", ["resources", "filters", "tags", "name", "statuses", "model_status"])
def test_empty_limit_is_refused(
    inventory: Inventory, emulator: EmulatorServer, environ: pytest.MonkeyPatch, option: str, empty: Any
) -> None:
    """Without a limit there are more hosts. A template of an unset variable must not have that effect."""
    emulator.clear_journal()
    options = {option: empty} if option in ("resources", "filters") else {"filters": {**L4, option: empty}}
    message = failure(inventory, **options)
    assert f"{option} is empty" in message
    assert "leave the option out" in message
    assert emulator.journal() == []


@pytest.mark.parametrize("empty", ["", None])
def test_other_empty_options_are_left_out(inventory: Inventory, environ: pytest.MonkeyPatch, empty: str | None) -> None:
    named = ("regions", "with_acls", "strict_api", "hostnames", "strict", "compose", "groups")
    more = ("keyed_groups", "cache", "api_timeout", "api_retries", "validate_certs", "api_version", "project_id")
    options = dict.fromkeys((*named, *more), empty)
    found = inventory.parse(filters={**L4, "include_disabled": empty}, **options).hosts
    assert set(found) == {"L4"}
    assert "scaleway_name" in found["L4"]


def test_configuration_file_of_scw(
    inventory: Inventory, emulator: EmulatorServer, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in emulator.environment():
        environ.delenv(name)
    settings = {"secret_key": emulator.secret_key, "api_url": emulator.url, "default_project_id": emulator.project_id}
    (tmp_path / "scw.yaml").write_text(yaml.safe_dump({"profiles": {"mine": settings}}), encoding="utf-8")
    inventory.parse(config_file="~/scw.yaml", profile="mine", filters=L4)
    assert set(inventory.hosts) == {"L4"}


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"secret_key": ""}, ("No secret key was given", "SCW_SECRET_KEY")),
        ({"resources": ["model"]}, ("resources", "model", "models or node_types or deployments")),
        ({"regions": ["fr-par", "Paris"]}, ("'Paris' was given (from option regions)", "set the option regions")),
        ({"region": "Paris"}, ("'Paris' was given (from option region)",)),
        ({"filters": {"tag": ["chat"]}}, ("filters: ", "tag", "Supported parameters include", "tags")),
        ({"filters": {"statuses": ["redy"]}}, ("filters: ", "statuses", "redy", "ready")),
        ({"filters": {"model_status": ["ready"]}}, ("model_status needs api_version v1",)),
        ({"filters": {"include_disabled": "perhaps"}}, ("filters.include_disabled: 'perhaps'", "true or false")),
        ({"filters": ["chat"]}, ("filters: a list is no dictionary", "tags, name")),
        ({"api_version": "v1", "with_acls": True}, ("acl rules needs api_version v1beta1",)),
        ({"api_version": "v2"}, ("api_version", "v2", "v1beta1")),
        ({"api_retries": "many"}, ("api_retries", "many")),
        ({"api_timeout": 0}, ("api_timeout", "above 0")),
        ({"hostnames": ["nam"]}, ("hostnames: 'nam' is neither a template nor a field", "name")),
        ({"hostvars_prefix": "scw-"}, ("hostvars_prefix: no variable's name begins with 'scw-'",)),
        ({"resource": ["models"]}, ("There is no option resource", "did you mean resources?")),
        ({"filter": {}, "zzz": 1}, ("There is no option filter and no option zzz", "did you mean filters?")),
        ({"region": "{{ nothing.at.all }}"}, ("The option region can't be resolved", "nothing")),
        ({"secret_key": ["a", "b"]}, ("The option secret_key must be a text",)),
        (
            {"strict": True, "hostnames": ["{{ nobody }}"]},
            ("hostnames: '{{ nobody }}' can't be resolved for", "nobody"),
        ),
        ({"strict": True, "compose": {"x": "nobody + 1"}}, ("x", "nobody")),
    ],
)
def test_wrong_options(inventory: Inventory, environ: pytest.MonkeyPatch, options: Any, parts: tuple[str, ...]) -> None:
    if options == {"secret_key": ""}:
        environ.delenv("SCW_SECRET_KEY")
    with pytest.raises(AnsibleError) as caught:
        inventory.parse(**options)
    for part in parts:
        assert part in str(caught.value)


def test_wrong_options_never_show_the_key(inventory: Inventory) -> None:
    for key in ([SECRET_KEY], f"{SECRET_KEY} {SECRET_KEY}", {"key": SECRET_KEY}):
        assert SECRET_KEY not in failure(inventory, secret_key=key)


@pytest.mark.parametrize("strict_api", [True, False])
def test_error_of_the_service_is_shown(inventory: Inventory, strict_api: bool) -> None:
    """A key without permissions can read nothing, which is an error even without strict_api."""
    text = failure(inventory, secret_key=SECRET_KEY, strict_api=strict_api)
    assert "the secret key doesn't exist" in text
    assert "SCW_SECRET_KEY" in text
    assert SECRET_KEY not in text


def test_one_list_that_fails(inventory: Inventory, emulator: EmulatorServer) -> None:
    fault = Fault(method="GET", path="/fr-par/models$", kind="status", status=403, type="permissions_denied", times=2)
    emulator.reset(regions=["fr-par", "nl-ams"])
    emulator.add_fault(fault)
    text = failure(inventory, regions=["fr-par", "nl-ams"])
    assert "GET /models: the API key lacks a permission" in text
    inventory.parse(regions=["fr-par", "nl-ams"], strict_api=False)
    [warning] = inventory.warnings
    assert warning.startswith("The inventory lacks models of fr-par: GET /models: the API key lacks a permission")
    assert "scaleway_models" not in inventory.hosts["L4@fr-par"]
    assert inventory.hosts["L4@nl-ams"]["scaleway_models"]
    assert {one["scaleway_region"] for one in inventory.hosts.values() if one["scaleway_kind"] == "model"} == {"nl-ams"}


def test_rules_that_cant_be_read(inventory: Inventory, emulator: EmulatorServer) -> None:
    emulator.populate(deployments=3)
    fault = Fault(method="GET", path="/acls$", kind="status", status=403, type="permissions_denied", times=6)
    emulator.add_fault(fault)
    options = {"resources": ["deployments"], "with_acls": True}
    assert "/acls: the API key lacks a permission" in failure(inventory, **options)
    emulator.clear_faults()
    emulator.add_fault(fault)
    inventory.parse(**options, strict_api=False)
    [warning] = inventory.warnings
    assert warning.startswith("The inventory lacks the rules of 3 deployments of fr-par: ")
    assert not any("scaleway_rules" in one for one in inventory.hosts.values())


def test_rules_that_the_service_no_longer_has(inventory: Inventory, emulator: EmulatorServer) -> None:
    emulator.populate(deployments=1)
    (found,) = emulator.deployments()
    emulator.force_status(found.id, "ready")
    Api(emulator, "v1beta1").ok("PATCH", f"/endpoints/{found.endpoints[0].id}", {"disable_auth": True})
    emulator.add_fault(Fault(method="GET", path="/acls$", kind="status", status=410, body="gone", times=9))
    # Who asks for them is told what replaces them; others learn that the deployment is open.
    assert "private_only: true" in failure(inventory, resources=["deployments"], with_acls=True)
    inventory.parse(resources=["deployments"])
    assert [one["scaleway_public_open"] for one in inventory.hosts.values()] == [True]
    assert inventory.warnings == []


def test_deployment_that_goes_while_it_is_read(inventory: Inventory, emulator: EmulatorServer) -> None:
    emulator.populate(deployments=1)
    body = '{"type": "not_found", "resource": "deployment", "resource_id": "1"}'
    emulator.add_fault(Fault(method="GET", path="/acls$", kind="status", status=404, body=body))
    inventory.parse(resources=["deployments"], with_acls=True)
    assert ["scaleway_rules" in one for one in inventory.hosts.values()] == [False]


def test_unverified_certificates_warn(inventory: Inventory) -> None:
    inventory.parse(filters=L4, validate_certs=False)
    assert "Certificates aren't verified" in inventory.warnings[0]


def test_requests_that_is_missing(inventory: Inventory, environ: pytest.MonkeyPatch) -> None:
    from ansible_collections.scaleway.inference.plugins.inventory import inference as plugin

    environ.setattr(plugin, "REQUESTS_IMPORT_ERROR", ImportError("no requests"))
    with pytest.raises(AnsibleParserError, match="requests"):
        inventory.parse()
