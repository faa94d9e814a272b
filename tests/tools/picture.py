# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the playbook of docs/examples/ci against an emulator, and draw the terminal as the README's picture.

    make picture
    make picture ARGS=--check    # fail if the picture shows something else

Only seconds and IDs differ from run to run, so a picture that differs in them alone is left as it is.
"""

from __future__ import annotations

import html
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import demo
import environments
from environments import ROOT, SetupError

PICTURE = ROOT / "docs" / "images" / "run.svg"
FOLDER = ROOT / "docs" / "examples" / "ci"
SERVE = ["scaleway-inference-emulator", "--port", "0", "--creating", "3", "--deploying", "5", "--jitter", "0"]
COMMANDS = ("ansible-playbook site.yml", "ansible-playbook site.yml | tail -n 3  # again")
TIMEOUT = 120

#: On a dark ground, which reads on light and dark pages alike. By the numbers of ANSI's colours.
COLORS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea"}
GROUND, TEXT, PROMPT = "#0d1117", "#e6edf3", "#79c0ff"
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace"
#: In pixels. A letter of these fonts is 0.6 of their size wide, at most.
SIZE, LINE, MARGIN = 13, 19, 18

ESCAPE = re.compile(r"\x1b\[([\d;]*)m")
VARYING = re.compile(r"\(\d+s\)|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PROMPTED = "\x1b[prompt"


def run() -> list[str]:
    """The lines of a terminal in which the commands ran, with ANSI's codes for colours."""
    shown = []
    environ = {**os.environ, "ANSIBLE_FORCE_COLOR": "true", "PYTHONUNBUFFERED": "1", "COLUMNS": "80"}
    with demo.emulator(SERVE, environ, TIMEOUT) as exported:
        for command in COMMANDS:
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command],
                check=False,
                cwd=FOLDER,
                env=environ | exported,
                text=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
            )
            if done.returncode:
                raise SetupError(f"{command} failed:\n{done.stdout}")
            shown += [f"{PROMPTED}$ {command}", *done.stdout.strip().splitlines(), ""]
    return shown[:-1]


def spans(line: str) -> Iterator[tuple[str, str]]:
    """The parts of a line, each with its colour."""
    color, start = TEXT, 0
    for code in ESCAPE.finditer(line):
        yield line[start : code.start()], color
        color = next((COLORS[one] for one in code[1].split(";") if one in COLORS), TEXT)
        start = code.end()
    yield line[start:], color


def draw(lines: list[str]) -> str:
    """An SVG image of the terminal. The same lines give the same text."""
    width = max(len(ESCAPE.sub("", line.removeprefix(PROMPTED))) for line in lines) * SIZE * 6 // 10 + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    rows = []
    for number, line in enumerate(lines, start=1):
        parts = [(line.removeprefix(PROMPTED), PROMPT)] if line.startswith(PROMPTED) else spans(line)
        texts = (f'<tspan fill="{color}">{html.escape(text)}</tspan>' for text, color in parts if text)
        rows.append(f'<text x="{MARGIN}" y="{number * LINE + MARGIN - 5}" xml:space="preserve">{"".join(texts)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    told = "A terminal: ansible-playbook runs a playbook twice. The second run changes nothing."
    return "\n".join(
        [
            # REUSE-IgnoreStart
            "<!-- Copyright (c) 2026, The scaleway.inference contributors",
            "SPDX-License-Identifier: GPL-3.0-or-later",
            # REUSE-IgnoreEnd
            "Drawn by tests/tools/picture.py -->",
            f'{head} role="img" aria-label="{told}" font-family="{FONT}" font-size="{SIZE}">',
            f"<title>{told}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>',
            *rows,
            "</svg>\n",
        ]
    )


def same(one: str, other: str) -> bool:
    """Whether two pictures differ in seconds and IDs at most."""
    return VARYING.sub("", one) == VARYING.sub("", other)


def main(arguments: list[str]) -> int:
    """Draw the picture, or with ``--check`` compare it."""
    known = PICTURE.read_text(encoding="utf-8") if PICTURE.is_file() else ""
    drawn = draw(run())
    if same(known, drawn):
        return 0
    if "--check" in arguments:
        raise SetupError(f"{PICTURE.relative_to(ROOT)} shows another run: make picture draws it again")
    PICTURE.parent.mkdir(exist_ok=True)
    Path(PICTURE).write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    environments.start(main)
