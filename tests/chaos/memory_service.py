# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator without sockets or waiting: connections are in memory, and time passes only on the clock of the test.

Everything above the socket is the real thing: requests, urllib3, http.client and the emulator's application. So an
answer can be lost, cut or late without a moment of real time, and each run of a seed is the same.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest import mock
from urllib.parse import unquote, urlsplit

from urllib3.util import connection

from ansible_collections.scaleway.inference.tests.support.canned import RecordedRequest
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer
from scaleway_inference_emulator.state import Emulator

T = TypeVar("T")

HOST, PORT = "127.0.0.1", 9


class Request(RecordedRequest):
    """One request as it arrives; ``target`` is the path with its query."""

    @property
    def route(self) -> str:
        """The path below the region, such as ``/deployments``."""
        return self.path.rpartition("/regions/fr-par")[2]


@dataclass(frozen=True)
class Answer:
    """One answer. ``cut``: the connection ends in the middle of the body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False

    def rendered(self) -> bytes:
        """The bytes on the wire."""
        lines = [f"HTTP/1.1 {self.status} Chaos", f"Content-Length: {len(self.body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items() if name.lower() != "content-length"]
        body = self.body[: len(self.body) // 2] if self.cut else self.body
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class MemoryService(EmulatorServer):
    """An emulator that answers in the thread of the caller.

    ``network`` stands between the client and ``handle``; what it raises, the client sees on its connection.
    """

    def __init__(self, config: Config, clock: ManualClock) -> None:
        super().__init__(config, clock)
        self.network: Callable[[Request], Answer] = self.handle
        self._application: Any = self._server.config.app
        self._mutex = threading.RLock()
        self._private_loop = asyncio.new_event_loop()

    def __enter__(self) -> MemoryService:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._private_loop.close()
        self._emulator.store.close()

    def environment(self) -> dict[str, str]:
        """As for an emulator that listens."""
        return {
            "SCW_API_URL": f"http://{HOST}:{PORT}",
            "SCW_SECRET_KEY": self.secret_key,
            "SCW_DEFAULT_PROJECT_ID": self.project_id,
            "SCW_DEFAULT_REGION": self.region,
        }

    def exclusive(self, function: Callable[[Emulator], T]) -> T:
        """Call a function with the emulator's state, while nobody else uses it."""
        with self._mutex:
            return function(self._emulator)

    def handle(self, request: Request) -> Answer:
        """The answer of the service itself."""
        found: dict[str, Any] = {"body": b""}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            found["body"] += message.get("body", b"")
            if message["type"] == "http.response.start":
                found["status"] = message["status"]
                found["headers"] = {name.decode(): value.decode() for name, value in message["headers"]}

        with self._mutex:
            self._private_loop.run_until_complete(self._application(_scope(request), receive, send))
        return Answer(found["status"], found["headers"], found["body"])

    def _in_loop(self, function: Callable[[], T]) -> T:
        with self._mutex:
            return function()


def _scope(request: Request) -> dict[str, Any]:
    url = urlsplit(request.target)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()],
        "client": (HOST, 1),
        "server": (HOST, PORT),
    }


class _Socket:
    """A connection for one request. It has what http.client and urllib3 use of a socket."""

    def __init__(self, service: MemoryService) -> None:
        self._service = service
        self._sent = bytearray()
        self._timeout: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        return self._timeout

    def sendall(self, data: bytes) -> None:
        self._sent += data

    def makefile(self, *_arguments: Any) -> io.BufferedReader:
        return io.BufferedReader(_Received(self))

    def receive(self) -> bytes:
        head, _blank, body = bytes(self._sent).partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _version = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _colon, value in pairs}
        return self._service.network(Request(method, target, headers, body)).rendered()

    def shutdown(self, _how: int) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""

    def detach(self) -> None:
        """Nothing is open."""


class _Received(io.RawIOBase):
    def __init__(self, connected: _Socket) -> None:
        self._socket = connected
        self._left: bytes | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if self._left is None:
            self._left = self._socket.receive()
        part = self._left[: len(buffer)]
        self._left = self._left[len(part) :]
        buffer[: len(part)] = part
        return len(part)


def connected_to(service: MemoryService) -> AbstractContextManager[Any]:
    """A block within which every connection of urllib3 leads to this service."""
    return mock.patch.object(connection, "create_connection", side_effect=lambda *_all, **_more: _Socket(service))
