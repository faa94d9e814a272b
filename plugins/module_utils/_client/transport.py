# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to the service: one pooled session, time-outs, retries, typed errors, and a key that never leaks."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from .clock import Clock, SystemClock
from .errors import AnswerError, InferenceError, RequestError
from .retry import delay_before, may_repeat
from .service_errors import api_error
from .settings import Settings, is_loopback
from .wire import Wire

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3 import disable_warnings
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, InsecureRequestWarning, NewConnectionError

    REQUESTS_IMPORT_ERROR: ImportError | None = None
except ImportError as _error:
    REQUESTS_IMPORT_ERROR = _error

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

Query = Iterable[tuple[str, "str | int"]]

POOL_SIZE = 10
_SHOWN = 120
# What a body is read as that is no JSON, whatever its status.
_UNREADABLE = object()


@dataclass(frozen=True)
class Answer:
    """A good answer: its JSON (null where the body was empty), and what errors about it need."""

    body: Any
    headers: Mapping[str, str]
    route: str
    request_id: str | None

    def object(self) -> Wire:
        """The body as one object. Raises AnswerError where it is none."""
        return Wire(self.body, "the answer")


class Transport:
    """Sends requests below C({api_url}/inference/{api_version}/regions/{region}). Safe to use from many threads."""

    def __init__(
        self, settings: Settings, *, user_agent: str, clock: Clock | None = None, rng: random.Random | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._rng = rng or random.Random()
        self._base = f"{settings.api_url}/inference/{settings.api_version}/regions/{settings.region}"
        self._session = _new_session(settings, user_agent)

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, path: str, *, query: Query = (), body: Mapping[str, Any] | None = None) -> Answer:
        """Send one request, and again as the retry rules allow.

        path: below the region, such as C(/deployments). query: pairs; a name may come more than once.
        Raises ApiError for an answer of the service that is an error, RequestError where no usable answer came.
        """
        route = f"{method} {path}"
        attempt = 0
        while True:
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
        settings = self._settings
        try:
            response = self._session.request(
                method,
                self._base + quote(path),
                params=query or None,
                json=body,
                timeout=(settings.connect_timeout, settings.read_timeout),
                allow_redirects=False,
                # Given with each request, as REQUESTS_CA_BUNDLE would win over the session's own value.
                verify=settings.validate_certs and (settings.ca_path or True),
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # The last three escape from requests for hosts that can't be, and for files that aren't certificates.
            raise self._request_error(error, method, route) from None
        return self._read(response, route)

    def _read(self, response: Response, route: str) -> Answer:
        status = response.status_code
        request_id = self._redact(response.headers.get("X-Request-Id", "")) or None
        if 300 <= status < 400:
            raise RequestError(
                f"{route}: the service redirects to {self._redact(_host(response.headers.get('Location', '')))}. "
                "Redirects are refused, as the key would go with them; check api_url",
                route=route,
                transient=False,
                effect_unknown=False,
                request_id=request_id,
            )
        text = response.content.decode("utf-8", errors="replace")
        body = self._parse(text)
        if status >= 400:
            failure = api_error(
                route=route,
                api_version=self._settings.api_version,
                status=status,
                request_id=request_id,
                body=body,
            )
            failure.retry_after = response.headers.get("Retry-After")
            raise failure
        if body is _UNREADABLE and text.strip():
            kind = self._redact(response.headers.get("Content-Type", "no content type"))
            reference = f", request ID {request_id}" if request_id else ""
            raise RequestError(
                f"{route}: the answer isn't JSON, or was cut off (HTTP {status}, {_short(kind)}{reference}): "
                f"{_short(self._redact(' '.join(text.split())))}",
                route=route,
                # A page of HTML is a gateway's or a wrong api_url's; a JSON document cut off may come whole next time.
                transient="json" in kind,
                effect_unknown=True,
                request_id=request_id,
            )
        return Answer(None if body is _UNREADABLE else body, response.headers, route, request_id)

    def _request_error(self, error: Exception, method: str, route: str) -> RequestError:
        """What went wrong on the wire, and whether the service may have seen the request."""
        host = urlsplit(self._base).netloc
        detail = _short(self._redact(str(error)))
        transient, unknown = True, True
        if isinstance(error, requests.exceptions.ProxyError):
            # It stands before the service: what it refused never went further. No detail: it may show a password.
            unknown = False
            what = f"can't connect to {host} through the proxy; check the proxy settings (https_proxy, no_proxy)"
        elif isinstance(error, requests.ConnectTimeout) or _never_connected(error):
            unknown = False
            what = f"can't connect to {host}; check api_url, the network and the proxy settings ({detail})"
        elif isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            transient, unknown = False, False
            what = f"the certificate of {host} can't be verified; name the right authority with ca_path"
        elif isinstance(error, requests.exceptions.SSLError) and "X509" in str(error):
            transient, unknown = False, False
            what = f"{self._settings.ca_path or 'REQUESTS_CA_BUNDLE'} holds no certificates; give others with ca_path"
        elif isinstance(error, requests.Timeout):
            what = f"no answer from {host} within {self._settings.read_timeout:g} s; run again, or raise api_timeout"
        elif isinstance(error, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            what = f"the connection to {host} broke off before the answer was complete; run again"
        else:
            transient, unknown = False, method != "GET"
            what = f"the request failed; check api_url, ca_path and the proxy settings ({detail})"
        return RequestError(f"{route}: {what}", route=route, transient=transient, effect_unknown=unknown)

    def _parse(self, text: str) -> Any:
        """The JSON of an answer without the key in it, or _UNREADABLE."""
        try:
            return self._redact_all(json.loads(text))
        except (ValueError, RecursionError):
            return _UNREADABLE

    def _redact_all(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._redact(value)
        if isinstance(value, list):
            return [self._redact_all(item) for item in value]
        if isinstance(value, dict):
            return {self._redact(key): self._redact_all(item) for key, item in value.items()}
        return value

    def _redact(self, text: str) -> str:
        """The text without the key, should the service or a proxy echo it."""
        return text.replace(self._settings.secret_key, "********")


def decode(answer: Answer, error: AnswerError) -> AnswerError:
    """The error of a reader, with the route and the request that it happened in."""
    reference = f" (request ID {answer.request_id})" if answer.request_id else ""
    return AnswerError(
        f"{answer.route}: the service's answer isn't as documented: {error}{reference}",
        route=answer.route,
        request_id=answer.request_id,
    )


def _new_session(settings: Settings, user_agent: str) -> Session:
    def authenticate(request: PreparedRequest) -> PreparedRequest:
        # As an auth callable rather than a session header: it also keeps .netrc's credentials out.
        request.headers["X-Auth-Token"] = settings.secret_key
        return request

    session = requests.Session()
    session.auth = authenticate
    session.headers.update({"User-Agent": user_agent, "Accept": "application/json"})
    # The environment's proxies are for the network: through them, http:// to this machine would carry the key abroad.
    session.trust_env = not is_loopback(urlsplit(settings.api_url).hostname)
    if not settings.validate_certs:
        # The task itself warns, once; urllib3 would with each request, to whatever standard error is here.
        disable_warnings(InsecureRequestWarning)
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=POOL_SIZE, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


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
