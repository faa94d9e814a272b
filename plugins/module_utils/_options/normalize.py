# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings options into the form that Ansible checks, before it checks types, choices and what is required.

An empty text or null, as surveys and templates leave it, counts as an option that isn't given. A text may stand for a
dictionary, and a resource as a task returned it for its name or its options.
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
from .shape import check_nesting, check_shape
from .shared import ArgumentSpec

# Options where an empty text has a meaning: a rule without a description, a text for a model. Lists of such texts stay
# as they are.
CONTENT = frozenset(("description", "input", "messages", "stop"))
# Lists from which empty elements are dropped: no resource has an empty tag.
NAMES = frozenset(("tags",))

# In check mode, the ID or the URL of a resource that an earlier task only predicted, and so returned as null.
PREDICTED = "(predicted)"
# Options that choose a resource by what an earlier task returned, each with the options that replace it.
Predictable: TypeAlias = "Mapping[str, Collection[str]]"

# Resources that tasks return in lists, by an option that only elements of that list have: a field that nobody writes,
# which shows that the element was returned by a task, and all fields. Fields that are no option are dropped then.
_RETURNED: dict[str, tuple[str, frozenset[str]]] = {
    "private_network_id": ("id", frozenset((*(one.name for one in fields(Endpoint)), "private_ips"))),
    "ip": ("id", frozenset(one.name for one in fields(AclRule))),
    # An entry of a list of deployments: its ID is an option.
    "id": ("created_at", frozenset((*(one.name for one in fields(Deployment)), "url"))),
}
# The fields of a returned resource that an option for its name or ID takes, the first that is there.
_NAMED_BY = {"deployment": ("id", "name"), "model": ("name",), "node_type": ("name",)}
_NAMED = re.compile(r"deployment|(?:[a-z]+_)?(model|node_type)")
# Examples for errors about dictionaries whose keys Ansible doesn't know.
_EXAMPLES = {
    "messages": "{role: user, content: Hello}",
    "response_format": "{type: json_object}",
    "tools": "{type: function, function: {name: weather}}",
}

_NOT_GIVEN = object()


def given_options(
    spec: ArgumentSpec,
    params: Mapping[str, Any],
    *,
    content: Collection[str] = CONTENT,
    names: Collection[str] = NAMES,
    prefix: str = "",
) -> dict[str, Any]:
    """The options that are given, nested ones too; unknown ones stay, for Ansible to refuse.

    A list whose elements are all empty isn't given; an empty list is, and stays empty.
    content, names: options as in CONTENT and NAMES. prefix: the path of these options, such as C(rules[0].).
    Raises OptionError as C(check_shape), and for a value that must be a dictionary and isn't; Ansible wouldn't name the
    option.
    """
    found = {}
    for name, value in params.items():
        option = spec.get(name)
        if option is None:
            check_nesting(f"{prefix}{display_text(name)}", value)
            found[name] = value
            continue
        normalized = _normalize_value(name, option, value, content, names, f"{prefix}{name}")
        if normalized is not _NOT_GIVEN:
            found[name] = normalized
    return found


def split_elements(value: object) -> list[Any]:
    """The elements of a list of dictionaries, which may be written as a text with commas, as Ansible allows."""
    if isinstance(value, list):
        return value
    if not isinstance(value, str) or value.startswith("{"):
        return [value]
    return [part.strip() for part in value.split(",")]


def parse_element(options: ArgumentSpec, value: Any, path: str) -> dict[str, Any]:
    """One element of a list of dictionaries, as a dictionary.

    A text is the value of the only required option: an address is a rule. Of an element that a task returned, fields
    that are no option are dropped. Raises OptionError, with the path of the element, for anything else.
    """
    if isinstance(value, str) and value.strip() and not _is_dictionary_text(value):
        required = [name for name, option in options.items() if option.get("required")]
        if len(required) == 1:
            return {required[0]: value.strip()}
    try:
        found: dict[str, Any] = dict(check_type_dict(value))
    except (TypeError, ValueError):
        raise OptionError(f"{path}: {_not_a_dictionary(value)}; {_remedy(options, path)}") from None
    check_nesting(path, found)
    for option, (marker, returned) in _RETURNED.items():
        if option in options and marker in found:
            found = {name: one for name, one in found.items() if name in options or name not in returned}
    return found


def _is_dictionary_text(text: str) -> bool:
    return text.startswith("{") or "=" in text


def _not_a_dictionary(value: object) -> str:
    if is_empty(value):
        return "it is empty"
    what = f"'{display_text(value)}'" if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
    return f"{what} is no dictionary"


def _remedy(options: ArgumentSpec, path: str) -> str:
    name = re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]
    if options:
        return f"give a dictionary of {', '.join(options)}, or take it out"
    return f"give a dictionary, such as {_EXAMPLES.get(name, '{name: value}')}"


def with_predicted(predictable: Predictable, params: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The given options for check mode: PREDICTED where an option that chooses a resource was written, but empty.

    params: the options as written. found: those of them that are given.
    """
    options = dict(found)
    for name, others in predictable.items():
        if name in params and name not in options and not any(other in options for other in others):
            options[name] = PREDICTED
    return options


def with_predicted_inside(predictable: Predictable, written: Any, found: Any) -> Any:
    """As C(with_predicted), for a dictionary of options or a list of them; any other value is returned as it is."""
    if isinstance(written, Mapping) and isinstance(found, Mapping):
        return with_predicted(predictable, written, found)
    if isinstance(written, list) and isinstance(found, list):
        return [with_predicted_inside(predictable, *pair) for pair in zip(written, found, strict=True)]
    return found


def refuse_predicted(predictable: Predictable, options: Mapping[str, Any], prefix: str = "") -> None:
    """Raise OptionError for the text PREDICTED in a playbook. C(prefix): as in C(given_options)."""
    for name in predictable:
        if options.get(name) == PREDICTED:
            raise OptionError(f"{prefix}{name}: '{PREDICTED}' stands for nothing; give a name or an ID")


def fill_defaults(spec: ArgumentSpec, params: Mapping[str, Any]) -> dict[str, Any]:
    """The options after Ansible's check, with the default, or null, for each that isn't given.

    Empty options are dropped once more: Ansible makes dictionaries of texts such as C({"model": ""}) and C(model=).
    """
    found = given_options(spec, params)
    options = {name: found.get(name, option.get("default")) for name, option in spec.items()}
    for name, option in spec.items():
        inner, value = option.get("options"), options[name]
        if inner and isinstance(value, Mapping):
            options[name] = fill_defaults(inner, value)
        elif inner and isinstance(value, list):
            options[name] = [fill_defaults(inner, one) if isinstance(one, Mapping) else one for one in value]
    return options


def is_empty(value: object) -> bool:
    """Whether a value is null, an empty text, or a list of only such values."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            if not one:
                return False
            pending += one
        elif one is not None and one != "":
            return False
    return True


def is_predicted(resource: Deployment | Endpoint | Model) -> bool:
    """Whether the resource is one that check mode assumes an earlier task to make; it has no ID."""
    return not resource.id


def refuse_empty_deletion_limits(limits: Mapping[str, tuple[str, str]], params: Mapping[str, Any]) -> None:
    """Raise OptionError for an empty option that limits deletions: it would count as not given, and lift the limit.

    limits: as C(TaskSpec.deletion_limits).
    """
    for name, (other, value) in limits.items():
        if name in params and is_empty(params[name]) and params.get(other) == value:
            raise OptionError(
                f"{name}: is empty, and with {other}: {value} nothing would be limited then; give a number, or leave "
                "the option out"
            )


def _normalize_value(
    name: str, option: Mapping[str, Any], value: Any, content: Collection[str], names: Collection[str], path: str
) -> Any:
    is_list, options = option.get("type") == "list", option.get("options")
    if value is None or (value == "" and (is_list or name not in content)):
        return _NOT_GIVEN
    check_shape(path, name, option, value)
    if is_list and option.get("elements") == "dict" and not isinstance(value, Mapping):
        items = split_elements(value)
        if name not in content and is_empty(items):
            return _NOT_GIVEN
        return [
            given_options(
                options or {},
                parse_element(options or {}, item, f"{path}[{index}]"),
                content=content,
                names=names,
                prefix=f"{path}[{index}].",
            )
            for index, item in enumerate(items)
        ]
    if is_list and name not in content:
        # Ansible splits a text at commas where it expects a list.
        items = value.split(",") if isinstance(value, str) else value
        if isinstance(items, list):
            if is_empty(items):
                return _NOT_GIVEN
            if name in names:
                value = [item for item in items if not is_empty(item)]
    elif options and isinstance(value, Mapping):
        value = given_options(options, value, content=content, names=names, prefix=f"{path}.")
    elif option.get("type") == "dict" and not isinstance(value, Mapping):
        try:
            check_nesting(path, check_type_dict(value))
        except (TypeError, ValueError):
            raise OptionError(f"{path}: {_not_a_dictionary(value)}; {_remedy(options or {}, path)}") from None
    elif option.get("type") == "str" and isinstance(value, Mapping):
        value = _name_of(name, value)
    return value


def _name_of(option: str, resource: Mapping[str, Any]) -> Any:
    """The name or ID of a resource that a task returned, for an option that takes only these."""
    kind = _NAMED.fullmatch(option)
    for field in _NAMED_BY[kind[1] or kind[0]] if kind else ():
        if isinstance(resource.get(field), str):
            return resource[field]
    return resource
