# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on loopback that sends any bytes at all, without an end, for as long as somebody reads them."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ansible_collections.scaleway.inference.tests.support.canned import TIMEOUT, serving

#: Bytes after which the server gives up: a client that takes them all has no bound.
ENOUGH = 64 * 1024 * 1024


@dataclass
class Endless:
    """The server: its URL, how many requests it got, and how many bytes were taken from it."""

    url: str = ""
    requests: int = 0
    taken: int = 0


@contextmanager
def endless(head: bytes, piece: bytes) -> Iterator[Endless]:
    """A server that answers each request with ``head``, and then with ``piece`` again and again, up to ENOUGH."""
    state = Endless()
    block = piece * max(1, 16384 // len(piece))

    class Handler(socketserver.StreamRequestHandler):
        timeout = TIMEOUT

        def handle(self) -> None:
            length = 0
            for line in iter(self.rfile.readline, b"\r\n"):
                name, _colon, value = line.decode("latin-1").partition(":")
                length = int(value) if name.lower() == "content-length" else length
            self.rfile.read(length)
            state.requests += 1
            with suppress(OSError):
                self.wfile.write(head)
                for _time in range(ENOUGH // len(block)):
                    self.wfile.write(block)
                    state.taken += len(block)

    with serving(Handler) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state
