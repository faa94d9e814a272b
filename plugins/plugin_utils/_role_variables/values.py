# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the values of a role's variables, and converts them to the options that the role uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict

from ...module_utils._client.errors import OptionError
from ...module_utils._options.checks import check_sendable
from ...module_utils._options.entries import entry_label, validation_errors
from ...module_utils._options.normalize import CONTENT, given_options, is_empty
from ...module_utils._options.shared import ArgumentSpec
from .._text import ADVICE, shown
from .specs import EntryPoint
from .types import type_problems

LONGEST_SHOWN = 60


class VariableError(Exception):
    """Some variables can't be used. The message names each of them and says what to do."""


class Collected:
    """Collects the errors of checks, each a block of C(with), so that one error can name all that they find."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def __enter__(self) -> None:
        """Begin a check."""

    def __exit__(self, kind: object, error: object, traceback: object) -> bool:
        if not isinstance(error, VariableError):
            return False
        self._found.append(str(error))
        return True

    def check(self) -> None:
        """Raise VariableError if a check found something."""
        if self._found:
            raise VariableError(" ".join(self._found))


def refuse(problems: str, end: str = "") -> None:
    """Raise VariableError for these problems, and nothing without one."""
    if problems:
        raise VariableError(f"{problems.removesuffix('.')}. {end}".rstrip())


def usable_options(entry: EntryPoint, variables: Mapping[str, Any]) -> tuple[dict[str, Any], Collection[str], str]:
    """The options that are given, converted to their types, and the defaults of the others.

    An empty variable counts as not given. Those that can't be used are left out: values of the wrong type, among them
    all that isn't text where text is expected, and an empty variable that limits what is deleted or asked. Returns
    their names too, and why they can't be used, in words; empty if there is none.
    """
    values = _with_lists(entry.options, variables)
    content, names = CONTENT - {"input", "messages", "stop"}, _name_lists(entry)
    options: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    advice = ""
    for name, option in entry.options.items():
        try:
            written = {name: values[name]} if name in values else {}
            taken = given_options({name: option}, written, content=content, names=names)
        except OptionError as error:
            wrong[name] = [str(error)]
            continue
        if not_text := list(type_problems(name, option, taken.get(name))):
            wrong[name] = not_text
            advice = f" {ADVICE}"
            continue
        value, messages = _checked(name, option, taken)
        if option["type"] == "str" and isinstance(value, str) and not value.strip():
            messages = ["it holds nothing but blanks"]
        if messages:
            wrong[name] = [_problem(name, option, taken[name], messages)]
        elif value is not None:
            try:
                check_sendable(name, value)
                options[name] = value
            except OptionError as error:
                wrong[name] = [str(error)]
    for name, least in entry.least.items():
        if options.get(name, least) < least:
            wrong[name] = [f"{name}: {options.pop(name)} is less than {least}"]
    # No default may take the place of an empty one.
    empty = [
        name
        for name, other in entry.limits.items()
        if name in values and _limits_nothing(values[name]) and (other is None or options.get(other))
    ]
    sentences = [_empty_limit(name, entry.limits[name]) for name in empty]
    if wrong:
        sentences.insert(0, "; ".join(problem for problems in wrong.values() for problem in problems) + "." + advice)
    return options, {*wrong, *empty}, " ".join(sentences)


def require(entry: EntryPoint, options: Mapping[str, Any], more: Sequence[str], wrong: Collection[str] = ()) -> None:
    """Raise VariableError if an option isn't given that is required, by the role or in C(more).

    wrong: those that are given, and have a wrong type.
    """
    required = [name for name, option in entry.options.items() if option.get("required")]
    missing = [name for name in (*required, *more) if name not in options and name not in wrong]
    if missing:
        raise VariableError(
            f"Set {' and '.join(missing)}, for instance in vars.yml, with -e @vars.yml; an empty text or null is a "
            f"variable that isn't given. The command 'ansible-doc -t role scaleway.inference.{entry.role}' shows all."
        )


def require_texts(variables: Mapping[str, Any], options: ArgumentSpec) -> None:
    """Raise VariableError for values that aren't text where text is expected.

    options: what is expected of variables that are options of a role; the others are texts, or lists of these.
    """
    names = {"type": "list", "elements": "str"}
    problems = [
        problem for name, value in variables.items() for problem in type_problems(name, options.get(name, names), value)
    ]
    if problems:
        raise VariableError(f"{'; '.join(problems)}. {ADVICE}")


def without_secrets(entry: EntryPoint, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that may be shown and returned."""
    return {name: value for name, value in options.items() if not entry.options[name].get("no_log")}


def texts(value: Any) -> list[str]:
    """The non-empty texts of a list, which may also be one text with commas."""
    items = value if isinstance(value, (list, tuple)) else [value]
    split = [part.strip() for item in items if item is not None for part in str(item).split(",")]
    return [part for part in split if part]


def _checked(name: str, option: Mapping[str, Any], taken: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """The value, converted to its type, and the problems with it."""
    if wrong := _wrong_entries(name, option, taken.get(name)):
        return None, wrong
    validator = ArgumentSpecValidator({name: {**option, "required": False}})
    try:
        checked = validator.validate({name: taken[name]} if name in taken else {})
    except TypeError:
        # Ansible's validator fails on nested options in anything but a dictionary.
        return None, ["it is no dictionary"]
    except (OverflowError, ValueError):
        return None, ["it is infinite, or has too many digits"]
    found = checked.validated_parameters[name]
    # Values without nested options are results of tasks, and stay as they are.
    return _without_null(found) if "options" in option else found, list(checked.error_messages)


def _wrong_entries(name: str, option: Mapping[str, Any], value: Any) -> list[str]:
    """What is wrong with each element of a list of dictionaries."""
    if option.get("elements") != "dict" or "options" not in option or not isinstance(value, list):
        return []
    validator = ArgumentSpecValidator(option["options"])
    found = []
    for position, entry in enumerate(value):
        if problem := validation_errors(validator, entry):
            found.append(f"{entry_label(name, position, entry)}: {problem}")
    return found


def _with_lists(options: ArgumentSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with lists and dictionaries for texts that stand for them, as surveys only give texts."""
    return {name: _with_list(options.get(name, {}), value) for name, value in values.items()}


def _with_list(option: Mapping[str, Any], value: Any) -> Any:
    nested = option.get("options")
    if nested and option.get("type") == "dict" and isinstance(value, str):
        # What is no dictionary is refused later.
        with suppress(TypeError, ValueError):
            value = check_type_dict(value)
    if nested and isinstance(value, Mapping):
        return _with_lists(nested, value)
    if nested and isinstance(value, list):
        return [_with_lists(nested, item) if isinstance(item, Mapping) else item for item in value]
    if nested or option.get("type") != "list":
        return value
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    if isinstance(value, list):
        return [item.strip() if isinstance(item, str) else item for item in value]
    return value


def _name_lists(entry: EntryPoint) -> frozenset[str]:
    lists = (name for name, option in entry.options.items() if option.get("elements") in ("str", "path"))
    return frozenset(("tags", *lists))


def _limits_nothing(value: Any) -> bool:
    return is_empty(value) or value in ([], {})


def _empty_limit(name: str, other: str | None) -> str:
    because = f"with {other}, all that it doesn't list is deleted" if other else "it says what is acted on"
    return f"{name}: is empty, and {because}. List what is meant, or leave the variable out. Nothing was changed."


def _problem(name: str, option: Mapping[str, Any], value: Any, messages: list[str]) -> str:
    why = ", ".join(message.rstrip(".") for message in messages)
    if option.get("no_log"):
        return f"{name}: expected {_expected(option)}"
    written = repr(value) if isinstance(value, str) else shown(value)
    if len(written) > LONGEST_SHOWN:
        written = f"{written[:LONGEST_SHOWN]}..."
    remedy = f"; left out, it is {option['default']}" if "default" in option else ""
    return f"{name}: {written} can't be used, expected {_expected(option)} ({why}){remedy}"


def _expected(option: Mapping[str, Any]) -> str:
    if choices := option.get("choices"):
        return f"one of {', '.join(choices)}"
    words = {"int": "a whole number", "bool": "true or false", "dict": "a dictionary", "str": "a text"}
    if option["type"] == "list":
        return "a list of dictionaries" if option["elements"] == "dict" else "a list of texts"
    return words[option["type"]]


def _without_null(value: Any) -> Any:
    """The value without nested nulls, as the roles test whether fields are defined."""
    if isinstance(value, Mapping):
        return {name: _without_null(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    return value
