# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator on a port of the loopback interface: in a thread for tests, or until a signal for the command line."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import uvicorn

from emulator.app import create_app
from emulator.config import Clock, Config, Tuning
from emulator.control import ForcedDeployment, ForcedNodeType, force_deployment, force_node_type
from emulator.doors import listen
from emulator.faults import Armed, Fault
from emulator.journal import JournalEntry
from emulator.populate import Population, populate
from emulator.records import Deployment, Model, NodeType
from emulator.state import Emulator
from emulator.timeline import DELETED
from emulator.transport import Protocol

T = TypeVar("T")

#: Real seconds after which starting, stopping or asking the emulator is given up.
PATIENCE = 10.0


def environment(emulator: Emulator, listener: socket.socket) -> dict[str, str]:
    """The variables that lead Scaleway's tools here."""
    host, port = listener.getsockname()[:2]
    return {
        "SCW_API_URL": f"http://{host}:{port}",
        "SCW_SECRET_KEY": emulator.secret_key,
        "SCW_DEFAULT_PROJECT_ID": emulator.project_id,
        "SCW_DEFAULT_REGION": emulator.region,
    }


class Server(uvicorn.Server):
    """uvicorn, that tells when it's ready and waits for nobody at the end."""

    def __init__(self, emulator: Emulator, on_ready: Callable[[], None], log_level: str = "warning") -> None:
        super().__init__(
            uvicorn.Config(
                create_app(emulator),
                http=Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                # The source address is the one of the connection, whatever a header says.
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
        self._emulator.doors.begin(host, port, self._serve_private)
        await super().startup(sockets)
        self._emulator.settle()
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn, in the event loop; requests that wait are dropped."""
        self._emulator.over.set()
        self._emulator.doors.close()
        for connection in list(self.server_state.connections):
            if connection.transport.get_extra_info("ssl_object"):
                connection.transport.abort()  # a polite end of TLS waits for the client's
        await super().shutdown(sockets)

    async def _serve_private(self, listener: socket.socket, context: ssl.SSLContext, endpoint_id: str) -> None:
        """Serve a private endpoint until cancelled; its requests say so in their state."""
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
        self._listener = listen()
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)

    def __enter__(self) -> EmulatorServer:
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise TimeoutError("the emulator didn't start")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        self._emulator.store.close()

    def _started(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready.set()

    def _do(self, function: Callable[[], T]) -> T:
        """Call ``function`` in the event loop's thread, which alone may touch the state."""

        async def call() -> T:
            result = function()
            await asyncio.sleep(0)  # the turn in which listeners close
            return result

        assert self._loop, "the emulator isn't running"
        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE)

    @property
    def url(self) -> str:
        """What ``SCW_API_URL`` should be, with no slash at the end."""
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
    def region(self) -> str:
        """The default region."""
        return self._emulator.region

    def environment(self) -> dict[str, str]:
        """``SCW_API_URL``, ``SCW_SECRET_KEY``, ``SCW_DEFAULT_PROJECT_ID`` and ``SCW_DEFAULT_REGION``."""
        return environment(self._emulator, self._listener)

    def reset(self, *, clock: Clock | None = None, **changes: Any) -> None:
        """Start afresh, with the first settings but for ``changes`` (of :class:`Config`), and maybe another clock."""
        config = Config.model_validate({**self._config.model_dump(), **changes})
        self._do(lambda: self._emulator.reset(config, clock or self._emulator.clock))

    def configure(self, **changes: Any) -> None:
        """Change settings of :class:`Tuning` and keep the state."""
        update = Tuning.model_validate(changes).model_dump(exclude_unset=True)

        def change() -> None:
            self._emulator.config = self._emulator.config.model_copy(update=update)

        self._do(change)

    def journal(self) -> list[JournalEntry]:
        """All requests since the start or the last reset, oldest first."""
        return self._do(lambda: list(self._emulator.journal))

    def clear_journal(self) -> None:
        """Forget the requests."""
        self._do(self._emulator.journal.clear)

    def add_fault(self, fault: Fault) -> None:
        """Arm a fault, behind those that are armed already."""
        self._do(lambda: self._emulator.faults.add(fault))

    def faults(self) -> list[Armed]:
        """The faults that haven't struck as often as they shall: a test that armed some should find none."""
        return self._do(self._emulator.faults.left)

    def clear_faults(self) -> None:
        """Disarm all faults."""
        self._do(self._emulator.faults.clear)

    def deployments(self) -> list[Deployment]:
        """All deployments that aren't gone, oldest first, of all projects and regions."""

        def alive() -> list[Deployment]:
            now = self._emulator.clock.time()
            return [each for each in self._emulator.store.all(Deployment) if each.status_at(now) != DELETED]

        return self._do(alive)

    def models(self, name: str) -> list[Model]:
        """The models of this name, oldest first, of all projects."""
        return self._do(lambda: [each for each in self._emulator.store.all(Model) if each.name == name])

    def status(self, deployment_id: str) -> str:
        """A deployment's status now, ``deleted`` included. Raises ``KeyError``."""

        def status() -> str:
            deployment = self._emulator.store.get(Deployment, deployment_id)
            if deployment is None:
                raise KeyError(deployment_id)
            return deployment.status_at(self._emulator.clock.time())

        return self._do(status)

    def force_status(self, deployment_id: str, status: str, error_message: str = "", **fields: Any) -> Deployment:
        """Put a deployment into a status for good; ``fields`` as in ForcedDeployment. Raises ServiceError 404."""
        force = ForcedDeployment(status=status, error_message=error_message, **fields)
        return self._do(lambda: force_deployment(self._emulator, deployment_id, force))

    def force_node_type(self, name: str, **fields: Any) -> NodeType:
        """Change a node type; ``fields`` as in ForcedNodeType. Raises ServiceError 404."""
        force = ForcedNodeType(**fields)
        return self._do(lambda: force_node_type(self._emulator, name, force))

    def populate(self, **wanted: int) -> None:
        """Add deployments, models and node types until there are so many of each, as in Population."""
        self._do(lambda: populate(self._emulator, Population(**wanted)))
