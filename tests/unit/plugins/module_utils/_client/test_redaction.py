# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is shown in any encoding, and no ordinary word is hidden."""

from __future__ import annotations

import base64
import json
import random
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client import redaction
from ansible_collections.scaleway.inference.plugins.module_utils._client.redaction import (
    HIDDEN,
    Redactor,
    url_secrets,
    visible,
    visible_line,
)
from ansible_collections.scaleway.inference.tests.support.secrets import PIECE

SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=60)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def spelled(secret: str) -> dict[str, str]:
    """The secret in the encodings that a service, a proxy or a log may use."""
    return {
        "plain": secret,
        "quoted": quote(secret, safe=""),
        "quoted path": quote(secret),
        "form": quote_plus(secret),
        "JSON": json.dumps(secret),
        "JSON of another": json.dumps(secret, ensure_ascii=False),
        "Python": repr(secret),
        "base64": base64.b64encode(secret.encode()).decode(),
        "urlsafe": base64.urlsafe_b64encode(secret.encode()).decode(),
    }


@given(secret=SECRETS, before=TEXTS, after=TEXTS)
def test_secret_shows_in_no_spelling(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    for spelling in spelled(secret).values():
        shown = redactor.text(f"{before}{spelling}{after}")
        assert HIDDEN in shown
        assert redactor.value({spelling: [spelling, {"x": f"<{spelling}>"}]}) != {spelling: [spelling]}
    # The surrounding text may contain the secret by chance, so this is only checked without it.
    assert secret not in redactor.text(f"{secret}")


@given(secret=st.text("abcdef0123456789-", min_size=12, max_size=60), data=st.data())
def test_piece_of_a_secret_is_hidden_wherever_a_text_was_cut(secret: str, data: st.DataObject) -> None:
    cut = st.tuples(st.integers(0, len(secret)), st.integers(0, len(secret))).map(lambda at: secret[min(at) : max(at)])
    text = "".join(data.draw(st.lists(cut | st.text("abc |", max_size=9), max_size=6)))
    shown = Redactor([secret]).text(text)
    assert not [at for at in range(len(secret) - PIECE + 1) if secret[at : at + PIECE] in shown]
    if not any(secret[at : at + PIECE] in text for at in range(len(secret) - PIECE + 1)):
        assert shown == text


#: Secrets and texts of so many characters that have many pieces in common.
REPETITIVE: dict[str, Callable[[int], tuple[str, str]]] = {
    "one letter": lambda size: ("a" * size, "a" * (size - 1) + " and more"),
    "runs that are pieces": lambda size: ("a" * size, ("a" * 12 + "b") * (size // 13)),
    "runs that are none": lambda size: ("a" * size, ("a" * 11 + "b") * (size // 12)),
    "long runs": lambda size: ("a" * size, ("a" * 1_100 + "b") * (size // 1_101)),
    "two letters": lambda size: ("ab" * (size // 2), "ba" * (size // 2) + "b"),
    "no end": lambda size: ("a" * 2_000 + "b" * size, "a" * size),
}


def steps_of(work: Callable[[], object]) -> int:
    """How many lines of the redactor the work executes."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename == redaction.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("kind", REPETITIVE)
def test_work_grows_as_the_text_whatever_the_secret(kind: str) -> None:
    counts = []
    for size in (39_000, 78_000):
        secret, text = REPETITIVE[kind](size)
        redactor = Redactor([secret])
        counts.append(steps_of(partial(redactor.text, text)))
    assert counts[1] <= 2.3 * counts[0]
    assert counts[1] <= 20 * 78_000


@pytest.mark.parametrize(
    ("begin", "end"),
    [(0, 12), (1_020, 1_032), (5, 2_000), (7_988, 8_000), (30_000, 30_020), (9, 99_999), (32_000, 99_000)],
)
def test_piece_of_a_long_secret_is_hidden_as_a_whole(begin: int, end: int) -> None:
    secret = "".join(random.Random(1).choices("abcdefghij0123456789", k=100_000))
    assert Redactor([secret]).text(f"<{secret[begin:end]}|") == f"<{HIDDEN}|"


@given(secret=SECRETS, before=st.binary(max_size=9), after=st.binary(max_size=9))
def test_secret_within_base64_is_hidden_wherever_it_begins(secret: str, before: bytes, after: bytes) -> None:
    whole = before + secret.encode() + after
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = Redactor([secret]).text(encode(whole).decode())
        assert HIDDEN in shown
        # At each end, only the character that the secret shares with its neighbour stays: less than a byte of it.
        assert len(shown) - len(HIDDEN) <= len(encode(whole)) - (len(secret.encode()) - 2) * 4 // 3 + 2


@given(secret=st.text(min_size=1, max_size=3), text=st.text(max_size=30))
def test_short_secret_is_hidden_only_as_a_whole_text(secret: str, text: str) -> None:
    redactor = Redactor([secret])
    assert redactor.text(secret) == HIDDEN
    if text != secret:
        assert redactor.text(text) == text


def test_user_password_and_query_of_a_url_are_secret() -> None:
    url = "https://some-user:hunter2@example.org/vendor/model?token=to%2Fken-123&revision=main"
    redactor = Redactor(*url_secrets(url))
    shown = redactor.text(url)
    assert shown == f"https://{HIDDEN}@example.org/vendor/model?{HIDDEN}"
    for part in ("some-user", "hunter2", "to%2Fken-123", "to/ken-123"):
        assert redactor.text(f"<{part}>") == f"<{HIDDEN}>"
    basic = base64.b64encode(b"some-user:hunter2").decode()
    assert redactor.text(f"Authorization: Basic {basic}") == f"Authorization: Basic {HIDDEN}"
    assert redactor.text("the branch main of example.org") == "the branch main of example.org"


@pytest.mark.parametrize("url", ["", "https://[", "https://example.org/x", "//", "https://@/?#"])
def test_url_without_secrets_hides_nothing_else(url: str) -> None:
    assert Redactor(*url_secrets(url)).text("example.org and all the rest") == "example.org and all the rest"


@given(text=st.text(max_size=60))
def test_visible_text_has_no_control_characters(text: str) -> None:
    for shown in (visible(text), visible_line(text)):
        shown.encode("utf-8")
        assert not {char for char in shown if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0} - {"\n", "\t"}
        assert not set("\u202a\u202e\u2066\u2069\u200f\u2028") & set(shown)
    assert "\n" not in visible_line(text)
    assert all(line.startswith("  ") for line in visible(text).split("\n")[1:])


def test_control_characters_are_shown_as_escapes() -> None:
    text = "a\x1b[32mb\x7f\x9b\u202ec\rd\ne\tf\ud800é👩‍👩‍👧"
    assert visible_line(text) == r"a\x1b[32mb\x7f\x9b\u202ec\x0dd\ne" + "\tf" + r"\ud800" + "é👩‍👩‍👧"


def test_data_is_printable_and_otherwise_exact() -> None:
    data = {"a\ud800": ["\x1b[32m\n", "\udfff", 1, None, True, 1.5]}
    assert Redactor(["secret"]).value(data) == {"a\ufffd": ["\x1b[32m\n", "\ufffd", 1, None, True, 1.5]}
