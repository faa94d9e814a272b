# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX's rules on workflows: which node runs next, what it is handed, and how the whole ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EDGES = {"successful": "success_nodes", "failed": "failure_nodes"}


@dataclass(eq=False)
class Node:
    """A node. template: that of its job, None if there is none any more. status: how its job ended, once it has."""

    id: int
    template: int | None
    all_parents_must_converge: bool = False
    children: dict[str, list[Node]] = field(
        default_factory=lambda: {"success_nodes": [], "failure_nodes": [], "always_nodes": []}
    )
    status: str | None = None
    left_out: bool = False
    #: What its job and those before it handed on.
    artifacts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.status == "failed" or (self.template is None and not self.left_out)

    @property
    def decided(self) -> bool:
        return self.left_out or self.status is not None or self.template is None

    def leads_to(self, child: Node) -> bool:
        """Whether the child's turn comes by how this node ended."""
        if self.left_out or not self.decided:
            return False
        edges = EDGES["failed" if self.failed else "successful"]
        return child in self.children[edges] or child in self.children["always_nodes"]


class Graph:
    """The nodes of a workflow, with the edges between them."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes

    @property
    def status(self) -> str:
        """Failed if a node failed from which no edge leads on for that case, however the others ended."""
        unhandled = (
            node
            for node in self._nodes
            if node.failed and not node.children["failure_nodes"] + node.children["always_nodes"]
        )
        return "failed" if any(unhandled) else "successful"

    def next_to_run(self) -> Node | None:
        """A node whose turn it is. Marks those whose turn can't come any more."""
        # Each pass decides a node at least, or ends.
        for _pass in range(len(self._nodes) + 1):
            waiting = [
                node for node in self._nodes if not node.decided and all(one.decided for one in self._before(node))
            ]
            chosen = next((node for node in waiting if self._has_turn(node)), None)
            if chosen or not waiting:
                return chosen
            for node in waiting:
                node.left_out = True
        raise AssertionError("the nodes go round in a circle")

    def artifacts_before(self, node: Node) -> dict[str, Any]:
        """What the nodes that lead to this one handed on."""
        handed: dict[str, Any] = {}
        for parent in self._before(node):
            handed |= parent.artifacts
        return handed

    def _before(self, node: Node) -> list[Node]:
        return [one for one in self._nodes if any(node in children for children in one.children.values())]

    def _has_turn(self, node: Node) -> bool:
        parents = self._before(node)
        leads = [one.leads_to(node) for one in parents]
        return not parents or (all(leads) if node.all_parents_must_converge else any(leads))
