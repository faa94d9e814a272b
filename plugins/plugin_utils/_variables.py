# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a play that stand for options of tasks, and errors that name them in the place of these options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError

from ..module_utils._options.normalize import is_empty
from ._plain import plain

# Who calls the service may be a variable, for playbooks that have no task or module_defaults of the user's own.
SETTINGS = {
    option: f"scaleway_inference_{option}"
    for option in ("secret_key", "project_id", "region", "api_version", "profile")
}
# What a role gives its tasks: by option, the role's variable that gives it; empty where the list of deployments has
# one entry, which nobody wrote.
NAMES = "_scaleway_inference_names"


def values(templar: Any, names: Iterable[str], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The values of those variables that are there."""
    there = {name: variables[name] for name in names if name in variables}
    if not there:
        return {}
    omit = templar.available_variables.get("omit")
    # All in one: what a template leaves out isn't there then. Before ansible-core 2.19, a text stands for that.
    found = plain(templar.template(there))
    return {name: value for name, value in found.items() if omit is None or value != str(omit)}


def settings_given(templar: Any, variables: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """The options that variables give. What the task or C(module_defaults) say wins; an empty variable says nothing."""
    given = {}
    for option, name in SETTINGS.items():
        if not is_empty(plain(args.get(option))):
            continue
        try:
            value = values(templar, [name], variables).get(name)
        except AnsibleError as error:
            raise AnsibleActionFail(f"The variable {name} can't be read: {error}") from error
        if not is_empty(value):
            given[option] = value
    return given


def names_of(templar: Any, variables: Mapping[str, Any]) -> dict[str, str]:
    """What the role that a task is of calls the task's options; empty outside of roles."""
    return dict(values(templar, [NAMES], variables).get(NAMES, {}))


def told(text: str, names: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """A message of a task with the variables in the place of its options. C(settings): those that variables give."""
    ways = {option: name for option, name in SETTINGS.items() if option not in settings}
    text = re.sub(
        rf"\bthe option ({'|'.join(ways) or '(?!)'})\b", lambda way: f"{way[0]} or the variable {ways[way[1]]}", text
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


def told_result(result: dict[str, Any], names: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    """The same for all that a result tells people: its message and its warnings."""
    message = result.get("msg")
    if isinstance(message, str):
        result["msg"] = told(message, names, settings)
        if result["msg"] != message:
            # What ansible-core makes of a module's message, since 2.19, and shows in its place.
            result.pop("exception", None)
    if isinstance(result.get("warnings"), list):
        result["warnings"] = [told(one, names, settings) if isinstance(one, str) else one for one in result["warnings"]]


def _pattern(variables: Mapping[str, str]) -> str:
    """What in a message is an option: where it is called so, as a name with an underscore, or with a colon behind."""
    named = [name for name, variable in variables.items() if variable]
    certain, words = (
        "|".join(re.escape(name) for name in named if ("_" in name) is desired) or "(?!)" for desired in (True, False)
    )
    # Not in another word, a quoted one, a path or a URL; nor where it is an option of node_type_info and the like.
    begin = r"(?<![\w.'\"/=-])(?<!_info with )"
    return (
        rf"{begin}(?:(?P<called>option )(?P<option>{certain}|{words})\b"
        rf"|(?P<name>(?:{certain})(?![\w'/-])|(?:{words})(?=:|\[\d|\.[a-z])))"
    )
