# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One deadline for the whole of a request: connections that wait for each byte only as long as it allows.

A socket's own timeout begins again with each byte, so that a server could hold a request for as long as it likes.
"""

from __future__ import annotations

import http.client
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

try:
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import ConnectTimeoutError
except ImportError:
    # Told by transport.py. The classes below only need something to derive from.
    if not TYPE_CHECKING:
        HTTPConnection = HTTPSConnection = HTTPConnectionPool = HTTPSConnectionPool = object

# How much is sent before the time that is left is looked at again.
_PIECE = 64 * 1024
# How far a request came: nobody was reached, the server's machine was, something was sent, an answer has begun.
NOWHERE, CONNECTED, SENT, ANSWERING = range(4)
_current = threading.local()

if TYPE_CHECKING:
    # What C(super) reaches: each class that derives from _Timed names its connection behind it.
    _Connection = HTTPConnection
else:
    _Connection = object


class Deadline:
    """When the request of this thread must be over, and how far it came."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.stage = NOWHERE

    @property
    def passed(self) -> bool:
        # A socket's time-out may come by the blink of an eye too early.
        return self._end - time.monotonic() < 0.001

    def left(self) -> float:
        """The seconds that are left, more than 0. Raises TimeoutError where none are."""
        if self.passed:
            raise TimeoutError("the time for the request is over")
        return max(self._end - time.monotonic(), 0.001)


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """The deadline of all that this thread sends and reads within."""
    _current.deadline = Deadline(seconds)
    try:
        yield _current.deadline
    finally:
        _current.deadline = None


def _limit(sock: Any) -> None:
    """Let the next operation on the socket take no longer than what is left. Raises TimeoutError where nothing is."""
    current: Deadline | None = getattr(_current, "deadline", None)
    if current is not None:
        sock.settimeout(current.left())


def _reach(stage: int) -> None:
    current: Deadline | None = getattr(_current, "deadline", None)
    if current is not None:
        current.stage = stage


class _Reader(io.RawIOBase):
    """What comes from a socket."""

    def __init__(self, raw: io.RawIOBase, sock: Any) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        _limit(self._sock)
        came = self._raw.readinto(buffer)
        if came:
            _reach(ANSWERING)
        return came

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *arguments: Any, **more: Any) -> None:
        super().__init__(sock, *arguments, **more)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _Timed(_Connection):
    """What both kinds of connection do alike. The calls of C(super) are those of urllib3 and http.client."""

    def _new_conn(self) -> Any:
        sock = super()._new_conn()
        try:
            # A host may have many addresses, and each has the whole time for connecting.
            current: Deadline | None = getattr(_current, "deadline", None)
            if current is not None:
                # The handshake of TLS comes next, by this same time.
                sock.settimeout(min(sock.gettimeout() or current.left(), current.left()))
        except TimeoutError as error:
            sock.close()
            raise ConnectTimeoutError(self, str(error)) from None
        _reach(CONNECTED)
        return sock

    def _tunnel(self) -> None:
        super()._tunnel()
        # What was sent so far was for the proxy.
        _reach(CONNECTED)

    def send(self, data: Any) -> None:
        if self.sock is None:
            # As http.client would, but so that it is known when something was sent.
            self.connect()
        _reach(SENT)
        if not isinstance(data, (bytes, bytearray)):
            super().send(data)
            return
        for begin in range(0, len(data), _PIECE):
            _limit(self.sock)
            super().send(data[begin : begin + _PIECE])


class _TimedConnection(_Timed, HTTPConnection):
    response_class = _Response


class _TimedTlsConnection(_Timed, HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TimedTlsConnection


POOLS = {"http": _Pool, "https": _TlsPool}
