# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what a run did to one deployment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._client.errors import InferenceError
from .._client.inference.resources import AclRule, Deployment, to_plain
from .._task import Interrupted


@dataclass
class Applied:
    """What a run did so far. Who starts the run makes it, and can read it however the run ends.

    deployment: the one that the run is about, as the last step left it; null while there is none. rules: its access
    rules as last read; null while they aren't known. done: the steps, in words. taken_over: whether another run may
    have created the deployment, or changed it, since the plan was made.
    """

    deployment: Deployment | None = None
    rules: tuple[AclRule, ...] | None = None
    done: list[str] = field(default_factory=list)
    taken_over: bool = False

    def interrupted(self, cause: InferenceError) -> Interrupted:
        return Interrupted(cause, done=self.done)

    def as_results(self) -> dict[str, Any]:
        """The deployment and its rules as tasks return them."""
        return {
            "deployment": None if self.deployment is None else to_plain(self.deployment),
            "rules": None if self.rules is None else [to_plain(rule) for rule in self.rules],
        }
