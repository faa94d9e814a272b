# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make texts safe to show: hide secrets in any encoding, and escape control characters."""

from __future__ import annotations

import base64
import html
import json
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN = "********"
# A shorter secret is hidden only if it is a whole text: within other texts it would blank out ordinary words.
MIN_LENGTH = 5
# The same limit for parts of a URL that may be a secret or an ordinary word, such as the user.
MIN_LENGTH_IN_URL = 8
# So many characters of a secret in a row are hidden too: who sends a text may have cut it in the middle of a secret.
MIN_PIECE = 12
# A text is searched for pieces in steps of so many characters: each piece holds a whole step, wherever it begins.
_STEP = MIN_PIECE // 2
# How much of a secret is looked for in pieces: all of those that an option takes, in any encoding. Of a longer one,
# which is never sent, a piece that reaches that far is followed to its end.
_MAX_PIECES_OF = 32_768
# The same limit for the characters of base64 that don't depend on a secret's neighbours: shorter ones occur by chance.
_MIN_BASE64_LENGTH = 6

# A longer text would make the pattern take seconds to build; it is replaced by itself.
_MAX_IN_PATTERN = 1_000

# C0 without tab and line feed, DEL, C1, line separators, direction marks, and lone surrogates.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_GO_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})

T = TypeVar("T")


def visible(text: str) -> str:
    """The text with control characters shown as escapes, such as `\\x1b`.

    The line after a line break is indented, so that it can't be mistaken for one of Ansible's own.
    """
    return _CONTROL.sub(_escape, text).replace("\n", "\n  ")


def visible_line(text: str) -> str:
    """The text on one line, with control characters and line breaks shown as escapes."""
    return _CONTROL.sub(_escape, text).replace("\n", "\\n")


def printable(text: str) -> str:
    """The text without lone surrogates, which can't be written as UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


def url_secrets(url: str) -> tuple[list[str], list[str], list[str]]:
    """The parts of a URL: secrets, those that may be secrets or ordinary words, and secrets that are made of words."""
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
    except ValueError:
        return [url], [], []
    possible = [user or "", *(pair.rpartition("=")[2] for pair in parts.query.split("&"))]
    userinfo = parts.netloc.rpartition("@")[0]
    # Basic authentication sends both in base64, as one text.
    secrets = [password, userinfo] if password else []
    possible += [userinfo]
    return _with_unquoted(secrets), _with_unquoted(possible), _with_unquoted([parts.query, parts.fragment])


class Redactor:
    """Hides secrets in what a task shows, writes or returns.

    secrets: hidden anywhere, and so are MIN_PIECE of their characters in a row; shorter ones than MIN_LENGTH only as a
        whole text
    possible: texts that may be secrets or ordinary words, hidden only from MIN_LENGTH_IN_URL characters on
    whole: as C(secrets), but without their pieces, which may be ordinary words
    """

    def __init__(self, secrets: Iterable[str] = (), possible: Iterable[str] = (), whole: Iterable[str] = ()) -> None:
        self._exact: set[str] = set()
        self._spellings: set[str] = set()
        self._in_pieces: set[str] = set()
        self._long: list[str] = []
        self._pattern: re.Pattern[str] | None = None
        # Of MIN_PIECE and of _STEP characters.
        self._pieces: set[str] = set()
        self._steps: set[str] = set()
        # What follows the last piece of a long spelling, by that piece.
        self._rests: dict[str, set[str]] = {}
        self.add(secrets, possible, whole)

    def add(self, secrets: Iterable[str], possible: Iterable[str] = (), whole: Iterable[str] = ()) -> None:
        """Hide these as well."""
        split = {secret for secret in secrets if secret}
        exact = {*split, *(secret for secret in whole if secret)}
        before = len(self._spellings)
        self._exact |= {*exact, *(secret.strip() for secret in exact)} - {""}
        for secret in {*exact, *(text for text in possible if len(text) >= MIN_LENGTH_IN_URL)}:
            spellings = {one for one in _spellings(secret) if len(one) >= MIN_LENGTH}
            if secret in split:
                for spelling in spellings - self._in_pieces:
                    self._add_pieces(spelling)
                self._in_pieces |= spellings
            self._spellings |= spellings
        if len(self._spellings) == before:
            return
        # The longest first, since a secret may contain another one.
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._long = [spelling for spelling in longest_first if len(spelling) > _MAX_IN_PATTERN]
        short = longest_first[len(self._long) :]
        self._pattern = re.compile("|".join(map(re.escape, short))) if short else None

    def _add_pieces(self, spelling: str) -> None:
        begin, rest = spelling[:_MAX_PIECES_OF], spelling[_MAX_PIECES_OF:]
        if len(begin) < MIN_PIECE:
            return
        self._pieces.update(begin[at : at + MIN_PIECE] for at in range(len(begin) - MIN_PIECE + 1))
        self._steps.update(begin[at : at + _STEP] for at in range(len(begin) - _STEP + 1))
        if rest:
            self._rests.setdefault(begin[-MIN_PIECE:], set()).add(rest)

    def text(self, text: str) -> str:
        """The text with each secret replaced by asterisks."""
        if text in self._exact:
            return HIDDEN
        if not self._spellings:
            return text
        for spelling in self._long:
            text = text.replace(spelling, HIDDEN)
        return self._without_pieces(text if self._pattern is None else self._pattern.sub(HIDDEN, text))

    def _without_pieces(self, text: str) -> str:
        """The text without pieces of secrets, in a time that grows as its length, whatever it and the secrets are."""
        kept: list[str] = []
        end = 0
        for at in range(0, len(text) - _STEP + 1, _STEP):
            if end >= at + MIN_PIECE or text[at : at + _STEP] not in self._steps:
                continue
            for first in range(max(at - _STEP, end - MIN_PIECE + 1, 0), at + 1):
                piece = text[first : first + MIN_PIECE]
                if first + MIN_PIECE > end and piece in self._pieces:
                    if first > end or not kept:
                        kept += [text[end:first], HIDDEN]
                    last = first + MIN_PIECE
                    end = max((_end_of_same(text, last, rest) for rest in self._rests.get(piece, ())), default=last)
        return "".join([*kept, text[end:]])

    def check_exception(self, error: Exception) -> None:
        """Raise RuntimeError in place of an exception whose text, or that of a cause, has a secret."""
        shown = "".join(traceback.format_exception(error))
        if self.text(shown) != shown:
            text = "".join(traceback.format_exception_only(error)).strip()
            raise RuntimeError(self.text(text)).with_traceback(error.__traceback__) from None

    def value(self, value: T) -> T:
        """The data with each text redacted and printable, including the keys of mappings. Tuples become lists."""
        return cast(T, self._value(value))

    def fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The data as C(value), with its own keys as they are: names of fields, which a secret may be equal to."""
        return {name: self._value(item) for name, item in fields.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return printable(self.text(value))
        if isinstance(value, dict):
            return {self._value(key): self._value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._value(item) for item in value]
        return value


def _with_unquoted(texts: Iterable[str]) -> list[str]:
    return [spelling for text in texts if text for spelling in dict.fromkeys((text, unquote(text)))]


def _end_of_same(text: str, start: int, rest: str) -> int:
    """Where the text, from C(start) on, ceases to be what C(rest) begins with."""
    same, width, found = 0, MIN_PIECE, True
    # Twice as much is compared each time, and half as much once it differs.
    while width:
        part = rest[same : same + width]
        equal = text[start + same : start + same + width] == part
        same += len(part) if equal else 0
        found = found and equal and bool(part)
        width = width * 2 if found else width // 2
    return start + same


def _spellings(secret: str) -> Iterator[str]:
    """The encodings in which a secret may be echoed: itself, URL-quoted, as JSON, in HTML and in base64."""
    # A secret read from a file may end with a line break, which few send back.
    for text in {secret, secret.strip()} - {""}:
        yield from _encoded(text)


def _encoded(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", errors="surrogatepass")
    yield secret
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield re.sub("%..", lambda found: found[0].lower(), quoted)
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    # What the encoders of Go and PHP escape besides.
    escaped |= {text.translate(_GO_ESCAPES) for text in escaped} | {text.replace("/", "\\/") for text in escaped}
    yield from escaped
    marked = html.escape(secret)
    yield from (marked, html.escape(secret, quote=False))
    yield marked.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    yield marked.replace("&#x27;", "&#39;")
    # JSON within JSON, as in the message of a gateway that quotes a request.
    yield from (json.dumps(text)[1:-1] for text in escaped)
    for plain in {base64.b64encode(raw).decode(), *_base64_parts(raw)}:
        yield plain
        yield plain.replace("+", "-").replace("/", "_")
        yield quote(plain, safe="")


def _base64_parts(raw: bytes) -> Iterator[str]:
    """What these bytes look like in the base64 of a longer text, for each of the three possible alignments."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        # Only the characters that hold no bits of a neighbour; each holds 6 bits.
        first, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        if end - first >= _MIN_BASE64_LENGTH:
            yield encoded[first:end]


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
