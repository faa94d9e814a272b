# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile values for options, made from argument specs, and which of them are wrong without asking the service."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.ranges import MAX_LENGTH, RANGES
from ansible_collections.scaleway.inference.plugins.module_utils._options.shape import FREE_TEXTS, MAX_ELEMENTS

#: Seconds of the processor for one run of a task, an inventory or a check of variables.
MAX_SECONDS = 1.0
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ID = "105bdce1-64c0-48ab-899d-868455867ecf"
LONG = "x" * 1_000_000

T = TypeVar("T")


def deep(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


class Number(int):
    """Not quite an int."""


_NUMBERS: list[Any] = [-1, 0, 1, True, 1.5, 2**31, 2**63, -(2**63) - 1, 10**400, 10**5000, Number(7), 1e300]
_NUMBERS += [float("nan"), float("inf"), "nan", "-inf", "1e400", "1e999999999", "-1e-999999999", "0x10", "1_0", " 3\n"]
_NUMBERS += ["\u0661\u0662", "9" * 5000, "1" * 1_000_000, [0, [1], 999999999], [0, (1,), 999999999], "3s", "1h"]
_TEXTS: list[Any] = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "a\udfff",
    "\n",
    "a\r\nX-Evil: 1",
    "\x1b[2J",
    "\u202etxt",
    "e\u0301" * 99,
]
_TEXTS += [
    "\u200b",
    "\U0001f468\u200d\U0001f469",
    "\xe9\xff",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "!!python/object:os.system x",
]
_TEXTS += [
    "{a: [b",
    "a=b,c",
    "=",
    "{",
    "../../x",
    "a" * 255,
    "a" * 256,
    "a" * 8000,
    "a" * 8001,
    LONG,
    "\ud83d" * 100_000,
]
_TEXTS += ["," * 1_000_000, "{'a':" + "[" * 50_000, '{"a":' * 500 + "1" + "}" * 500]
_ADDRESSES: list[Any] = [
    "010.1.2.3",
    "1.2.3",
    "1.2.3.4/33",
    "1.2.3.4/24",
    "::1%eth0",
    "fe80::1%25x/64",
    "::ffff:1.2.3.4",
    "::/129",
]
_ADDRESSES += [
    "1.2.3.4/255.255.255.0",
    "1.2.3.4/",
    "0/0",
    "1.2.3.4 ",
    "\u0661.2.3.4",
    "2130706433",
    "300.1.1.1",
    "[::1]",
]
_IDS: list[Any] = [
    ID,
    ID.upper(),
    "{" + ID + "}",
    f"urn:uuid:{ID}",
    ID.replace("-", ""),
    f"fr-par/{ID}",
    f"xx-yyy/{ID}",
    f"{ID}\n",
]
_URLS: list[Any] = [
    "http://",
    "https://",
    "https://u:p@h",
    "https://h:99999",
    "https://h:x",
    "https://\xe9.fr",
    "https://a b",
]
_URLS += [
    "http://example.com",
    "file:///etc/passwd",
    "ftp://h",
    "//h",
    "https://[::1",
    "https://h/..",
    "https://h?a",
    "https://h#a",
]
_URLS += ["https://" + "a." * 2000 + "b", "https://h\r\nX: y", "javascript:alert(1)", "https://[fe80::1%25eth0]:9"]
_SHAPES: list[Any] = [
    None,
    [],
    {},
    [[]],
    [None],
    [""],
    {"": ""},
    {1: 2},
    {None: [True]},
    {"a": {"b": 1}},
    [1, "a", None],
]
_SHAPES += [
    deep(70),
    deep(400),
    deep(1000),
    deep(5000),
    ["x"] * 100_000,
    [{}] * 100_000,
    {str(at): at for at in range(20_000)},
]
_SHAPES += [b"\xff", {"\xe9\n": "x"}, {"\ud800": 1}, {LONG: 1}, [LONG]]
#: Names of options.
KEYS: list[Any] = ["", " ", "a\0b", "\ud800", "\xe9\r\nX: y", "\x1b[2J", "x.y[0]", LONG, 7, None, True, 1.5]
ANY: st.SearchStrategy[Any] = st.one_of(
    *(st.sampled_from(some) for some in (_NUMBERS, _TEXTS, _ADDRESSES, _IDS, _URLS, _SHAPES)),
    st.text(max_size=20),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Mn", "So", "L"]), max_size=20),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5),
)


class Drawn(NamedTuple):
    """A value for one option: the option's path, its spec and the value."""

    path: list[str]
    option: Mapping[str, Any]
    value: Any

    def __repr__(self) -> str:
        # Hypothesis shows what it draws. Python can't show all of these values.
        try:
            text = repr(self.value)[:100]
        except (RecursionError, ValueError):
            text = "too deep or too large to be shown"
        return f"{'.'.join(self.path)}: {text}"


@st.composite
def option_and_value(draw: st.DrawFn, spec: Mapping[str, Mapping[str, Any]]) -> Drawn:
    """The path of one option of the spec, nested or not, its spec, and a value for it."""
    name = draw(st.sampled_from(sorted(spec)))
    option = spec[name]
    if option.get("options") and draw(st.booleans()):
        path, inner, value = draw(option_and_value(option["options"]))
        return Drawn([name, *path], inner, value)
    return Drawn([name], option, draw(ANY))


def set_option(spec: Mapping[str, Any], options: Mapping[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    """The options with the value at the path; of a list, its first element is changed."""
    name, *rest = path
    if not rest:
        return {**options, name: value}
    inner, given = spec[name]["options"], options.get(name)
    first = given[0] if isinstance(given, list) and given else given
    changed = set_option(inner, first if isinstance(first, Mapping) else {}, rest, value)
    return {**options, name: [changed] if spec[name]["type"] == "list" else changed}


def surely_wrong(name: str, option: Mapping[str, Any], value: Any) -> bool:
    """Whether no service could take the value. By rules of its own, not those of the collection; false if in doubt."""
    kind = option.get("type")
    if value is None or value == "" or kind == "raw":
        return _too_deep(value)
    if kind in ("int", "float"):
        return _wrong_number(name, value, whole=kind == "int")
    if _too_deep(value):
        return True
    if kind == "list":
        elements = value if isinstance(value, list) else [value]
        return len(elements) > MAX_ELEMENTS or (
            option.get("elements") == "str"
            and any(_wrong_text(name, one) for one in elements if not _is_empty(one))
            and isinstance(value, list)
        )
    if kind == "bool":
        return isinstance(value, (list, dict)) or (isinstance(value, str) and len(value) > 5)
    if "choices" in option:
        return not isinstance(value, str) or value not in option["choices"]
    return kind == "str" and _wrong_text(name, value)


def _is_empty(value: Any) -> bool:
    """Whether there is nothing in a value, at any depth: such a value counts as not given."""
    return all(map(_is_empty, value)) if isinstance(value, list) and value else value is None or value == ""


def _wrong_text(name: str, value: Any) -> bool:
    if isinstance(value, list):
        return name not in FREE_TEXTS
    if not isinstance(value, str):
        return False
    if re.search("[\ud800-\udfff]", value):
        return True
    if len(value) > MAX_LENGTH and name not in FREE_TEXTS:
        return True
    if name in ("ip", "source_address"):
        try:
            ipaddress.ip_interface(value.strip())
        except ValueError:
            return True
    if name == "private_network_id":
        return not UUID.fullmatch(value.rpartition("/")[2])
    if name in ("url", "api_url"):
        return not re.match("https?://", value) or bool(re.search(r"[^!-~]|@", value))
    return False


def _wrong_number(name: str, value: Any, *, whole: bool) -> bool:
    if isinstance(value, (bool, list, dict)):
        # Ansible makes nothing of a list with nothing in it, and an error of any other.
        return True
    if isinstance(value, int):
        number = Decimal(value) if value.bit_length() < 2000 else None
    else:
        try:
            number = Decimal(str(value))
        except DecimalException:
            return True
    if number is None or not number.is_finite():
        return True
    if abs(number.adjusted()) > 400:
        return whole or number.adjusted() > 0
    allowed = RANGES.get(name)
    if allowed is not None and not allowed.holds(float(number)):
        return True
    return whole and (number != number.to_integral_value() or abs(number) > 2**64)


def _too_deep(value: Any) -> bool:
    level = [value]
    for _depth in range(66):
        level = [
            item
            for one in level
            if isinstance(one, (list, tuple, dict))
            for item in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def timed(work: Callable[[], T]) -> T:
    """The result of the work, which must not take longer than MAX_SECONDS of the processor."""
    begin = time.process_time()
    result = work()
    assert time.process_time() - begin < MAX_SECONDS
    return result
