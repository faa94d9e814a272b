# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors name the failure, the value and the remedy, both for the service and for an endpoint."""

from __future__ import annotations

import select
import socket
import socketserver
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import (
    AnswerError,
    InferenceError,
    RequestError,
)
from ansible_collections.scaleway.inference.tests.support.canned import (
    RESET,
    SILENCE,
    CannedServer,
    Reply,
    closed_port,
    json_reply,
    raw_server,
    serving,
)
from ansible_collections.scaleway.inference.tests.support.certificate import self_signed
from ansible_collections.scaleway.inference.tests.support.client import open_api, open_transport, without_proxies
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.model_servers import CHAT, open_server

#: Sends a request to a URL that fails, and returns the error.
Ask = Callable[..., InferenceError]
HOST = "models.service.test"
DEPLOYMENT_ID = "0d0d0d0d-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def _network(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


def _service(url: str, **options: Any) -> InferenceError:
    clock = options.pop("clock", None)
    with open_transport(url, clock, **options) as transport, pytest.raises(InferenceError) as caught:
        transport.request("POST", "/deployments", body={"name": "x"})
    return caught.value


def _endpoint(url: str, **options: Any) -> InferenceError:
    options["timeout"] = options.pop("api_timeout", 5)
    with open_server(url, options.pop("clock", None), **options) as server, pytest.raises(InferenceError) as caught:
        server.complete(CHAT)
    return caught.value


#: By name: how to send a request, the name in messages, and the option that the URL comes from.
SERVERS: dict[str, tuple[Ask, str, str]] = {
    "service": (_service, "the service", "api_url"),
    "endpoint": (_endpoint, "the endpoint", "url"),
}
each_server = pytest.mark.parametrize(("ask", "name", "where"), SERVERS.values(), ids=SERVERS)


@contextmanager
def serving_certificate(
    folder: Path, days: tuple[int, int], *names: str, address: str = "127.0.0.1"
) -> Iterator[tuple[str, str]]:
    """Serve with a certificate of these dates (days from now) and names. Yields its URL and the certificate's file."""
    own = self_signed(folder, *names, address=address, days=days)
    with CannedServer(own.context) as server:
        yield server.url(), str(own.path)


#: By case: the dates of the certificate, its address, whether it is trusted, and words in and not in the error.
CERTIFICATES: dict[str, tuple[tuple[int, int], str, bool, tuple[str, ...], tuple[str, ...]]] = {
    "expired": ((-3, -1), "127.0.0.1", True, ("has expired", "renewed", "clock"), ("authority with", "self-signed")),
    "not yet valid": ((1, 3), "127.0.0.1", True, ("isn't valid yet", "clock"), ("expired", "self-signed")),
    "another name": ((-1, 1), "127.0.0.2", True, ("isn't for this name, 127.0.0.1", "check"), ("expired", "ca_path")),
    "unknown": ((-1, 1), "127.0.0.1", False, ("is self-signed", "requests knows", "ca_path"), ("expired", "name,")),
}


@each_server
@pytest.mark.parametrize("case", CERTIFICATES)
def test_error_says_what_is_wrong_with_a_certificate(
    tmp_path: Path, clock: ManualClock, ask: Ask, name: str, where: str, case: str
) -> None:
    days, address, trusted, expected, unexpected = CERTIFICATES[case]
    with serving_certificate(tmp_path, days, address=address) as (url, path):
        error = ask(url, clock=clock, **({"ca_path": path} if trusted else {}))
    host = url.removeprefix("https://")
    for part in (f"the certificate of {host} can't be verified: ", *expected):
        assert part in str(error)
    assert not [part for part in (*unexpected, "run again") if part in str(error)]
    assert (error.transient, error.effect_unknown, clock.sleeps) == (False, False, [])


@each_server
def test_authorities_that_are_trusted_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask, name: str, where: str
) -> None:
    (tmp_path / "other").mkdir()
    other = str(self_signed(tmp_path / "other").path)
    with serving_certificate(tmp_path, (-1, 1)) as (url, _path):
        assert f"not among those of ca_path ({other})" in str(ask(url, ca_path=other))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", other)
        assert f"not among those of REQUESTS_CA_BUNDLE ({other})" in str(ask(url))


@pytest.mark.parametrize(
    ("days", "expected"), [((-3, -1), "has expired"), ((1, 3), "isn't valid yet")], ids=["expired", "not yet valid"]
)
def test_error_says_what_is_wrong_with_the_authority_of_a_deployment(
    tmp_path: Path, days: tuple[int, int], expected: str
) -> None:
    with serving_certificate(tmp_path, days) as (url, path):
        error = _endpoint(url, authority=Path(path).read_text(encoding="ascii"))
    assert expected in str(error)
    assert "didn't sign it" not in str(error)


#: A server that doesn't fit the URL: how to start it, the URL's scheme, words in the error, whether to run again.
WRONG_SERVERS: dict[str, tuple[Callable[[], AbstractContextManager[int]], str, tuple[str, ...], bool]] = {
    "http for https": (
        lambda: raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        "https",
        ("doesn't speak TLS", "begin the URL with http://", "name the port that does"),
        False,
    ),
    "silence for https": (
        lambda: raw_server(None),
        "https",
        ("no TLS from", "does it speak TLS", "within 0.5 s"),
        True,
    ),
    "end for https": (
        lambda: raw_server(b""),
        "https",
        ("TLS handshake", "broke off", "check that it speaks TLS"),
        True,
    ),
    "TLS for http": (
        lambda: raw_server(b"\x15\x03\x01\x00\x02\x02\x46"),
        "http",
        ("speaks TLS", "begin the URL with https://"),
        False,
    ),
    "SSH": (
        lambda: raw_server(b"SSH-2.0-OpenSSH_9.6\r\n"),
        "http",
        ("doesn't speak HTTP", "SSH-2.0-OpenSSH_9.6"),
        False,
    ),
}


@each_server
@pytest.mark.parametrize("case", WRONG_SERVERS)
def test_server_with_another_protocol_is_reported(
    clock: ManualClock, ask: Ask, name: str, where: str, case: str
) -> None:
    serve, scheme, expected, run_again = WRONG_SERVERS[case]
    with serve() as port:
        timeout = 0.5 if "silence" in case else 30
        error = ask(f"{scheme}://127.0.0.1:{port}", clock=clock, api_timeout=timeout, api_retries=1)
    for part in (f"127.0.0.1:{port}", where, *expected):
        assert part in str(error)
    assert ("run again" in str(error).lower()) == run_again
    if scheme == "https":
        # Nothing was sent, so a creation may be repeated.
        assert not error.effect_unknown


def test_server_that_asks_for_a_client_certificate_is_reported(tmp_path: Path) -> None:
    own = self_signed(tmp_path)
    # With TLS 1.3, the server would only close the connection after the handshake.
    own.context.maximum_version = ssl.TLSVersion.TLSv1_2
    own.context.verify_mode = ssl.CERT_REQUIRED
    own.context.load_verify_locations(own.path)
    with CannedServer(own.context) as server:
        error = _service(server.url(), ca_path=str(own.path))
    for part in ("TLS handshake", "handshake failure", "client's certificate", "api_url"):
        assert part in str(error)
    assert (error.transient, error.effect_unknown) == (False, False)


@each_server
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_reason_of_a_connection_that_failed_is_not_cut_off(ask: Ask, name: str, where: str, scheme: str) -> None:
    port = closed_port()
    error = ask(f"{scheme}://127.0.0.1:{port}", api_retries=0)
    assert (
        f"can't connect to 127.0.0.1:{port}: Connection refused; check that it runs on this machine, and {where}"
        in str(error)
    )


@pytest.mark.parametrize("length", [1, 100])
def test_name_that_is_not_known_is_reported(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    def resolve(*_arguments: Any, **_options: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    error = _service(f"https://{'a.' * length}test", api_retries=0)
    assert ": Name or service not known; check the network, the proxy settings and api_url" in str(error)


@each_server
def test_no_answer_is_distinguished_from_an_incomplete_one(ask: Ask, name: str, where: str) -> None:
    seen: dict[str, str] = {}
    cases = {
        "none": SILENCE,
        "some": Reply(ending="drip"),
        "reset": RESET,
        "cut": Reply(200, b'{"x": 1', {"Content-Type": "application/json"}, "cut"),
    }
    with CannedServer() as server:
        for case, reply in cases.items():
            server.answer(reply)
            seen[case] = str(ask(server.url(), api_timeout=0.3, api_retries=0))
    assert ": no answer from 127.0.0.1" in seen["none"]
    assert ": no complete answer from 127.0.0.1" in seen["some"]
    assert "broke off without an answer (Connection reset by peer)" in seen["reset"]
    assert "broke off before the answer was complete" in seen["cut"]


#: By case: an answer that isn't as documented, and words in the error.
MALFORMED: dict[str, tuple[Reply, str]] = {
    "list": (json_reply([]), "isn't as documented: the answer: expected an object, got a list"),
    "null": (json_reply(None), "isn't as documented: the answer: expected an object, got nothing"),
    "HTML": (
        Reply(200, b"<style>p {}</style><p>Log in", {"Content-Type": "text/html"}),
        ": Log in; something else may",
    ),
    "half": (Reply(200, b'{"a', {"Content-Type": "application/json"}), "was cut off"),
    "NaN": (Reply(200, b'{"a": NaN}', {"Content-Type": "application/json"}), "(NaN, which JSON doesn't have)"),
    "packed": (Reply(200, b"x", {"Content-Encoding": "zstd"}), "can't be unpacked (Content-Encoding 'zstd'"),
}


@pytest.mark.parametrize("request_id", ["", "7e900e57-0000-4000-8000-000000000002"])
@pytest.mark.parametrize("case", MALFORMED)
@each_server
def test_malformed_answer_is_reported_with_the_server(
    ask: Ask, name: str, where: str, case: str, request_id: str
) -> None:
    reply, expected = MALFORMED[case]
    headers = {**reply.headers, **({"X-Request-Id": request_id} if request_id else {})}
    other = {"the service": "the endpoint", "the endpoint": "the service"}[name]
    with CannedServer() as server:
        server.answer(Reply(reply.status, reply.body, headers))
        if ask is _service:
            with open_api(server.url(), api_retries=0) as api, pytest.raises(InferenceError) as caught:
                api.get_deployment(DEPLOYMENT_ID)
            error = caught.value
        else:
            error = ask(server.url(), api_retries=0)
    for part in (f"the answer of {name} at 127.0.0.1:{server.port} ", expected):
        assert part in str(error)
    assert other not in str(error)
    assert ("request ID" in str(error)) == bool(request_id)
    assert (error.details()["request_id"] or "") == request_id


def test_path_and_value_of_a_wrong_number_are_reported() -> None:
    with CannedServer() as server, open_server(server.url()) as asked:
        server.answer(json_reply({"data": [{"index": 0.5, "embedding": [1]}]}))
        with pytest.raises(AnswerError, match=r"the answer\.data\[0\]\.index: expected a whole number, got 0\.5"):
            asked.embed({"model": "m", "input": ["a"]})
        server.answer(json_reply({"data": [{"index": 0, "embedding": [1, "2"]}]}))
        with pytest.raises(AnswerError, match=r"data\[0\]\.embedding\[1\]: expected a number .*, got a string"):
            asked.embed({"model": "m", "input": ["a"]})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [{"x": float("-inf")}]], ids=["NaN", "infinite", "deep"])
def test_number_that_cannot_be_sent_is_not_blamed_on_certificates(value: object) -> None:
    with CannedServer() as server, open_transport(server.url()) as transport, pytest.raises(RequestError) as caught:
        transport.request("POST", "/deployments", body={"x": value})
    assert "can't be written" in str(caught.value)
    assert "NaN, infinite numbers" in str(caught.value)
    assert "ca_path" not in str(caught.value)
    assert (server.connections, caught.value.effect_unknown) == (0, False)


def test_lone_surrogate_that_cannot_be_sent_is_not_blamed_on_certificates() -> None:
    with CannedServer() as server, open_transport(server.url()) as transport, pytest.raises(RequestError) as caught:
        transport.request("GET", "/deployments", query=[("name", "a\ud800")])
    assert "halves of characters" in str(caught.value)
    assert "ca_path" not in str(caught.value)
    assert server.connections == 0


#: The status and the body of a gateway's answer, and words in the error.
GATEWAYS = [
    (403, b"<html><h1>Blocked by policy 7</h1>", "Blocked by policy 7"),
    (404, b"404 page not found", "404 page not found"),
    (409, b'{"message": "the name is taken"}', "the name is taken"),
    (429, b"slow down", "slow down"),
    (502, b"<title>502 Bad Gateway</title>", "502 Bad Gateway"),
    (503, b"no healthy upstream", "no healthy upstream"),
]


@each_server
@pytest.mark.parametrize(
    ("status", "body", "expected"), GATEWAYS, ids=[str(status) for status, _body, _words in GATEWAYS]
)
def test_message_of_a_gateway_is_shown(
    ask: Ask, name: str, where: str, status: int, body: bytes, expected: str
) -> None:
    with CannedServer() as server:
        server.answer(Reply(status, body))
        error = ask(server.url(), api_retries=0)
    assert expected in str(error)
    assert "request ID" not in str(error)


# Proxies


def _use_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)


@each_server
def test_proxy_is_named_with_what_it_says_and_without_its_password(
    monkeypatch: pytest.MonkeyPatch, clock: ManualClock, ask: Ask, name: str, where: str
) -> None:
    port = closed_port()
    _use_proxy(monkeypatch, f"http://me:hunter2@127.0.0.1:{port}")
    refused = str(ask(f"https://{HOST}", clock=clock, api_retries=1))
    assert f"can't connect to {HOST} through the proxy 127.0.0.1:{port}: Connection refused" in refused
    assert len(clock.sleeps) == 1
    with CannedServer() as server:
        _use_proxy(monkeypatch, server.url().replace("//", "//me:hunter2@"))
        server.answer(Reply(407))
        denied = str(ask(f"https://{HOST}", clock=clock, api_retries=1))
        server.answer(Reply(503))
        broken = str(ask(f"https://{HOST}", clock=clock, api_retries=0))
    assert "Tunnel connection failed: 407" in denied
    assert "the user and the password that it asks for in https_proxy" in denied
    assert "Tunnel connection failed: 503" in broken
    # A proxy that refuses isn't asked again.
    assert len(clock.sleeps) == 1
    assert "hunter2" not in refused + denied + broken


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        ("http://me:hunter2@[127.0.0.1", "the proxy that the environment names can't be used"),
        ("socks5://me:hunter2@127.0.0.1:1", "PySocks"),
        ("https://me:hunter2@127.0.0.1:{plain}", "begin https_proxy with http://"),
    ],
    ids=["no URL", "SOCKS", "TLS to a plain one"],
)
def test_proxy_that_cannot_be_used_is_reported_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str, expected: str
) -> None:
    with raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        _use_proxy(monkeypatch, proxy.format(plain=port))
        error = _service(f"https://{HOST}", api_retries=0)
    assert expected in str(error)
    assert "hunter2" not in str(error)
    assert not error.effect_unknown


def test_certificate_behind_a_proxy_is_the_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy is a tunnel to a server whose certificate has expired."""
    with ExitStack() as stack:
        url, path = stack.enter_context(serving_certificate(tmp_path, (-3, -1), HOST))
        tunnel = stack.enter_context(_tunnel(int(url.rpartition(":")[2])))
        _use_proxy(monkeypatch, f"http://127.0.0.1:{tunnel}")
        error = _service(f"https://{HOST}", ca_path=path, api_retries=0)
    assert f"the certificate of {HOST} can't be verified: it, or that of its authority, has expired" in str(error)
    assert not error.effect_unknown


@contextmanager
def _tunnel(port: int) -> Iterator[int]:
    """A proxy that forwards every tunnel to this port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            with socket.create_connection(("127.0.0.1", port), 10) as other:
                pairs = {self.connection: other, other: self.connection}
                for _piece in range(1000):
                    ready = select.select(list(pairs), [], [], 10)[0]
                    if not ready:
                        return
                    data = ready[0].recv(65536)
                    if not data:
                        return
                    pairs[ready[0]].sendall(data)

    with serving(Handler) as proxy_port:
        yield proxy_port
