# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to one server: one pooled session, time-outs, retries, typed errors, and a key that never leaks."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from .body import NotDecodable, NotJson, NotWhole, TooLarge, parse, read_body
from .cancellation import Cancellation
from .clock import Clock, SystemClock
from .deadline import Deadline, deadline
from .errors import AnswerError, InferenceError, RequestError
from .failures import Failures
from .json_object import JsonObject
from .redaction import Redactor, visible_line
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

T = TypeVar("T")
Query = Iterable[tuple[str, "str | int"]]

# How much of a text is shown, and how much is looked at for that.
_SHOWN = 120
_LOOKED_AT = 10_000
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^<>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """A good answer: its JSON (null where the body was empty), and what errors about it need.

    server: who gave it
    seconds: the time from the request to the end of the answer; earlier attempts don't count.
    """

    body: Any
    headers: Mapping[str, str]
    route: str
    request_id: str | None
    seconds: float
    server: Server

    def object(self) -> JsonObject:
        """The body as one object. Raises AnswerError where it is none."""
        return JsonObject(self.body, "the answer")


class Transport:
    """Sends requests to the server, by default the service itself. Safe to use from many threads.

    redactor: hides secrets in errors; by default the keys of the settings. What the answers hold is left as it is, as
    it is compared: whoever gives it on hides secrets there.
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
        self._keys = Redactor(settings.secrets())
        self._redactor = redactor or self._keys
        self._user_agent = user_agent
        self._cancellation = cancellation or Cancellation()
        self._clock = clock or SystemClock(self._cancellation)
        self._rng = rng or random.Random()
        self._server = server or service(settings)
        self._session = open_session(self._server, settings, user_agent)
        self._failures = Failures(self._server, settings, self._redact)

    def to(self, server: Server) -> Transport:
        """A transport to another server, by the same settings and the same clock; to be closed by itself."""
        return Transport(
            self._settings,
            user_agent=self._user_agent,
            clock=self._clock,
            rng=self._rng,
            server=server,
            redactor=self._redactor,
            cancellation=self._cancellation,
        )

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, path: str, *, query: Query = (), body: Mapping[str, Any] | None = None) -> Answer:
        """Send one request, and again as the retry rules allow.

        path: below the server's base, such as C(/deployments), quoted (see C(routes.path)). query: pairs; a name may
        come more than once.
        Raises what the server makes of an answer that is an error, RequestError where no usable answer came, and
        Cancelled where nothing may be begun any more.
        """
        route = f"{method} {path}"
        attempt = 0
        while True:
            self._cancellation.check()
            try:
                return self._send(method, path, route, list(query), body)
            except InferenceError as error:
                attempt += 1
                if attempt > self._settings.retries or not may_repeat(method, error):
                    raise
                delay = delay_before(attempt, error.retry_after, self._rng)
                if delay is None:
                    raise
                self._clock.sleep(delay)

    def _send(
        self, method: str, path: str, route: str, query: list[tuple[str, str | int]], body: Mapping[str, Any] | None
    ) -> Answer:
        settings, server = self._settings, self._server
        begin = self._clock.monotonic()
        with deadline(server.read_timeout) as limit:
            try:
                response = self._session.request(
                    method,
                    server.base + path,
                    params=query or None,
                    json=body,
                    timeout=(server.connect_timeout, server.read_timeout),
                    allow_redirects=False,
                    # Given with each request, as REQUESTS_CA_BUNDLE would win over the session's own value.
                    verify=settings.validate_certs and (authorities(settings)[0] or True),
                    stream=True,
                )
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                # The last three escape from requests for hosts that can't be, and for files that aren't certificates.
                raise self._request_error(error, route, limit) from None
            with closing(response):
                return self._read(response, route, begin, limit)

    def _read(self, response: Response, route: str, begin: float, limit: Deadline) -> Answer:
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
        text = self._text(response, route, limit, request_id)
        seconds = self._clock.monotonic() - begin
        body: Any = None
        unreadable = None
        try:
            body = parse(text) if text.strip() else None
        except NotJson as error:
            unreadable = error
        if status >= 400:
            # The keys alone: another secret may be a word that the error is told by. Whoever shows it hides the rest.
            told = self._keys.value(body) if unreadable is None else {"message": self._excerpt(text)}
            failure = self._server.read_error(route=route, status=status, request_id=request_id, body=told)
            failure.retry_after = response.headers.get("Retry-After")
            raise failure
        if unreadable is not None:
            kind = self._redact(response.headers.get("Content-Type", "no content type"))
            is_json = "json" in kind
            what = "was cut off" if unreadable.cut_off else f"isn't JSON that can be read ({unreadable})"
            remedy = "run again" if is_json else f"something else may answer there: check {self._server.where}"
            raise self._unusable(
                f"{what} (HTTP {status}, {_short(kind)}{_reference(request_id)}): {self._excerpt(text)}; {remedy}",
                route,
                request_id,
                # A page of HTML is a gateway's or a wrong URL's; a JSON document cut off may come whole next time.
                transient=is_json,
            )
        return Answer(body, response.headers, route, request_id, seconds, self._server)

    def _text(self, response: Response, route: str, limit: Deadline, request_id: str | None) -> str:
        """The body as text; of an error whose body can't be read, its status is told rather than that."""
        status = response.status_code
        try:
            return read_body(response, self._server.largest_body).decode("utf-8", errors="replace")
        except TooLarge:
            if status >= 400:
                return ""
            what = (
                f"has more than {self._server.largest_body // (1024 * 1024)} MiB (HTTP {status}"
                f"{_reference(request_id)}), which is more than is read of any; ask for less at once, or check "
                f"{self._server.where}"
            )
            raise self._unusable(what, route, request_id, transient=False) from None
        except NotDecodable:
            if status >= 400:
                return ""
            packing = _short(self._redact(response.headers.get("Content-Encoding", "")))
            what = (
                f"can't be unpacked (Content-Encoding '{packing}', HTTP {status}{_reference(request_id)}); "
                f"check {self._server.where} and the proxy settings"
            )
            raise self._unusable(what, route, request_id, transient=False) from None
        except NotWhole:
            short = requests.ConnectionError("it ended too early")
            raise self._request_error(short, route, limit, request_id) from None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._request_error(error, route, limit, request_id) from None

    def _unusable(self, what: str, route: str, request_id: str | None, *, transient: bool) -> RequestError:
        """The error of an answer that says success, but no more."""
        return RequestError(
            f"{route}: the answer of {self._server} {what}",
            route=route,
            transient=transient,
            effect_unknown=self._server.has_side_effects,
            request_id=request_id,
        )

    def _request_error(
        self, error: Exception, route: str, limit: Deadline, request_id: str | None = None
    ) -> RequestError:
        """What went wrong on the wire, and whether the service may have seen the request."""
        failure = self._failures.explain(error, limit)
        return RequestError(
            f"{route}: {failure.what}",
            route=route,
            transient=failure.transient,
            effect_unknown=self._server.has_side_effects and failure.begun,
            request_id=request_id,
        )

    def _excerpt(self, text: str) -> str:
        """What a text says that isn't JSON, such as a gateway's page, on one line."""
        hidden = self._redactor.text(text[:_LOOKED_AT])
        return _short(visible_line(" ".join(_TAG.sub(" ", hidden).split())))

    def _redact(self, text: str) -> str:
        """The text without secrets, should the service or a proxy echo them."""
        return visible_line(self._redactor.text(text))


def decode_answer(answer: Answer, reader: Callable[[JsonObject], T]) -> T:
    """What the reader makes of the answer. Raises AnswerError, with the route and the request, for another shape."""
    try:
        return reader(answer.object())
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
    """Where a redirect leads, without a user or a password that may stand there."""
    try:
        return urlsplit(location).netloc.rpartition("@")[2] or "another address"
    except ValueError:
        return "another address"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
