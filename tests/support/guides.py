# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocks of code in the guides of docs/docsite/rst, and what each is.

A comment before a block of YAML says what it is::

    .. block: tasks

    .. code-block:: yaml

       - name: List the deployments
         scaleway.inference.deployment_info:

``.. given: support-chat`` says which deployments a page expects to be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst"

#: What a block of YAML can be, and how it is run.
KINDS = {
    "play": "one or more plays, as they are",
    "tasks": "tasks for localhost",
    "vars": "variables of the role or playbook that the page is about, for the commands that follow",
    "inventory": "a source of the inventory plugin",
    "inventory options": "a part of such a source",
    "syntax": "tasks for what the emulator doesn't have: only their syntax is checked",
    "workflow": "a workflow of GitHub Actions, whose commands are run",
    "data": "what a task returns, or a file holds: only read",
}


@dataclass(frozen=True)
class Block:
    """A block of code: its language, what the comment before it says that it is, and the line where it begins."""

    language: str
    kind: str | None
    text: str
    line: int


@dataclass(frozen=True)
class Guide:
    """A page of the guides."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def given(self) -> list[str]:
        """The deployments that its tasks expect."""
        found = re.search(r"^\.\. given: (.*)$", self.text, re.MULTILINE)
        return found[1].split(", ") if found else []

    def blocks(self, language: str) -> list[Block]:
        return [block for block in _blocks(self.text.splitlines()) if block.language == language]


def guide(name: str) -> Guide:
    return Guide(GUIDES / f"{name}.rst")


def all_guides() -> list[Guide]:
    return [Guide(path) for path in sorted(GUIDES.glob("*.rst"))]


def _blocks(lines: list[str]) -> Iterator[Block]:
    kind = None
    for number, line in enumerate(lines):
        if found := re.match(r" *\.\. block: (.*)", line):
            kind = found[1]
        elif found := re.match(r"( *)\.\. code-block:: (\S+)$", line):
            yield Block(found[2], kind, _body(lines[number + 1 :], len(found[1])), number + 1)
            kind = None
        elif line.strip():
            kind = None


def _body(lines: list[str], outside: int) -> str:
    """What is indented more than the directive, without the directive's options."""
    inside = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= outside:
            break
        inside.append(line[outside + 3 :])
    while inside and (not inside[0].strip() or inside[0].startswith(":")):
        del inside[0]
    return "\n".join(inside).rstrip() + "\n"
