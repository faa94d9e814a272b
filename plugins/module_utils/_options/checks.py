# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the options of every task, at any depth: ranges, values that JSON can't hold, IDs, and secrets."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._client.errors import InferenceError, OptionError
from .._client.ids import id_in_region, is_uuid
from .._client.limits import MAX_DEPTH
from .._client.ranges import check_range, display_text, range_of
from .._client.redaction import Redactor, url_secrets
from .entries import identifying_options
from .normalize import fill_defaults
from .shape import FREE_TEXTS, MAX_BITS
from .shared import ArgumentSpec, Params

# What Ansible shows instead of the value of a secret option.
HIDDEN_OPTION = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
# The error for numbers that Python can't convert; Ansible's own type check crashes on them.
UNREADABLE_NUMBER = (
    "One of the options is a number that can't be read: it is infinite, or has too many digits; give another."
)
# Options whose text may consist of blanks.
_BLANK_TEXTS = FREE_TEXTS | {"tool_choice"}
# The variables of proxies, whose URLs may hold a user and a password; also in capitals.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_IDS = frozenset(("id", "deployment", "model"))
_SURROGATE = re.compile("[\ud800-\udfff]")


def check_options(spec: ArgumentSpec, params: Params, entries: str = "") -> tuple[dict[str, Any], dict[int, str]]:
    """Check ranges, and that values can be sent; return the options, and the errors of entries by their position.

    entries: the name of a list whose entries are checked one by one; of a wrong one only its name or ID is kept.
    Raises OptionError or SettingsError for any other value that is out of range or can't be sent.
    """

    def check(spec: ArgumentSpec, params: Params, prefix: str) -> dict[str, Any]:
        for path, name, option, value in _walk(spec, params, prefix):
            allowed = range_of(name, option.get("type"))
            if allowed is not None and isinstance(value, (int, float)):
                check_range(path, allowed, value, value)
            elif "options" not in option:
                check_sendable(path, value)
                _check_not_blank(path, name, option, value)
        return dict(params)

    return _by_entries(spec, params, entries, check)


def without_regions(
    spec: ArgumentSpec, params: Params, region: str | None, entries: str = ""
) -> tuple[dict[str, Any], dict[int, str]]:
    """The options with IDs as the service has them, without a region: Terraform, for one, shows C(fr-par/ID).

    region: null if it isn't known. Returns errors of entries as C(check_options). Raises OptionError for the ID of a
    resource in another region.
    """

    def read(spec: ArgumentSpec, params: Params, prefix: str) -> dict[str, Any]:
        found = dict(params)
        for name, option in spec.items():
            value, inner = params.get(name), option.get("options")
            if inner and isinstance(value, Mapping):
                found[name] = read(inner, value, f"{prefix}{name}.")
            elif inner and isinstance(value, list):
                found[name] = [read(inner, one, f"{prefix}{name}[{at}].") for at, one in enumerate(value)]
            elif isinstance(value, str) and (name.endswith("_id") or name in _IDS):
                found[name] = id_in_region(value, region, f"{prefix}{name}")
        return found

    return _by_entries(spec, params, entries, read)


def _by_entries(
    spec: ArgumentSpec, params: Params, entries: str, work: Callable[[ArgumentSpec, Params, str], dict[str, Any]]
) -> tuple[dict[str, Any], dict[int, str]]:
    """Apply C(work) to the options, and to each entry of the list C(entries) by itself; return errors by position."""
    if not params.get(entries):
        return work(spec, params, ""), {}
    inner = spec[entries]["options"]
    errors: dict[int, str] = {}
    done: list[dict[str, Any]] = []
    for position, entry in enumerate(params[entries]):
        try:
            done.append(work(inner, entry, ""))
        except InferenceError as error:
            errors[position] = str(error)
            done.append(fill_defaults(inner, identifying_options(entry)))
    others = work({name: option for name, option in spec.items() if name != entries}, params, "")
    return {**params, **others, entries: done}, errors


def task_redactor(spec: ArgumentSpec, params: Params, environ: Mapping[str, str]) -> Redactor:
    """A redactor for the secrets of options and environment; the caller adds those of the configuration file."""
    redactor = Redactor(filter(None, (environ.get(name) for name in ("SCW_SECRET_KEY", "SCW_ACCESS_KEY"))))
    for variable in _PROXIES:
        for proxy in filter(None, (environ.get(variable), environ.get(variable.upper()))):
            redactor.add(*url_secrets(proxy if "//" in proxy else f"//{proxy}"))
    redactor.add(secret_options(spec, params))
    for _path, name, option, value in _walk(spec, params):
        if name.endswith("url") and isinstance(value, str) and not option.get("no_log"):
            redactor.add(*url_secrets(value))
    return redactor


def secret_options(spec: ArgumentSpec, params: Params) -> list[str]:
    """The texts in secret options, at any depth."""
    return [
        text for _path, _name, option, value in _walk(spec, params) if option.get("no_log") for text in _texts(value)
    ]


def shown_params(spec: ArgumentSpec, params: Params, redactor: Redactor) -> dict[str, Any]:
    """The options as the C(invocation) of a result shows them, without secrets.

    What isn't an option may be a secret one that is misspelt.
    """
    shown: dict[str, Any] = {}
    for key, value in params.items():
        option = spec.get(key, {"no_log": True})
        inner = option.get("options")
        if option.get("no_log") and value is not None:
            shown[key] = HIDDEN_OPTION
        elif inner and isinstance(value, Mapping):
            shown[key] = shown_params(inner, value, redactor)
        elif inner and isinstance(value, list):
            shown[key] = [
                shown_params(inner, one, redactor) if isinstance(one, Mapping) else redactor.value(one) for one in value
            ]
        else:
            shown[key] = redactor.value(value)
    return shown


def _walk(spec: ArgumentSpec, params: Params, prefix: str = "") -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Each option that is given, nested ones too: its path such as C(rules[0].ip), name, spec and value."""
    for name, option in spec.items():
        value = params.get(name)
        if value is None:
            continue
        path = f"{prefix}{name}"
        yield path, name, option, value
        inner = option.get("options")
        if inner and isinstance(value, Mapping):
            yield from _walk(inner, value, f"{path}.")
        elif inner and isinstance(value, list):
            for index, one in enumerate(value):
                if isinstance(one, Mapping):
                    yield from _walk(inner, one, f"{path}[{index}].")


def check_sendable(path: str, value: Any, depth: int = MAX_DEPTH) -> None:
    """Raise OptionError for a value that JSON can't hold, or that is nested more than C(depth) levels deep."""
    if isinstance(value, str):
        found = _SURROGATE.search(value)
        if found:
            raise OptionError(
                f"{path}: holds the half of a character (U+{ord(found[0]):04X}), which no request can carry; give "
                "text in UTF-8"
            )
    elif isinstance(value, float) and not math.isfinite(value):
        raise OptionError(f"{path}: {value} is no number that JSON has; give another")
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise OptionError(f"{path}: the number is too long to be sent; give another")
    elif isinstance(value, (list, Mapping)):
        if not depth:
            raise OptionError(f"{path}: is nested deeper than {MAX_DEPTH} levels; give flatter values")
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            check_sendable(path, key, depth)
            check_sendable(f"{path}[{key}]" if depth == MAX_DEPTH else path, item, depth - 1)


def _check_not_blank(path: str, name: str, option: Mapping[str, Any], value: Any) -> None:
    """Raise OptionError for a text of blanks, which Ansible would take for a name or an ID."""
    if isinstance(value, str) and value and not value.strip() and name not in _BLANK_TEXTS and not option.get("no_log"):
        raise OptionError(f"{path}: holds nothing but blanks, so the {name} is missing; give one")


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, at any depth; numbers as text."""
    if isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def require_uuid(option: str, value: str) -> None:
    """Raise OptionError unless the value has the form of an ID."""
    if not is_uuid(value):
        raise OptionError(
            f"{option}: '{display_text(value)}' isn't an ID (a UUID such as 6c68b256-ef4a-48d2-a794-9b63b5c6ba5d)"
        )


def parse_source_address(text: str | None) -> str | None:
    """The option source_address. Raises OptionError unless it is an address."""
    if text is None:
        return None
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise OptionError(
            f"source_address: '{display_text(text)}' isn't an address of this machine, such as 192.0.2.10"
        ) from None
