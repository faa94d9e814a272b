# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that several files repeat agree: modules, actions, targets, groups, pages, version."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.plugins.module_utils._client.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
#: Modules that only check variables. They need no API, and so no credentials from the action group.
WITHOUT_API = ["role_variables"]
MODULES = sorted({path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")} - set(WITHOUT_API))


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


#: Where the pages of the newest version are.
SITE = f"{load('galaxy.yml')['documentation'].rstrip('/')}/latest"


def documentation(module: str) -> Any:
    text = (ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    found = re.search(r'^DOCUMENTATION = r"""\n(.*?)^"""', text, re.DOTALL | re.MULTILINE)
    assert found
    return yaml.safe_load(found.group(1))


def test_version_is_the_collections() -> None:
    assert load("galaxy.yml")["version"] == VERSION


def test_action_group_has_every_module() -> None:
    assert sorted(load("meta/runtime.yml")["action_groups"]["all"]) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_module_has_all_that_belongs_to_it(module: str) -> None:
    action = importlib.import_module(f"ansible_collections.scaleway.inference.plugins.action.{module}")
    task = importlib.import_module(f"ansible_collections.scaleway.inference.plugins.module_utils._tasks.{module}").TASK
    assert action.ActionModule.task is task
    assert task.name == module
    assert (ROOT / "tests" / "integration" / "targets" / module / "tasks" / "main.yml").is_file()
    assert f"[`{module}`]({SITE}/{module}_module.html)" in (ROOT / "README.md").read_text(encoding="utf-8")
    documented = documentation(module)
    assert "scaleway.inference.attributes" in documented["extends_documentation_fragment"]
    assert set(documented["options"]) <= set(task.argument_spec)


@pytest.mark.parametrize("module", WITHOUT_API)
def test_module_without_api_has_all_that_belongs_to_it(module: str) -> None:
    action = importlib.import_module(f"ansible_collections.scaleway.inference.plugins.action.{module}")
    assert (ROOT / "tests" / "integration" / "targets" / module / "tasks" / "main.yml").is_file()
    assert f"[`{module}`]({SITE}/{module}_module.html)" in (ROOT / "README.md").read_text(encoding="utf-8")
    documented = documentation(module)["options"]
    assert plain_spec(documented, "suboptions") == plain_spec(action.ARGUMENTS, "options")


def plain_spec(options: dict[str, Any], nested: str) -> dict[str, Any]:
    """Options without their descriptions."""
    kept = ("type", "elements", "required", "default", "choices")
    return {
        name: ({key: option[key] for key in kept if key in option}, plain_spec(option.get(nested, {}), nested))
        for name, option in options.items()
    }


@pytest.mark.parametrize("module", MODULES)
def test_every_secret_is_hidden(module: str) -> None:
    task = importlib.import_module(f"ansible_collections.scaleway.inference.plugins.module_utils._tasks.{module}").TASK
    for name, option in task.argument_spec.items():
        if "secret" in name or name.endswith("_key"):
            assert option["no_log"] is True, name


INVENTORIES = sorted(path.stem for path in (ROOT / "plugins" / "inventory").glob("*.py"))


@pytest.mark.parametrize("name", INVENTORIES)
def test_inventory_has_all_that_belongs_to_it(name: str) -> None:
    plugin = importlib.import_module(f"ansible_collections.scaleway.inference.plugins.inventory.{name}")
    documented = yaml.safe_load(plugin.DOCUMENTATION)
    assert plugin.InventoryModule.NAME == f"scaleway.inference.{documented['name']}" == f"scaleway.inference.{name}"
    assert documented["options"]["plugin"]["choices"] == [plugin.InventoryModule.NAME]
    assert documented["version_added"]
    assert (ROOT / "tests" / "integration" / "targets" / f"inventory_{name}" / "tasks" / "main.yml").is_file()
    assert f"[`{name}`]({SITE}/{name}_inventory.html)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_filters_are_checked_as_documented() -> None:
    plugin = importlib.import_module("ansible_collections.scaleway.inference.plugins.inventory.inference")
    query = importlib.import_module("ansible_collections.scaleway.inference.plugins.plugin_utils._inventory.query")
    documented = yaml.safe_load(plugin.DOCUMENTATION)["options"]["filters"]["suboptions"]
    assert {name: (one["type"], one.get("choices")) for name, one in documented.items()} == {
        name: (one["type"], one.get("choices")) for name, one in query.FILTERS.items()
    }
