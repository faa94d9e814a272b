# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private endpoint is verified with its deployment's own authority, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import AnswerError, RequestError
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, json_reply
from ansible_collections.scaleway.inference.tests.support.certificate import SelfSigned, self_signed
from ansible_collections.scaleway.inference.tests.support.client import without_proxies
from ansible_collections.scaleway.inference.tests.support.model_servers import CHAT, completion, open_server


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> SelfSigned:
    return self_signed(tmp_path_factory.mktemp("own"), "localhost")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> SelfSigned:
    return self_signed(tmp_path_factory.mktemp("stranger"), "localhost")


@pytest.fixture
def secure(own: SelfSigned, monkeypatch: pytest.MonkeyPatch) -> Iterator[CannedServer]:
    without_proxies(monkeypatch)
    with CannedServer(own.context) as server:
        server.answer(json_reply(completion()))
        yield server


def pem(certificate: SelfSigned) -> str:
    return certificate.path.read_text(encoding="ascii")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_deployments_own_authority_is_trusted(secure: CannedServer, own: SelfSigned, host: str) -> None:
    with open_server(secure.url(host), authority=pem(own)) as server:
        assert server.complete(CHAT).content == "Yes."


def test_no_other_authority_is_trusted(
    secure: CannedServer, own: SelfSigned, stranger: SelfSigned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own.path))
    with (
        open_server(secure.url(), authority=pem(stranger), ca_path=str(own.path)) as server,
        pytest.raises(RequestError, match=r"can't be verified: .*; the deployment's own authority didn't sign it"),
    ):
        server.complete(CHAT)
    assert secure.requests == []


def test_bundle_of_the_environment_is_ignored(
    secure: CannedServer, own: SelfSigned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent/bundle.pem")
    with open_server(secure.url(), authority=pem(own)) as server:
        assert server.complete(CHAT).content == "Yes."


def test_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    wrong = self_signed(tmp_path, "another.test", address="127.0.0.2")
    with (
        CannedServer(wrong.context) as server,
        open_server(server.url(), authority=pem(wrong)) as asked,
        pytest.raises(RequestError, match=r"can't be verified: it isn't for this name, 127\.0\.0\.1"),
    ):
        asked.complete(CHAT)


@pytest.mark.parametrize("authority", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_authority_that_is_not_a_certificate_is_reported(authority: str) -> None:
    with (
        pytest.raises(AnswerError, match="isn't a PEM file"),
        open_server("https://127.0.0.1", authority=authority),
    ):
        pass


def test_without_an_authority_certificates_are_verified_as_the_services_are(
    secure: CannedServer, own: SelfSigned
) -> None:
    with (
        open_server(secure.url()) as server,
        pytest.raises(
            RequestError, match=r"can't be verified: it is self-signed, .*; name the right authority with ca_path"
        ),
    ):
        server.complete(CHAT)
    with open_server(secure.url(), ca_path=str(own.path)) as server:
        assert server.complete(CHAT).content == "Yes."
    with open_server(secure.url(), validate_certs=False) as server:
        assert server.complete(CHAT).content == "Yes."
