# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may talk to a model, and when."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.inference import errors, place
from emulator.records import Deployment
from emulator.state import Emulator

#: The statuses in which a model answers.
SERVING = frozenset({"ready", "scaling"})


class Guard:
    """ASGI middleware: requests for an endpoint go to its model, if they may; all others go on."""

    def __init__(self, app: ASGIApp, inference: ASGIApp, emulator: Emulator) -> None:
        self.app, self.inference, self.emulator = app, inference, emulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        root = place.root(scope)
        if root is None:
            await self.app(scope, receive, send)
            return
        try:
            scope["state"]["place"] = self._admit(scope)
        except errors.Refused as refused:
            await refused.response(scope, receive, send)
        else:
            await self.inference({**scope, "root_path": root}, receive, send)

    def _admit(self, scope: Scope) -> place.Place:
        """The endpoint, if the caller may talk there now. Raises Refused: 404, 403, 401, 403 or 503, in this order."""
        found = place.find(self.emulator, scope)
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
        """Raise 401 or 403. A key that may only read may also ask: that changes nothing."""
        scheme, _space, token = authorization.partition(" ")
        key = self.emulator.key(token.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise errors.invalid_key()
        if key.projects is not None and deployment.project_id not in key.projects:
            raise errors.insufficient_permissions()


def _allowed(address: str, deployment: Deployment) -> bool:
    """Whether an access rule lets the address in; without any rule, all are."""
    source = ipaddress.ip_address(address)
    return not deployment.acls or any(source in ipaddress.ip_network(rule.ip, strict=False) for rule in deployment.acls)
