# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain why a request got no answer: turn exceptions of requests, urllib3 and ssl into messages with a remedy."""

from __future__ import annotations

import errno
import http.client
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlsplit

from .deadline import CONNECTED, SENT, Deadline
from .server import Server, authorities
from .settings import Settings
from .urls import is_loopback

try:
    import requests
    from requests.utils import get_environ_proxies, select_proxy
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError
    from urllib3.exceptions import TimeoutError as Urllib3TimeoutError
except ImportError:
    # transport.py reports it.
    pass

_MAX_REASON = 200
# Of a message, which may quote a line of the answer. The search for a pattern in it takes the square of the time.
_MAX_SEARCHED = 2_000
# OpenSSL's codes for why a certificate isn't verified (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_AUTHORITY = 18, 19
_UNKNOWN_AUTHORITY = frozenset((2, 20, 21))
_NAME_MISMATCH = frozenset((62, 64))
# The message of urllib3 1.26 for a certificate with another name, which comes without such a code.
_NAME_MISMATCH_MESSAGE = re.compile(r"hostname .* doesn't match")
# OpenSSL's reasons when what it receives isn't TLS.
_NOT_TLS = frozenset(("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"))
# The beginning of a TLS alert or handshake record (RFC 8446, 5.1), also in a repr. No status line of HTTP has it.
_TLS_RECORD = re.compile(r"[\x15\x16]\x03|['\"]?\\x1[56]\\x03")
_SOURCE_LOCATION = re.compile(r" \(_ssl\.c:\d+\)$")
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


@dataclass(frozen=True)
class Failure:
    """Why a request got no answer.

    message: what happened and what to do about it
    transient: the same request may succeed later
    sent: the server may have received the request
    no_connection: the address was known, but nobody accepted a connection there
    timed_out: the time for the request was over
    """

    message: str
    transient: bool
    sent: bool
    no_connection: bool = False
    timed_out: bool = False


class Failures:
    """Explains failed requests to one server. `redact`: removes secrets from texts of the server or a library."""

    def __init__(self, server: Server, settings: Settings, redact: Callable[[str], str]) -> None:
        self._server = server
        self._settings = settings
        self._redact = redact
        self._host = server.host
        self._on_loopback = is_loopback(urlsplit(server.base).hostname)
        self._where = server.where if self._on_loopback else f"the proxy settings and {server.where}"

    def explain(self, error: Exception, limit: Deadline) -> Failure:
        """The failure for an exception of the session. `limit`: the request's deadline, and the stage it reached."""
        chain = list(_chain(error))
        sent = limit.stage >= SENT
        if isinstance(error, requests.exceptions.ProxyError):
            # A proxy that refuses a request doesn't pass it on to the server.
            return self._proxy_failure(chain)
        if any(isinstance(cause, (NewConnectionError, ConnectTimeoutError)) for cause in chain):
            return self._connect_failure(chain)
        tls = next((cause for cause in chain if isinstance(cause, ssl.SSLError)), None)
        if isinstance(tls, ssl.SSLCertVerificationError) or _NAME_MISMATCH_MESSAGE.search(str(error)[:_MAX_SEARCHED]):
            return Failure(self._certificate_message(tls), transient=False, sent=False)
        bad_bundle = self._ca_bundle_message(error, chain, tls)
        if bad_bundle is not None:
            return Failure(bad_bundle, transient=False, sent=False)
        if limit.passed or isinstance(error, (requests.Timeout, Urllib3TimeoutError)):
            # A model takes as long each time, so its requests, which have no side effects, aren't retried.
            return Failure(self._timeout_message(limit), self._server.has_side_effects, sent, timed_out=True)
        if tls is not None:
            return self._tls_failure(tls, limit)
        not_http = next((cause for cause in chain if _is_not_http(cause)), None)
        if not_http is not None:
            return Failure(self._not_http_message(str(not_http)), transient=False, sent=sent)
        if sent and isinstance(error, (requests.RequestException, HTTPError, OSError)):
            moment = "without an answer" if limit.stage == SENT else "before the answer was complete"
            return Failure(
                f"the connection to {self._host} broke off {moment} ({self._reason(chain)}); run again", True, sent
            )
        if limit.stage == CONNECTED:
            return self._tls_failure(None, limit, self._reason(chain))
        return Failure(self._unsendable_message(error, chain), transient=False, sent=sent)

    def _proxy_failure(self, chain: list[BaseException]) -> Failure:
        proxy = _proxy(self._server.base)
        through = f"can't connect to {self._host} through the proxy{' ' + self._excerpt(proxy) if proxy else ''}"
        reason = self._reason(chain)
        refused = _TUNNEL.search(str(chain[-1]))
        transient = refused is None or not refused[1].startswith("4")
        remedy = "check the proxy settings (https_proxy, no_proxy)"
        if refused is not None and refused[1] == "407":
            remedy = "give the user and the password that it asks for in https_proxy"
        elif any(isinstance(cause, ssl.SSLError) and cause.reason in _NOT_TLS for cause in chain):
            reason, transient = "it doesn't speak TLS", False
            remedy = "begin https_proxy with http://, which is how the proxy itself is spoken to"
        return Failure(f"{through}: {reason}; {remedy}", transient, sent=False)

    def _connect_failure(self, chain: list[BaseException]) -> Failure:
        server = self._server
        reason = self._reason(chain)
        if isinstance(chain[-1], OSError) and chain[-1].errno == errno.EADDRNOTAVAIL and server.source_address:
            return Failure(
                f"can't connect to {self._host} from source_address {server.source_address}, which isn't an address of "
                f"this machine ({reason}); give one that is",
                transient=False,
                sent=False,
            )
        # In urllib3, NewConnectionError is a subclass of ConnectTimeoutError.
        if not any(isinstance(cause, NewConnectionError) for cause in chain):
            reason = f"no connection within {server.connect_timeout:g} s"
        # Without an address, it isn't known whether the server would accept one.
        found = not any(isinstance(cause, socket.gaierror) for cause in chain)
        first = "that it runs on this machine, and" if self._on_loopback else "the network,"
        message = f"can't connect to {self._host}: {reason}; check {first} {self._where}"
        return Failure(message, transient=True, sent=False, no_connection=found)

    def _certificate_message(self, error: ssl.SSLError | None) -> str:
        server = self._server
        path, named_by = authorities(self._settings)
        trusted = f"those of {named_by} ({path})" if path else "those that requests knows"
        code = getattr(error, "verify_code", 0)
        remedy = "name the right authority with ca_path"
        if server.authority is not None:
            trusted = "the deployment's own"
            remedy = (
                f"the deployment's own authority didn't sign it: something else may answer there, check {server.where}"
            )
        clock = f"or correct the clock of this machine, which says {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC"
        if code == _EXPIRED:
            why, remedy = "it, or that of its authority, has expired", f"have it renewed there, {clock}"
        elif code == _NOT_YET_VALID:
            why, remedy = "it, or that of its authority, isn't valid yet", f"have it issued again there, {clock}"
        elif code in _NAME_MISMATCH or not isinstance(error, ssl.SSLCertVerificationError):
            why = f"it isn't for this name, {urlsplit(server.base).hostname}"
            remedy = f"something else may answer there: check {server.where}"
        elif code == _SELF_SIGNED:
            why = f"it is self-signed, and not among {trusted}"
        elif code == _SELF_SIGNED_AUTHORITY:
            why = f"its authority, which is self-signed, isn't among {trusted}"
        elif code in _UNKNOWN_AUTHORITY:
            why = f"its authority isn't among {trusted}"
        else:
            why = self._excerpt(getattr(error, "verify_message", "") or "the system doesn't say why")
            remedy = "have it, or that of its authority, issued again, or name another authority with ca_path"
        return f"the certificate of {self._host} can't be verified: {why}; {remedy}"

    def _ca_bundle_message(self, error: Exception, chain: list[BaseException], tls: ssl.SSLError | None) -> str | None:
        """What is wrong with the file or the folder of authorities; null if it isn't the cause."""
        path, named_by = authorities(self._settings)
        if path is None or self._server.authority is not None or urlsplit(self._server.base).scheme != "https":
            return None
        remedy = "give a file of PEM certificates, or a folder of them made with 'openssl rehash', with ca_path"
        if not os.path.exists(path):
            return f"{named_by} names '{self._excerpt(path)}', which doesn't exist; {remedy}"
        if tls is not None and ("X509" in str(tls) or "PEM" in str(tls)):
            return f"{named_by} names '{self._excerpt(path)}', which holds no certificates; {remedy}"
        if isinstance(error, requests.exceptions.SSLError) and tls is None and isinstance(chain[-1], OSError):
            return f"{named_by} names '{self._excerpt(path)}', which can't be read ({self._reason(chain)}); {remedy}"
        return None

    def _timeout_message(self, limit: Deadline) -> str:
        server = self._server
        if limit.stage == CONNECTED:
            return (
                f"no TLS from {self._host} within {min(server.connect_timeout, server.read_timeout):g} s, though it "
                f"accepted the connection; does it speak TLS at that port? Check {self._where}, or run again"
            )
        what = "no complete answer" if limit.stage > SENT else "no answer"
        return f"{what} from {self._host} within {server.read_timeout:g} s; run again, or raise {server.timeout_option}"

    def _tls_failure(self, error: ssl.SSLError | None, limit: Deadline, reason: str = "") -> Failure:
        sent = limit.stage >= SENT
        name = (error.reason if error is not None else None) or ""
        reason = reason or self._reason([error] if error is not None else [])
        if not sent and name in _NOT_TLS:
            plain = ", or begin the URL with http://" if self._on_loopback else ""
            return Failure(
                f"{self._host} doesn't speak TLS, as https:// needs it ({reason}); name the port that does{plain}: "
                f"check {self._where}",
                transient=False,
                sent=False,
            )
        if "CERTIFICATE_REQUIRED" in name:
            return Failure(
                f"{self._host} asks for a client certificate, which the collection can't send ({reason}); "
                f"check {self._where}",
                transient=False,
                sent=sent,
            )
        if sent:
            return Failure(f"the connection to {self._host} broke off ({reason}); run again", True, sent)
        if "HANDSHAKE_FAILURE" in name:
            reason += "; the server may ask for a client's certificate, or have no cipher in common"
        # A connection that just ends may be a restarting server, but an alert is its decision.
        ended = error is None or isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
        return Failure(
            f"the TLS handshake with {self._host} broke off ({reason}); "
            f"{'run again, and ' if ended else ''}check that it speaks TLS there, {self._where}",
            transient=ended,
            sent=False,
        )

    def _not_http_message(self, received: str) -> str:
        if _TLS_RECORD.match(received):
            return f"{self._host} speaks TLS, which http:// doesn't; begin the URL with https:// (check {self._where})"
        return f"what answers at {self._host} doesn't speak HTTP ({self._excerpt(received)}); check {self._where}"

    def _unsendable_message(self, error: Exception, chain: list[BaseException]) -> str:
        reason = self._reason(chain)
        if isinstance(error, requests.exceptions.InvalidJSONError) or isinstance(chain[-1], UnicodeEncodeError):
            return (
                f"the request can't be written ({reason}); give options without NaN, infinite numbers and halves of "
                "characters"
            )
        parsing = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, LocationParseError, ValueError)
        if not self._on_loopback and _proxy(self._server.base) is not None and isinstance(error, parsing):
            # Don't show its URL, which may hold a password.
            detail = " (SOCKS needs the Python package PySocks)" if "SOCKS" in str(error) else ""
            return f"the proxy that the environment names can't be used{detail}; check https_proxy and all_proxy"
        return f"the request to {self._host} failed ({reason}); check {self._where}"

    def _reason(self, chain: list[BaseException]) -> str:
        """The message of the innermost error that has one: the outer ones only say where it happened."""
        for cause in reversed(chain):
            if isinstance(cause, ssl.SSLError) and cause.reason:
                return cause.reason.lower().replace("_", " ")
            if isinstance(cause, http.client.IncompleteRead):
                return "it isn't complete"
            text = (cause.strerror if isinstance(cause, OSError) else None) or "".join(map(str, cause.args[-1:]))
            if isinstance(cause, UnicodeError):
                text = str(cause)
            if text:
                return self._excerpt(_SOURCE_LOCATION.sub("", text))
        return "the system doesn't say why"

    def _excerpt(self, text: str) -> str:
        hidden = self._redact(text)
        return hidden if len(hidden) <= _MAX_REASON else hidden[:_MAX_REASON] + "…"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, from the outermost to the innermost."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        reason = getattr(current, "reason", None)
        inner = next((cause for cause in (reason, *current.args) if isinstance(cause, BaseException)), None)
        innermost = isinstance(current, http.client.HTTPException) or (isinstance(current, OSError) and current.errno)
        # The context of a system's error isn't its cause: urllib3 raises it while it handles an earlier attempt.
        current = inner or (None if innermost else current.__cause__ or current.__context__)


def _is_not_http(error: BaseException) -> bool:
    """Whether the error means an answer that isn't HTTP, rather than one that is missing or truncated."""
    return isinstance(error, http.client.HTTPException) and not isinstance(
        error, (http.client.IncompleteRead, http.client.RemoteDisconnected)
    )


def _proxy(url: str) -> str | None:
    """The host of the environment's proxy for the URL; null if there is no proxy, empty if its URL is invalid."""
    named = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    if not named:
        return None
    try:
        return urlsplit(named if "//" in named else f"//{named}").netloc.rpartition("@")[2]
    except ValueError:
        return ""
