# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of endpoints: public ones below a path of the emulator, private ones on TLS ports of their own."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Collection, Coroutine
from typing import Any, TypeAlias

from scaleway_inference_emulator.certificates import authority, server_context
from scaleway_inference_emulator.records import Port
from scaleway_inference_emulator.store import Store

#: A public endpoint is below this path: ``/ifr/{deployment ID}``.
PUBLIC = "/ifr"

#: Serves a private endpoint, given by its ID, on a listening socket until cancelled.
Serve: TypeAlias = Callable[[socket.socket, ssl.SSLContext, str], Coroutine[Any, Any, None]]


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; port 0 takes a free port. Raises ``OSError`` when the port is in use."""
    # asyncio sets TCP_NODELAY only if the protocol is given; without it, each answer would be delayed by 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


class Listeners:
    """The URLs of endpoints, and the listening sockets of private ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, tuple[int, asyncio.Task[None]]] = {}

    def start(self, host: str, port: int, serve: Serve) -> None:
        """Take note of the emulator's own address and of how to serve. Must be called first."""
        self._host, self._port, self._serve = host, port, serve

    def public_url(self, deployment_id: str) -> str:
        """The URL of a deployment's public endpoint."""
        return f"http://{self._host}:{self._port}{PUBLIC}/{deployment_id}"

    def private_url(self, deployment_id: str, endpoint_id: str) -> str:
        """The URL of a private endpoint. Starts to listen there, unless it does so already."""
        if endpoint_id not in self._open:
            self._open[endpoint_id] = self._start_listener(deployment_id, endpoint_id)
        return f"https://{self._host}:{self._open[endpoint_id][0]}"

    def close(self, *, keep: Collection[str] = ()) -> None:
        """Close all listeners but those of the endpoint IDs ``keep``, in the next turn of the event loop."""
        for endpoint_id in self._open.keys() - set(keep):
            _port, task = self._open.pop(endpoint_id)
            task.cancel()

    def _start_listener(self, deployment_id: str, endpoint_id: str) -> tuple[int, asyncio.Task[None]]:
        listener = self._listen(endpoint_id)
        context = server_context(authority(self._store, deployment_id), self._host)
        task = asyncio.get_running_loop().create_task(self._serve(listener, context, endpoint_id))
        # The task itself closes nothing if it is cancelled before it begins.
        task.add_done_callback(lambda _done: listener.close())
        return listener.getsockname()[1], task

    def _listen(self, endpoint_id: str) -> socket.socket:
        """A socket on the port that the endpoint had before a restart; on another one if that is taken."""
        known = self._store.get(Port, endpoint_id)
        try:
            listener = listen(self._host, known.number if known else 0)
        except OSError:
            listener = listen(self._host)
        self._store.put(Port(id=endpoint_id, number=listener.getsockname()[1]))
        return listener
