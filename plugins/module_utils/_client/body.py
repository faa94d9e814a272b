# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the body of an answer within bounds: of size, packed or not, and of depth."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from .redaction import printable

if TYPE_CHECKING:
    from requests import Response

_PIECE = 64 * 1024
# Deeper than anything that the service or a model says, and less than what Python and Ansible can walk through.
MAX_DEPTH = 64
# What zlib reads gzip and deflate with alike.
_ANY_HEADER = zlib.MAX_WBITS | 32
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class TooLarge(Exception):
    """The body has more bytes than are read of any."""


class NotWhole(Exception):
    """The body ended too early."""


class NotDecodable(Exception):
    """The body is packed in a way that wasn't asked for, or isn't what it says."""


class NotJson(Exception):
    """The text isn't JSON that is taken; its own text says why. C(cut_off): it ends too early to be any."""

    def __init__(self, reason: str, *, cut_off: bool = False) -> None:
        super().__init__(reason)
        self.cut_off = cut_off


def read_body(response: Response, largest: int) -> bytearray:
    """The body, unpacked; never more than C(largest) bytes and a piece are held.

    Raises TooLarge, NotWhole, NotDecodable, and whatever requests, urllib3 and sockets do.
    """
    said = _length(response)
    packed = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if said is not None and said > largest:
        raise TooLarge
    body = bytearray()
    came = 0
    unpack = _Unpacker(packed)
    for piece in _pieces(response):
        came += len(piece)
        for part in unpack.parts(piece):
            body += part
            if len(body) > largest:
                raise TooLarge
        if came == said:
            # The connection is free by now: no need to ask whether there is more.
            break
    if (said is not None and came < said) or not unpack.is_whole():
        raise NotWhole
    return body


def parse(text: str) -> Any:
    """The JSON of an answer. Raises NotJson for what is none, and for what is too deep.

    Lone surrogates, which no terminal and no file can hold, become the replacement character.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        raise NotJson(f"{error.msg}, line {error.lineno}, column {error.colno}", cut_off=ended) from None
    except ValueError:
        # Python's limit for what it makes numbers of.
        raise NotJson("a number of thousands of digits") from None
    except RecursionError:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels") from None
    if _ESCAPED_SURROGATE.search(text):
        value = _without_surrogates(value)
    level = [value]
    for _depth in range(MAX_DEPTH + 1):
        level = [child for node in level for child in _children(node)]
        if not level:
            return value
    raise NotJson(f"nested deeper than {MAX_DEPTH} levels")


class _Unpacker:
    """Unpacks piece by piece, and never more than a piece at once."""

    def __init__(self, packed: str) -> None:
        if packed not in ("identity", "gzip", "x-gzip", "deflate"):
            raise NotDecodable
        self._zlib = None if packed == "identity" else zlib.decompressobj(_ANY_HEADER)
        self._begun = False

    def parts(self, piece: bytes) -> Iterator[bytes]:
        if self._zlib is None:
            yield piece
            return
        pending = True
        # Each turn takes from the piece or gives a part, so that it ends.
        while piece or (pending and not self._zlib.eof):
            if self._zlib.eof:
                # A gzip file may consist of several.
                self._zlib = zlib.decompressobj(_ANY_HEADER)
            self._begun = True
            try:
                part = self._zlib.decompress(piece, _PIECE)
            except zlib.error:
                raise NotDecodable from None
            left = self._zlib.unused_data or self._zlib.unconsumed_tail
            pending = len(part) == _PIECE
            if part:
                yield part
            elif piece and len(left) >= len(piece):
                raise NotDecodable
            piece = left

    def is_whole(self) -> bool:
        return self._zlib is None or not self._begun or self._zlib.eof


def _pieces(response: Response) -> Iterator[bytes]:
    while piece := response.raw.read(_PIECE, decode_content=False):
        yield piece


def _length(response: Response) -> int | None:
    """What the answer says that its body has, in bytes; null where it says nothing of use."""
    text = response.headers.get("Content-Length", "").strip()
    if "Transfer-Encoding" in response.headers or response.request.method == "HEAD":
        return None
    # More digits are more than any body has, and too many for Python to read.
    return int(text[:20]) if text.isascii() and text.isdigit() else None


def _children(node: Any) -> list[Any]:
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
