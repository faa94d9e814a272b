# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS: which authorities the client trusts, and the errors for the others."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import InferenceError, RequestError
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, json_reply
from ansible_collections.scaleway.inference.tests.support.certificate import SelfSigned, self_signed
from ansible_collections.scaleway.inference.tests.support.client import SECRET_KEY, open_transport, without_proxies
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.model_servers import open_server

HOST = "api.service.test"
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> SelfSigned:
    """The certificate that the server uses."""
    return self_signed(tmp_path_factory.mktemp("own"), "localhost", HOST)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> SelfSigned:
    """A certificate for the same names that the server doesn't use."""
    return self_signed(tmp_path_factory.mktemp("stranger"), "localhost", HOST)


@pytest.fixture(scope="module")
def secure(own: SelfSigned) -> Iterator[CannedServer]:
    with CannedServer(own.context) as server:
        yield server


@pytest.fixture(autouse=True)
def _network(monkeypatch: pytest.MonkeyPatch) -> None:
    """HOST resolves to this machine, and the environment has no proxy and no bundle of certificates."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == HOST else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    without_proxies(monkeypatch)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", HOST])
def test_unknown_authority_is_refused_once_with_the_remedy(secure: CannedServer, clock: ManualClock, host: str) -> None:
    secure.answer(json_reply({}))
    before = secure.connections
    with open_transport(secure.url(host), clock) as transport, pytest.raises(RequestError) as caught:
        transport.request("GET", "/models")
    for part in ("GET /models", f"the certificate of {host}:{secure.port} can't be verified", "ca_path"):
        assert part in str(caught.value)
    assert (secure.requests, secure.connections - before, clock.sleeps) == ([], 1, [])
    assert (caught.value.transient, caught.value.effect_unknown) == (False, False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", HOST])
def test_authority_of_ca_path_is_trusted(secure: CannedServer, own: SelfSigned, host: str) -> None:
    secure.answer(json_reply({"id": "1"}))
    with open_transport(secure.url(host), ca_path=str(own.path)) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}
    assert secure.requests[0].headers["x-auth-token"] == SECRET_KEY


@pytest.mark.parametrize("host", ["127.0.0.1", HOST])
def test_validate_certs_false_trusts_anybody(secure: CannedServer, host: str) -> None:
    secure.answer(json_reply({"id": "1"}))
    with open_transport(secure.url(host), validate_certs=False) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}


def test_certificate_of_another_name_is_refused(own: SelfSigned, tmp_path: Path) -> None:
    wrong = self_signed(tmp_path, "another.test", address="127.0.0.2")
    with (
        CannedServer(wrong.context) as server,
        open_transport(server.url(), ca_path=str(wrong.path)) as transport,
        pytest.raises(RequestError, match="can't be verified"),
    ):
        transport.request("GET", "/models")
    assert server.requests == []


@pytest.mark.parametrize("bundle", BUNDLES)
def test_ca_path_has_precedence_over_the_bundle_of_the_environment(
    secure: CannedServer, own: SelfSigned, stranger: SelfSigned, monkeypatch: pytest.MonkeyPatch, bundle: str
) -> None:
    secure.answer(json_reply({"id": "1"}))
    monkeypatch.setenv(bundle, str(stranger.path))
    with open_transport(secure.url(HOST), ca_path=str(own.path)) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}
    monkeypatch.setenv(bundle, str(own.path))
    with (
        open_transport(secure.url(HOST), ca_path=str(stranger.path)) as transport,
        pytest.raises(RequestError, match="can't be verified"),
    ):
        transport.request("GET", "/models")
    assert len(secure.requests) == 1


def test_validate_certs_has_precedence_over_the_bundle_of_the_environment(
    secure: CannedServer, stranger: SelfSigned, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.answer(json_reply({"id": "1"}))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stranger.path))
    with open_transport(secure.url(HOST), validate_certs=False) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}


@pytest.mark.parametrize("bundle", BUNDLES)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", HOST])
def test_bundle_of_the_environment_is_used_without_an_option(
    secure: CannedServer, own: SelfSigned, monkeypatch: pytest.MonkeyPatch, host: str, bundle: str
) -> None:
    secure.answer(json_reply({"id": "1"}))
    monkeypatch.setenv(bundle, str(own.path))
    with open_transport(secure.url(host)) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}
    with open_server(secure.url(host)) as server:
        secure.answer(json_reply({"data": [{"id": "vendor/model"}]}))
        assert server.models() == ["vendor/model"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", HOST])
def test_first_bundle_of_the_environment_is_used(
    secure: CannedServer, own: SelfSigned, stranger: SelfSigned, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    secure.answer(json_reply({"id": "1"}))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own.path))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(stranger.path))
    with open_transport(secure.url(host)) as transport:
        assert transport.request("GET", "/models").body == {"id": "1"}
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stranger.path))
    with open_transport(secure.url(host)) as transport, pytest.raises(RequestError, match="can't be verified"):
        transport.request("GET", "/models")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", HOST])
def test_environment_gives_authorities_but_neither_proxies_nor_credentials(
    secure: CannedServer, own: SelfSigned, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str
) -> None:
    """Off loopback, proxies are used; no_proxy excludes HOST here."""
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {host} login me password hunter2\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own.path))
    with CannedServer() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url())
        monkeypatch.setenv("no_proxy", HOST)
        secure.answer(json_reply({"data": []}))
        with open_transport(secure.url(host)) as transport:
            transport.request("GET", "/models")
        with open_server(secure.url(host), with_key=False) as server:
            server.models()
        assert proxy.connections == 0
    assert ["authorization" in seen.headers for seen in secure.requests] == [False, False]


@pytest.mark.parametrize("bundle", BUNDLES)
@pytest.mark.parametrize("host", ["127.0.0.1", HOST])
def test_bundle_of_the_environment_that_is_missing_is_reported(
    secure: CannedServer, monkeypatch: pytest.MonkeyPatch, host: str, bundle: str
) -> None:
    monkeypatch.setenv(bundle, "/nonexistent/bundle.pem")
    with open_transport(secure.url(host)) as transport, pytest.raises(InferenceError) as caught:
        transport.request("GET", "/models")
    for part in (f"{bundle} names '/nonexistent/bundle.pem', which doesn't exist", "ca_path"):
        assert part in str(caught.value)
    with open_transport(secure.url(host), validate_certs=False) as transport:
        transport.request("GET", "/models")


def test_bundle_of_the_environment_without_certificates_is_reported(
    secure: CannedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("no certificate here\n", encoding="utf-8")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(path))
    with open_transport(secure.url()) as transport, pytest.raises(RequestError) as caught:
        transport.request("GET", "/models")
    assert f"CURL_CA_BUNDLE names '{path}', which holds no certificates" in str(caught.value)


def test_ca_path_without_certificates_is_reported(secure: CannedServer, clock: ManualClock, tmp_path: Path) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("no certificate here\n", encoding="utf-8")
    secure.answer(json_reply({}))
    with open_transport(secure.url(), clock, ca_path=str(path)) as transport, pytest.raises(InferenceError) as caught:
        transport.request("GET", "/models")
    assert "ca_path" in str(caught.value)
    assert (secure.requests, clock.sleeps) == ([], [])
