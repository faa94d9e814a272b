# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a play that give options of tasks, and messages that name these variables in place of the options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError

from ..module_utils._client.errors import OptionError
from ..module_utils._options.normalize import is_empty
from ..module_utils._options.shape import check_length, check_nesting
from ._builtin_types import to_builtin_types
from ._text import ADVICE, YAML_TYPES, kind_of, shown

# Options that a variable can give, for playbooks in which the user has neither tasks nor module_defaults.
SETTINGS = {
    option: f"scaleway_inference_{option}"
    for option in ("secret_key", "project_id", "region", "api_version", "profile")
}
_SECRETS = ("secret_key",)
# A variable that roles set for their tasks: for each option, the role's variable that gives it. An empty name stands
# for the list of deployments if the role made its only entry, which the user didn't write.
NAMES = "_scaleway_inference_names"


def variable_values(templar: Any, names: Iterable[str], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The values of those of these variables that are defined, with templates resolved. Dates stay dates.

    Raises AnsibleError for a template that can't be resolved, and for a variable that is nested too deep or too long.
    """
    defined = {name: variables[name] for name in names if name in variables}
    if not defined:
        return {}
    omit = templar.available_variables.get("omit")
    for name, value in defined.items():
        # Before templates in it are resolved, which takes long.
        _check_size(name, value)
    # All in one dictionary, as a template that yields 'omit' is left out of it. Before ansible-core 2.19, a text stands
    # for that.
    templated = templar.template(defined)
    for name, value in templated.items():
        _check_size(name, value)
    found = to_builtin_types(templated, YAML_TYPES)
    return {name: value for name, value in found.items() if omit is None or value != str(omit)}


def _check_size(name: str, value: Any) -> None:
    try:
        check_nesting(name, value)
        check_length(name, value)
    except OptionError as error:
        raise AnsibleActionFail(str(error)) from None


def settings_from_variables(templar: Any, variables: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """The options that variables give. The task and C(module_defaults) take precedence; empty variables don't count.

    Raises AnsibleActionFail for a variable that can't be read, or isn't text.
    """
    given = {}
    for option, name in SETTINGS.items():
        if not is_empty(to_builtin_types(args.get(option))):
            continue
        try:
            value = variable_values(templar, [name], variables).get(name)
        except AnsibleError as error:
            raise AnsibleActionFail(f"The variable {name} can't be read: {error}") from error
        if is_empty(value):
            continue
        if kind := kind_of(value):
            written = "its value" if option in _SECRETS else shown(value)
            raise AnsibleActionFail(f"{name}: {written} is {kind}, not text. {ADVICE}")
        given[option] = value
    return given


def role_variable_names(templar: Any, variables: Mapping[str, Any]) -> dict[str, str]:
    """For each option of a task, the variable of its role that gives it. Empty outside of roles."""
    return dict(variable_values(templar, [NAMES], variables).get(NAMES, {}))


def name_variables(text: str, names: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """The message with variables named in place of options.

    names: the variable for each option. settings: options that variables of the collection give, by option.
    """
    unset = {option: name for option, name in SETTINGS.items() if option not in settings}
    text = re.sub(
        rf"\bthe option ({'|'.join(unset) or '(?!)'})\b",
        lambda found: f"{found[0]} or the variable {unset[found[1]]}",
        text,
    )
    variables = {**names, **{option: SETTINGS[option] for option in settings}}
    places = [re.escape(name) for name, variable in variables.items() if not variable]
    if places:
        text = re.sub(rf"\b(?:{'|'.join(places)})\[\d+\](?: \([^()]*\))?: ", "", text)
    return re.sub(
        _pattern(variables),
        lambda found: f"variable {variables[found['option']]}" if found["called"] else variables[found["name"]],
        text,
    )


def name_variables_in_result(result: dict[str, Any], names: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    """Name variables in place of options in the message and the warnings of a result, which is changed."""
    message = result.get("msg")
    if isinstance(message, str):
        result["msg"] = name_variables(message, names, settings)
        if result["msg"] != message:
            # Since 2.19, ansible-core derives this from a module's message, and shows it instead.
            result.pop("exception", None)
    if isinstance(result.get("warnings"), list):
        result["warnings"] = [
            name_variables(one, names, settings) if isinstance(one, str) else one for one in result["warnings"]
        ]


def _pattern(variables: Mapping[str, str]) -> str:
    """Matches options in a message: after the word option, as a name with an underscore, or before a colon."""
    named = [name for name, variable in variables.items() if variable]
    certain = "|".join(re.escape(name) for name in named if "_" in name) or "(?!)"
    words = "|".join(re.escape(name) for name in named if "_" not in name) or "(?!)"
    # Not within another word, quotes, a path or a URL, nor where it is an option of an info module.
    begin = r"(?<![\w.'\"/=-])(?<!_info with )"
    return (
        rf"{begin}(?:(?P<called>option )(?P<option>{certain}|{words})\b"
        rf"|(?P<name>(?:{certain})(?![\w'/-])|(?:{words})(?=:|\[\d|\.[a-z])))"
    )
