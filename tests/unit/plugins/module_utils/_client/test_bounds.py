# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request ends within its timeout, and needs no more memory than its limit, whatever the server sends."""

from __future__ import annotations

import gzip
import json
import re
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import (
    AnswerError,
    InferenceError,
    RequestError,
)
from ansible_collections.scaleway.inference.plugins.module_utils._client.pages import MAX_PAGES
from ansible_collections.scaleway.inference.plugins.module_utils._client.server import service
from ansible_collections.scaleway.inference.plugins.module_utils._client.transport import Transport
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, RecordedRequest, Reply, json_reply
from ansible_collections.scaleway.inference.tests.support.certificate import self_signed
from ansible_collections.scaleway.inference.tests.support.client import make_settings, open_api, open_transport
from ansible_collections.scaleway.inference.tests.support.model_servers import CHAT, open_server

JSON_TYPE = {"Content-Type": "application/json"}
MIB = 1024 * 1024
#: The timeout of a request, and the time in which it must have ended on a busy machine, in seconds.
TIMEOUT, SOON = 1.0, 8.0


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


@contextmanager
def open_dripping(url: str, **options: object) -> Iterator[Transport]:
    """A transport with a short timeout and without retries."""
    with open_transport(url, api_timeout=TIMEOUT, api_retries=0, **options) as transport:
        yield transport


@contextmanager
def soon() -> Iterator[None]:
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < SOON


@pytest.mark.parametrize("ending", ["drip", "drip_head"])
@pytest.mark.parametrize("status", [200, 302, 500])
def test_answer_that_drips_is_cut_off(canned: CannedServer, ending: str, status: int) -> None:
    canned.answer(Reply(status, ending=ending))  # type: ignore[arg-type]  # a literal of the parameters
    with open_dripping(canned.url()) as transport, soon(), pytest.raises(RequestError) as caught:
        transport.request("POST", "/deployments", body={})
    if (ending, status) == ("drip", 302):
        assert "redirects" in str(caught.value)
    else:
        # On a busy machine, the time may be over before anything came.
        assert re.search(f"no (complete )?answer from 127.0.0.1:{canned.port} within {TIMEOUT:g} s", str(caught.value))
        assert "api_timeout" in str(caught.value)
        assert caught.value.effect_unknown


def test_model_that_drips_is_cut_off(canned: CannedServer) -> None:
    canned.answer(Reply(ending="drip"))
    with open_server(canned.url(), timeout=TIMEOUT) as server, soon(), pytest.raises(RequestError) as caught:
        server.complete(CHAT)
    assert "request_timeout" in str(caught.value)
    assert not caught.value.effect_unknown


def test_answer_over_tls_that_drips_is_cut_off(tmp_path: Path) -> None:
    own = self_signed(tmp_path, "localhost")
    with CannedServer(own.context) as server:
        server.answer(Reply(ending="drip"))
        url = server.url("localhost")
        with (
            open_dripping(url, ca_path=str(own.path)) as transport,
            soon(),
            pytest.raises(RequestError, match=f"within {TIMEOUT:g} s"),
        ):
            transport.request("GET", "/models")


def test_server_that_reads_a_request_slowly_times_out() -> None:
    """The kernel buffers some of what is sent, and nothing reads it."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with open_dripping(url) as transport, soon(), pytest.raises(RequestError):
            transport.request("POST", "/deployments", body={"name": "x" * (8 * MIB)})


def test_no_thread_is_left_of_requests(canned: CannedServer) -> None:
    before = threading.active_count()
    canned.answer(Reply(ending="drip"))
    with open_dripping(canned.url()) as transport:
        with pytest.raises(RequestError):
            transport.request("GET", "/models")
        canned.answer(json_reply({"id": "1"}))
        assert transport.request("GET", "/models").body == {"id": "1"}
    # The threads of the canned server are daemons and end by themselves.
    assert not [each for each in threading.enumerate() if not each.daemon and each is not threading.main_thread()]
    assert threading.active_count() <= before + 2


def _document(size: int) -> bytes:
    return b'{"x": "' + b"x" * (size - 9) + b'"}'


ENCODINGS = {
    "plain": lambda body: Reply(200, body, JSON_TYPE),
    "gzip": lambda body: Reply(200, gzip.compress(body, 1), {**JSON_TYPE, "Content-Encoding": "gzip"}),
    "deflate": lambda body: Reply(200, zlib.compress(body, 1), {**JSON_TYPE, "Content-Encoding": "deflate"}),
    "members": lambda body: Reply(
        200, gzip.compress(body[:1000]) + gzip.compress(body[1000:]), {**JSON_TYPE, "Content-Encoding": "x-gzip"}
    ),
    "chunks": lambda body: Reply(200, _chunked(body), {**JSON_TYPE, "Transfer-Encoding": "chunked"}, length=False),
}


def _chunked(body: bytes) -> bytes:
    pieces = [body[begin : begin + MIB] for begin in range(0, len(body), MIB)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@contextmanager
def small_transport(url: str, largest: int) -> Iterator[Transport]:
    """A transport with a limit for bodies that is small enough for quick tests."""
    with open_transport(url) as transport:
        server = replace(service(make_settings(url)), max_body_size=largest)
        with closing(transport.to(server)) as small:
            yield small


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_body_is_read_up_to_the_limit_and_refused_beyond_it(canned: CannedServer, encoding: str) -> None:
    largest = 200_000
    with small_transport(canned.url(), largest) as transport:
        canned.answer(ENCODINGS[encoding](_document(largest)))
        assert len(transport.request("GET", "/models").body["x"]) == largest - 9
        canned.answer(ENCODINGS[encoding](_document(largest + 1)))
        with pytest.raises(RequestError, match=r"the answer of the service at .* has more than") as caught:
            transport.request("POST", "/deployments", body={})
        assert len(canned.requests) == 1
        assert caught.value.effect_unknown


@given(body=st.binary(max_size=3000), repeated=st.integers(1, 200), cut=st.integers(0, 20))
def test_compressed_body_is_restored_exactly_or_refused(
    canned: CannedServer, body: bytes, repeated: int, cut: int
) -> None:
    text = json.dumps({"x": body.hex() * repeated})
    packed = gzip.compress(text.encode())
    canned.answer(Reply(200, packed[: len(packed) - cut], {**JSON_TYPE, "Content-Encoding": "gzip"}))
    with open_transport(canned.url(), api_retries=0) as transport:
        try:
            assert transport.request("GET", "/models").body == json.loads(text)
            assert cut == 0
        except RequestError as error:
            assert cut
            assert "broke off" in str(error)


def test_error_with_a_body_beyond_the_limit_is_reported_by_its_status(canned: CannedServer) -> None:
    canned.answer(Reply(403, _document(1001), JSON_TYPE))
    with small_transport(canned.url(), 1000) as transport, pytest.raises(InferenceError, match="HTTP 403"):
        transport.request("GET", "/models")


def declaring(size: int) -> Reply:
    """An answer that declares this many bytes, and is cut off after one."""
    return Reply(200, b"{", {**JSON_TYPE, "Content-Length": str(size)}, length=False)


def test_limit_is_higher_for_models_than_for_the_service(canned: CannedServer) -> None:
    with open_transport(canned.url(), api_retries=0) as transport:
        for size, words in ((32 * MIB, "broke off"), (32 * MIB + 1, "more than 32 MiB")):
            canned.answer(declaring(size))
            with pytest.raises(RequestError, match=words):
                transport.request("GET", "/models")
    with open_server(canned.url(), api_retries=0) as server:
        for size, words in ((256 * MIB, "broke off"), (256 * MIB + 1, "more than 256 MiB")):
            canned.answer(declaring(size))
            with pytest.raises(RequestError, match=words):
                server.complete(CHAT)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "aes128gcm"])
def test_encoding_that_was_not_requested_is_refused(canned: CannedServer, encoding: str) -> None:
    canned.answer(Reply(200, b"{}", {**JSON_TYPE, "Content-Encoding": encoding}))
    with open_transport(canned.url()) as transport, pytest.raises(RequestError, match="can't be unpacked"):
        transport.request("GET", "/models")
    assert canned.requests[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("length", ["\xb2", "-1", "1" * 5000, "2, 2", ""])
def test_invalid_length_is_an_error_without_a_traceback(canned: CannedServer, length: str) -> None:
    canned.answer(Reply(200, b"{}", {**JSON_TYPE, "Content-Length": length}, length=False))
    with open_transport(canned.url(), api_retries=0) as transport:
        try:
            assert transport.request("GET", "/models").body == {}
        except InferenceError as error:
            assert "GET /models" in str(error)


def test_list_without_an_end_is_an_error(canned: CannedServer) -> None:
    def page(seen: RecordedRequest) -> Reply:
        number = dict(seen.query)["page"]
        return json_reply({"node_types": [_node_type(f"L{number}")]})

    canned.answer_with(page)
    with open_api(canned.url()) as api, pytest.raises(AnswerError, match=f"more than {MAX_PAGES} pages"):
        list(api.list_node_types())
    assert len(canned.requests) == MAX_PAGES


def test_list_of_10000_in_small_pages_is_complete(canned: CannedServer) -> None:
    def page(seen: RecordedRequest) -> Reply:
        first = (int(dict(seen.query)["page"]) - 1) * 50
        items = [_node_type(f"L{number}") for number in range(first, min(first + 50, 10_000))]
        return json_reply({"node_types": items, "total_count": 10_000})

    canned.answer_with(page)
    with open_api(canned.url()) as api:
        assert len(list(api.list_node_types())) == 10_000


def _node_type(name: str) -> dict[str, object]:
    return {"name": name, "vcpus": 1, "memory": 1, "vram": 1, "gpus": 1}


PEAK = """
import resource, sys
sys.path[:0] = {path!r}
from ansible_collections.scaleway.inference.tests.support.client import open_transport
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open_transport(sys.argv[1], api_retries=0) as transport:
    try:
        transport.request("GET", "/models")
    except Exception as error:
        print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["plain", "gzip", "twice"])
def test_memory_stays_bounded(canned: CannedServer, encoding: str) -> None:
    """The body is 300 MiB of plain text, or decompresses to that, or (compressed twice) to far more."""
    body = b" " * MIB
    headers = dict(JSON_TYPE)
    if encoding != "plain":
        body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
    if encoding == "twice":
        body = gzip.compress(body * 300)
        headers["Content-Encoding"] = "gzip, gzip"
    canned.answer(Reply(200, body, headers, length=False, ending="flood"))
    command = [sys.executable, "-c", PEAK.format(path=sys.path), canned.url()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    *_errors, peak = done.stdout.splitlines()
    # 32 MiB, the spare room of a growing buffer, and what Python itself needs for a request.
    assert int(peak) < 100, done.stdout
