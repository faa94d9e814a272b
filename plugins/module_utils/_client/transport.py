# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends requests to one server: a pooled session, timeouts and retries."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from .answers import Answer, Answers
from .cancellation import Cancellation
from .clock import Clock, SystemClock
from .deadline import Deadline, deadline
from .errors import InferenceError
from .events import CONTENT_TYPE, Event
from .limits import MAX_FRAMING_SIZE
from .redaction import Redactor
from .retry import delay_before, may_repeat
from .server import Server, authorities, open_session, service
from .settings import Settings

try:
    import requests
    from urllib3.exceptions import HTTPError

    REQUESTS_IMPORT_ERROR: ImportError | None = None
except ImportError as _error:
    REQUESTS_IMPORT_ERROR = _error

if TYPE_CHECKING:
    from requests import Response

Query = Iterable[tuple[str, "str | int"]]
# Files to send in a form, by the name of the field: file name, content, media type.
Files = Mapping[str, tuple[str, bytes, str]]


class Transport:
    """Sends requests to one server, by default the service itself. Safe to use from many threads.

    redactor: hides secrets in errors; by default those of the settings. Answers aren't redacted, since tasks compare
    them with the desired state: the caller hides secrets in what it returns.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        user_agent: str,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        server: Server | None = None,
        redactor: Redactor | None = None,
        cancellation: Cancellation | None = None,
    ) -> None:
        self._settings = settings
        self._redactor = redactor
        self._user_agent = user_agent
        self._cancellation = cancellation or Cancellation()
        self.clock = clock or SystemClock(self._cancellation)
        self._rng = rng or random.Random()
        self._server = server or service(settings)
        self._session = open_session(self._server, settings, user_agent)
        self._answers = Answers(self._server, settings, self._redactor, self.clock)

    def to(self, server: Server) -> Transport:
        """A transport to another server with the same settings and clock. The caller closes it."""
        return Transport(
            self._settings,
            user_agent=self._user_agent,
            clock=self.clock,
            rng=self._rng,
            server=server,
            redactor=self._redactor,
            cancellation=self._cancellation,
        )

    def close(self) -> None:
        self._session.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: Mapping[str, Any] | None = None,
        files: Files | None = None,
    ) -> Answer:
        """Send a request, and repeat it as the rules in `retry` allow.

        path: relative to the server's base URL and quoted, such as `/deployments` (see `routes.path`)
        query: pairs of name and value; a name may occur more than once
        body: sent as JSON, or with `files` as the other fields of a form (`multipart/form-data`)

        Raises the error that the server's `read_error` makes of an answer with a status of 400 or more, RequestError
        if no usable answer came, and Cancelled if the run was interrupted.
        """
        content = {"json": body} if files is None else {"data": body, "files": files}
        return self._repeat(method, path, self._answers.read, params=list(query) or None, **content)

    def stream(self, path: str, body: Mapping[str, Any]) -> tuple[Answer, list[Event]]:
        """Send a POST request, and read its answer as events, until the last one. Raises the same as `request`.

        The answer has no body. The last event, which only says that it is the last one, is left out.
        """
        events: list[Event] = []

        def read(response: Response, route: str, start: float, limit: Deadline) -> Answer:
            # An earlier attempt may have broken off.
            events.clear()
            return self._answers.read_events(response, route, start, limit, events)

        # Compression would hold events back.
        headers = {"Accept": CONTENT_TYPE, "Accept-Encoding": "identity"}
        return self._repeat("POST", path, read, json=body, headers=headers), events

    def _repeat(
        self, method: str, path: str, read: Callable[[Response, str, float, Deadline], Answer], **content: Any
    ) -> Answer:
        """Send a request until it succeeds or must not be repeated. `content`: arguments of `requests`."""
        route = f"{method} {path}"
        retries = self._settings.retries if self._server.retries is None else self._server.retries
        attempt = 0
        lost = False
        while True:
            self._cancellation.check()
            try:
                return self._send(method, path, route, read, content)
            except InferenceError as error:
                error.earlier_effect_unknown = lost
                lost = lost or error.effect_unknown
                attempt += 1
                if attempt > retries or not may_repeat(method, error):
                    raise
                delay = delay_before(attempt, error.retry_after, self._rng)
                if delay is None:
                    raise
                self.clock.sleep(delay)

    def _send(
        self,
        method: str,
        path: str,
        route: str,
        read: Callable[[Response, str, float, Deadline], Answer],
        content: Mapping[str, Any],
    ) -> Answer:
        settings, server = self._settings, self._server
        start = self.clock.monotonic()
        with deadline(server.read_timeout, server.max_body_size + MAX_FRAMING_SIZE) as limit:
            try:
                response = self._session.request(
                    method,
                    server.base + path,
                    timeout=(server.connect_timeout, server.read_timeout),
                    allow_redirects=False,
                    # Passed with each request, since REQUESTS_CA_BUNDLE would override the session's value.
                    verify=settings.validate_certs and (authorities(settings)[0] or True),
                    stream=True,
                    **content,
                )
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                # requests lets the last three through for impossible hosts and for files that aren't certificates.
                raise self._answers.lost_error(error, route, limit) from None
            with closing(response):
                if response.status_code < 200:
                    what = f"has the status HTTP {response.status_code}, which nothing asked for; check {server.where}"
                    raise self._answers.unusable_error(what, route, None, transient=False)
                return read(response, route, start, limit)
