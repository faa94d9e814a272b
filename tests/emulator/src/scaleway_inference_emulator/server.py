# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the emulator on a port of the loopback interface: in a thread for tests, or in the foreground."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import uvicorn

from scaleway_inference_emulator.app import create_app
from scaleway_inference_emulator.config import Clock, Config, RuntimeSettings
from scaleway_inference_emulator.control import ForcedDeployment, ForcedNodeType, force_deployment, force_node_type
from scaleway_inference_emulator.faults import Fault, QueuedFault
from scaleway_inference_emulator.journal import JournalEntry
from scaleway_inference_emulator.listeners import listen
from scaleway_inference_emulator.populate import Population, populate
from scaleway_inference_emulator.records import Deployment, Model, NodeType
from scaleway_inference_emulator.state import Emulator
from scaleway_inference_emulator.timeline import DELETED
from scaleway_inference_emulator.transport import Protocol

T = TypeVar("T")

#: Seconds of real time until starting, stopping or calling the emulator is given up.
TIMEOUT = 10.0


def environment(emulator: Emulator, listener: socket.socket) -> dict[str, str]:
    """The environment variables that point Scaleway's tools to this emulator."""
    host, port = listener.getsockname()[:2]
    return {
        "SCW_API_URL": f"http://{host}:{port}",
        "SCW_SECRET_KEY": emulator.secret_key,
        "SCW_DEFAULT_PROJECT_ID": emulator.project_id,
        "SCW_DEFAULT_REGION": emulator.region,
    }


class Server(uvicorn.Server):
    """A uvicorn server that calls ``on_ready`` once it listens, and doesn't wait for open connections at its end."""

    def __init__(self, emulator: Emulator, on_ready: Callable[[], None], log_level: str = "warning") -> None:
        super().__init__(
            uvicorn.Config(
                create_app(emulator),
                http=Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                # Access rules go by the address of the connection, whatever a header says.
                proxy_headers=False,
                log_level=log_level,
                timeout_graceful_shutdown=1,
            )
        )
        self._emulator = emulator
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn, in the event loop."""
        assert sockets
        host, port = sockets[0].getsockname()[:2]
        self._emulator.listeners.start(host, port, self._serve_private)
        await super().startup(sockets)
        self._emulator.sync_listeners()
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn, in the event loop. Requests that are still delayed get no answer."""
        self._emulator.cancelled.set()
        self._emulator.listeners.close()
        for connection in list(self.server_state.connections):
            if connection.transport.get_extra_info("ssl_object"):
                connection.transport.abort()  # closing TLS properly would wait for the client
        await super().shutdown(sockets)

    async def _serve_private(self, listener: socket.socket, context: ssl.SSLContext, endpoint_id: str) -> None:
        """Serve a private endpoint until cancelled; its ID is in the state of each request's scope."""
        loop = asyncio.get_running_loop()

        def protocol() -> Protocol:
            return Protocol(self.config, self.server_state, {"endpoint": endpoint_id}, loop)

        server = await loop.create_server(protocol, sock=listener, ssl=context, start_serving=False)
        try:
            await server.start_serving()
            await asyncio.Event().wait()
        finally:
            server.close()


class EmulatorServer:
    """An emulator in a thread of this process, on a free port of 127.0.0.1; a context manager."""

    def __init__(self, config: Config | None = None, clock: Clock = time) -> None:
        self._config = config or Config()
        self._emulator = Emulator(self._config, clock)
        self._ready = threading.Event()
        self._server = Server(self._emulator, self._started)
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> EmulatorServer:
        # Not before: a process may fork in between, and its children start an emulator each.
        self._listener = listen()
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)
        self._thread.start()
        if not self._ready.wait(TIMEOUT):
            raise TimeoutError("the emulator didn't start")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.should_exit = True
        self._thread.join(TIMEOUT)
        self._emulator.store.close()

    def _started(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready.set()

    def _in_loop(self, function: Callable[[], T]) -> T:
        """Call ``function`` in the event loop's thread, the only one that may use the state."""

        async def call() -> T:
            result = function()
            await asyncio.sleep(0)  # listeners close in this turn of the event loop
            return result

        assert self._loop, "the emulator isn't running"
        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(TIMEOUT)

    @property
    def url(self) -> str:
        """The value for ``SCW_API_URL``, with no slash at the end."""
        return self.environment()["SCW_API_URL"]

    @property
    def secret_key(self) -> str:
        """The key with all rights."""
        return self._emulator.secret_key

    @property
    def project_id(self) -> str:
        """The default project."""
        return self._emulator.project_id

    @property
    def organization_id(self) -> str:
        """The organization, to which all projects belong."""
        return self._emulator.organization_id

    @property
    def region(self) -> str:
        """The default region."""
        return self._emulator.region

    def environment(self) -> dict[str, str]:
        """``SCW_API_URL``, ``SCW_SECRET_KEY``, ``SCW_DEFAULT_PROJECT_ID`` and ``SCW_DEFAULT_REGION``."""
        return environment(self._emulator, self._listener)

    def reset(self, *, clock: Clock | None = None, **changes: Any) -> None:
        """Drop the state, and apply the first settings again with ``changes`` to them (fields of :class:`Config`).

        Without ``clock``, the clock stays the same.
        """
        config = Config.model_validate({**self._config.model_dump(), **changes})
        self._in_loop(lambda: self._emulator.reset(config, clock or self._emulator.clock))

    def configure(self, **changes: Any) -> None:
        """Change settings (see :class:`RuntimeSettings`) and keep the state."""
        update = RuntimeSettings.model_validate(changes).model_dump(exclude_unset=True)

        def change() -> None:
            self._emulator.config = self._emulator.config.model_copy(update=update)

        self._in_loop(change)

    def journal(self) -> list[JournalEntry]:
        """All requests since the start or the last reset, oldest first."""
        return self._in_loop(lambda: list(self._emulator.journal))

    def clear_journal(self) -> None:
        """Empty the journal."""
        self._in_loop(self._emulator.journal.clear)

    def add_fault(self, fault: Fault) -> None:
        """Queue a fault, behind those that are queued already."""
        self._in_loop(lambda: self._emulator.faults.add(fault))

    def faults(self) -> list[QueuedFault]:
        """The faults that are still queued: none once all have happened as often as they were to."""
        return self._in_loop(self._emulator.faults.remaining)

    def clear_faults(self) -> None:
        """Drop all queued faults."""
        self._in_loop(self._emulator.faults.clear)

    def deployments(self) -> list[Deployment]:
        """All deployments that aren't deleted, oldest first, of all projects and regions."""

        def existing() -> list[Deployment]:
            now = self._emulator.clock.time()
            return [each for each in self._emulator.store.all(Deployment) if each.status_at(now) != DELETED]

        return self._in_loop(existing)

    def models(self, name: str) -> list[Model]:
        """The models of this name, oldest first, of all projects."""
        return self._in_loop(lambda: [each for each in self._emulator.store.all(Model) if each.name == name])

    def status(self, deployment_id: str) -> str:
        """A deployment's status now, which may be ``deleted``. Raises ``KeyError`` for an unknown ID."""

        def status() -> str:
            deployment = self._emulator.store.get(Deployment, deployment_id)
            if deployment is None:
                raise KeyError(deployment_id)
            return deployment.status_at(self._emulator.clock.time())

        return self._in_loop(status)

    def force_status(self, deployment_id: str, status: str, error_message: str = "", **fields: Any) -> Deployment:
        """Put a deployment into a status in which it stays; ``fields`` are those of ForcedDeployment.

        Raises ServiceError 404 for an unknown ID.
        """
        force = ForcedDeployment(status=status, error_message=error_message, **fields)
        return self._in_loop(lambda: force_deployment(self._emulator, deployment_id, force))

    def force_node_type(self, name: str, **fields: Any) -> NodeType:
        """Change a node type; ``fields`` are those of ForcedNodeType. Raises ServiceError 404."""
        force = ForcedNodeType(**fields)
        return self._in_loop(lambda: force_node_type(self._emulator, name, force))

    def populate(self, **minimum: int) -> None:
        """Add deployments, models and node types until there are at least so many of each (see Population)."""
        self._in_loop(lambda: populate(self._emulator, Population(**minimum)))
