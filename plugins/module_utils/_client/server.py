# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that a transport talks to, and the session for it: credentials, trusted authorities, source address."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from .deadline import POOLS
from .errors import AnswerError, InferenceError, SettingsError
from .files import NotReadable, check_authorities
from .inference.errors import api_error
from .limits import MAX_BODY_SIZE
from .ranges import display_text
from .settings import Settings
from .urls import is_loopback

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3 import disable_warnings
    from urllib3.exceptions import InsecureRequestWarning
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    # transport.py reports it.
    pass

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

# Connections that are kept open: as many as a task has threads at most (the option parallel).
POOL_SIZE = 50
# The variables that requests reads for authorities, in its order.
_CA_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class ErrorReader(Protocol):
    """Makes the error for an answer with a status of 400 or more. `body` is its parsed JSON, of any type."""

    def __call__(self, *, route: str, status: int, request_id: str | None, body: object) -> InferenceError: ...


@dataclass(frozen=True)
class Server:
    """A server that a transport talks to: the service itself, or the model server of an endpoint.

    name: what messages call it, such as "the service"
    base: the URL that the paths of requests are appended to
    credentials: the headers that authenticate a request
    read_error: makes the error for an answer with a status of 400 or more
    where: the options to check if it can't be reached, for messages
    timeout_option: the option to raise if it is slow, for messages
    connect_timeout: in seconds
    read_timeout: seconds for the whole request, from connecting to the last byte
    authority: a certificate (PEM) that is trusted instead of `ca_path` and of those that requests trusts
    source_address: the address of this machine that requests are sent from; null leaves the choice to the system
    has_side_effects: whether a POST may create or change something
    retries: how often a request is repeated at most; null for the number of the settings
    max_body_size: the largest body of an answer in bytes, decompressed
    """

    name: str
    base: str
    credentials: Mapping[str, str] = field(repr=False)
    read_error: ErrorReader
    where: str
    timeout_option: str
    connect_timeout: float
    read_timeout: float
    authority: str | None = None
    source_address: str | None = None
    has_side_effects: bool = True
    retries: int | None = None
    max_body_size: int = MAX_BODY_SIZE

    @property
    def host(self) -> str:
        """The host and the port, for messages."""
        return urlsplit(self.base).netloc

    def __str__(self) -> str:
        return f"{self.name} at {self.host}"


def authorities(settings: Settings) -> tuple[str | None, str]:
    """The file or folder of trusted authorities, and the option or variable that set it; null for those of requests."""
    if settings.ca_path:
        return settings.ca_path, "ca_path"
    for variable in _CA_BUNDLE_VARIABLES:
        if os.environ.get(variable):
            return os.environ[variable], variable
    return None, ""


def service(settings: Settings) -> Server:
    """The service's API, in the region and the version of the settings."""
    return Server(
        name="the service",
        base=f"{settings.api_url}/inference/{settings.api_version}/regions/{settings.region}",
        credentials={"X-Auth-Token": settings.secret_key},
        read_error=partial(api_error, api_version=settings.api_version),
        where="api_url",
        timeout_option="api_timeout",
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
    )


def open_session(server: Server, settings: Settings, user_agent: str) -> Session:
    """A session for one server.

    Raises AnswerError if the server's authority isn't a certificate, and SettingsError for authorities of which OpenSSL
    would never find the end.
    """
    path, named_by = authorities(settings)
    if path and settings.validate_certs and server.authority is None and server.base.startswith("https:"):
        _check_authorities(path, named_by)

    def authenticate(request: PreparedRequest) -> PreparedRequest:
        # An auth callable rather than session headers, since it also makes requests ignore .netrc.
        request.headers.update(server.credentials)
        return request

    session = requests.Session()
    session.auth = authenticate
    # Only the encodings that body.py decodes itself, since its limit holds for the decompressed size.
    session.headers.update({"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"})
    # Redirects are refused. To find their target, requests would read their whole body, without a limit.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]  # requests has no option for it
    # No answer needs a cookie, and a server could fill the memory and the next requests with them.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # On loopback, ignore the environment's proxies: with http://, they would see the key. Its authorities are used
    # nevertheless, since they are passed with each request.
    session.trust_env = not is_loopback(urlsplit(server.base).hostname)
    if not settings.validate_certs:
        # The task warns once (UNVERIFIED_WARNING); urllib3 would warn with each request, on standard error.
        disable_warnings(InsecureRequestWarning)
    adapter = _adapter(server)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _check_authorities(path: str, named_by: str) -> None:
    # What else is wrong with them is reported when they are used.
    with suppress(OSError, ValueError):
        try:
            check_authorities(path)
        except NotReadable as error:
            raise SettingsError(
                f"{named_by} names '{display_text(path)}', which can't be read ({error}); give a file of PEM "
                "certificates, or a folder of them made with 'openssl rehash', with ca_path"
            ) from None


def _adapter(server: Server) -> HTTPAdapter:
    options: dict[str, Any] = {}
    if server.authority is not None:
        options["ssl_context"] = _context_trusting(server.authority)
    if server.source_address is not None:
        options["source_address"] = (server.source_address, 0)

    class Adapter(HTTPAdapter):
        """Passes options to urllib3 that requests has no parameters for."""

        def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
            super().init_poolmanager(*arguments, **{**more, **options})
            self.poolmanager.pool_classes_by_scheme = POOLS

        def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **more, **options)
            manager.pool_classes_by_scheme = POOLS
            return manager

        def send(self, request: PreparedRequest, *arguments: Any, **more: Any) -> Response:
            if server.authority is not None:
                # With True, requests 2.32.0 to 2.32.2 would use their own SSL context instead of this one.
                more["verify"] = DEFAULT_CA_BUNDLE_PATH
            return super().send(request, *arguments, **more)

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            if server.authority is None:
                super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # so in requests' stubs
            else:
                # Without this, urllib3 would load more authorities into the context.
                conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None

    return Adapter(pool_connections=1, pool_maxsize=POOL_SIZE, max_retries=0)


def _context_trusting(authority: str) -> ssl.SSLContext:
    """An SSL context that trusts only this authority (PEM), and verifies host names as usual. Raises AnswerError."""
    context = create_urllib3_context()
    # Python 3.13 made RFC 5280's strict rules the default, but a deployment's own authority may not follow them.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(cadata=authority)
    except (ssl.SSLError, ValueError):
        raise AnswerError(
            "the certificate of the deployment's authority, which the service gave, isn't a PEM file that can be read; "
            "run again, and contact Scaleway's support if it stays so"
        ) from None
    return context
