# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TCP connection under a request: closed as no well-behaved server would."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

#: More messages than any request has; a bound for the loop below.
MANY = 100_000


class Protocol(H11Protocol):
    """uvicorn's HTTP protocol, with its transport in the state of each request's scope."""

    # uvicorn itself narrows the base transport that asyncio's protocol announces.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called once for each connection; uvicorn copies ``app_state`` into each scope."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


async def reset(scope: Scope, receive: Receive) -> None:
    """Send RST: the client sees "connection reset by peer"."""
    transport = _transport(scope)
    # With a linger time of zero, closing a socket resets its connection.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _gone(receive)


async def send_part(scope: Scope, receive: Receive, head: bytes, body: bytes) -> None:
    """Send these bytes, then close the connection, whatever they promised."""
    transport = _transport(scope)
    transport.write(head + b"\r\n\r\n" + body)
    transport.close()
    await _gone(receive)


def _transport(scope: Scope) -> asyncio.Transport:
    return cast(asyncio.Transport, scope["state"]["transport"])


async def _gone(receive: Receive) -> None:
    """Wait until uvicorn knows, so that it doesn't complain of a request without an answer."""
    for _message in range(MANY):
        if (await receive())["type"] == "http.disconnect":
            return
