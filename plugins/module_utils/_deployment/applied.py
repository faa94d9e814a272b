# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what a run applied to one deployment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._client.errors import InferenceError
from .._client.inference.resources import AclRule, Deployment, to_plain
from .._task import Interrupted


@dataclass
class Applied:
    """What a run applied so far. The caller creates it and passes it in, so it can be read however the run ends.

    deployment: as it was last read or returned by a request; null while there is none.
    rules: its access rules as last read; null while they aren't known.
    done: the applied steps, in words.
    unknown: the steps that got no good answer, in words, until what they change is read.
    taken_over: whether another run may have created or changed the deployment since the plan was made.
    changed: the answer to the last update, until the deployment is ready after it.
    """

    deployment: Deployment | None = None
    rules: tuple[AclRule, ...] | None = None
    done: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    taken_over: bool = False
    changed: Deployment | None = None

    def interrupted(self, cause: InferenceError) -> Interrupted:
        """The error of a run that failed, which names the steps that were done before, and those that may be."""
        return Interrupted(cause, done=self.done, unknown=self.unknown)

    def as_results(self) -> dict[str, Any]:
        """The deployment and its rules as tasks return them."""
        return {
            "deployment": None if self.deployment is None else to_plain(self.deployment),
            "rules": None if self.rules is None else [to_plain(rule) for rule in self.rules],
        }
