# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a text may show: no secret in whatever spelling, and no character that a terminal obeys."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN = "********"
# A shorter secret is hidden only where it is the whole of a text: within others it would blank out ordinary words.
SHORTEST = 5
# The same for what may be a secret, or an ordinary word: users and values in a URL.
SHORTEST_IN_URL = 8
# The part of base64 that doesn't depend on what stands beside the secret; shorter ones occur by chance.
_SHORTEST_BASE64 = 6

# All but tab and line feed of C0, DEL, C1, line separators, marks of direction, and halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

T = TypeVar("T")


def visible(text: str) -> str:
    """The text with each character that a terminal would obey shown as its escape, such as C(\\x1b).

    A line break stays, but the next line is indented, so that none can pass for a line of Ansible's own.
    """
    return _CONTROL.sub(_escape, text).replace("\n", "\n  ")


def visible_line(text: str) -> str:
    """The same for a text that is one line; its line breaks are shown as C(\\n)."""
    return _CONTROL.sub(_escape, text).replace("\n", "\\n")


def printable(text: str) -> str:
    """The text without lone surrogates, which can't be written as UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


def url_secrets(url: str) -> tuple[list[str], list[str]]:
    """What of a URL is secret: what is hidden anywhere, and what may be an ordinary word if it is short."""
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
    except ValueError:
        return [url], []
    always = [parts.query, parts.fragment, password or ""]
    perhaps = [user or "", *(pair.rpartition("=")[2] for pair in parts.query.split("&"))]
    userinfo = parts.netloc.rpartition("@")[0]
    # Basic authentication sends the pair in base64.
    always += [userinfo] if password is not None else []
    perhaps += [userinfo]
    return _with_unquoted(always), _with_unquoted(perhaps)


class Redactor:
    """Hides secrets in whatever leaves a task.

    secrets: hidden anywhere unless they are too short; perhaps: hidden only if they are too long for an ordinary word.
    """

    def __init__(self, secrets: Iterable[str] = (), perhaps: Iterable[str] = ()) -> None:
        self._exact: set[str] = set()
        self.spellings: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.add(secrets, perhaps)

    def add(self, secrets: Iterable[str], perhaps: Iterable[str] = ()) -> None:
        """Hide these too."""
        exact = {one for one in secrets if one}
        self._exact |= exact
        for one in {*exact, *(one for one in perhaps if len(one) >= SHORTEST_IN_URL)}:
            if len(one) >= SHORTEST:
                self.spellings.update(_spellings(one))
        # The longest first: a part of a secret may be a secret too.
        longest_first = sorted(self.spellings, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        if text in self._exact:
            return HIDDEN
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def value(self, value: T) -> T:
        """The same data with each text redacted and printable, the keys of mappings too."""
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
    """How the secret may be spelled where it is echoed."""
    raw = secret.encode("utf-8", errors="surrogatepass")
    yield secret
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield re.sub("%..", lambda found: found[0].lower(), quoted)
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    yield from escaped
    # JSON within JSON, as in the message of a gateway that quotes a whole request.
    yield from (json.dumps(one)[1:-1] for one in escaped)
    for plain in {base64.b64encode(raw).decode(), *_base64_parts(raw)}:
        yield plain
        yield plain.replace("+", "-").replace("/", "_")
        yield quote(plain, safe="")


def _base64_parts(raw: bytes) -> Iterator[str]:
    """What the base64 of any longer text has that holds these bytes: by their place in it, there are three."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        # The characters that hold bits of these bytes alone, each of 6 bits.
        first, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        if end - first >= _SHORTEST_BASE64:
            yield encoded[first:end]


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
