# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All error messages of the collection, each with its cause and remedy, from the code that raises them.

A message is what the constructor of an error is called with, what a method `explain…` returns, and the `fail_msg` of a
role. By the collection's convention it is "cause; remedy" or "cause. Remedy". Nothing of the collection is imported, so
this works without Ansible.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from possible_texts import VARIES, Texts, name_of

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
#: Its generators, and these functions, find what is wrong with a role's variables; the action makes one error of it.
PROBLEMS = PLUGINS / "plugin_utils" / "_role_variables"
PROBLEM_FUNCTIONS = {"_problem", "_empty_limit"}
#: The errors that users see derive from these; others are caught where a message is made of them.
ROOTS = {"InferenceError", "VariableError", "AnsibleError", "AnsibleActionFail", "AnsibleParserError"}
#: Makes the message of an error, though it isn't one.
MAKERS = {"Failure"}
#: The sections of the page, by where a message comes from: the longest prefix counts.
SECTIONS = {
    "plugins/module_utils/_client/inference/errors.py": "The service refused",
    "plugins/module_utils/_client/model_server/": "A model's endpoint refused",
    "plugins/module_utils/_client/": "No connection, or an answer that can't be used",
    "plugins/module_utils/_client/ids.py": "Credentials and settings",
    "plugins/module_utils/_client/setting": "Credentials and settings",
    "plugins/module_utils/_client/urls.py": "Credentials and settings",
    "plugins/module_utils/_client/scw_file.py": "Credentials and settings",
    "plugins/module_utils/_client/ranges.py": "Credentials and settings",
    "plugins/module_utils/_client/cancellation.py": "Waiting, and other runs",
    "plugins/module_utils/_reconcile/": "Waiting, and other runs",
    "plugins/module_utils/_deployment/wait.py": "Waiting, and other runs",
    "plugins/module_utils/": "Options, and what exists",
    "plugins/action/": "Roles and their variables",
    "plugins/plugin_utils/": "Roles and their variables",
    "plugins/plugin_utils/_inventory/": "Inventory",
    "plugins/inventory/": "Inventory",
    "roles/": "Roles and their variables",
    "playbooks/": "Roles and their variables",
}


@dataclass(frozen=True, order=True)
class Message:
    """A message: its section of the page, its text, the kind of error, and where it is raised (path and line)."""

    section: str
    text: str
    kind: str = field(compare=False)
    place: str = field(compare=False)

    def split(self) -> tuple[str, str]:
        """Cause and remedy: the text before and after the first semicolon or full stop outside of brackets."""
        depth = 0
        for position, letter in enumerate(self.text):
            depth += (letter in "([") - (letter in ")]")
            if depth == 0 and self.text[position : position + 2] in ("; ", ". "):
                return self.text[:position], self.text[position + 2 :]
        return self.text, ""


class Plugins:
    """The plugins as syntax trees, by path, and the kinds of errors that they define, by name."""

    def __init__(self) -> None:
        self.trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PLUGINS.rglob("*.py"))}
        self.errors = self._error_classes()
        self._texts = Texts(self.trees.values())

    def _error_classes(self) -> dict[str, ast.ClassDef]:
        classes = [node for tree in self.trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        found: dict[str, ast.ClassDef] = {}
        while True:
            known = {*ROOTS, *found}
            new = {
                one.name: one
                for one in classes
                if one.name not in found and (one.name in ROOTS or known & set(map(name_of, one.bases)))
            }
            if not new:
                return found
            found |= new

    def messages(self) -> Iterator[Message]:
        """The messages of all errors that plugins raise."""
        for path, tree in self.trees.items():
            for scope in ast.walk(tree):
                if not isinstance(scope, ast.FunctionDef):
                    continue
                if path.is_relative_to(PROBLEMS) and _finds_problems(scope):
                    yield from _messages(self._texts.returned(scope), "VariableError", path, scope.lineno)
                for call in ast.walk(scope):
                    if isinstance(call, ast.Call) and self.is_error(call) and call.args:
                        yield from _messages(self._texts.of(call.args[0], scope), name_of(call.func), path, call.lineno)
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and node.name in self.errors:
                    yield from self._of_class(node, path)

    def _of_class(self, kind: ast.ClassDef, path: Path) -> Iterator[Message]:
        """The messages that an error makes itself: in `explain…`, and as it calls the constructor of its base."""
        for method in (one for one in kind.body if isinstance(one, ast.FunctionDef)):
            if method.name.lstrip("_").startswith("explain"):
                yield from _messages(self._texts.returned(method), kind.name, path, method.lineno)
            if method.name == "__init__":
                for call in (one for one in ast.walk(method) if isinstance(one, ast.Call) and one.args):
                    if name_of(call.func) == "__init__":
                        yield from _messages(self._texts.of(call.args[0], method), kind.name, path, kind.lineno)

    def is_error(self, call: ast.Call) -> bool:
        """Whether a call makes an error."""
        return name_of(call.func) in {*self.errors, *ROOTS, *MAKERS}


def _finds_problems(function: ast.FunctionDef) -> bool:
    return function.name in PROBLEM_FUNCTIONS or any(isinstance(one, ast.Yield) for one in ast.walk(function))


def _messages(texts: list[str], kind: str, path: Path, line: int) -> Iterator[Message]:
    where = path.relative_to(ROOT).as_posix()
    for text in texts:
        shown = re.sub(rf"{VARIES}(\s*{VARIES})+", VARIES, " ".join(text.split()))
        if says_something(shown):
            yield Message(section_of(where), shown, kind, f"{where}:{line}")


def says_something(text: str) -> bool:
    """Whether a text has words of its own beside what varies."""
    return len(re.findall(r"[A-Za-z_]{3,}", text)) >= 2


def section_of(path: str) -> str:
    """The section of what a file raises. Raises KeyError for a file that has none."""
    return SECTIONS[max((prefix for prefix in SECTIONS if path.startswith(prefix)), key=len, default=path)]


def role_messages() -> Iterator[Message]:
    """The messages of the checks in roles and playbooks."""
    for path in sorted([*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]):
        for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            checked, failed = task.get("ansible.builtin.assert", {}), task.get("ansible.builtin.fail", {})
            text = checked.get("fail_msg") or failed.get("msg")
            if text:
                yield from _messages([_without_templates(text)], "role", path, 1)


def _tasks(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for one in node:
            yield from _tasks(one)
    elif isinstance(node, dict):
        yield node
        for key in ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks"):
            yield from _tasks(node.get(key, []))


def _without_templates(text: str) -> str:
    """A text of a role, with VARIES for its expressions but for the words that they choose from."""

    def words(expression: re.Match[str]) -> str:
        literals = re.findall(r"'([^']*)'", expression[1])
        kept = [one.strip() for one in literals if len(one.split()) >= 2]
        return f" {VARIES} ".join(["", *kept, ""]).strip() if kept else VARIES

    return re.sub(r"\{\{(.*?)\}\}", words, re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL), flags=re.DOTALL)


def all_messages() -> list[Message]:
    """The rows of the page, in the order of its sections."""
    found = {(one.section, one.text): one for one in (*Plugins().messages(), *role_messages())}
    # A list of problems, each of which has its own row.
    lists = [key for key, one in found.items() if key[0].startswith("Roles") and not says_something(one.split()[0])]
    for key in lists:
        del found[key]
    order = list(dict.fromkeys(SECTIONS.values()))
    return sorted(found.values(), key=lambda one: (order.index(one.section), one.text.lower().lstrip(f"{VARIES} :'")))
