# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must stand in several places of the roles stands there alike: options, defaults, pages, targets, playbooks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
NO_DEFAULT = object()


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def options(role: str, entry: str = "main") -> dict[str, dict[str, Any]]:
    return dict(load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"][entry]["options"])


@pytest.mark.parametrize("role", ROLES)
def test_role_has_all_that_belongs_to_it(role: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = f"docs/modules/{role}_role.rst"
    assert (ROOT / page).is_file()
    assert f"| [`{role}`]({page}) |" in readme
    assert (ROOT / "roles" / role / "README.md").is_file()
    assert (ROOT / "tests" / "integration" / "targets" / f"role_{role}" / "tasks" / "main.yml").is_file()


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_the_documented_ones(role: str) -> None:
    defaults, documented = load(ROOT / "roles" / role / "defaults" / "main.yml"), options(role)
    assert set(defaults) <= set(documented)
    for name, option in documented.items():
        assert name.startswith(f"{role}_")
        default = defaults.get(name, NO_DEFAULT)
        # What is a template is told in words.
        if not (isinstance(default, str) and "{{" in default):
            assert option.get("default", NO_DEFAULT) == default, name


@pytest.mark.parametrize("role", ROLES)
def test_secrets_are_hidden(role: str) -> None:
    secret = {name for name in options(role) if re.search(r"(secret|_key)$", name)}
    assert {name for name, option in options(role).items() if option.get("no_log")} == secret


def test_rollout_gives_consumers_the_defaults_of_client_config() -> None:
    tasks = load(ROOT / "roles" / "rollout" / "tasks" / "consumer.yml")
    given = next(task["vars"] for task in tasks if "ansible.builtin.include_role" in task)
    documented = options("client_config")
    assert set(documented) - set(given) == {"client_config_fact", "client_config_validation_key"}
    for name, template in given.items():
        if "default" in documented[name]:
            # YAML spells strings, lists and booleans otherwise than Jinja, but for the case.
            (default,) = re.findall(r"default\((.*)\) }}", template)
            assert yaml.safe_load(default) == documented[name]["default"], name


def test_playbooks_are_documented() -> None:
    page = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    for path in (ROOT / "playbooks").glob("*.yml"):
        assert f"| `scaleway.inference.{path.stem}` |" in page
