# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs by ansible-playbook, with the files that AWX would write for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.scaleway.inference.tests.support.playbooks import Player

from .jobs import Job, Order

ROOT = Path(__file__).resolve().parents[3]


class PlaybookExecutor:
    """Runs each job in a folder of its own.

    ``environ``: what the execution environment sets, such as where the emulator is. The key comes from credentials.
    ``orders``: what was run, in its order.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = {**environ, "ANSIBLE_SHOW_CUSTOM_STATS": "true"}
        self.orders: list[Order] = []

    def __call__(self, order: Order) -> Job:
        self.orders.append(order)
        folder = self._folder / f"job-{len(self.orders)}"
        folder.mkdir()
        variables = folder / "extravars"
        variables.write_text(order.extra_vars, encoding="utf-8")
        player = Player(folder, {**self._environ, **order.environ})
        options = ["-e", f"@{variables}", *(["--check"] if order.check else [])]
        played = player.play_file(ROOT / order.playbook, *options)
        status = "successful" if played.code == 0 else "failed"
        return Job(status, played.output, _handed_on(played.output))


def _handed_on(output: str) -> dict[str, Any]:
    """What set_stats handed on for the whole run, as the output shows it at its end."""
    found = re.search(r"^CUSTOM STATS: .*?^\tRUN: (?P<json>.*)$", output, re.MULTILINE | re.DOTALL)
    return dict(json.loads(found["json"])) if found else {}
