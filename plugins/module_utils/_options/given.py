# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options are given: an empty text or null, as surveys and templates leave them, is an option that isn't.

Applied before Ansible checks types, choices and what is required, so that an empty option does what a missing one does.
So are the other ways to write an option: a text for a dictionary, and a resource as a task returned it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, TypeAlias

from ansible.module_utils.common.validation import check_type_dict

from .._client.errors import OptionError
from .._client.inference.resources import AclRule, Deployment, Endpoint, Model
from .._client.ranges import display_text
from .shared import ArgumentSpec

# An empty text says something here: a rule without a description, a text to be read by a model. Lists of such texts
# are taken as they are.
CONTENT = frozenset(("description", "input", "messages", "stop"))
# Lists from which empty elements are dropped: nothing has an empty tag.
NAMES = frozenset(("tags",))

# Stands in check mode for the ID or the URL of what an earlier task only predicted: such a task returns null for it.
PREDICTED = "(predicted)"
# The options that choose a resource by what an earlier task returned, each with those that make it needless.
Predictable: TypeAlias = "Mapping[str, Collection[str]]"

# What tasks return in lists, by an option that only the elements of such a list have: a field that tells whether an
# element was returned, as nobody writes it, and all its fields. Those that are no option aren't taken then.
_RETURNED: dict[str, tuple[str, frozenset[str]]] = {
    "private_network_id": ("id", frozenset(one.name for one in fields(Endpoint))),
    "ip": ("id", frozenset(one.name for one in fields(AclRule))),
    # An entry of a list of deployments: its ID is an option.
    "id": ("created_at", frozenset(one.name for one in fields(Deployment))),
}
# What stands for a resource where its name, or its ID, is asked for.
_NAMED_BY = {"deployment": ("id", "name"), "model": ("name",), "node_type": ("name",)}
_NAMED = re.compile(r"deployment|(?:[a-z]+_)?(model|node_type)")
# Of lists of dictionaries whose elements have no options of their own: what one looks like.
_EXAMPLES = {
    "messages": "{role: user, content: Hello}",
    "response_format": "{type: json_object}",
    "tools": "{type: function, function: {name: weather}}",
}

_NOT_GIVEN = object()


def given(
    spec: ArgumentSpec,
    params: Mapping[str, Any],
    *,
    content: Collection[str] = CONTENT,
    names: Collection[str] = NAMES,
    before: str = "",
) -> dict[str, Any]:
    """The options that are given, nested ones too; what the spec doesn't know is left for Ansible to refuse.

    A list whose elements are all empty isn't given; an empty list is, and stays empty. Raises OptionError for what is
    no dictionary where one is to be, of which Ansible wouldn't say where it stands. C(before): where the options stand.
    """
    found = {}
    for name, value in params.items():
        option = spec.get(name)
        taken = value if option is None else _taken(name, option, value, content, names, f"{before}{name}")
        if taken is not _NOT_GIVEN:
            found[name] = taken
    return found


def elements(value: object) -> list[Any]:
    """The elements of a list of dictionaries, which may be a text, as Ansible takes it: with commas between."""
    if isinstance(value, list):
        return value
    if not isinstance(value, str) or value.startswith("{"):
        return [value]
    return [part.strip() for part in value.split(",")]


def element(options: ArgumentSpec, value: Any, place: str) -> dict[str, Any]:
    """One element of a list of dictionaries. Raises OptionError that names its place, and what it should be.

    A text stands for the only option that is required: an address for a rule. What was returned by a task has fields
    that are no option.
    """
    if isinstance(value, str) and value.strip() and not _is_written_dictionary(value):
        required = [name for name, option in options.items() if option.get("required")]
        if len(required) == 1:
            return {required[0]: value.strip()}
    try:
        found: dict[str, Any] = dict(check_type_dict(value))
    except (TypeError, ValueError):
        raise OptionError(f"{place}: {_is_no_dictionary(value)}; {_remedy(options, place)}") from None
    for option, (telling, returned) in _RETURNED.items():
        if option in options and telling in found:
            found = {name: one for name, one in found.items() if name in options or name not in returned}
    return found


def _is_written_dictionary(text: str) -> bool:
    return text.startswith("{") or "=" in text


def _is_no_dictionary(value: object) -> str:
    if is_empty(value):
        return "it is empty"
    what = f"'{display_text(value)}'" if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
    return f"{what} is no dictionary"


def _remedy(options: ArgumentSpec, place: str) -> str:
    name = re.sub(r"\[\d+\]$", "", place).rpartition(".")[2]
    if options:
        return f"give a dictionary of {', '.join(options)}, or take it out"
    return f"give a dictionary, such as {_EXAMPLES.get(name, '{name: value}')}"


def with_predicted(predictable: Predictable, params: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are given, for check mode: an empty one that is to choose a resource chooses a predicted one.

    C(params): as they were written.
    """
    options = dict(found)
    for name, others in predictable.items():
        if name in params and name not in options and not any(other in options for other in others):
            options[name] = PREDICTED
    return options


def with_predicted_inside(predictable: Predictable, written: Any, found: Any) -> Any:
    """The same for the options of a dictionary, or of each in a list; anything else is left as it is."""
    if isinstance(written, Mapping) and isinstance(found, Mapping):
        return with_predicted(predictable, written, found)
    if isinstance(written, list) and isinstance(found, list):
        return [with_predicted_inside(predictable, *pair) for pair in zip(written, found, strict=True)]
    return found


def refuse_predicted(predictable: Predictable, options: Mapping[str, Any], before: str = "") -> None:
    """Raise OptionError for what stands for a predicted resource, where somebody wrote it. C(before): as in given."""
    for name in predictable:
        if options.get(name) == PREDICTED:
            raise OptionError(f"{before}{name}: '{PREDICTED}' stands for nothing; give a name or an ID")


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


def is_predicted(resource: Deployment | Endpoint | Model) -> bool:
    """Whether an earlier task would only have made it: in check mode, such a resource has no ID."""
    return not resource.id


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


def _taken(
    name: str, option: Mapping[str, Any], value: Any, content: Collection[str], names: Collection[str], place: str
) -> Any:
    is_list, options = option.get("type") == "list", option.get("options")
    if value is None or (value == "" and (is_list or name not in content)):
        return _NOT_GIVEN
    if is_list and option.get("elements") == "dict" and not isinstance(value, Mapping):
        items = elements(value)
        if name not in content and is_empty(items):
            return _NOT_GIVEN
        return [
            given(
                options or {},
                element(options or {}, item, f"{place}[{index}]"),
                content=content,
                names=names,
                before=f"{place}[{index}].",
            )
            for index, item in enumerate(items)
        ]
    if is_list and name not in content:
        # As Ansible does with a text where a list is expected.
        items = value.split(",") if isinstance(value, str) else value
        if isinstance(items, list):
            if is_empty(items):
                return _NOT_GIVEN
            if name in names:
                value = [item for item in items if not is_empty(item)]
    elif options and isinstance(value, Mapping):
        value = given(options, value, content=content, names=names, before=f"{place}.")
    elif option.get("type") == "dict" and not isinstance(value, Mapping):
        try:
            check_type_dict(value)
        except (TypeError, ValueError):
            raise OptionError(f"{place}: {_is_no_dictionary(value)}; {_remedy(options or {}, place)}") from None
    elif option.get("type") == "str" and isinstance(value, Mapping):
        value = _name_of(name, value)
    return value


def _name_of(option: str, resource: Mapping[str, Any]) -> Any:
    """The name, or the ID, of a resource that a task returned, where an option asks for that alone."""
    kind = _NAMED.fullmatch(option)
    for field in _NAMED_BY[kind[1] or kind[0]] if kind else ():
        if isinstance(resource.get(field), str):
            return resource[field]
    return resource
