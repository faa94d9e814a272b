# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run several clients at once, whose requests reach the emulator one at a time in an order that the test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# A run that has waited for so many requests of others goes next, so that no schedule makes it wait forever.
MAX_TURNS_WAITED = 3
# Seconds of real time; the machine may be busy.
TIMEOUT = 120.0
HOP_BY_HOP = frozenset(("connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"))


class RequestScheduler:
    """Forwards one request at a time. Once every run has sent one, the next number of ``schedule`` chooses the run."""

    def __init__(self, emulator_url: str, runs: int, schedule: Sequence[int]) -> None:
        self._target = urlsplit(emulator_url).netloc
        self._schedule: Iterator[int] = iter(schedule)
        self._changed = threading.Condition()
        self._running = set(range(runs))
        self._waiting: dict[int, int] = {}
        self._turn: int | None = None
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), self._handler(run)) for run in range(runs)]

    def run_all(self, runs: Sequence[Callable[[str], Any]]) -> list[Any]:
        """The results of the runs; each is called with the URL that it must send its requests to."""
        results: list[Any] = [None] * len(runs)

        def one(number: int) -> None:
            try:
                results[number] = runs[number](f"http://127.0.0.1:{self._servers[number].server_port}")
            finally:
                with self._changed:
                    self._running.discard(number)
                    self._choose()

        threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(len(runs))]
        servers = [threading.Thread(target=each.serve_forever, args=(0.01,), daemon=True) for each in self._servers]
        for thread in (*servers, *threads):
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT)
        for server in self._servers:
            server.shutdown()
            server.server_close()
        assert not any(thread.is_alive() for thread in threads), "a run didn't end"
        return results

    def _choose(self) -> None:
        if self._turn is not None or not self._running or set(self._waiting) != self._running:
            return
        starved = [run for run, turns in self._waiting.items() if turns >= MAX_TURNS_WAITED]
        ready = sorted(starved or self._waiting)
        self._turn = ready[next(self._schedule, 0) % len(ready)] if not starved else ready[0]
        del self._waiting[self._turn]
        self._waiting = {run: turns + 1 for run, turns in self._waiting.items()}
        self._changed.notify_all()

    def _pass(self, run: int, forward: Callable[[], None]) -> None:
        with self._changed:
            self._waiting[run] = 0
            self._choose()
            assert self._changed.wait_for(lambda: self._turn == run, TIMEOUT), "the turn never came"
        try:
            forward()
        finally:
            with self._changed:
                self._turn = None
                self._choose()

    def _handler(self, run: int) -> type[BaseHTTPRequestHandler]:
        scheduler = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                scheduler._pass(run, self.forward)

            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
                connection = HTTPConnection(scheduler._target, timeout=TIMEOUT)
                connection.request(self.command, self.path, body or None, headers)
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                """Log nothing."""

        return Handler
