# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for AWX: their import, surveys that match the roles' options, an execution environment."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS, EntryPoint
from ansible_collections.scaleway.inference.tests.support.awx.assets import (
    ASSETS,
    CREDENTIAL,
    FOLDER,
    NAME,
    ROOT,
    TEMPLATES,
    empty_awx,
    fill_credential,
    imported,
    survey,
)
from ansible_collections.scaleway.inference.tests.support.awx.fields import ALIASES, FIELDS
from ansible_collections.scaleway.inference.tests.support.awx.state import Awx
from ansible_collections.scaleway.inference.tests.support.role_variables import role_options

NATURAL = {"natural_key", "related"}
NODES = "workflow_job_template_nodes"


@pytest.fixture
def awx() -> Iterator[Awx]:
    """A server with the credential, which is filled in, and not with the other assets yet."""
    with empty_awx() as served:
        assert imported(CREDENTIAL)
        fill_credential(served, secret_key="key", project_id="project")
        yield served


def everything(awx: Awx) -> Any:
    return copy.deepcopy((awx.objects, awx.attached, awx.surveys))


def test_import_makes_everything_as_written(awx: Awx) -> None:
    assert imported(ASSETS)
    for resource, assets in [*ASSETS.items(), ("credential_types", CREDENTIAL["credential_types"])]:
        name = ALIASES.get(resource, resource)
        assert len(awx.objects[name]) == len(assets)
        for asset in assets:
            # The import silently drops fields that AWX doesn't know.
            assert set(asset) - NATURAL <= set(FIELDS[name])
            made = awx.shown(name, awx.id_of(name, asset["name"]))
            for field, value in asset.items():
                if field in NATURAL:
                    continue
                target = FIELDS[name][field].target
                if target is None:
                    assert made[field] == value
                else:
                    assert awx.objects[target][made[field]]["name"] == value["name"]


def test_import_relates_what_belongs_together(awx: Awx) -> None:
    assert imported(ASSETS)
    (credential,) = awx.objects["credentials"]
    for resource in ("job_templates", "inventory_sources"):
        for number in awx.objects[resource]:
            assert awx.attached[resource, number, "credentials"] == [credential]
    identifiers = {number: one["identifier"] for number, one in awx.objects[NODES].items()}
    edges = {
        (kind, identifiers[one]): [identifiers[child] for child in to]
        for (resource, one, kind), to in awx.attached.items()
        if resource == NODES
    }
    assert edges == {
        ("success_nodes", "deploy"): ["smoke-test"],
        ("failure_nodes", "deploy"): ["undo"],
        ("failure_nodes", "smoke-test"): ["undo"],
    }
    assert all(one["unified_job_template"] for one in awx.objects[NODES].values())
    surveyed = {
        awx.objects[resource][number]["name"]: len(asked["spec"]) for (resource, number), asked in awx.surveys.items()
    }
    assert surveyed == {one["name"]: len(survey(one)) for one in TEMPLATES if survey(one)}


def test_further_imports_change_nothing(awx: Awx) -> None:
    """Neither do they make anything twice, nor take away the source's credential, nor empty the credential itself."""
    assert imported(ASSETS)
    before = everything(awx)
    assert imported(ASSETS)
    assert everything(awx) == before
    awx.update_source("Deployments")
    assert imported(ASSETS)
    assert everything(awx) == before
    assert awx.named("credentials", NAME)["inputs"] == {"secret_key": "key", "project_id": "project"}


def test_import_again_completes_one_whose_project_was_not_found(awx: Awx) -> None:
    awx.synchronizes = False
    assert not imported(ASSETS)
    assert awx.objects["job_templates"] == {}
    awx.synchronize(NAME)
    assert imported(ASSETS)
    test_import_relates_what_belongs_together(awx)
    assert len(awx.objects["schedules"]) == 1


def test_nothing_runs_by_itself(awx: Awx) -> None:
    assert imported(ASSETS)
    assert {one["enabled"] for one in awx.objects["schedules"].values()} == {False}


UNDO = ENTRY_POINTS["decommission", "undo"]
# The variable of a playbook, which no role has.
HOSTS = {"smoke_test_hosts": {"type": "str"}}


def entry_of(template: dict[str, Any]) -> EntryPoint:
    """The entry point of the role that the template's playbook runs; for a workflow, of its first node's."""
    playbook = Path(template.get("playbook", "playbooks/deploy.yml")).stem
    role = {"fleet": "deploy", "smoke_test": "deploy", "undo": "decommission"}.get(playbook, playbook)
    return ENTRY_POINTS[role, playbook if (role, playbook) in ENTRY_POINTS else "main"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: str(one["name"]).replace(" ", "-"))
def test_survey_asks_for_options_of_the_role(template: dict[str, Any]) -> None:
    entry = entry_of(template)
    # The role decommission reads some variables of the role deploy. A workflow also asks for those of its last node.
    read = {name: ENTRY_POINTS["deploy", "main"].options[name] for name in entry.reads}
    options = {**entry.options, **read, **(HOSTS if "playbook" in template else UNDO.options)}
    answers: dict[str, Any] = {}
    for question in survey(template):
        name, kind = question["variable"], question["type"]
        assert name in options
        expected = options[name]["type"]
        assert kind in {"int": ["integer"], "bool": ["multiplechoice"]}.get(expected, ["text", "multiplechoice"])
        if kind == "multiplechoice":
            assert set(question["choices"]) <= set(options[name].get("choices", question["choices"]))
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
    assert template.get("survey_enabled", False) is bool(survey(template))
    fixed = yaml.safe_load(template.get("extra_vars", "{}"))
    assert set(fixed) <= set(options)
    missing = {name for name, option in entry.options.items() if option.get("required")} - {*answers, *fixed}
    assert not missing


def test_templates_lead_to_files_of_this_repository() -> None:
    for template in ASSETS["job_templates"]:
        assert (ROOT / template["playbook"]).is_file()
    (source,) = ASSETS["inventory_sources"]
    inventory = yaml.safe_load((ROOT / source["source_path"]).read_text(encoding="utf-8"))
    assert source["source_path"].endswith("scaleway_inference.yml")
    assert inventory["plugin"] == "scaleway.inference.inference"


def test_credential_gives_what_the_collection_reads() -> None:
    (credential_type,) = CREDENTIAL["credential_types"]
    fields = {field["id"]: field for field in credential_type["inputs"]["fields"]}
    injected = credential_type["injectors"]["env"]
    documented = (ROOT / "plugins" / "doc_fragments" / "api.py").read_text(encoding="utf-8")
    for variable, template in injected.items():
        assert f"E({variable})" in documented
        (field,) = re.findall(r"\{\{ (\w+) \}\}", template)
        assert field in fields
    assert [name for name, field in fields.items() if field.get("secret")] == ["secret_key"]
    # Only AWX's forms fill in defaults. Who makes a credential by the API would miss them.
    assert not [name for name, field in fields.items() if "default" in field]


GALAXY = re.compile(r"^ +- name: scaleway\.inference\n.*\n", re.MULTILINE)
# Lines of a comment that are YAML: the alternatives to Galaxy, then what they need, in the same order.
ALTERNATIVE = re.compile(r"(?:^ *# (?:- | {2}|\w+:$).*\n)+", re.MULTILINE)


@pytest.mark.parametrize(
    ("alternative", "expected"), [(None, "scaleway.inference"), (0, "type: git"), (1, "type: file")]
)
def test_builder_accepts_the_execution_environment(tmp_path: Path, alternative: int | None, expected: str) -> None:
    text = (FOLDER / "execution-environment.yml").read_text(encoding="utf-8")
    if alternative is not None:
        found = ALTERNATIVE.findall(text)
        assert len(found) == 4
        for part in (found[alternative], found[alternative + 2]):
            text = text.replace(part, re.sub(r"^( *)# ", r"\1", part, flags=re.MULTILINE))
        text = GALAXY.sub("", text)
        (tmp_path / "scaleway-inference-0.1.0.tar.gz").touch()
    (tmp_path / "execution-environment.yml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "ansible_builder", "create", "--file", "execution-environment.yml"]
    command += ["--context", str(tmp_path / "context"), "--output-filename", "Containerfile"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    built = (tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8")
    assert expected in built
    (source,) = yaml.safe_load(built)["collections"]
    if source.get("type") == "file":
        assert (tmp_path / "context" / "_build" / source["name"]).is_file()
    container = (tmp_path / "context" / "Containerfile").read_text(encoding="utf-8")
    assert ("git-core" in container) is (source.get("type") == "git")


def test_environment_has_a_core_that_is_tested() -> None:
    text = (FOLDER / "execution-environment.yml").read_text(encoding="utf-8")
    core = re.fullmatch(
        r"ansible-core~=(\d+\.\d+)\.0", yaml.safe_load(text)["dependencies"]["ansible_core"]["package_pip"]
    )
    assert core
    assert (ROOT / "tests" / "requirements" / f"core-{core[1]}.txt").is_file()


def test_builder_finds_what_the_collection_needs() -> None:
    introspect = ROOT / "meta" / "execution-environment.yml"
    needed = yaml.safe_load(introspect.read_text(encoding="utf-8"))["dependencies"]
    assert set(needed) == {"python", "system"}
    for name in needed.values():
        assert (ROOT / name).is_file()
