# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check access to an endpoint, and pass its requests to the inference API."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from scaleway_inference_emulator.inference import errors, routing
from scaleway_inference_emulator.records import Deployment
from scaleway_inference_emulator.state import Emulator

#: The statuses in which a deployment answers.
SERVING = frozenset({"ready", "scaling"})


class InferenceMiddleware:
    """ASGI middleware: requests for an endpoint go to ``inference`` if they are allowed, all others to ``app``."""

    def __init__(self, app: ASGIApp, inference: ASGIApp, emulator: Emulator) -> None:
        self.app, self.inference, self.emulator = app, inference, emulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        root_path = routing.root_path(scope)
        if root_path is None:
            await self.app(scope, receive, send)
            return
        try:
            scope["state"]["target"] = self._authorized_target(scope)
        except errors.Refused as refused:
            await refused.response(scope, receive, send)
        else:
            await self.inference({**scope, "root_path": root_path}, receive, send)

    def _authorized_target(self, scope: Scope) -> routing.Target:
        """The endpoint of an allowed request. Raises Refused: 404, 403, 401, 403 or 503, checked in this order."""
        found = routing.find_target(self.emulator, scope)
        if found is None:
            raise errors.no_endpoint()
        deployment, (address, _port) = found.deployment, scope["client"]
        if found.endpoint.private_network_id is None and not _allowed(address, deployment):
            raise errors.address_not_allowed(address)
        if not found.endpoint.disable_auth:
            self._check_key(Headers(scope=scope).get("authorization", ""), deployment)
        if deployment.status_at(self.emulator.clock.time()) not in SERVING:
            raise errors.not_ready()
        return found

    def _check_key(self, authorization: str, deployment: Deployment) -> None:
        """Raise Refused 401 or 403. A read-only key is enough."""
        scheme, _space, token = authorization.partition(" ")
        key = self.emulator.key(token.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise errors.invalid_key(self.emulator.config.unknown_key_status)
        if key.projects is not None and deployment.project_id not in key.projects:
            raise errors.insufficient_permissions()


def _allowed(address: str, deployment: Deployment) -> bool:
    """Whether an access rule includes the address. A deployment without rules allows every address."""
    source = ipaddress.ip_address(address)
    return not deployment.acls or any(source in ipaddress.ip_network(rule.ip, strict=False) for rule in deployment.acls)
