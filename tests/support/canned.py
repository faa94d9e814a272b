# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP server on loopback with canned answers: a test chooses each byte, and reads the recorded requests."""

from __future__ import annotations

import json
import os
import select
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

#: Seconds of real time that a connection may stay open without a request.
TIMEOUT = 10.0


@dataclass(frozen=True)
class RecordedRequest:
    """One request as received. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Reply:
    """One answer.

    ``ending``: ``keep`` sends the whole answer; ``cut`` closes the connection one byte before the promised end;
    ``reset`` resets the connection without an answer; ``silence`` never answers; ``drip`` sends a byte of the body
    every 20 ms, without an end; ``drip_head`` does the same with a header; ``flood`` sends the body 300 times.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Literal["keep", "cut", "reset", "silence", "drip", "drip_head", "flood"] = "keep"
    #: Whether the answer has the header ``Content-Length``.
    length: bool = True
    reason: str = "Canned"

    def rendered(self) -> bytes:
        length = len(self.body) + (self.ending == "cut")
        lines = [f"HTTP/1.1 {self.status} {self.reason}", *([f"Content-Length: {length}"] if self.length else [])]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


RESET = Reply(ending="reset")
SILENCE = Reply(ending="silence")
NO_CONTENT = Reply(204)


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


class CannedServer:
    """The server, in threads of this process; a context manager. It answers ``{}`` unless given other answers."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[RecordedRequest] = []
        self.connections = 0
        self._script: Callable[[RecordedRequest], Reply] = lambda _request: json_reply({})
        self._lock = threading.Lock()
        self._server = _Server(self, tls)
        self._scheme = "http" if tls is None else "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)

    def __enter__(self) -> CannedServer:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}"

    def answer(self, *replies: Reply) -> None:
        """Drop the recorded requests, and send these answers in turn; the last one is repeated."""
        remaining = list(replies)
        self.answer_with(lambda _request: remaining.pop(0) if len(remaining) > 1 else remaining[0])

    def answer_with(self, script: Callable[[RecordedRequest], Reply]) -> None:
        """Drop the recorded requests, and answer each further one with the result of ``script``."""
        with self._lock:
            self.requests = []
            self._script = script

    def record(self, request: RecordedRequest) -> Reply:
        """Record a request, and return the answer to it."""
        with self._lock:
            self.requests.append(request)
            return self._script(request)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, canned: CannedServer, tls: ssl.SSLContext | None) -> None:
        self.canned = canned
        self._tls = tls
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.canned.connections += 1
        request.settimeout(TIMEOUT)
        if self._tls is not None:
            request = self._tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback: tests make clients disconnect on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.canned.record(RecordedRequest(self.command, self.path, headers, self.rfile.read(length)))
        self.close_connection = reply.ending != "keep" or not (reply.length or "Transfer-Encoding" in reply.headers)
        if reply.ending == "reset":
            # With a linger time of zero, closing a socket resets its connection.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
        elif reply.ending == "silence":
            self.connection.recv(1)
        elif reply.ending.startswith("drip"):
            self._drip(reply)
        elif reply.ending == "flood":
            self.wfile.write(reply.rendered())
            for _time in range(299):
                self.wfile.write(reply.body)
        else:
            self.wfile.write(reply.rendered())

    def _drip(self, reply: Reply) -> None:
        head = f"HTTP/1.1 {reply.status} Canned\r\n"
        head += "X-Drip: " if reply.ending == "drip_head" else "Content-Length: 100000\r\n\r\n"
        self.wfile.write(head.encode())
        for _byte in range(int(TIMEOUT / 0.02)):
            self.wfile.write(b" ")
            if select.select([self.connection], [], [], 0.02)[0]:
                # The client has closed the connection.
                return

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: tests read ``requests``."""


@contextmanager
def raw_server(answer: bytes | None) -> Iterator[int]:
    """A port of loopback where each connection gets these bytes and is closed; with None, it stays open."""
    kept: list[socket.socket] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if answer is None:
                kept.append(self.request.dup())
            else:
                self.request.settimeout(TIMEOUT)
                self.request.recv(65536)
                with suppress(OSError):
                    self.request.sendall(answer)
                    # Closing a socket with unread data would reset the connection, and the answer would be lost.
                    self.request.shutdown(socket.SHUT_WR)
                    for _piece in range(1000):
                        if not self.request.recv(65536):
                            break

    try:
        with serving(Handler) as port:
            yield port
    finally:
        for one in kept:
            one.close()


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """A port of loopback where ``handler`` serves each connection."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

        def shutdown_request(self, request: Any) -> None:
            # Not ``shutdown``, which would also end the copy of the connection that a handler keeps.
            self.close_request(request)

    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
