# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for AWX: assets for C(awx import), surveys that match the roles' options, an execution environment."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awxkit.api
import pytest
import yaml
from awxkit.config import config

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS, EntryPoint
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.values import role_options
from ansible_collections.scaleway.inference.tests.support.awx import ALIASES, FIELDS, Awx, serve

ROOT = Path(__file__).resolve().parents[2]
AWX = ROOT / "docs" / "awx"
ASSETS: dict[str, list[dict[str, Any]]] = yaml.safe_load((AWX / "assets.yml").read_text(encoding="utf-8"))
TEMPLATES = [*ASSETS["job_templates"], *ASSETS["workflow_job_templates"]]
NATURAL = {"natural_key", "related"}


@pytest.fixture
def awx(monkeypatch: pytest.MonkeyPatch) -> Iterator[Awx]:
    with serve() as served:
        monkeypatch.setitem(config, "base_url", served.url)
        monkeypatch.setitem(config, "client_connection_attempts", 1)
        yield served


def imported(assets: dict[str, Any]) -> bool:
    """Run C(awx import) on a file. Returns whether it ended without errors."""
    v2 = awxkit.api.Api().get().available_versions.v2.get()
    v2.import_assets(assets)
    return not getattr(v2, "_has_error", False)


def test_import_makes_everything_as_written(awx: Awx) -> None:
    assert imported(ASSETS)
    for resource, assets in ASSETS.items():
        name = ALIASES.get(resource, resource)
        assert len(awx.objects[name]) == len(assets)
        for asset in assets:
            # The import silently drops fields that AWX doesn't know.
            assert set(asset) - NATURAL <= set(FIELDS[name])
            made = awx.named(name, asset["name"])
            for field, value in asset.items():
                if field not in NATURAL and not FIELDS[name][field].startswith("id:"):
                    assert made[field] == value
                elif field not in NATURAL:
                    target = FIELDS[name][field].rstrip("!")[3:]
                    assert awx.objects[target][made[field]]["name"] == value["name"]


def test_import_relates_what_belongs_together(awx: Awx) -> None:
    assert imported(ASSETS)
    (credential,) = awx.objects["credentials"]
    for resource in ("job_templates", "inventory_sources"):
        for number in awx.objects[resource]:
            assert awx.attached[resource, number, "credentials"] == [credential]
    nodes = {one["identifier"]: number for number, one in awx.objects["workflow_job_template_nodes"].items()}
    edges = {
        (kind, one): to
        for (resource, one, kind), to in awx.attached.items()
        if resource == "workflow_job_template_nodes"
    }
    assert edges == {
        ("success_nodes", nodes["deploy"]): [nodes["smoke-test"]],
        ("failure_nodes", nodes["smoke-test"]): [nodes["undo"]],
    }
    surveyed = {
        awx.objects[resource][number]["name"]: len(asked["spec"]) for (resource, number), asked in awx.surveys.items()
    }
    assert surveyed == {one["name"]: len(survey(one)) for one in TEMPLATES if survey(one)}


def test_import_twice_makes_nothing_twice(awx: Awx) -> None:
    assert imported(ASSETS)
    before = {name: sorted(made) for name, made in awx.objects.items()}
    assert imported(ASSETS)
    assert {name: sorted(made) for name, made in awx.objects.items()} == before


def test_import_tells_what_is_wrong(awx: Awx) -> None:
    """The stand-in refuses what AWX refuses, or the tests above would prove little."""
    (credential_type,) = ASSETS["credential_types"]
    unnamed = {key: value for key, value in credential_type.items() if key != "kind"}
    assert not imported({"credential_types": [unnamed]})
    assert awx.objects["credential_types"] == {}


def survey(template: dict[str, Any]) -> list[dict[str, Any]]:
    return list(template["related"].get("survey_spec", {}).get("spec", []))


def entry_of(template: dict[str, Any]) -> EntryPoint:
    """The entry point of the role that the template's playbook runs."""
    playbook = Path(template.get("playbook", "playbooks/deploy.yml")).stem
    role = {"fleet": "deploy", "smoke_test": "deploy", "undo": "decommission"}.get(playbook, playbook)
    return ENTRY_POINTS[role, "smoke_test" if playbook == "smoke_test" else "main"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: str(one["name"]).replace(" ", "-"))
def test_survey_asks_for_options_of_the_role(template: dict[str, Any]) -> None:
    entry = entry_of(template)
    # The role decommission reads some variables of the role deploy.
    options = {**entry.options, **{name: ENTRY_POINTS["deploy", "main"].options[name] for name in entry.reads}}
    answers: dict[str, Any] = {}
    for question in survey(template):
        name, kind = question["variable"], question["type"]
        assert name in options
        expected = options[name]["type"]
        assert kind in {"int": ["integer"], "bool": ["multiplechoice"]}.get(expected, ["text", "multiplechoice"])
        if kind == "multiplechoice":
            assert question["default"] in question["choices"]
        if expected == "bool":
            assert question["choices"] == ["true", "false"]
        if options[name].get("required"):
            assert question["required"]
        # An optional question may be left empty. Its variable then isn't given, so it must not limit anything.
        if not question["required"]:
            assert name not in entry.limits
        answers[name] = question["default"] or ("some" if question["required"] else "")
    given = role_options(entry, {name: value for name, value in answers.items() if name in entry.options})
    assert {name for name, value in answers.items() if value != "" and name in entry.options} <= set(given)
    if survey(template):
        assert template["survey_enabled"] is True
    asked = {*answers, *yaml.safe_load(template.get("extra_vars", "{}"))}
    missing = {name for name, option in options.items() if option.get("required") and name in entry.options} - asked
    assert not missing


def test_templates_lead_to_files_of_this_repository() -> None:
    for template in ASSETS["job_templates"]:
        assert (ROOT / template["playbook"]).is_file()
    (source,) = ASSETS["inventory_sources"]
    inventory = yaml.safe_load((ROOT / source["source_path"]).read_text(encoding="utf-8"))
    assert source["source_path"].endswith("scaleway_inference.yml")
    assert inventory["plugin"] == "scaleway.inference.inference"


def test_credential_gives_what_the_collection_reads() -> None:
    (credential_type,) = ASSETS["credential_types"]
    fields = {field["id"]: field for field in credential_type["inputs"]["fields"]}
    injected = credential_type["injectors"]["env"]
    documented = (ROOT / "plugins" / "doc_fragments" / "api.py").read_text(encoding="utf-8")
    for variable, template in injected.items():
        assert f"E({variable})" in documented
        (field,) = re.findall(r"\{\{ (\w+) \}\}", template)
        assert field in fields
    assert [name for name, field in fields.items() if field.get("secret")] == ["secret_key"]


def test_builder_accepts_the_execution_environment(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ansible_builder", "create", "--file", str(AWX / "execution-environment.yml")]
    command += ["--context", str(tmp_path / "context"), "--output-filename", "Containerfile"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scaleway.inference" in (tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8")


def test_builder_finds_what_the_collection_needs() -> None:
    introspect = ROOT / "meta" / "execution-environment.yml"
    needed = yaml.safe_load(introspect.read_text(encoding="utf-8"))["dependencies"]
    assert set(needed) == {"python", "system"}
    for name in needed.values():
        assert (ROOT / name).is_file()
