# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that several files of the roles repeat agree: options, defaults, pages, targets, playbooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.plugins.module_utils._fleet.desired import SHARED_OPTIONS
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
GUIDE = ROOT / "docs" / "docsite" / "rst" / "roles.rst"
NO_DEFAULT = object()


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def options(role: str, entry: str = "main") -> dict[str, dict[str, Any]]:
    return dict(load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"][entry]["options"])


@pytest.mark.parametrize("role", ROLES)
def test_role_has_all_that_belongs_to_it(role: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    site = f"{load(ROOT / 'galaxy.yml')['documentation'].rstrip('/')}/latest"
    assert f"[`{role}`]({site}/{role}_role.html)" in readme
    assert (ROOT / "roles" / role / "README.md").is_file()
    assert (ROOT / "tests" / "integration" / "targets" / f"role_{role}" / "tasks" / "main.yml").is_file()


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_the_documented_ones(role: str) -> None:
    defaults, documented = load(ROOT / "roles" / role / "defaults" / "main.yml"), options(role)
    assert set(defaults) <= set(documented)
    for name, option in documented.items():
        assert name.startswith(f"{role}_")
        default = defaults.get(name, NO_DEFAULT)
        # The documentation describes templates in words.
        if not (isinstance(default, str) and "{{" in default):
            assert option.get("default", NO_DEFAULT) == default, name


@pytest.mark.parametrize("role", ROLES)
def test_secrets_are_hidden(role: str) -> None:
    secret = {name for name in options(role) if re.search(r"(secret|_key)$", name)}
    assert {name for name, option in options(role).items() if option.get("no_log")} == secret


@pytest.mark.parametrize("role", [*ROLES, None], ids=str)
def test_private_variables_have_the_prefix_of_the_role(role: str | None) -> None:
    """Roles and playbooks share only documented variables: options of entry points, and facts."""
    folder = ROOT / "roles" / role if role else ROOT / "playbooks"
    others = "|".join(other for other in ROLES if other != role)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert re.findall(rf"\b_(?:{others})_\w+", path.read_text(encoding="utf-8")) == [], path


def included(tasks: Any) -> Iterator[tuple[str, str, set[str]]]:
    """Each entry point of this collection that tasks include, with the variables that it is given."""
    for task in tasks:
        role = task.get("ansible.builtin.include_role", {})
        if role:
            yield role["name"].rpartition(".")[2], role.get("tasks_from", "main"), set(task.get("vars", {}))
        for part in ("block", "rescue", "always"):
            yield from included(task.get(part, []))


@pytest.mark.parametrize("role", ROLES)
def test_roles_include_entry_points_with_their_options(role: str) -> None:
    for path in (ROOT / "roles" / role / "tasks").glob("*.yml"):
        for other, entry, given in included(load(path)):
            documented = options(other, entry)
            # Variables with an underscore are local to this task file.
            assert {name for name in given if not name.startswith("_")} <= set(documented), path
            assert {name for name, option in documented.items() if option.get("required")} <= given, path
            # With these names, the other role doesn't check the play's variables, and errors name those of this role.
            assert "_scaleway_inference_names" in given, path


def test_entry_points_are_documented() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    for role, entry in ENTRY_POINTS:
        if entry != "main":
            assert f"   * - ``{role}``\n     - ``{entry}``\n" in guide
            assert f"`{entry}`" in (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")


def comparable(documented: dict[str, Any], accurate: dict[str, Any], *, top: bool) -> tuple[Any, Any]:
    """The parts of a documented option that must agree with the accurate one; the type only for texts."""
    kept = ("required", "no_log", *(("default",) if top else ()))
    as_text = accurate["type"] == "str" and "choices" not in accurate and "default" not in accurate
    if top and not as_text:
        return (documented["type"], *(documented.get(key) for key in kept)), (
            "raw",
            *(accurate.get(key) for key in kept),
        )
    typed = ("type", "elements", "choices", *kept)
    return tuple(documented.get(key) for key in typed), tuple(accurate.get(key) for key in typed)


def compare(documented: dict[str, Any], accurate: dict[str, Any], *, top: bool) -> None:
    assert set(documented) == set(accurate)
    for name, option in accurate.items():
        documented_option, accurate_option = comparable(documented[name], option, top=top)
        assert documented_option == accurate_option, name
        compare(documented[name].get("options", {}), option.get("options", {}), top=False)


@pytest.mark.parametrize("point", ENTRY_POINTS, ids="-".join)
def test_documented_options_are_the_checked_ones(point: tuple[str, str]) -> None:
    compare(options(*point), ENTRY_POINTS[point].options, top=True)


def test_every_entry_point_is_checked_first() -> None:
    points = set()
    for role in ROLES:
        for entry in load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]:
            tasks = load(ROOT / "roles" / role / "tasks" / f"{entry}.yml")
            # A fact of an earlier inclusion may have to go before anything can fail.
            first = next(task for task in tasks if "ansible.builtin.set_fact" not in task)
            checked = first["scaleway.inference.role_variables"]
            assert (checked["role"], checked.get("entry_point", "main")) == (role, entry)
            assert first["register"] == f"_{role}_given"
            points.add((role, entry))
    assert points == set(ENTRY_POINTS)


def test_deploy_hands_on_every_option_that_entries_share() -> None:
    shared = load(ROOT / "roles" / "deploy" / "vars" / "main.yml")["_deploy_shared"]
    assert sorted(shared) == sorted(f"deploy_{name}" for name in SHARED_OPTIONS)


@pytest.mark.parametrize("path", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda path: path.stem)
def test_playbooks_check_their_variables_first(path: Path) -> None:
    for play in load(path):
        first = (play.get("pre_tasks") or play.get("tasks") or play["roles"])[0]
        first = first.get("block", [first])[0]
        assert "scaleway.inference.role_variables" in first or first["role"] == "scaleway.inference.decommission"


def test_playbooks_are_documented() -> None:
    page = GUIDE.read_text(encoding="utf-8")
    for path in (ROOT / "playbooks").glob("*.yml"):
        assert f"   * - ``scaleway.inference.{path.stem}``\n" in page
