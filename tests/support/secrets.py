# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Search texts and files for secrets, whole and in pieces, in the encodings in which they may be echoed.

On purpose without the code of the collection that hides them.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

#: So many characters of a secret in a row are a leak; a shorter secret only as a whole.
PIECE = 12
#: A shorter secret is looked for nowhere: it is part of ordinary words.
SHORTEST = 5
_HALF = PIECE // 2


def encodings(secret: str) -> dict[str, str]:
    """The secret in the encodings that a service, a gateway or a log may use, by their names."""
    raw = secret.encode()
    return {
        "plain": secret,
        "URL": quote(secret, safe=""),
        "URL path": quote(secret),
        "form": quote_plus(secret),
        "JSON": json.dumps(secret)[1:-1],
        "JSON in UTF-8": json.dumps(secret, ensure_ascii=False)[1:-1],
        "JSON in JSON": json.dumps(json.dumps(secret))[3:-3],
        "Python": repr(secret)[1:-1],
        "HTML": html.escape(secret),
        # Without the characters that it shares with its neighbours.
        **{f"base64 after {before}": _within_base64(raw, before) for before in range(3)},
        "base64 for URLs": base64.urlsafe_b64encode(raw).decode().rstrip("=")[:-1],
    }


def _within_base64(raw: bytes, before: int) -> str:
    encoded = base64.b64encode(b"." * before + raw + b"..").decode()
    return encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def echo(secret: str) -> str:
    """A text as of a service that gives the secret back in each way: encoded, cut at either end, and within base64."""
    spelled = encodings(secret)
    middle = len(secret) // 2
    around = [base64.b64encode(f"{before}{secret}:x".encode()).decode() for before in ("", "a", "ab")]
    return " | ".join([*spelled.values(), *around, f"Bearer {secret}", secret[: middle + 6], secret[middle - 6 :]])


class Secrets:
    """Secrets to search for, by what they are."""

    def __init__(self, **secrets: str) -> None:
        #: What is searched for: the name of the secret, and how it is encoded.
        self._needles: dict[str, tuple[str, str]] = {}
        for name, secret in secrets.items():
            assert len(secret.strip()) >= SHORTEST, name
            for encoding, text in (*encodings(secret).items(), *encodings(secret.strip()).items()):
                for piece in _pieces(text):
                    self._needles.setdefault(piece, (name, encoding))
        self._short = {needle for needle in self._needles if len(needle) < PIECE}
        # Of whatever holds a piece, one of the stretches of half its length does, counted from the beginning.
        self._halves = {needle[at : at + _HALF] for needle in self._needles for at in range(len(needle) - _HALF + 1)}

    def leaks(self, text: str) -> list[str]:
        """What of the secrets the text holds, with its surroundings; each secret and encoding once."""
        found: dict[tuple[str, str], str] = {}
        for at in self._places(text):
            where = self._needles.get(text[at : at + PIECE], ("short", "plain"))
            around = text[max(0, at - 80) : at + PIECE + 40]
            found.setdefault(where, f"{where[0]} ({where[1]}): …{around}…")
        return list(found.values())

    def _places(self, text: str) -> Iterator[int]:
        for needle in self._short:
            if needle in text:
                yield text.index(needle)
        for half in range(0, len(text), _HALF):
            if text[half : half + _HALF] in self._halves:
                for at in range(max(0, half - _HALF), half + 1):
                    if text[at : at + PIECE] in self._needles:
                        yield at

    def leaks_in_value(self, value: object) -> list[str]:
        """The same for data, as JSON and as it is displayed."""
        return self.leaks(json.dumps(value, default=str, ensure_ascii=False) + "".join(_texts(value)))

    def leaks_in_files(self, folder: Path, *without: str) -> list[str]:
        """The same for all files below a folder and their names, without those of the given names."""
        return [
            f"{path}: {leak}"
            for path in sorted(folder.rglob("*"))
            if path.name not in without
            for leak in [*self.leaks(path.name), *(self.leaks(_read(path)) if path.is_file() else ())]
        ]


def _pieces(text: str) -> Iterator[str]:
    if len(text) < PIECE:
        yield from [text] if len(text) >= SHORTEST else []
        return
    for start in range(len(text) - PIECE + 1):
        yield text[start : start + PIECE]


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value + "\n"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
