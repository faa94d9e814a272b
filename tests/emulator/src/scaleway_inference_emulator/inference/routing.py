# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the endpoint that a request is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.types import Scope

from scaleway_inference_emulator.inference.abilities import Ability, abilities
from scaleway_inference_emulator.listeners import PUBLIC
from scaleway_inference_emulator.records import Deployment, Endpoint, Model
from scaleway_inference_emulator.state import Emulator
from scaleway_inference_emulator.timeline import DELETED

_PUBLIC = re.compile(rf"{PUBLIC}/([^/]+)")


@dataclass(frozen=True)
class Target:
    """An endpoint, with its deployment and the deployed model."""

    deployment: Deployment
    endpoint: Endpoint
    #: None if the model has been deleted.
    model: Model | None

    @property
    def context_size(self) -> int | None:
        """The most tokens of prompt and answer; None if unknown."""
        nodes = self.model.nodes if self.model else {}
        return nodes.get(self.deployment.node_type, {}).get(self.deployment.bits)

    @property
    def abilities(self) -> frozenset[Ability]:
        """What requests the model takes."""
        return abilities(self.model)


def root_path(scope: Scope) -> str | None:
    """The path of the endpoint that the request is for; None if it is for no endpoint but for the service's API."""
    if "endpoint" in scope["state"]:  # set by the listener of a private endpoint
        return ""
    found = _PUBLIC.match(scope["path"])
    return found[0] if found else None


def find_target(emulator: Emulator, scope: Scope) -> Target | None:
    """The endpoint that the request is for; None if it doesn't exist or the request is for the service's API."""
    private = scope["state"].get("endpoint")
    public = None if private else _PUBLIC.match(scope["path"])
    now, store = emulator.clock.time(), emulator.store
    for deployment in store.all(Deployment) if private or public else ():
        if deployment.status_at(now) == DELETED:
            continue
        for endpoint in deployment.endpoints:
            is_public_target = public and public[1] == deployment.id and endpoint.private_network_id is None
            if is_public_target or endpoint.id == private:
                return Target(deployment, endpoint, store.get(Model, deployment.model_id))
    return None
