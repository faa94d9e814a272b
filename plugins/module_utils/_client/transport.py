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

from .body import NotDecodable, NotWhole, TooLarge, parse, read_body
from .cancellation import Cancellation
from .clock import Clock, SystemClock
from .deadline import Deadline, deadline
from .errors import AnswerError, InferenceError, RequestError
from .peer import Peer, open_session, service
from .redaction import Redactor, visible_line
from .retry import delay_before, may_repeat
from .settings import Settings
from .wire import Wire

try:
    import requests
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

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
# The second is what urllib3 1.26 says of a certificate for another name.
_UNVERIFIED = re.compile(r"CERTIFICATE_VERIFY_FAILED|hostname .* doesn't match")
# What a body is read as that is no JSON, whatever its status.
_UNREADABLE = object()


@dataclass(frozen=True)
class Answer:
    """A good answer: its JSON (null where the body was empty), and what errors about it need.

    seconds: the time from the request to the end of the answer; earlier attempts don't count.
    """

    body: Any
    headers: Mapping[str, str]
    route: str
    request_id: str | None
    seconds: float

    def object(self) -> Wire:
        """The body as one object. Raises AnswerError where it is none."""
        return Wire(self.body, "the answer")


class Transport:
    """Sends requests to the peer, by default the service itself. Safe to use from many threads.

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
        peer: Peer | None = None,
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
        self._peer = peer or service(settings)
        self._session = open_session(self._peer, settings, user_agent)

    def to(self, peer: Peer) -> Transport:
        """A transport to another peer, by the same settings and the same clock; to be closed by itself."""
        return Transport(
            self._settings,
            user_agent=self._user_agent,
            clock=self._clock,
            rng=self._rng,
            peer=peer,
            redactor=self._redactor,
            cancellation=self._cancellation,
        )

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, path: str, *, query: Query = (), body: Mapping[str, Any] | None = None) -> Answer:
        """Send one request, and again as the retry rules allow.

        path: below the peer's base, such as C(/deployments), quoted (see C(routes.path)). query: pairs; a name may come
        more than once.
        Raises what the peer makes of an answer that is an error, RequestError where no usable answer came, and
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
        settings, peer = self._settings, self._peer
        begin = self._clock.monotonic()
        with deadline(peer.read_timeout) as limit:
            try:
                response = self._session.request(
                    method,
                    peer.base + path,
                    params=query or None,
                    json=body,
                    timeout=(peer.connect_timeout, peer.read_timeout),
                    allow_redirects=False,
                    # Given with each request, as REQUESTS_CA_BUNDLE would win over the session's own value.
                    verify=settings.validate_certs and (settings.ca_path or True),
                    stream=True,
                )
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                # The last three escape from requests for hosts that can't be, and for files that aren't certificates.
                raise self._request_error(error, method, route, limit) from None
            with closing(response):
                return self._read(response, route, begin, limit)

    def _read(self, response: Response, route: str, begin: float, limit: Deadline) -> Answer:
        status = response.status_code
        request_id = _short(self._redact(response.headers.get("X-Request-Id", ""))) or None
        if 300 <= status < 400:
            raise RequestError(
                f"{route}: {self._peer.name} redirects to "
                f"{self._redact(_host(response.headers.get('Location', '')))}. "
                f"Redirects are refused, as the key would go with them; check {self._peer.where}",
                route=route,
                transient=False,
                effect_unknown=False,
                request_id=request_id,
            )
        text = self._text(response, route, limit, request_id)
        seconds = self._clock.monotonic() - begin
        body = _parse(text)
        if status >= 400:
            # The keys alone: another secret may be a word that the error is told by. Whoever shows it hides the rest.
            told = self._keys.value(body)
            failure = self._peer.read_error(route=route, status=status, request_id=request_id, body=told)
            failure.retry_after = response.headers.get("Retry-After")
            raise failure
        if body is _UNREADABLE and text.strip():
            kind = self._redact(response.headers.get("Content-Type", "no content type"))
            raise self._unusable(
                f"the answer isn't JSON, or was cut off (HTTP {status}, {_short(kind)}{_reference(request_id)}): "
                f"{_short(' '.join(self._redact(text[:_LOOKED_AT]).split()))}",
                route,
                request_id,
                # A page of HTML is a gateway's or a wrong URL's; a JSON document cut off may come whole next time.
                transient="json" in kind,
            )
        return Answer(None if body is _UNREADABLE else body, response.headers, route, request_id, seconds)

    def _text(self, response: Response, route: str, limit: Deadline, request_id: str | None) -> str:
        """The body as text; of an error whose body can't be read, its status is told rather than that."""
        method, status = response.request.method or "", response.status_code
        try:
            return read_body(response, self._peer.largest_body).decode("utf-8", errors="replace")
        except TooLarge:
            if status >= 400:
                return ""
            what = (
                f"the answer has more than {self._peer.largest_body // (1024 * 1024)} MiB (HTTP {status}"
                f"{_reference(request_id)}), which is more than is read of any; ask for less at once, or check "
                f"{self._peer.where}"
            )
            raise self._unusable(what, route, request_id, transient=False) from None
        except NotDecodable:
            if status >= 400:
                return ""
            packing = _short(self._redact(response.headers.get("Content-Encoding", "")))
            what = (
                f"the answer can't be unpacked (Content-Encoding '{packing}', HTTP {status}{_reference(request_id)}); "
                f"check {self._peer.where} and the proxy settings"
            )
            raise self._unusable(what, route, request_id, transient=False) from None
        except NotWhole:
            raise self._request_error(requests.ConnectionError("cut off"), method, route, limit) from None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            broken = requests.ConnectionError(str(error))
            raise self._request_error(broken, method, route, limit) from None

    def _unusable(self, what: str, route: str, request_id: str | None, *, transient: bool) -> RequestError:
        """The error of an answer that says success, but no more."""
        return RequestError(
            f"{route}: {what}",
            route=route,
            transient=transient,
            effect_unknown=self._peer.lasting,
            request_id=request_id,
        )

    def _request_error(self, error: Exception, method: str, route: str, limit: Deadline) -> RequestError:
        """What went wrong on the wire, and whether the service may have seen the request."""
        peer = self._peer
        host = urlsplit(peer.base).netloc
        detail = _short(self._redact(str(error)))
        transient, unknown = True, peer.lasting
        if isinstance(error, requests.exceptions.ProxyError):
            # It stands before the service: what it refused never went further. No detail: it may show a password.
            unknown = False
            what = f"can't connect to {host} through the proxy; check the proxy settings (https_proxy, no_proxy)"
        elif isinstance(error, requests.ConnectTimeout) or _never_connected(error):
            unknown = False
            what = f"can't connect to {host}; check the network, the proxy settings and {peer.where} ({detail})"
        elif isinstance(error, requests.exceptions.SSLError) and _UNVERIFIED.search(str(error)):
            transient, unknown = False, False
            remedy = "name the right authority with ca_path"
            if peer.authority is not None:
                remedy = "the deployment's own authority didn't sign it, or not for this name"
            what = f"the certificate of {host} can't be verified; {remedy}"
        elif isinstance(error, requests.exceptions.SSLError) and "X509" in str(error):
            transient, unknown = False, False
            what = f"{self._settings.ca_path or 'REQUESTS_CA_BUNDLE'} holds no certificates; give others with ca_path"
        elif limit.passed or isinstance(error, requests.Timeout):
            # What has no effect takes as long each time: a model is asked again only by who raises its time.
            transient = peer.lasting
            what = (
                f"no whole answer from {host} within {peer.read_timeout:g} s; run again, or raise {peer.timeout_option}"
            )
        elif isinstance(error, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            what = f"the connection to {host} broke off before the answer was complete; run again"
        else:
            transient, unknown = False, peer.lasting and method != "GET"
            what = f"the request failed; check ca_path, the proxy settings and {peer.where} ({detail})"
        return RequestError(f"{route}: {what}", route=route, transient=transient, effect_unknown=unknown)

    def _redact(self, text: str) -> str:
        """The text without secrets, should the service or a proxy echo them."""
        return visible_line(self._redactor.text(text))


def _parse(text: str) -> Any:
    """The JSON of an answer, or _UNREADABLE."""
    try:
        return parse(text)
    except (ValueError, RecursionError):
        return _UNREADABLE


def read_answer(answer: Answer, reader: Callable[[Wire], T]) -> T:
    """What the reader makes of the answer. Raises AnswerError, with the route and the request, for another shape."""
    try:
        return reader(answer.object())
    except AnswerError as error:
        reference = f" (request ID {answer.request_id})" if answer.request_id else ""
        raise AnswerError(
            f"{answer.route}: the service's answer isn't as documented: {error}{reference}",
            route=answer.route,
            request_id=answer.request_id,
        ) from None


def _reference(request_id: str | None) -> str:
    return f", request ID {request_id}" if request_id else ""


def _never_connected(error: Exception) -> bool:
    cause: object = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _host(location: str) -> str:
    """Where a redirect leads, without a user or a password that may stand there."""
    try:
        return urlsplit(location).netloc.rpartition("@")[2] or "another address"
    except ValueError:
        return "another address"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
