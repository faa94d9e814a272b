# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What broke on the way to a server and back, in words: what it was, with its value, and what to do about it."""

from __future__ import annotations

import errno
import http.client
import os
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlsplit

from .deadline import CONNECTED, SENT, Deadline
from .server import Server, authorities
from .settings import Settings, is_loopback

try:
    import requests
    from requests.utils import get_environ_proxies, select_proxy
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError
    from urllib3.exceptions import TimeoutError as WireTimeout
except ImportError:
    # Told by transport.py.
    pass

_SHOWN = 200
# OpenSSL's numbers of why a certificate isn't verified (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_AUTHORITY = 18, 19
_UNKNOWN_AUTHORITY = frozenset((2, 20, 21))
_OTHER_NAME = frozenset((62, 64))
# What urllib3 1.26 says of a certificate for another name, without such a number.
_NAMED_OTHERWISE = re.compile(r"hostname .* doesn't match")
# What OpenSSL says of bytes that are no TLS.
_NO_TLS = frozenset(("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"))
# How an alert and a handshake begin; a status line of HTTP never does.
_TLS_RECORD = re.compile(r"[\x15\x16]\x03|['\"]?\\x1[56]\\x03")
_PLACE_IN_PYTHON = re.compile(r" \(_ssl\.c:\d+\)$")
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


@dataclass(frozen=True)
class Failure:
    """what: for a person; transient: it may go well the next time; begun: the server may have seen the request."""

    what: str
    transient: bool
    begun: bool


class Failures:
    """Explains what came of requests to one server. C(hide): makes a text fit to be shown, before it is cut."""

    def __init__(self, server: Server, settings: Settings, hide: Callable[[str], str]) -> None:
        self._server = server
        self._settings = settings
        self._hide = hide
        self._host = server.host
        self._on_loopback = is_loopback(urlsplit(server.base).hostname)
        self._where = server.where if self._on_loopback else f"the proxy settings and {server.where}"

    def explain(self, error: Exception, limit: Deadline) -> Failure:
        chain = list(_chain(error))
        begun = limit.stage >= SENT
        if isinstance(error, requests.exceptions.ProxyError):
            # It stands before the server: what it refused never went further.
            return self._of_the_proxy(chain)
        if any(isinstance(one, (NewConnectionError, ConnectTimeoutError)) for one in chain):
            return self._unreached(chain)
        tls = next((one for one in chain if isinstance(one, ssl.SSLError)), None)
        if isinstance(tls, ssl.SSLCertVerificationError) or _NAMED_OTHERWISE.search(str(error)):
            return Failure(self._unverified(tls), transient=False, begun=False)
        unusable = self._unusable_authorities(error, chain, tls)
        if unusable is not None:
            return Failure(unusable, transient=False, begun=False)
        if limit.passed or isinstance(error, (requests.Timeout, WireTimeout)):
            # What has no effect takes as long each time: a model is asked again only by who raises its time.
            return Failure(self._late(limit), self._server.has_side_effects, begun)
        if tls is not None:
            return self._of_tls(tls, limit)
        spoken = next((one for one in chain if _is_no_http(one)), None)
        if spoken is not None:
            return Failure(self._no_http(str(spoken)), transient=False, begun=begun)
        if begun and isinstance(error, (requests.RequestException, HTTPError, OSError)):
            how = "without an answer" if limit.stage == SENT else "before the answer was complete"
            return Failure(
                f"the connection to {self._host} broke off {how} ({self._reason(chain)}); run again", True, begun
            )
        if limit.stage == CONNECTED:
            return self._of_tls(None, limit, self._reason(chain))
        return Failure(self._unsendable(error, chain), transient=False, begun=begun)

    def _of_the_proxy(self, chain: list[BaseException]) -> Failure:
        proxy = _proxy(self._server.base)
        through = f"can't connect to {self._host} through the proxy{' ' + self._shown(proxy) if proxy else ''}"
        reason = self._reason(chain)
        refused = _TUNNEL.search(str(chain[-1]))
        transient = refused is None or not refused[1].startswith("4")
        remedy = "check the proxy settings (https_proxy, no_proxy)"
        if refused is not None and refused[1] == "407":
            remedy = "give the user and the password that it asks for in https_proxy"
        elif any(isinstance(one, ssl.SSLError) and one.reason in _NO_TLS for one in chain):
            reason, transient = "it doesn't speak TLS", False
            remedy = "begin https_proxy with http://, which is how the proxy itself is spoken to"
        return Failure(f"{through}: {reason}; {remedy}", transient, begun=False)

    def _unreached(self, chain: list[BaseException]) -> Failure:
        server = self._server
        reason = self._reason(chain)
        if isinstance(chain[-1], OSError) and chain[-1].errno == errno.EADDRNOTAVAIL and server.source_address:
            return Failure(
                f"can't connect to {self._host} from source_address {server.source_address}, which isn't an address of "
                f"this machine ({reason}); give one that is",
                transient=False,
                begun=False,
            )
        # In urllib3, the one is a kind of the other.
        if not any(isinstance(one, NewConnectionError) for one in chain):
            reason = f"no connection within {server.connect_timeout:g} s"
        return Failure(f"can't connect to {self._host}: {reason}; check the network, {self._where}", True, False)

    def _unverified(self, error: ssl.SSLError | None) -> str:
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
        dated = f"or set the clock of this machine right, which says {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC"
        if code == _EXPIRED:
            why, remedy = "it, or that of its authority, has expired", f"have it renewed there, {dated}"
        elif code == _NOT_YET_VALID:
            why, remedy = "it, or that of its authority, isn't valid yet", f"have it made anew there, {dated}"
        elif code in _OTHER_NAME or not isinstance(error, ssl.SSLCertVerificationError):
            why = f"it isn't for this name, {urlsplit(server.base).hostname}"
            remedy = f"something else may answer there: check {server.where}"
        elif code == _SELF_SIGNED:
            why = f"it is self-signed, and not among {trusted}"
        elif code == _SELF_SIGNED_AUTHORITY:
            why = f"its authority, which is self-signed, isn't among {trusted}"
        elif code in _UNKNOWN_AUTHORITY:
            why = f"its authority isn't among {trusted}"
        else:
            why = self._shown(getattr(error, "verify_message", "") or "the system doesn't say why")
            remedy = "have it, or that of its authority, made anew, or name another authority with ca_path"
        return f"the certificate of {self._host} can't be verified: {why}; {remedy}"

    def _unusable_authorities(
        self, error: Exception, chain: list[BaseException], tls: ssl.SSLError | None
    ) -> str | None:
        """What is wrong with the file or the folder of authorities; null where it isn't that."""
        path, named_by = authorities(self._settings)
        if path is None or self._server.authority is not None or urlsplit(self._server.base).scheme != "https":
            return None
        remedy = "give a file of PEM certificates, or a folder of them made with 'openssl rehash', with ca_path"
        if not os.path.exists(path):
            return f"{named_by} names '{self._shown(path)}', which doesn't exist; {remedy}"
        if tls is not None and ("X509" in str(tls) or "PEM" in str(tls)):
            return f"{named_by} names '{self._shown(path)}', which holds no certificates; {remedy}"
        if isinstance(error, requests.exceptions.SSLError) and tls is None and isinstance(chain[-1], OSError):
            return f"{named_by} names '{self._shown(path)}', which can't be read ({self._reason(chain)}); {remedy}"
        return None

    def _late(self, limit: Deadline) -> str:
        server = self._server
        if limit.stage == CONNECTED:
            return (
                f"no TLS from {self._host} within {min(server.connect_timeout, server.read_timeout):g} s, though it "
                "took "
                f"the connection; does it speak TLS at that port? Check {self._where}, or run again"
            )
        what = "no whole answer" if limit.stage > SENT else "no answer"
        return f"{what} from {self._host} within {server.read_timeout:g} s; run again, or raise {server.timeout_option}"

    def _of_tls(self, error: ssl.SSLError | None, limit: Deadline, reason: str = "") -> Failure:
        begun = limit.stage >= SENT
        name = (error.reason if error is not None else None) or ""
        reason = reason or self._reason([error] if error is not None else [])
        if not begun and name in _NO_TLS:
            plain = ", or begin the URL with http://" if self._on_loopback else ""
            return Failure(
                f"{self._host} doesn't speak TLS, as https:// needs it ({reason}); name the port that does{plain}: "
                f"check {self._where}",
                transient=False,
                begun=False,
            )
        if "CERTIFICATE_REQUIRED" in name:
            return Failure(
                f"{self._host} asks for a certificate of the client's, which the collection has none of ({reason}); "
                f"check {self._where}",
                transient=False,
                begun=begun,
            )
        if begun:
            return Failure(f"the connection to {self._host} broke off ({reason}); run again", True, begun)
        if "HANDSHAKE_FAILURE" in name:
            reason += ", as of servers that ask for a client's certificate, or know no common cipher"
        # A handshake that merely ends may be a restart of the server, an alert is its decision.
        ended = error is None or isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
        return Failure(
            f"the TLS handshake with {self._host} broke off ({reason}); "
            f"{'run again, and ' if ended else ''}check that it speaks TLS there, {self._where}",
            transient=ended,
            begun=False,
        )

    def _no_http(self, said: str) -> str:
        if _TLS_RECORD.match(said):
            return f"{self._host} speaks TLS, which http:// doesn't; begin the URL with https:// (check {self._where})"
        return f"what answers at {self._host} doesn't speak HTTP ({self._shown(said)}); check {self._where}"

    def _unsendable(self, error: Exception, chain: list[BaseException]) -> str:
        reason = self._reason(chain)
        if isinstance(error, requests.exceptions.InvalidJSONError) or isinstance(chain[-1], UnicodeEncodeError):
            return (
                f"the request can't be written ({reason}); give options without NaN, infinite numbers and halves of "
                "characters"
            )
        parsing = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, LocationParseError, ValueError)
        if not self._on_loopback and _proxy(self._server.base) is not None and isinstance(error, parsing):
            # Its URL may hold a password.
            detail = " (SOCKS needs the Python package PySocks)" if "SOCKS" in str(error) else ""
            return f"the proxy that the environment names can't be used{detail}; check https_proxy and all_proxy"
        return f"the request to {self._host} failed ({reason}); check {self._where}"

    def _reason(self, chain: list[BaseException]) -> str:
        """What the innermost error says: the layers about it say where, and the end of it is what helps."""
        for one in reversed(chain):
            if isinstance(one, ssl.SSLError) and one.reason:
                return one.reason.lower().replace("_", " ")
            if isinstance(one, http.client.IncompleteRead):
                return "it isn't whole"
            said = (one.strerror if isinstance(one, OSError) else None) or (str(one.args[-1]) if one.args else "")
            if isinstance(one, UnicodeError):
                said = str(one)
            if said:
                return self._shown(_PLACE_IN_PYTHON.sub("", said))
        return "the system doesn't say why"

    def _shown(self, text: str) -> str:
        hidden = self._hide(text)
        return hidden if len(hidden) <= _SHOWN else hidden[:_SHOWN] + "…"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, layer by layer, down to the system's own."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        reason = getattr(current, "reason", None)
        inner = next((one for one in (reason, *current.args) if isinstance(one, BaseException)), None)
        system = isinstance(current, http.client.HTTPException) or (isinstance(current, OSError) and current.errno)
        # What was being handled when the system failed is none of its causes: urllib3 tries one way after another.
        current = inner or (None if system else current.__cause__ or current.__context__)


def _is_no_http(error: BaseException) -> bool:
    """Whether it is about an answer that is none of HTTP, and not about one that is missing or cut off."""
    return isinstance(error, http.client.HTTPException) and not isinstance(
        error, (http.client.IncompleteRead, http.client.RemoteDisconnected)
    )


def _proxy(url: str) -> str | None:
    """The host of the proxy that the environment names for the URL, empty if it has none; null if it names no proxy."""
    named = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    if not named:
        return None
    try:
        return urlsplit(named if "//" in named else f"//{named}").netloc.rpartition("@")[2]
    except ValueError:
        return ""
