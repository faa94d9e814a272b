# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the answers of one server: their JSON or events, or a typed error, without leaking the key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from .body import (
    NOT_UTF8,
    Incomplete,
    NotDecodable,
    NotJson,
    TooLarge,
    containers,
    is_utf8,
    parse,
    read_body,
    stream_body,
)
from .clock import Clock
from .deadline import Deadline
from .errors import AnswerError, RequestError
from .events import CONTENT_TYPE, END, Event, event_texts
from .failures import Failures
from .json_object import JsonObject
from .limits import MAX_CONTAINERS, MAX_ERROR_SIZE, MAX_EVENTS, MIB
from .redaction import Redactor, visible_line
from .server import Server
from .settings import Settings

try:
    import requests
    from urllib3.exceptions import HTTPError

    # What reading a body may raise. requests and urllib3 let the last three through.
    _BODY_ERRORS: tuple[type[Exception], ...] = (
        TooLarge,
        NotDecodable,
        Incomplete,
        requests.RequestException,
        HTTPError,
        HTTPException,
        OSError,
        ValueError,
    )
except ImportError:
    pass

if TYPE_CHECKING:
    from requests import Response

T = TypeVar("T")

# The length of an excerpt in a message, and of the text that it is taken from.
_MAX_EXCERPT = 120
_MAX_EXCERPT_SOURCE = 10_000
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^<>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """A successful answer.

    body: its JSON; null if the body was empty
    route: the method and the path of the request, for messages
    seconds: the time from the request to the end of the answer, without earlier attempts
    server: the server that gave it
    """

    body: Any
    headers: Mapping[str, str]
    route: str
    request_id: str | None
    seconds: float
    server: Server

    def json_object(self) -> JsonObject:
        """The body as a JSON object. Raises AnswerError if it is anything else."""
        return JsonObject(self.body, "the answer")


class Answers:
    """Reads what a server answers. Safe to use from many threads.

    redactor: hides secrets in errors, by default those of the settings; answers aren't redacted, since tasks compare
        them with the desired state
    """

    def __init__(self, server: Server, settings: Settings, redactor: Redactor | None, clock: Clock) -> None:
        self._server = server
        self._keys = Redactor(settings.secrets())
        self._redactor = redactor or self._keys
        self._clock = clock
        self._failures = Failures(server, settings, self._redact)

    def read(self, response: Response, route: str, start: float, limit: Deadline) -> Answer:
        """Read an answer. Raises what the server's `read_error` makes of a status of 400 or more, and RequestError.

        start: when the request began, by the clock
        """
        status = response.status_code
        request_id = _short(self._redact(response.headers.get("X-Request-Id", ""))) or None
        if 300 <= status < 400:
            raise RequestError(
                f"{route}: {self._server.name} redirects to "
                f"{self._redact(_host(response.headers.get('Location', '')))}. "
                f"Redirects are refused, as the key would go with them; check {self._server.where}",
                route=route,
                transient=False,
                effect_unknown=False,
                request_id=request_id,
            )
        raw = self._body(response, route, limit, request_id)
        text = raw.decode("utf-8", errors="replace")
        seconds = self._clock.monotonic() - start
        body: Any = None
        unreadable = None
        try:
            body = parse(text) if text.strip() else None
            # Only bytes that were replaced need a second look.
            if "\ufffd" in text and not is_utf8(raw):
                raise NotJson(NOT_UTF8)
        except NotJson as error:
            unreadable = error
        if status >= 400:
            # Only the keys are hidden: another secret may be a word that the kind of the error is recognized by. The
            # caller hides the others before it shows the error.
            safe_body = self._keys.value(body) if unreadable is None else {"message": self._excerpt(text)}
            service_error = self._server.read_error(route=route, status=status, request_id=request_id, body=safe_body)
            service_error.retry_after = response.headers.get("Retry-After")
            raise service_error
        if unreadable is not None:
            kind = self._redact(response.headers.get("Content-Type", "no content type"))
            is_json = "json" in kind
            what = "was cut off" if unreadable.cut_off else f"isn't JSON that can be read ({unreadable})"
            remedy = "run again" if is_json else f"something else may answer there: check {self._server.where}"
            raise self.unusable_error(
                f"{what} (HTTP {status}, {_short(kind)}{_reference(request_id)}): {self._excerpt(text)}; {remedy}",
                route,
                request_id,
                # HTML comes from a gateway or a wrong URL; a truncated JSON document may be complete next time.
                transient=is_json,
            )
        return Answer(body, response.headers, route, request_id, seconds, self._server)

    def read_events(self, response: Response, route: str, start: float, limit: Deadline, events: list[Event]) -> Answer:
        """Read an answer that is a stream, and add its events. Raises the same as `read`."""
        if response.status_code >= 300:
            # Raises the error.
            return self.read(response, route, start, limit)
        request_id = _short(self._redact(response.headers.get("X-Request-Id", ""))) or None
        kind = response.headers.get("Content-Type", "no content type")
        if CONTENT_TYPE not in kind.lower():
            what = f"is no stream, but {_short(self._redact(kind))}; leave stream out, or check {self._server.where}"
            raise self.unusable_error(what, route, request_id, transient=False)
        ended = False
        held = 0
        try:
            for text in event_texts(stream_body(response, self._server.max_body_size)):
                if text == END:
                    ended = True
                    break
                held += containers(text)
                if len(events) == MAX_EVENTS or held > MAX_CONTAINERS:
                    what = f"has more than {MAX_EVENTS:,} events, or too much in them; ask for less, as with max_tokens"
                    raise self.unusable_error(what, route, request_id, transient=False)
                events.append(Event(parse(text), self._clock.monotonic() - start))
        except NotJson as error:
            what = f"has an event that isn't JSON that can be read ({error}); run again"
            raise self.unusable_error(what, route, request_id, transient=error.cut_off) from None
        except _BODY_ERRORS as error:
            raise self._body_error(error, response, route, limit, request_id) from None
        if not ended:
            raise self.unusable_error("ended before its last event; run again", route, request_id, transient=True)
        return Answer(None, response.headers, route, request_id, self._clock.monotonic() - start, self._server)

    def _body(self, response: Response, route: str, limit: Deadline, request_id: str | None) -> bytes | bytearray:
        """The body; empty for an error whose body can't be read, so that its status is reported instead."""
        failed = response.status_code >= 400
        max_size = self._server.max_body_size
        try:
            return read_body(response, min(max_size, MAX_ERROR_SIZE) if failed else max_size)
        except _BODY_ERRORS as error:
            if failed and (limit.overrun or isinstance(error, (TooLarge, NotDecodable))):
                return b""
            raise self._body_error(error, response, route, limit, request_id) from None

    def _body_error(
        self, error: Exception, response: Response, route: str, limit: Deadline, request_id: str | None
    ) -> RequestError:
        """The error for a body that can't be read."""
        status = response.status_code
        if isinstance(error, TooLarge):
            return self._too_large(route, request_id, f" (HTTP {status}{_reference(request_id)})")
        if isinstance(error, NotDecodable):
            encoding = _short(self._redact(response.headers.get("Content-Encoding", "")))
            what = (
                f"can't be unpacked (Content-Encoding '{encoding}', HTTP {status}{_reference(request_id)}); "
                f"check {self._server.where} and the proxy settings"
            )
            return self.unusable_error(what, route, request_id, transient=False)
        if isinstance(error, Incomplete):
            error = requests.ConnectionError("it ended too early")
        return self.lost_error(error, route, limit, request_id)

    def _too_large(self, route: str, request_id: str | None, reference: str = "") -> RequestError:
        what = (
            f"has more than {self._server.max_body_size // MIB} MiB{reference}, which is more than the collection "
            f"reads; ask for less at once, or check {self._server.where}"
        )
        return self.unusable_error(what, route, request_id, transient=False)

    def unusable_error(self, what: str, route: str, request_id: str | None, *, transient: bool) -> RequestError:
        """The error for a successful answer with an unusable body."""
        return RequestError(
            f"{route}: the answer of {self._server} {what}",
            route=route,
            transient=transient,
            effect_unknown=self._server.has_side_effects,
            request_id=request_id,
        )

    def lost_error(self, error: Exception, route: str, limit: Deadline, request_id: str | None = None) -> RequestError:
        """The error for a request or an answer that was lost on the network, or that couldn't be sent."""
        if limit.overrun:
            return self._too_large(route, request_id)
        failure = self._failures.explain(error, limit)
        return RequestError(
            f"{route}: {failure.message}",
            route=route,
            transient=failure.transient,
            effect_unknown=self._server.has_side_effects and failure.sent,
            request_id=request_id,
            no_connection=failure.no_connection,
            timed_out=failure.timed_out,
        )

    def _excerpt(self, text: str) -> str:
        """The beginning of a text that isn't JSON, such as a gateway's page, on one line and without tags."""
        # Twice, as a tag may be in the middle of a secret, and another one may make a secret look like a tag.
        plain = _TAG.sub(" ", self._redactor.text(text[:_MAX_EXCERPT_SOURCE]))
        return _short(self._redact(" ".join(plain.split())))

    def _redact(self, text: str) -> str:
        """The text on one line and without secrets, which a server or a proxy may echo."""
        return visible_line(self._redactor.text(text))


def decode_answer(answer: Answer, reader: Callable[[JsonObject], T]) -> T:
    """The answer read with `reader`. Adds the route and the request ID to an AnswerError that it raises."""
    try:
        return reader(answer.json_object())
    except AnswerError as error:
        reference = f" (request ID {answer.request_id})" if answer.request_id else ""
        raise AnswerError(
            f"{answer.route}: the answer of {answer.server} isn't as documented: {error}{reference}; "
            f"check {answer.server.where}",
            route=answer.route,
            request_id=answer.request_id,
        ) from None


def _reference(request_id: str | None) -> str:
    return f", request ID {request_id}" if request_id else ""


def _host(location: str) -> str:
    """The host that a redirect leads to, without a user and a password."""
    try:
        return urlsplit(location).netloc.rpartition("@")[2] or "another address"
    except ValueError:
        return "another address"


def _short(text: str) -> str:
    return text if len(text) <= _MAX_EXCERPT else text[:_MAX_EXCERPT] + "…"
