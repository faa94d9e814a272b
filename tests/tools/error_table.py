# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the page of all error messages, each with its cause and remedy, from the code that raises them.

    python tests/tools/error_table.py FILE.rst

A message is what the constructor of an error is called with, what a method `explain…` returns, and the `fail_msg` of a
role. By the collection's convention it is "cause; remedy" or "cause. Remedy". What depends on the case is shown as "…".
Nothing is imported, so the page can be built without Ansible.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
#: Its generators find what is wrong with a role's variables; the action makes one error of it.
PROBLEMS = PLUGINS / "plugin_utils" / "_role_variables"
VARIES = "…"
#: The errors that users see derive from these; others are caught where a message is made of them.
ROOTS = {"InferenceError", "VariableError", "AnsibleError", "AnsibleActionFail", "AnsibleParserError"}
#: Makes the message of an error, though it isn't one.
MAKERS = {"Failure"}
#: How many variants of one message are shown at most.
MAX_VARIANTS = 12
#: The sections of the page, by where a message comes from: the longest prefix counts.
SECTIONS = {
    "plugins/module_utils/_client/inference/errors.py": "The service refused",
    "plugins/module_utils/_client/model_server/": "A model's endpoint refused",
    "plugins/module_utils/_client/": "No connection, or an answer that can't be used",
    "plugins/module_utils/_client/settings.py": "Credentials and settings",
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
#: Names of variables and functions that hold words of ours rather than a value of the case.
WORDING = {"remedy", "what", "through", "text", "rule", "permission"}
WORDING_FUNCTIONS = {"_instead", "_remedy", "_not_a_dictionary"}
TITLE = "All errors, with their remedies"
INTRODUCTION = f"""\
This table is made from the code at each build. {VARIES} stands for what depends on the case, such as a name. A message
may begin with what it is about: the name of an option, a route of the API, or a resource. Where a role ran, it names
the role's variable in place of the option."""
#: What to do where the message itself doesn't say it, by the section.
NO_REMEDY = {
    "The service refused": "Correct what the message names; send the request ID along if you ask Scaleway's support.",
    "A model's endpoint refused": "Correct what the message names in the request.",
    "No connection, or an answer that can't be used": "Run again. If it stays so, open an issue with the message.",
}
NO_REMEDY_ELSEWHERE = "Correct what the message names."


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


class Code:
    """All plugins as syntax trees, and what texts their expressions can have."""

    def __init__(self) -> None:
        self.trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PLUGINS.rglob("*.py"))}
        self._functions: dict[str, list[ast.FunctionDef]] = {}
        self._constants: dict[str, list[ast.expr]] = {}
        self._found: dict[tuple[ast.AST, str], list[str]] = {}
        self._variables: dict[ast.AST, dict[str, list[ast.expr]]] = {}
        self._calls: dict[str, list[tuple[ast.Call, ast.AST]]] = {}
        self.errors = self._error_classes()
        self._files: dict[ast.AST, Path] = {}
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    self._files[node] = path
                    self._functions.setdefault(node.name, []).append(node)
                    for call in ast.walk(node):
                        if isinstance(call, ast.Call):
                            self._calls.setdefault(_name(call.func), []).append((call, node))
            for statement in tree.body:
                for name, value in _assigned(statement):
                    self._constants.setdefault(name, []).append(value)

    def _error_classes(self) -> dict[str, ast.ClassDef]:
        classes = [node for tree in self.trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        found: dict[str, ast.ClassDef] = {}
        while True:
            known = {*ROOTS, *found}
            new = {
                one.name: one
                for one in classes
                if one.name not in found and (one.name in ROOTS or known & set(map(_name, one.bases)))
            }
            if not new:
                return found
            found |= new

    def texts(self, node: ast.expr | None, scope: ast.AST) -> list[str]:
        """The texts that an expression can have, with VARIES for what can't be told."""
        found: list[str] = []
        if isinstance(node, ast.Constant):
            found = [str(node.value)] if type(node.value) in (str, int) else []
        elif isinstance(node, ast.JoinedStr):
            parts = [self.texts(part, scope) for part in node.values]
            # Which variants go together isn't known, so only the last part that has some, the remedy, is shown.
            last = max((at for at, part in enumerate(parts) if len(part) > 1), default=0)
            ahead = "".join(part[0] if len(part) == 1 else VARIES for part in parts[:last])
            behind = "".join(part[0] for part in parts[last + 1 :])
            found = [f"{ahead}{variant}{behind}" for variant in parts[last]] if parts else []
        elif isinstance(node, ast.FormattedValue):
            # Only constants and words to choose from: what else stands in a message is a value.
            found = self.texts(node.value, scope) if _is_wording(node.value) else [VARIES]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sides = itertools.product(self.texts(node.left, scope), self.texts(node.right, scope))
            found = [left + right for left, right in sides]
        elif isinstance(node, ast.IfExp):
            found = [*self.texts(node.body, scope), *self.texts(node.orelse, scope)]
        elif isinstance(node, ast.BoolOp):
            found = [text for value in node.values for text in self.texts(value, scope)]
        elif isinstance(node, ast.Name):
            found = self._once((scope, node.id), lambda: self._named(node.id, scope))
        elif isinstance(node, ast.Call) and _name(node.func) == "join" and node.args:
            found = self._items(node.args[0], scope)
        elif isinstance(node, ast.Call) and _name(node.func) == "str" and node.args:
            found = self.texts(node.args[0], scope)
        elif isinstance(node, ast.Dict):
            found = [text for value in node.values for text in self.texts(value, scope)]
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            found = self.texts(node.value, scope)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            if isinstance(node.func.value, ast.Dict):
                found = [text for one in (node.func.value, *node.args[1:]) for text in self.texts(one, scope)]
        elif isinstance(node, ast.Call):
            for function in self._functions.get(_name(node.func), []):
                found += self.returned(function)
        return list(dict.fromkeys(found))[:MAX_VARIANTS] or [VARIES]

    def _named(self, name: str, scope: ast.AST) -> list[str]:
        values = self._values(name, scope)
        return [*(text for value in values for text in self.texts(value, scope)), *self._passed(name, scope)]

    def _values(self, name: str, scope: ast.AST) -> list[ast.expr]:
        """The expressions that a variable of the function gets, or else a constant of that name."""
        if scope not in self._variables:
            self._variables[scope] = {}
            for one in ast.walk(scope):
                for assigned, value in _assigned(one):
                    self._variables[scope].setdefault(assigned, []).append(value)
        return self._variables[scope].get(name) or self._constants.get(name, [])

    def _items(self, node: ast.expr, scope: ast.AST) -> list[str]:
        """The texts of the items of a list, of which a message has one or more."""
        found: list[str] = []
        if isinstance(node, (ast.List, ast.Tuple)):
            found = [text for one in node.elts for text in self.texts(one, scope)]
        elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            found = self.texts(node.elt, scope)
        elif isinstance(node, ast.Name):
            values = self._values(node.id, scope)
            found = self._once(
                (scope, f"items of {node.id}"),
                lambda: [text for one in values for text in self._items(one, scope)],
            )
        elif isinstance(node, ast.Call):
            found = self.texts(node, scope)
        return found or [VARIES]

    def _passed(self, name: str, scope: ast.AST) -> list[str]:
        """The texts of a parameter: what the calls of its function give."""
        if not isinstance(scope, ast.FunctionDef):
            return []
        parameters = [one.arg for one in scope.args.args if one.arg != "self"]
        if name not in parameters:
            return []
        at = parameters.index(name)
        calls = self._calls.get(scope.name, [])
        if len(self._functions[scope.name]) > 1:  # of several with that name, the file's own is called
            calls = [one for one in calls if self._files[one[1]] == self._files[scope]] or calls
        return [text for call, caller in calls if at < len(call.args) for text in self.texts(call.args[at], caller)]

    def returned(self, function: ast.FunctionDef) -> list[str]:
        """The texts that a function can return, or that it yields."""
        return self._once((function, ""), lambda: self._returned(function))

    def _once(self, key: tuple[ast.AST, str], texts: Callable[[], list[str]]) -> list[str]:
        """The texts of a function or a variable, found once; VARIES while they are being found, as for recursions."""
        if key not in self._found:
            self._found[key] = [VARIES]
            self._found[key] = texts()
        return self._found[key]

    def _returned(self, function: ast.FunctionDef) -> list[str]:
        values = [one.value for one in ast.walk(function) if isinstance(one, (ast.Return, ast.Yield))]
        return [text for value in values for text in self.texts(value, function)]

    def messages(self) -> Iterator[Message]:
        """The messages of all errors that plugins raise."""
        for path, tree in self.trees.items():
            for scope in ast.walk(tree):
                if not isinstance(scope, ast.FunctionDef):
                    continue
                if path.is_relative_to(PROBLEMS) and any(isinstance(one, ast.Yield) for one in ast.walk(scope)):
                    yield from _messages(self._returned(scope), "VariableError", path, scope.lineno)
                for call in ast.walk(scope):
                    if isinstance(call, ast.Call) and self.is_error(call) and call.args:
                        yield from _messages(self.texts(call.args[0], scope), _name(call.func), path, call.lineno)
            for kind in ast.walk(tree):
                if isinstance(kind, ast.ClassDef) and kind.name in self.errors:
                    for method in kind.body:
                        if isinstance(method, ast.FunctionDef) and method.name.lstrip("_").startswith("explain"):
                            yield from _messages(self.returned(method), kind.name, path, method.lineno)
                        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                            for call in (one for one in ast.walk(method) if isinstance(one, ast.Call) and one.args):
                                if _name(call.func) == "__init__":
                                    yield from _messages(self.texts(call.args[0], method), kind.name, path, kind.lineno)

    def is_error(self, call: ast.Call) -> bool:
        """Whether a call makes an error."""
        return _name(call.func) in {*self.errors, *ROOTS, *MAKERS}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
                yield from ((_name(one), value) for one, value in pairs)
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
        yield _name(node.func.value), ast.List(elts=node.args)
    elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple) and "items" in ast.dump(node.iter):
        # for key, name in CONSTANT.items()
        yield _name(node.target.elts[-1]), getattr(getattr(node.iter, "func", node.iter), "value", node.iter)


def _is_wording(node: ast.expr) -> bool:
    """Whether a part of a message is words of ours: a constant, a choice of constants, or a text made before."""
    if isinstance(node, ast.IfExp):
        return _is_wording(node.body) and _is_wording(node.orelse)
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Call):
        return _name(node.func) in WORDING_FUNCTIONS
    return isinstance(node, ast.Subscript) or (isinstance(node, ast.Name) and (node.id.isupper() or node.id in WORDING))


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
    found = {(one.section, one.text): one for one in (*Code().messages(), *role_messages())}
    # A list of problems, each of which has its own row.
    lists = [key for key, one in found.items() if key[0].startswith("Roles") and not says_something(one.split()[0])]
    for key in lists:
        del found[key]
    order = list(dict.fromkeys(SECTIONS.values()))
    return sorted(found.values(), key=lambda one: (order.index(one.section), one.text.lower().lstrip(f"{VARIES} :'")))


def escaped(text: str) -> str:
    """Text as reStructuredText that shows it. The beginning of a URL, as in 'an https:// URL', is no link."""
    return re.sub(r"([\\*`|_<>]|:(?=//))", r"\\\1", text)


def page(messages: list[Message]) -> str:
    """The page in reStructuredText."""
    lines = [":orphan:", "", ".. _scaleway_inference_error_table:", "", TITLE, "=" * len(TITLE), "", INTRODUCTION, ""]
    for section, rows in itertools.groupby(messages, key=lambda one: one.section):
        lines += [section, "-" * len(section), "", ".. list-table::", "   :header-rows: 1", "   :widths: 50 50", ""]
        lines += ["   * - What you see", "     - What to do"]
        causes: dict[str, list[str]] = {}
        for one in rows:
            cause, remedy = one.split()
            told = re.search("[a-z]{2}", remedy)
            shown = remedy[:1].upper() + remedy[1:] if told else NO_REMEDY.get(section, NO_REMEDY_ELSEWHERE)
            causes.setdefault(cause if says_something(cause) else one.text, []).append(shown)
        for cause, remedies in causes.items():
            lines.append(f"   * - {escaped(cause)}")
            several = len(remedies) > 1
            lines += [
                f"     {' ' if number else '-'} {'- ' * several}{escaped(one)}" for number, one in enumerate(remedies)
            ]
        lines.append("")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write the page into the file."""
    (target,) = arguments
    Path(target).write_text(page(all_messages()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
