# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares the inventory file's options: refuses unknown ones, resolves templates and vaulted values.

This happens before Ansible checks their types.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._client.errors import OptionError
from ...module_utils._client.ranges import range_of
from ...module_utils._options.checks import check_sendable
from ...module_utils._options.normalize import given_options, is_empty
from ...module_utils._options.shape import check_kinds, check_length, check_shape, shown_message, shown_text
from ...module_utils._options.shared import API_OPTIONS
from .._builtin_types import to_builtin_types

# Options with templates or expressions that are resolved for each host, later.
FOR_EACH_HOST = frozenset(("hostnames", "compose", "groups", "keyed_groups"))
# Options that limit which hosts there are. An empty one is refused, as it would let in all of them unnoticed.
LIMITS = frozenset(("filters", "resources"))
FILTER_LIMITS = frozenset(("tags", "name", "model_status", "statuses"))
# Options that may be an empty text: here, it means no prefix.
CONTENT = frozenset(("hostvars_prefix",))
# Other names of types, which Ansible's own documentation uses.
_TYPES = {"string": "str", "integer": "int", "boolean": "bool"}
# Lists from which empty elements are dropped.
NAMES = frozenset(("tags", "name", "regions", "hostnames"))


def resolve_options(given: Mapping[str, Any], known: Mapping[str, Any], templar: Any) -> dict[str, Any]:
    """The resolved options by name. Raises AnsibleParserError for an unknown, unusable or unresolvable option."""
    _refuse_unknown(given, known)
    spec = {name: _argument(option) for name, option in known.items()}
    resolved = {}
    try:
        for name, value in given.items():
            if isinstance(value, (list, Mapping)):
                _refuse_no_scalar(name, spec[name]["type"], value)
                # Before templates in it are resolved, which takes long.
                check_shape(name, name, spec[name], value)
                check_length(name, value)
                if spec[name]["type"] == "dict" and not is_empty(value) and value != []:
                    given_options(spec, {name: to_builtin_types(value)}, content=CONTENT, names=NAMES)
            resolved[name] = value if name in FOR_EACH_HOST else _resolve(name, value, templar)
            check_shape(name, name, spec[name], resolved[name])
            _refuse_no_boolean(name, spec[name], resolved[name])
            _refuse_empty_limits(name, resolved[name])
            _refuse_unlisted(name, resolved[name], known[name].get("choices"))
        found = given_options(spec, resolved, content=CONTENT, names=NAMES)
        check_kinds(spec, found)
        for name, value in found.items():
            check_sendable(name, value)
            if name in FOR_EACH_HOST and isinstance(value, Mapping):
                _refuse_unnamed(name, value)
    except OptionError as error:
        raise AnsibleParserError(str(error)) from None
    return found


def check_ranges(options: Mapping[str, Any]) -> None:
    """Raise AnsibleParserError for a whole number out of range. Settings are checked where they are resolved."""
    for name, value in options.items():
        allowed = range_of(name, "int")
        if name not in API_OPTIONS and isinstance(value, int) and allowed is not None and not allowed.holds(value):
            raise AnsibleParserError(f"{name}: {shown_text(value)} can't be used, expected {allowed}")


def _argument(option: Mapping[str, Any]) -> dict[str, Any]:
    """The documentation of an option as an argument of Ansible, with those inside it."""
    inner = option.get("suboptions")
    return {
        "type": _TYPES.get(str(option.get("type")), option.get("type")),
        "elements": option.get("elements"),
        "options": {name: _argument(one) for name, one in inner.items()} if inner else {},
    }


def _refuse_no_scalar(name: str, kind: Any, value: Any) -> None:
    """Refuse a list or a dictionary where a single value is expected."""
    expected = {"str": "a text", "path": "a text", "bool": "true or false", "int": "a number", "float": "a number"}
    if kind in expected:
        what = "dictionary" if isinstance(value, Mapping) else "list"
        raise OptionError(f"The option {name} must be {expected[kind]}, and not a {what}")


def _refuse_unnamed(name: str, values: Mapping[Any, Any]) -> None:
    """Refuse names of groups and variables that aren't text."""
    for key in values:
        if not isinstance(key, str):
            raise OptionError(f"{name}: the name {shown_text(key)} is no text; write it in quotes")


def _refuse_no_boolean(path: str, option: Mapping[str, Any], value: Any) -> None:
    """Refuse what is no boolean where one is expected, at any depth; Ansible would take it for false or for true."""
    if isinstance(value, list) and option["options"]:
        for index, one in enumerate(value):
            _refuse_no_boolean(f"{path}[{index}]", option, one)
    elif isinstance(value, Mapping):
        for name in option["options"].keys() & value.keys():
            _refuse_no_boolean(f"{path}.{name}", option["options"][name], value[name])
    elif option["type"] == "bool" and not is_empty(value):
        try:
            boolean(value)
        except TypeError:
            raise OptionError(f"{path}: '{shown_text(value)}' can't be used, expected true or false") from None


def _refuse_empty_limits(name: str, value: Any) -> None:
    if name not in LIMITS:
        return
    filters = value if isinstance(value, Mapping) else {}
    for limit, limited in ((name, value), *((f"{name}.{key}", filters[key]) for key in FILTER_LIMITS & set(filters))):
        if is_empty(limited) or (limit != "resources" and limited in ([], {})):
            raise AnsibleParserError(
                f"The option {limit} is empty, and all hosts would be let in then; give a value, or leave the option "
                "out if that is meant"
            )


def _refuse_unlisted(name: str, value: Any, choices: Sequence[str] | None) -> None:
    """Refuse a value that isn't among the choices. Ansible's own error doesn't name them."""
    if not choices or is_empty(value):
        return
    items = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else [value]
    wrong = [shown_text(item) for item in items if not (isinstance(item, str) and item.strip() in choices)]
    if wrong:
        raise AnsibleParserError(
            f"The option {name} must be {' or '.join(choices)}, but '{shown_text(', '.join(wrong))}' was given"
        )


def _refuse_unknown(given: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse unknown options. An ignored one could be the filter that keeps a play from the wrong hosts."""
    unknown = sorted(str(name) for name in given if name not in known)
    if not unknown:
        return
    close = [match for name in unknown for match in get_close_matches(name, known, n=1)]
    hint = f"did you mean {' and '.join(close)}? " if close else ""
    raise AnsibleParserError(
        f"There is no option {' and no option '.join(unknown)}; {hint}"
        "'ansible-doc -t inventory scaleway.inference.inference' shows those that there are"
    )


def _resolve(name: str, value: Any, templar: Any) -> Any:
    try:
        resolved = to_builtin_types(templar.template(value))
    except Exception as error:  # templates and vaults fail in many ways
        raise AnsibleParserError(f"The option {name} can't be resolved: {shown_message(str(error))}") from None
    if API_OPTIONS.get(name, {}).get("no_log") and isinstance(resolved, (dict, list)):
        # Ansible's own error would show the value.
        raise AnsibleParserError(f"The option {name} must be a text")
    return resolved
