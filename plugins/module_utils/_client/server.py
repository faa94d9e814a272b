# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a transport talks to, and the session for that: what it shows, whom it trusts, where it comes from."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from .deadline import POOLS
from .errors import AnswerError, InferenceError
from .inference.errors import api_error
from .settings import Settings, is_loopback

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3 import disable_warnings
    from urllib3.exceptions import InsecureRequestWarning
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    # Told by transport.py.
    pass

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

# Connections that are kept open: as many as a task has threads.
POOL_SIZE = 50
# The largest body of an answer in bytes, unpacked: far more than any list page of the service has.
LARGEST_BODY = 32 * 1024 * 1024
# Where requests looks for authorities; as curl does, for the second.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class ErrorReader(Protocol):
    """Makes the error of an answer with a status of 400 or more; C(body) is its JSON, or anything else."""

    def __call__(self, *, route: str, status: int, request_id: str | None, body: object) -> InferenceError: ...


@dataclass(frozen=True)
class Server:
    """One server. Times in seconds; C(read_timeout) is for the whole of a request, from connecting to the last byte.

    base: the URL that the paths of requests are appended to
    credentials: the headers that open it
    where, timeout_option: what to check when it isn't reached, and what to raise when it is slow, for messages
    authority: PEM; where it is given, it is trusted instead of C(ca_path) and of those that C(requests) knows
    source_address: the address of this machine that requests come from; null leaves it to the system
    lasting: whether a POST may leave something behind
    largest_body: how many bytes an answer may have, unpacked
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
    largest_body: int = LARGEST_BODY

    @property
    def host(self) -> str:
        """Its host and port, for messages."""
        return urlsplit(self.base).netloc

    def __str__(self) -> str:
        return f"{self.name} at {self.host}"


def authorities(settings: Settings) -> tuple[str | None, str]:
    """The file or the folder of the authorities that are trusted, and who named it; null for those of requests."""
    if settings.ca_path:
        return settings.ca_path, "ca_path"
    for variable in _BUNDLES:
        if os.environ.get(variable):
            return os.environ[variable], variable
    return None, ""


def service(settings: Settings) -> Server:
    """The service itself, in the region of the settings."""
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
    """A session for one server. Raises AnswerError for an authority that is no certificate."""

    def authenticate(request: PreparedRequest) -> PreparedRequest:
        # As an auth callable rather than session headers: it also keeps .netrc's credentials out.
        request.headers.update(server.credentials)
        return request

    session = requests.Session()
    session.auth = authenticate
    # Only what transport.py unpacks by itself, as that alone bounds what comes out of a few bytes.
    session.headers.update({"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"})
    # Redirects are refused; to look for their target, requests would read the whole of their body.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]  # requests has no option for it
    # The environment's proxies are for the network: through them, http:// to this machine would carry the key abroad.
    # Nothing else is lost: authorities are given with each request.
    session.trust_env = not is_loopback(urlsplit(server.base).hostname)
    if not settings.validate_certs:
        # The task itself warns, once; urllib3 would with each request, to whatever standard error is here.
        disable_warnings(InsecureRequestWarning)
    adapter = _adapter(server)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _adapter(server: Server) -> HTTPAdapter:
    options: dict[str, Any] = {}
    if server.authority is not None:
        options["ssl_context"] = _trusting(server.authority)
    if server.source_address is not None:
        options["source_address"] = (server.source_address, 0)

    class Adapter(HTTPAdapter):
        """Connects with the options of urllib3 that requests has no words for."""

        def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
            super().init_poolmanager(*arguments, **{**more, **options})
            self.poolmanager.pool_classes_by_scheme = POOLS

        def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **more, **options)
            manager.pool_classes_by_scheme = POOLS
            return manager

        def send(self, request: PreparedRequest, *arguments: Any, **more: Any) -> Response:
            if server.authority is not None:
                # For "true", requests 2.32.0 to 2.32.2 would take a context of their own.
                more["verify"] = DEFAULT_CA_BUNDLE_PATH
            return super().send(request, *arguments, **more)

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            if server.authority is None:
                super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # so in requests' stubs
            else:
                # urllib3 would add these to the context, and so trust more than the one authority.
                conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None

    return Adapter(pool_connections=1, pool_maxsize=POOL_SIZE, max_retries=0)


def _trusting(authority: str) -> ssl.SSLContext:
    """A context that verifies certificates by this authority alone; names are verified as everywhere."""
    context = create_urllib3_context()
    # What Python 3.13 adds for public authorities: one of a deployment's own may leave out fields that they must have.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(cadata=authority)
    except (ssl.SSLError, ValueError):
        raise AnswerError(
            "the certificate of the deployment's authority, which the service gave, isn't a PEM file that can be read; "
            "run again, and contact Scaleway's support if it stays so"
        ) from None
    return context
