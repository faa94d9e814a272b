# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of the collection may import which, read from the imports themselves."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
COLLECTION = "ansible_collections.scaleway.inference."

#: By part of the library, the parts that it may import besides itself: those below it, and never one above.
ALLOWED: dict[str, set[str]] = {
    "_client": set(),
    "_options": {"_client"},
    "_task": {"_client", "_options"},
    "_reconcile": {"_client", "_task"},
    "_lookup": {"_client", "_options", "_task", "_reconcile"},
    "_deployment": {"_client", "_options", "_task", "_reconcile", "_lookup"},
    "_fleet": {"_client", "_options", "_task", "_reconcile", "_lookup", "_deployment"},
    "_tasks": {"_client", "_options", "_task", "_reconcile", "_lookup", "_deployment", "_fleet"},
    "_runner": {"_client", "_options", "_task"},
    "_module": {"_client", "_options", "_task", "_runner"},
}
#: Packages that come with ansible-core on the controller, and those that come with another one.
BROUGHT_ALONG = {"ansible", "yaml", "urllib3"}
#: Tasks that only ask. They read by name, but run no jobs.
ASKING = {
    "acl_info",
    "chat_completion",
    "deployment_certificate_info",
    "deployment_info",
    "embedding",
    "model_info",
    "smoke_test",
}


@cache
def modules() -> dict[str, Path]:
    """Every Python file of the plugins, by its name with dots, such as module_utils._client.clock."""
    return {".".join(path.relative_to(PLUGINS).with_suffix("").parts): path for path in PLUGINS.rglob("*.py")}


@cache
def imports(module: str) -> frozenset[str]:
    """What a file of the plugins imports, its own kind as above, and others by their names."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            found.add(".".join([*package, *([node.module] if node.module else [])]))
    return frozenset(found)


def library() -> Iterator[tuple[str, str]]:
    """Each file of module_utils with the part that it is of."""
    for module in modules():
        if module.startswith("module_utils."):
            yield module, module.split(".")[1]


def reachable(module: str) -> set[str]:
    """All files of the plugins that come with a file, itself included."""
    seen: set[str] = set()
    to_do = [module]
    while to_do:
        module = to_do.pop()
        if module not in seen and module in modules():
            seen.add(module)
            to_do.extend(imports(module))
    return seen


def test_every_part_imports_only_what_is_below_it() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, part in library()
        for imported in imports(module)
        if imported in modules() and imported.split(".")[1] not in ALLOWED[part] | {part}
    ]
    assert wrong == []


def test_the_client_imports_no_ansible() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, part in library()
        for imported in imports(module)
        if part == "_client" and imported.split(".")[0] == "ansible"
    ]
    assert wrong == []


def test_the_service_knows_no_model_server() -> None:
    # The other way round is fine: in front of a model, the service itself answers, with errors of its own.
    service = [module for module in modules() if module.startswith("module_utils._client.inference.")]
    assert service != []
    assert not any(one.startswith("module_utils._client.model_server") for name in service for one in imports(name))


def test_packages_that_are_imported_are_named_where_execution_environments_look() -> None:
    imported = {one.split(".")[0] for module in modules() for one in imports(module) if one not in modules()}
    others = imported - sys.stdlib_module_names - {"__future__", "_typeshed", "module_utils", "plugin_utils", ""}
    needed = (PLUGINS.parent / "requirements.txt").read_text(encoding="utf-8").split()
    assert others - BROUGHT_ALONG == {one.partition(">=")[0] for one in needed}


def test_no_imports_go_round_in_circles() -> None:
    graph = {module: {one for one in imports(module) if one in modules()} for module in modules()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(modules())


def test_tasks_that_only_ask_load_no_engine() -> None:
    loaded = {task: reachable(f"module_utils._tasks.{task}") for task in ASKING}
    engine = {f"module_utils._reconcile.{name}" for name in ("watcher", "create", "successor")}
    assert {task: sorted(found & engine) for task, found in loaded.items()} == {task: [] for task in ASKING}


def test_the_inventory_stands_on_the_client_and_the_options_only() -> None:
    inventory = [module for module in modules() if module.startswith(("inventory.", "plugin_utils._inventory."))]
    wrong = [
        f"{module} imports {imported}"
        for module in inventory
        for imported in imports(module)
        if imported.startswith("module_utils.") and imported.split(".")[1] not in {"_client", "_options"}
    ]
    assert inventory != []
    assert wrong == []


def test_actions_and_modules_name_their_task_and_nothing_else_of_the_library() -> None:
    for module in modules():
        if module.startswith("modules.") and module != "modules.role_variables":
            used = {one for one in imports(module) if one.startswith("module_utils.")}
            assert used == {"module_utils._module", f"module_utils._tasks.{module.split('.')[1]}"}


@cache
def names_in(path: Path) -> frozenset[str]:
    """What a file imports by whole names: modules, and what is in them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update((node.module, *(f"{node.module}.{name.name}" for name in node.names)))
    return frozenset(found)


def reached(path: Path, seen: set[Path]) -> Iterator[str]:
    """What a test imports, and so what the parts of the collection and of its tests import that it uses."""
    seen.add(path)
    for name in names_in(path):
        yield name
        used = ROOT.joinpath(*name.removeprefix(COLLECTION).split(".")).with_suffix(".py")
        if name.startswith(COLLECTION) and used not in seen and used.is_file():
            yield from reached(used, seen)


def test_tests_of_what_runs_on_a_host_need_no_controller() -> None:
    """As ansible-test demands: it lets these tests import only C(ansible.module_utils)."""
    for path in (ROOT / "tests" / "unit" / "plugins" / "module_utils").rglob("*.py"):
        needed = {name for name in reached(path, set()) if re.match(r"ansible\.(?!module_utils)", name)}
        assert needed == set(), path
