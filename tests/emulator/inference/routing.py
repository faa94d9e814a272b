# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which endpoint a request is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.types import Scope

from emulator.doors import PUBLIC
from emulator.records import Deployment, Endpoint, Model
from emulator.state import Emulator
from emulator.timeline import DELETED

_PUBLIC = re.compile(rf"{PUBLIC}/([^/]+)")


@dataclass(frozen=True)
class Place:
    """An endpoint, and what it leads to."""

    deployment: Deployment
    endpoint: Endpoint
    #: None when it was removed meanwhile.
    model: Model | None

    @property
    def context(self) -> int | None:
        """How many tokens the model takes; None if that isn't known."""
        nodes = self.model.nodes if self.model else {}
        return nodes.get(self.deployment.node_type, {}).get(self.deployment.bits)

    @property
    def embeds(self) -> bool:
        """Whether the model makes vectors, and no text."""
        return self.model is not None and "embedding" in self.model.tags


def root(scope: Scope) -> str | None:
    """The part of the path that leads to an endpoint; None when the request is for the API itself."""
    if "endpoint" in scope["state"]:  # the listener of a private one wrote this
        return ""
    found = _PUBLIC.match(scope["path"])
    return found[0] if found else None


def find(emulator: Emulator, scope: Scope) -> Place | None:
    """The endpoint, if it's there."""
    private = scope["state"].get("endpoint")
    public = None if private else _PUBLIC.match(scope["path"])
    now, store = emulator.clock.time(), emulator.store
    for deployment in store.all(Deployment) if private or public else ():
        if deployment.status_at(now) == DELETED:
            continue
        for endpoint in deployment.endpoints:
            here = public and public[1] == deployment.id and endpoint.private_network_id is None
            if here or endpoint.id == private:
                return Place(deployment, endpoint, store.get(Model, deployment.model_id))
    return None
