# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where endpoints are reached: public ones below a path of the emulator, private ones on TLS ports of their own."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Collection, Coroutine
from typing import Any, TypeAlias

from emulator.certificates import authority, server_context
from emulator.records import Port
from emulator.store import Store

#: Below this, by the ID of its deployment, is a public endpoint.
PUBLIC = "/ifr"

#: Serves a private endpoint (by its ID) on a listener until it's cancelled.
Serve: TypeAlias = Callable[[socket.socket, ssl.SSLContext, str], Coroutine[Any, Any, None]]


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; port 0 means any free one. Raises ``OSError`` when the port is taken."""
    # With the protocol spelt out, asyncio sets TCP_NODELAY; else each answer would be held back by 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


class Doors:
    """The addresses of endpoints, and the listeners behind those of private ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, tuple[int, asyncio.Task[None]]] = {}

    def begin(self, host: str, port: int, serve: Serve) -> None:
        """The emulator listens there; called before anything else."""
        self._host, self._port, self._serve = host, port, serve

    def public(self, deployment_id: str) -> str:
        """The URL of a deployment's public endpoint."""
        return f"http://{self._host}:{self._port}{PUBLIC}/{deployment_id}"

    def private(self, deployment_id: str, endpoint_id: str) -> str:
        """The URL of a private endpoint, where something listens from now on."""
        if endpoint_id not in self._open:
            self._open[endpoint_id] = self._opened(deployment_id, endpoint_id)
        return f"https://{self._host}:{self._open[endpoint_id][0]}"

    def close(self, *, but: Collection[str] = ()) -> None:
        """Stop to listen for private endpoints, except some (by their IDs), in the next turn of the event loop."""
        for endpoint_id in self._open.keys() - set(but):
            _port, task = self._open.pop(endpoint_id)
            task.cancel()

    def _opened(self, deployment_id: str, endpoint_id: str) -> tuple[int, asyncio.Task[None]]:
        listener = self._listen(endpoint_id)
        context = server_context(authority(self._store, deployment_id), self._host)
        task = asyncio.get_running_loop().create_task(self._serve(listener, context, endpoint_id))
        # A task that's cancelled before it began closes nothing by itself.
        task.add_done_callback(lambda _done: listener.close())
        return listener.getsockname()[1], task

    def _listen(self, endpoint_id: str) -> socket.socket:
        """On the port that the endpoint had before a restart, if it's still free; else on any."""
        known = self._store.get(Port, endpoint_id)
        try:
            listener = listen(self._host, known.number if known else 0)
        except OSError:
            listener = listen(self._host)
        self._store.put(Port(id=endpoint_id, number=listener.getsockname()[1]))
        return listener
