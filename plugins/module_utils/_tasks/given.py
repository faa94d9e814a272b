# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options are given: an empty text or null, as surveys and templates leave them, is an option that isn't.

Applied before Ansible checks types, choices and what is required, so that an empty option does what a missing one does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .._client.errors import OptionError
from .options import ArgumentSpec

# An empty text says something here: a rule without a description, a text to be read by a model. Lists of such texts
# are taken as they are.
CONTENT = frozenset(("description", "input", "messages", "stop"))
# Lists from which empty elements are dropped: nothing has an empty tag.
NAMES = frozenset(("tags",))

# Stands in check mode for the ID or the URL of what an earlier task only predicted: such a task returns null for it.
PREDICTED = "(predicted)"

_NOT_GIVEN = object()


def given(
    spec: ArgumentSpec,
    params: Mapping[str, Any],
    *,
    content: Collection[str] = CONTENT,
    names: Collection[str] = NAMES,
) -> dict[str, Any]:
    """The options that are given, nested ones too; what the spec doesn't know is left for Ansible to refuse.

    A list whose elements are all empty isn't given; an empty list is, and stays empty.
    """
    found = {}
    for name, value in params.items():
        option = spec.get(name)
        taken = value if option is None else _taken(name, option, value, content, names)
        if taken is not _NOT_GIVEN:
            found[name] = taken
    return found


def with_predicted(
    foretold: Mapping[str, Collection[str]], params: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[str, Any]:
    """The options that are given, for check mode: an empty one that is to choose a resource chooses a predicted one.

    foretold: the names of such options, each with the others that make it needless. C(params): as they were written.
    """
    options = dict(found)
    for name, others in foretold.items():
        if name in params and name not in options and not any(other in options for other in others):
            options[name] = PREDICTED
    return options


def complete(spec: ArgumentSpec, params: Mapping[str, Any]) -> dict[str, Any]:
    """The options as Ansible checked them, with the default, or null, for what isn't given.

    Ansible makes dictionaries of texts such as C({"model": ""}) and C(model=), so that empty options may come up late.
    """
    found = given(spec, params)
    options = {name: found.get(name, option.get("default")) for name, option in spec.items()}
    for name, option in spec.items():
        inner, value = option.get("options"), options[name]
        if inner and isinstance(value, Mapping):
            options[name] = complete(inner, value)
        elif inner and isinstance(value, list):
            options[name] = [complete(inner, one) if isinstance(one, Mapping) else one for one in value]
    return options


def is_empty(value: object) -> bool:
    """Whether a value says nothing: null, an empty text, or a list of such values alone."""
    if isinstance(value, list):
        return bool(value) and all(is_empty(item) for item in value)
    return value is None or value == ""


def refuse_empty_limits(limits: Mapping[str, tuple[str, str]], params: Mapping[str, Any]) -> None:
    """Raise OptionError for an empty option that, left out, would lift a limit.

    limits: by option, another option and the value of it with which the first one is a limit.
    """
    for name, (other, value) in limits.items():
        if name in params and is_empty(params[name]) and params.get(other) == value:
            raise OptionError(
                f"{name}: is empty, and with {other}: {value} nothing would be limited then; give a number, or leave "
                "the option out"
            )


def _taken(name: str, option: Mapping[str, Any], value: Any, content: Collection[str], names: Collection[str]) -> Any:
    is_list, options = option.get("type") == "list", option.get("options")
    if value is None or (value == "" and (is_list or name not in content)):
        return _NOT_GIVEN
    if is_list and name not in content:
        # As Ansible does with a text where a list is expected.
        items = value.split(",") if isinstance(value, str) else value
        if isinstance(items, list):
            if is_empty(items):
                return _NOT_GIVEN
            if name in names:
                value = [item for item in items if not is_empty(item)]
            elif options and not isinstance(value, str):
                value = [_nested(options, item, content, names) for item in items]
    elif options:
        value = _nested(options, value, content, names)
    return value


def _nested(options: ArgumentSpec, value: Any, content: Collection[str], names: Collection[str]) -> Any:
    return given(options, value, content=content, names=names) if isinstance(value, Mapping) else value
