# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access to the TCP connection of a request, to reset it or to close it in the middle of an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

#: A bound for loops over the messages of a request; no request has as many.
MAX_MESSAGES = 100_000


class Protocol(H11Protocol):
    """uvicorn's HTTP protocol, which also puts its transport into the state of each request's scope."""

    # uvicorn declares a narrower type of transport than asyncio's protocol does.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called once for each connection; uvicorn copies ``app_state`` into each scope."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection: the client gets the error ECONNRESET."""
    transport = _transport(scope)
    # With a linger time of zero, closing a socket resets its connection.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _until_disconnected(receive)


async def send_part(scope: Scope, receive: Receive, head: bytes, body: bytes) -> None:
    """Send these bytes and close the connection, even if the head promises a longer body."""
    transport = _transport(scope)
    transport.write(head + b"\r\n\r\n" + body)
    transport.close()
    await _until_disconnected(receive)


def _transport(scope: Scope) -> asyncio.Transport:
    return cast(asyncio.Transport, scope["state"]["transport"])


async def _until_disconnected(receive: Receive) -> None:
    """Wait until uvicorn has noticed the end, so that it logs no error about a request without an answer."""
    for _message in range(MAX_MESSAGES):
        if (await receive())["type"] == "http.disconnect":
            return
