# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and parse the body of an answer, within `limits`."""

from __future__ import annotations

import http.client
import json
import math
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from .limits import MAX_CONTAINERS, MAX_DEPTH
from .redaction import printable

if TYPE_CHECKING:
    from requests import Response

_CHUNK = 64 * 1024
# Makes zlib detect gzip and deflate by their header.
_ANY_HEADER = zlib.MAX_WBITS | 32
NOT_UTF8 = "it has bytes that aren't UTF-8"
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class TooLarge(Exception):
    """The body is larger than the limit."""


class Incomplete(Exception):
    """The body ended before its declared or encoded end."""


class NotDecodable(Exception):
    """The body has a content encoding that wasn't requested, or doesn't match its content encoding."""


class NotJson(Exception):
    """The text isn't JSON that is accepted; the message says why. `cut_off`: the text ends too early."""

    def __init__(self, reason: str, *, cut_off: bool = False) -> None:
        super().__init__(reason)
        self.cut_off = cut_off


def read_body(response: Response, max_size: int) -> bytearray:
    """Read and decompress the body. At most `max_size` bytes and one chunk are held in memory.

    Raises TooLarge, Incomplete and NotDecodable, and what requests, urllib3 and sockets raise.
    """
    body = bytearray()
    for part in _body_parts(response, max_size, _chunks(response)):
        body += part
    return body


def stream_body(response: Response, max_size: int) -> Iterator[bytes]:
    """The decompressed body in parts, each as soon as it comes. Raises the same as `read_body`."""
    return _body_parts(response, max_size, _arriving(response))


def _body_parts(response: Response, max_size: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress the chunks of a body, and check that they are complete."""
    declared = _declared_length(response)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if declared is not None and declared > max_size:
        raise TooLarge
    size = received = 0
    decoder = _Decoder(encoding)
    for chunk in chunks:
        received += len(chunk)
        for part in decoder.decode(chunk):
            size += len(part)
            if size > max_size:
                raise TooLarge
            yield part
        if received == declared:
            # Stop here: another read would only find the end, and the connection can be reused already.
            break
    if (declared is not None and received < declared) or not decoder.is_complete():
        raise Incomplete


def parse(text: str) -> Any:
    """Parse the JSON of an answer. Raises NotJson if it is invalid, ambiguous, nested too deep or too large for memory.

    Lone surrogates become the replacement character, since they can't be written as UTF-8.
    """
    if containers(text) > MAX_CONTAINERS:
        raise NotJson(f"more than {MAX_CONTAINERS:,} objects and lists")
    try:
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        raise NotJson(f"{error.msg}, line {error.lineno}, column {error.colno}", cut_off=ended) from None
    except ValueError:
        # Python limits the digits of an integer that it converts.
        raise NotJson("a number of thousands of digits") from None
    except RecursionError:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels") from None
    _check_depth(value)
    return _without_surrogates(value) if _ESCAPED_SURROGATE.search(text) else value


def is_utf8(raw: bytes | bytearray) -> bool:
    """Whether the bytes are text. JSON in another encoding isn't guessed, since a name could turn into another one."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def containers(text: str) -> int:
    """How many objects and lists the text may hold; brackets within its strings count too."""
    return text.count("{") + text.count("[")


def _check_depth(value: Any) -> None:
    level = [value]
    for _depth in range(MAX_DEPTH + 1):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise NotJson(f"nested deeper than {MAX_DEPTH} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object from its fields. Raises NotJson for a field that occurs twice, since readers differ in which counts."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise NotJson("an object with the same field twice")
    return fields


class _Decoder:
    """Decodes a body chunk by chunk, and yields at most a chunk's size at once."""

    def __init__(self, encoding: str) -> None:
        if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
            raise NotDecodable
        self._zlib = None if encoding == "identity" else zlib.decompressobj(_ANY_HEADER)
        self._started = False

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        if self._zlib is None:
            yield chunk
            return
        pending = True
        # The loop ends, since each round consumes input, yields output, or raises.
        while chunk or (pending and not self._zlib.eof):
            if self._zlib.eof:
                # A gzip stream may have several members (RFC 1952, 2.2).
                self._zlib = zlib.decompressobj(_ANY_HEADER)
            self._started = True
            try:
                part = self._zlib.decompress(chunk, _CHUNK)
            except zlib.error:
                raise NotDecodable from None
            rest = self._zlib.unused_data or self._zlib.unconsumed_tail
            pending = len(part) == _CHUNK
            if part:
                yield part
            elif chunk and len(rest) >= len(chunk):
                raise NotDecodable
            chunk = rest

    def is_complete(self) -> bool:
        return self._zlib is None or not self._started or self._zlib.eof


def _chunks(response: Response) -> Iterator[bytes]:
    while chunk := response.raw.read(_CHUNK, decode_content=False):
        yield chunk


def _arriving(response: Response) -> Iterator[bytes]:
    """The body in pieces as they come. urllib3 waits for all of a piece's size, so http.client is asked."""
    source: Any = response.raw._fp
    try:
        while piece := source.read1(_CHUNK):
            yield piece
    except http.client.IncompleteRead:
        raise Incomplete from None


def _declared_length(response: Response) -> int | None:
    """The body's length in bytes by its `Content-Length`; null if there is none that can be used."""
    text = response.headers.get("Content-Length", "").strip()
    if "Transfer-Encoding" in response.headers or response.request.method == "HEAD":
        return None
    # 20 digits are more than any body has; Python refuses to convert thousands.
    return int(text[:20]) if text.isascii() and text.isdigit() else None


def _children(node: Any) -> list[Any]:
    """The objects and lists directly below this one. Raises NotJson for an infinite number among the values."""
    if isinstance(node, dict):
        inner: Any = node.values()
    elif isinstance(node, list):
        inner = node
    else:
        return []
    if math.inf in inner or -math.inf in inner:
        raise NotJson("a number that no float can hold")
    return [child for child in inner if isinstance(child, (dict, list))]


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant}, which JSON doesn't have")
