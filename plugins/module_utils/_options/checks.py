# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the options of every task, at any depth: their ranges, what can be sent, IDs, and which are secret."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._client.body import MAX_DEPTH
from .._client.errors import InferenceError, OptionError
from .._client.ranges import check_range, range_of
from .._client.redaction import Redactor, url_secrets
from .._client.settings import id_in_region, is_uuid
from .entries import identity
from .given import CONTENT, complete
from .shared import ArgumentSpec, Params

# What Ansible shows of an option that is secret.
HIDDEN_OPTION = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
# Of numbers that Python can't convert, which Ansible's own check of types doesn't expect.
TOO_LONG = "One of the options is a number that can't be read: it is infinite, or has too many digits; give another."
# Texts that are free: blanks may be meant.
_FREE = CONTENT | {"prompt", "system", "tool_choice"}
_IDS = frozenset(("id", "deployment", "model"))
_SURROGATE = re.compile("[\ud800-\udfff]")
# As JSON: more than any number of a request has, and less than Python refuses to write.
_MOST_BITS = 1024


def check_options(spec: ArgumentSpec, params: Params, entries: str = "") -> tuple[dict[str, Any], dict[int, str]]:
    """The options, and what is wrong with entries of the list C(entries), by position: those are emptied.

    Raises OptionError or SettingsError for another value that is out of its range, or that no request can carry.
    """

    def check(spec: ArgumentSpec, params: Params, before: str) -> dict[str, Any]:
        for place, name, option, value in _walk(spec, params, before):
            allowed = range_of(name, option.get("type"))
            if allowed is not None and isinstance(value, (int, float)):
                check_range(place, allowed, value, value)
            elif "options" not in option:
                _check_sendable(place, value, MAX_DEPTH)
                _check_not_blank(place, name, option, value)
        return dict(params)

    return _each(spec, params, entries, check)


def without_regions(
    spec: ArgumentSpec, params: Params, region: str, entries: str = ""
) -> tuple[dict[str, Any], dict[int, str]]:
    """The same, with IDs as the service has them: Terraform, for one, shows C(fr-par/ID).

    Raises OptionError for the ID of something in another region.
    """

    def read(spec: ArgumentSpec, params: Params, before: str) -> dict[str, Any]:
        found = dict(params)
        for name, option in spec.items():
            value, inner = params.get(name), option.get("options")
            if inner and isinstance(value, Mapping):
                found[name] = read(inner, value, f"{before}{name}.")
            elif inner and isinstance(value, list):
                found[name] = [read(inner, one, f"{before}{name}[{at}].") for at, one in enumerate(value)]
            elif isinstance(value, str) and (name.endswith("_id") or name in _IDS):
                found[name] = id_in_region(value, region, f"{before}{name}")
        return found

    return _each(spec, params, entries, read)


def _each(
    spec: ArgumentSpec, params: Params, entries: str, work: Callable[[ArgumentSpec, Params, str], dict[str, Any]]
) -> tuple[dict[str, Any], dict[int, str]]:
    """Do the work on all options, but on each entry of the list by itself; errors of entries by their position."""
    if not params.get(entries):
        return work(spec, params, ""), {}
    inner = spec[entries]["options"]
    refused: dict[int, str] = {}
    done: list[dict[str, Any]] = []
    for position, entry in enumerate(params[entries]):
        try:
            done.append(work(inner, entry, ""))
        except InferenceError as error:
            refused[position] = str(error)
            done.append(complete(inner, identity(entry)))
    others = work({name: option for name, option in spec.items() if name != entries}, params, "")
    return {**params, **others, entries: done}, refused


def task_redactor(spec: ArgumentSpec, params: Params, environ: Mapping[str, str]) -> Redactor:
    """Hides the secrets of the options and of the environment; those of the file are added once it is read."""
    redactor = Redactor(filter(None, (environ.get(name) for name in ("SCW_SECRET_KEY", "SCW_ACCESS_KEY"))))
    for _place, name, option, value in _walk(spec, params):
        if option.get("no_log"):
            redactor.add(_texts(value))
        elif name.endswith("url") and isinstance(value, str):
            redactor.add(*url_secrets(value))
    return redactor


def shown_params(spec: ArgumentSpec, params: Params, redactor: Redactor) -> dict[str, Any]:
    """The options as the invocation shows them."""
    shown: dict[str, Any] = {}
    for key, value in params.items():
        option = spec.get(key, {})
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


def _walk(spec: ArgumentSpec, params: Params, before: str = "") -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Each option that is given, those within others too: its place in words, name, spec and value."""
    for name, option in spec.items():
        value = params.get(name)
        if value is None:
            continue
        place = f"{before}{name}"
        yield place, name, option, value
        inner = option.get("options")
        if inner and isinstance(value, Mapping):
            yield from _walk(inner, value, f"{place}.")
        elif inner and isinstance(value, list):
            for index, one in enumerate(value):
                if isinstance(one, Mapping):
                    yield from _walk(inner, one, f"{place}[{index}].")


def _check_sendable(place: str, value: Any, deep: int) -> None:
    if isinstance(value, str):
        found = _SURROGATE.search(value)
        if found:
            raise OptionError(
                f"{place}: holds the half of a character (U+{ord(found[0]):04X}), which no request can carry; give "
                "text in UTF-8"
            )
    elif isinstance(value, float) and not math.isfinite(value):
        raise OptionError(f"{place}: {value} is no number that JSON has; give another")
    elif isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise OptionError(f"{place}: the number is too long to be sent; give another")
    elif isinstance(value, (list, Mapping)):
        if not deep:
            raise OptionError(f"{place}: is nested deeper than {MAX_DEPTH} levels; give flatter values")
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            _check_sendable(place, key, deep)
            _check_sendable(f"{place}[{key}]" if deep == MAX_DEPTH else place, item, deep - 1)


def _check_not_blank(place: str, name: str, option: Mapping[str, Any], value: Any) -> None:
    """Blanks look like nothing, and yet would be taken for a name, an ID and the like."""
    if isinstance(value, str) and value and not value.strip() and name not in _FREE and not option.get("no_log"):
        raise OptionError(f"{place}: holds nothing but blanks, so the {name} is missing; give one")


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value; numbers as they are written."""
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
        raise OptionError(f"{option}: '{value}' isn't an ID (a UUID such as 6c68b256-ef4a-48d2-a794-9b63b5c6ba5d)")
