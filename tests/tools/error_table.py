# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the page of all error messages, each with its cause and remedy.

    python tests/tools/error_table.py FILE.rst

What depends on the case is shown as "…".
"""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path

from error_messages import Message, all_messages, says_something
from possible_texts import VARIES

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
