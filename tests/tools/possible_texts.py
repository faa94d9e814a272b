# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What texts the expressions of a program can have, found from its syntax, without running it."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

#: Stands for what can't be told, or depends on the case.
VARIES = "…"
#: How many texts of one expression are told at most.
MAX_VARIANTS = 12
#: Names of variables and functions that hold words of ours rather than a value of the case.
WORDING = {"remedy", "what", "through", "text", "rule", "permission"}
WORDING_FUNCTIONS = {"_instead", "_remedy", "_not_a_dictionary"}


class Texts:
    """The texts that expressions in these files can have. A scope is the function that an expression stands in."""

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        self._file: dict[ast.AST, ast.Module] = {}
        self._functions: dict[str, list[ast.FunctionDef]] = {}
        self._constants: dict[str, list[ast.expr]] = {}
        self._found: dict[tuple[ast.AST, str], list[str]] = {}
        self._variables: dict[ast.AST, dict[str, list[ast.expr]]] = {}
        self._calls: dict[str, list[tuple[ast.Call, ast.AST]]] = {}
        for tree in trees:
            for node in ast.walk(tree):
                self._file[node] = tree
                if isinstance(node, ast.FunctionDef):
                    self._functions.setdefault(node.name, []).append(node)
                    for call in ast.walk(node):
                        if isinstance(call, ast.Call):
                            self._calls.setdefault(name_of(call.func), []).append((call, node))
            for statement in tree.body:
                for name, value in _assigned(statement):
                    self._constants.setdefault(name, []).append(value)

    def of(self, node: ast.expr | None, scope: ast.AST) -> list[str]:
        """The texts that an expression can have, with VARIES for what can't be told."""
        found: list[str] = []
        if isinstance(node, ast.Constant):
            found = [str(node.value)] if type(node.value) in (str, int) else []
        elif isinstance(node, ast.JoinedStr):
            parts = [self.of(part, scope) for part in node.values]
            # Which variants go together isn't known, so only the last part that has some, the remedy, is shown.
            last = max((at for at, part in enumerate(parts) if len(part) > 1), default=0)
            ahead = "".join(part[0] if len(part) == 1 else VARIES for part in parts[:last])
            behind = "".join(part[0] for part in parts[last + 1 :])
            found = [f"{ahead}{variant}{behind}" for variant in parts[last]] if parts else []
        elif isinstance(node, ast.FormattedValue):
            # Only constants and words to choose from: what else stands in a message is a value.
            found = self.of(node.value, scope) if _is_wording(node.value) else [VARIES]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sides = itertools.product(self.of(node.left, scope), self.of(node.right, scope))
            found = [left + right for left, right in sides]
        elif isinstance(node, ast.IfExp):
            found = [*self.of(node.body, scope), *self.of(node.orelse, scope)]
        elif isinstance(node, ast.BoolOp):
            found = [text for value in node.values for text in self.of(value, scope)]
        elif isinstance(node, ast.Name):
            found = self._once((scope, node.id), lambda: self._named(node.id, scope))
        elif isinstance(node, ast.Call) and name_of(node.func) == "join" and node.args:
            found = self._items(node.args[0], scope)
        elif isinstance(node, ast.Call) and name_of(node.func) == "str" and node.args:
            found = self.of(node.args[0], scope)
        elif isinstance(node, ast.Dict):
            found = [text for value in node.values for text in self.of(value, scope)]
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            found = self.of(node.value, scope)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            if isinstance(node.func.value, ast.Dict):
                found = [text for one in (node.func.value, *node.args[1:]) for text in self.of(one, scope)]
        elif isinstance(node, ast.Call):
            for function in self._named_so(name_of(node.func), self._functions.get(name_of(node.func), []), scope):
                found += self.returned(function)
        return list(dict.fromkeys(found))[:MAX_VARIANTS] or [VARIES]

    def _named(self, name: str, scope: ast.AST) -> list[str]:
        values = self._values(name, scope)
        return [*(text for value in values for text in self.of(value, scope)), *self._passed(name, scope)]

    def _values(self, name: str, scope: ast.AST) -> list[ast.expr]:
        """The expressions that a variable of the function gets, or else a constant of that name."""
        if scope not in self._variables:
            self._variables[scope] = {}
            for one in ast.walk(scope):
                for assigned, value in _assigned(one):
                    self._variables[scope].setdefault(assigned, []).append(value)
        return self._variables[scope].get(name) or self._named_so(name, self._constants.get(name, []), scope)

    def _named_so(self, name: str, nodes: list[Node], scope: ast.AST) -> list[Node]:
        """Those of the nodes that the name can mean in the scope: a private one belongs to its own file."""
        return [one for one in nodes if not name.startswith("_") or self._file[one] is self._file[scope]] or nodes

    def _items(self, node: ast.expr, scope: ast.AST) -> list[str]:
        """The texts of the items of a list, of which a message has one or more."""
        found: list[str] = []
        if isinstance(node, (ast.List, ast.Tuple)):
            found = [text for one in node.elts for text in self.of(one, scope)]
        elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            found = self.of(node.elt, scope)
        elif isinstance(node, ast.Name):
            values = self._values(node.id, scope)
            found = self._once(
                (scope, f"items of {node.id}"),
                lambda: [text for one in values for text in self._items(one, scope)],
            )
        elif isinstance(node, ast.Call):
            found = self.of(node, scope)
        return found or [VARIES]

    def _passed(self, name: str, scope: ast.AST) -> list[str]:
        """The texts of a parameter: what the calls of its function give."""
        if not isinstance(scope, ast.FunctionDef):
            return []
        parameters = [one.arg for one in scope.args.args if one.arg != "self"]
        if name not in parameters:
            return []
        at = parameters.index(name)
        calls = dict(self._calls.get(scope.name, []))
        own = self._named_so(scope.name, [*calls], scope)
        return [text for call in own if at < len(call.args) for text in self.of(call.args[at], calls[call])]

    def returned(self, function: ast.FunctionDef) -> list[str]:
        """The texts that a function can return, or that it yields."""
        return self._once((function, ""), lambda: self._returned(function))

    def _once(self, key: tuple[ast.AST, str], find: Callable[[], list[str]]) -> list[str]:
        """The texts of a function or a variable, found once; VARIES while they are being found, as for recursions."""
        if key not in self._found:
            self._found[key] = [VARIES]
            self._found[key] = find()
        return self._found[key]

    def _returned(self, function: ast.FunctionDef) -> list[str]:
        values = [one.value for one in ast.walk(function) if isinstance(one, (ast.Return, ast.Yield))]
        return [text for value in values for text in self.of(value, function)]


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
                yield from ((name_of(one), value) for one, value in pairs)
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
        yield name_of(node.func.value), ast.List(elts=node.args)
    elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple) and "items" in ast.dump(node.iter):
        # for key, name in CONSTANT.items()
        yield name_of(node.target.elts[-1]), getattr(getattr(node.iter, "func", node.iter), "value", node.iter)


def _is_wording(node: ast.expr) -> bool:
    """Whether a part of a message is words of ours: a constant, a choice of constants, or a text made before."""
    if isinstance(node, ast.IfExp):
        return _is_wording(node.body) and _is_wording(node.orelse)
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Call):
        return name_of(node.func) in WORDING_FUNCTIONS
    return isinstance(node, ast.Subscript) or (isinstance(node, ast.Name) and (node.id.isupper() or node.id in WORDING))
