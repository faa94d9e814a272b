# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deadline for a whole request, from connecting to the last byte, on top of urllib3's connections.

A socket's own timeout restarts with each byte, so a server that sends slowly could hold a request forever. One that
sends fast could fill the memory where urllib3 and http.client look for the end of a line; so bytes are counted as well.
"""

from __future__ import annotations

import http.client
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .limits import MAX_INTERIM_ANSWERS

try:
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import ConnectTimeoutError
except ImportError:
    # transport.py reports it. The classes below only need base classes.
    if not TYPE_CHECKING:
        HTTPConnection = HTTPSConnection = HTTPConnectionPool = HTTPSConnectionPool = object

# The bytes that are sent before the deadline is checked again.
_CHUNK = 64 * 1024
# How far a request got: no connection yet, a TCP connection, bytes of the request sent, bytes of the answer received.
NOT_CONNECTED, CONNECTED, SENT, ANSWERING = range(4)
_current = threading.local()

if TYPE_CHECKING:
    # The calls of `super` in the mixin below reach the connection class that its subclasses add as a second base.
    _Connection = HTTPConnection
else:
    _Connection = object


class Deadline:
    """The deadline of a request (in seconds from now), and the stage that the request reached.

    max_bytes: how many bytes of the answer are read at most, with its headers
    overrun: whether the answer has more
    """

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._end = time.monotonic() + seconds
        self._bytes = max_bytes
        self.stage = NOT_CONNECTED
        self.overrun = False

    @property
    def passed(self) -> bool:
        # A socket's timeout may fire slightly too early.
        return self._end - time.monotonic() < 0.001

    def remaining(self) -> float:
        """The remaining seconds, more than 0. Raises TimeoutError if none remain."""
        if self.passed:
            raise TimeoutError("the time for the request is over")
        return max(self._end - time.monotonic(), 0.001)

    def count(self, received: int) -> None:
        """Count bytes of the answer. Raises OSError if they are too many."""
        self.stage = ANSWERING
        self._bytes -= received
        if self._bytes < 0:
            self.overrun = True
            raise OSError("the answer is larger than what is read")


@contextmanager
def deadline(seconds: float, max_bytes: int) -> Iterator[Deadline]:
    """Set a deadline (in seconds from now) and a limit for all that this thread sends and reads in the block."""
    _current.deadline = Deadline(seconds, max_bytes)
    try:
        yield _current.deadline
    finally:
        _current.deadline = None


def _set_timeout(sock: Any) -> None:
    """Limit the socket's next operation to the remaining time. Raises TimeoutError if none remains."""
    current: Deadline | None = getattr(_current, "deadline", None)
    if current is not None:
        sock.settimeout(current.remaining())


def _record_stage(stage: int) -> None:
    current: Deadline | None = getattr(_current, "deadline", None)
    if current is not None:
        current.stage = stage


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket within the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: Any) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        _set_timeout(self._sock)
        received = self._raw.readinto(buffer)
        current: Deadline | None = getattr(_current, "deadline", None)
        if received and current is not None:
            current.count(received)
        return received

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *arguments: Any, **more: Any) -> None:
        super().__init__(sock, *arguments, **more)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))

    def _read_status(self) -> Any:
        """Called by http.client, which takes an interim answer other than 100 for the final one (RFC 9110, 15.2)."""
        for _answer in range(MAX_INTERIM_ANSWERS + 1):
            found = super()._read_status()  # type: ignore[misc]  # private, so typeshed doesn't have it
            if found[1] == http.client.SWITCHING_PROTOCOLS or found[1] >= 200:
                return found
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException(f"got more than {MAX_INTERIM_ANSWERS} interim answers")


class _DeadlineMixin(_Connection):
    """Makes a connection of urllib3 observe the deadline: overrides methods of urllib3 and http.client."""

    def _new_conn(self) -> Any:
        sock = super()._new_conn()
        try:
            # urllib3 allows the whole connect timeout for each address of a host, so the deadline may have passed.
            current: Deadline | None = getattr(_current, "deadline", None)
            if current is not None:
                # The TLS handshake comes next, and uses this timeout.
                sock.settimeout(min(sock.gettimeout() or current.remaining(), current.remaining()))
        except TimeoutError as error:
            sock.close()
            raise ConnectTimeoutError(self, str(error)) from None
        _record_stage(CONNECTED)
        return sock

    def _tunnel(self) -> None:
        super()._tunnel()
        # What was sent so far only reached the proxy.
        _record_stage(CONNECTED)

    def send(self, data: Any) -> None:
        if self.sock is None:
            # http.client would connect only below, after SENT was recorded.
            self.connect()
        _record_stage(SENT)
        if not isinstance(data, (bytes, bytearray)):
            super().send(data)
            return
        for start in range(0, len(data), _CHUNK):
            _set_timeout(self.sock)
            super().send(data[start : start + _CHUNK])


class _HttpConnection(_DeadlineMixin, HTTPConnection):
    response_class = _Response


class _HttpsConnection(_DeadlineMixin, HTTPSConnection):
    response_class = _Response


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


# The pool classes by the scheme of a URL, as urllib3's PoolManager takes them.
POOLS = {"http": _HttpPool, "https": _HttpsPool}
