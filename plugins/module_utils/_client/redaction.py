# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make texts safe to show: hide secrets in any encoding, and escape control characters."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN = "********"
# A shorter secret is hidden only if it is a whole text: within other texts it would blank out ordinary words.
MIN_LENGTH = 5
# The same limit for parts of a URL that may be a secret or an ordinary word, such as the user.
MIN_LENGTH_IN_URL = 8
# The same limit for the characters of base64 that don't depend on a secret's neighbours: shorter ones occur by chance.
_MIN_BASE64_LENGTH = 6

# A longer text would make the pattern take seconds to build; it is replaced by itself.
_MAX_IN_PATTERN = 1_000

# C0 without tab and line feed, DEL, C1, line separators, direction marks, and lone surrogates.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

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


def url_secrets(url: str) -> tuple[list[str], list[str]]:
    """The parts of a URL that are secrets, and those that may be secrets or ordinary words."""
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
    except ValueError:
        return [url], []
    secrets = [parts.query, parts.fragment, password or ""]
    possible = [user or "", *(pair.rpartition("=")[2] for pair in parts.query.split("&"))]
    userinfo = parts.netloc.rpartition("@")[0]
    # Basic authentication sends both in base64, as one text.
    secrets += [userinfo] if password is not None else []
    possible += [userinfo]
    return _with_unquoted(secrets), _with_unquoted(possible)


class Redactor:
    """Hides secrets in what a task shows, writes or returns.

    secrets: hidden anywhere, but only as a whole text if they are shorter than MIN_LENGTH
    possible: texts that may be secrets or ordinary words, hidden only from MIN_LENGTH_IN_URL characters on
    """

    def __init__(self, secrets: Iterable[str] = (), possible: Iterable[str] = ()) -> None:
        self._exact: set[str] = set()
        self.spellings: set[str] = set()
        self._long: list[str] = []
        self._pattern: re.Pattern[str] | None = None
        self.add(secrets, possible)

    def add(self, secrets: Iterable[str], possible: Iterable[str] = ()) -> None:
        """Hide these as well."""
        exact = {secret for secret in secrets if secret}
        self._exact |= exact
        for secret in {*exact, *(text for text in possible if len(text) >= MIN_LENGTH_IN_URL)}:
            if len(secret) >= MIN_LENGTH:
                self.spellings.update(_spellings(secret))
        # The longest first, since a secret may contain another one.
        longest_first = sorted(self.spellings, key=len, reverse=True)
        self._long = [spelling for spelling in longest_first if len(spelling) > _MAX_IN_PATTERN]
        short = longest_first[len(self._long) :]
        self._pattern = re.compile("|".join(map(re.escape, short))) if short else None

    def text(self, text: str) -> str:
        """The text with each secret replaced by asterisks."""
        if text in self._exact:
            return HIDDEN
        for spelling in self._long:
            text = text.replace(spelling, HIDDEN)
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def value(self, value: T) -> T:
        """The data with each text redacted and printable, including the keys of mappings. Tuples become lists."""
        return cast(T, self._value(value))

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


def _spellings(secret: str) -> Iterator[str]:
    """The encodings in which a secret may be echoed: itself, URL-quoted, as JSON and in base64."""
    raw = secret.encode("utf-8", errors="surrogatepass")
    yield secret
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield re.sub("%..", lambda found: found[0].lower(), quoted)
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    yield from escaped
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
