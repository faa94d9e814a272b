# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action role_variables: checks the variables of a role. Each entry point of the roles calls it first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._client.errors import OptionError
from ..module_utils._options.normalize import is_empty
from ..module_utils._options.shape import shown_message
from ..plugin_utils._builtin_types import to_builtin_types
from ..plugin_utils._role_variables.checks import wrong_values
from ..plugin_utils._role_variables.endpoints import check_endpoint_of_service
from ..plugin_utils._role_variables.files import client_config_problems
from ..plugin_utils._role_variables.names import near_name, near_options
from ..plugin_utils._role_variables.smoke_test import Target, errors, warnings
from ..plugin_utils._role_variables.specs import (
    ALL_OPTIONS,
    COLLECTION_VARIABLES,
    ENTRY_POINTS,
    SET_BY_ROLES,
    EntryPoint,
)
from ..plugin_utils._role_variables.values import (
    Collected,
    VariableError,
    refuse,
    require,
    require_texts,
    texts,
    usable_options,
    without_secrets,
)
from ..plugin_utils._variables import (
    name_variables,
    role_variable_names,
    settings_from_variables,
    variable_values,
)

IGNORED = "scaleway_inference_ignored_variables"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "role": {"type": "str", "required": True, "choices": sorted({role for role, point in ENTRY_POINTS})},
    "entry_point": {"type": "str", "default": "main"},
    "host": {"type": "str"},
    "defaults": {"type": "dict", "default": {}},
    "overrides": {"type": "dict", "default": {}},
    "required": {"type": "list", "elements": "str", "default": []},
    "other_variables": {"type": "list", "elements": "str", "default": []},
    "asked": {"type": "list", "elements": "dict"},
    "listed": {
        "type": "dict",
        "options": {
            "variable": {"type": "str", "required": True},
            "members": {"type": "list", "elements": "str", "required": True},
            "others": {"type": "list", "elements": "str", "default": []},
        },
    },
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        _checked, checked_args = self.validate_argument_spec(ARGUMENTS)
        args = to_builtin_types(checked_args)
        entry = ENTRY_POINTS.get((args["role"], args["entry_point"]))
        if entry is None:
            raise AnsibleActionFail(f"entry_point: the role {args['role']} has no {args['entry_point']}.")
        host = args["host"]
        variables = task_vars["hostvars"][host] if host else task_vars
        # Not empty if another role includes this one. That role gives the variables, and has checked its own names.
        names = role_variable_names(self._templar, task_vars)
        result["changed"] = False
        result["names"] = {**{option: option for option in entry.options}, **names}
        # Raises an error for variables of the collection that can't be used, before a task would.
        settings_from_variables(self._templar, variables, {})
        try:
            collected = Collected()
            with collected:
                if not names:
                    self._check_names(entry, args["other_variables"], variables, result)
            with collected:
                self._check_read_variables(entry, variables)
            with collected:
                self._check_other_variables(args["other_variables"], variables)
            with collected:
                result["options"] = self._options(entry, args, variables)
            collected.check()
            if args["asked"] is not None:
                self._check_smoke_test(entry, args["asked"], task_vars, result)
            if args["listed"]:
                result["missing"] = self._missing(args["listed"], result)
        except VariableError as error:
            result.pop("options", None)
            message = name_variables(shown_message(str(error)), names, {})
            result.update(failed=True, msg=f"{host}: {message}" if host else message)
        return result

    def _check_names(
        self, entry: EntryPoint, others: list[str], variables: Mapping[str, Any], result: dict[str, Any]
    ) -> None:
        """Raise VariableError for misspelt names; warn of names with the role's prefix that no role knows."""
        ignored_names = variable_values(self._templar, [IGNORED], variables).get(IGNORED)
        require_texts({IGNORED: ignored_names}, {})
        ignored = texts(ignored_names)
        known = {*ignored, *ALL_OPTIONS, *SET_BY_ROLES, *others}
        options = dict.fromkeys(entry.options, entry.prefix)
        options.update({name: f"{name.split('_', 1)[0]}_" for name in entry.reads})
        options.update(dict.fromkeys(COLLECTION_VARIABLES, "scaleway_inference_"))
        options.update(dict.fromkeys(others, ""))
        names = sorted(str(name) for name in variables)
        near = near_options(names, options, known)
        if near:
            misspelt = ", ".join(f"{name} (did you mean {right}?)" for name, right in near.items())
            raise VariableError(
                f"These variables are not known, and would be passed over: {misspelt}. Correct them; names "
                f"that are meant as they are go into the list {IGNORED}. Nothing was changed."
            )
        unknown = [name for name in names if name.startswith(entry.prefix) and name not in known]
        if unknown:
            result.setdefault("warnings", []).append(
                f"The role {entry.role} has no variable {' or '.join(unknown)}, and passes over it. If that is meant, "
                f"put it into the list {IGNORED}."
            )

    def _check_read_variables(self, entry: EntryPoint, variables: Mapping[str, Any]) -> None:
        """Raise VariableError if a variable that the role reads from another role holds what isn't text."""
        others = {name: option for point in ENTRY_POINTS.values() for name, option in point.options.items()}
        require_texts(variable_values(self._templar, entry.reads, variables), others)

    def _check_other_variables(self, names: list[str], variables: Mapping[str, Any]) -> None:
        """Raise VariableError for variables of a playbook that are no text, or empty."""
        others = variable_values(self._templar, names, variables)
        require_texts(others, {})
        if empty := [name for name, value in others.items() if not texts(value)]:
            raise VariableError(
                f"{' and '.join(empty)}: is empty. Give a value, or leave the variable out. Nothing was changed."
            )

    def _options(self, entry: EntryPoint, args: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The role's options, with its defaults and without secrets.

        Raises VariableError, which names all that is missing and all that can't be used.
        """
        found = {**variable_values(self._templar, entry.options, variables), **args["overrides"]}
        options, wrong, why = usable_options(entry, found)
        lacking = {
            name: value
            for name, value in args["defaults"].items()
            if name not in options and name not in wrong and not is_empty(value)
        }
        if lacking:
            options, wrong, why = usable_options(entry, {**found, **lacking})
        shown = without_secrets(entry, options)
        collected = Collected()
        with collected:
            if not args["host"]:
                require(entry, options, args["required"], wrong)
        with collected:
            refuse(why)
        with collected:
            refuse("; ".join(wrong_values(entry, options, wrong)))
        with collected:
            if entry.role == "client_config":
                secrets = {name: value for name, value in options.items() if name not in shown}
                refuse("; ".join(client_config_problems(options, secrets)), "Nothing was written.")
        with collected:
            # Whoever writes the variable may name any host.
            if args["entry_point"] == "consumer" or "client_config_endpoint" in lacking:
                settings = settings_from_variables(self._templar, variables, {})
                check_endpoint_of_service(options.get("client_config_endpoint", {}), settings, os.environ)
        collected.check()
        return shown

    def _check_smoke_test(
        self,
        entry: EntryPoint,
        members: list[Mapping[str, Any]],
        task_vars: Mapping[str, Any],
        result: dict[str, Any],
    ) -> None:
        """Raise VariableError if access rules deny the smoke test, and warn if they may deny it."""
        targets = [Target.of(member) for member in members]
        if self._connection.transport == "local" and any(one.private for one in targets):
            # The role reads their certificates in the end, when all is made and paid for. Imported here, as the package
            # takes long to load, and few runs need it.
            from ..module_utils._tasks.deployment_certificate_info import require_cryptography

            try:
                require_cryptography()
            except OptionError as error:
                raise VariableError(f"{error}. Nothing was changed.") from None
        if problems := list(errors(entry, result["options"], targets)):
            raise VariableError(" ".join(problems))
        host = str(task_vars.get("inventory_hostname", "localhost"))
        result.setdefault("warnings", []).extend(warnings(entry, result["options"], targets, host))

    def _missing(self, listed: Mapping[str, Any], result: dict[str, Any]) -> list[str]:
        """The names in a variable that no deployment has.

        Raises VariableError for the name of a deployment outside the fleet, and for a name that is nearly a member's.
        """
        variable, members, others = listed["variable"], listed["members"], listed["others"]
        names = result["options"].get(variable, [])
        problems, missing = [], []
        # A misspelt name can't mean a member that is listed too, under its right name.
        unlisted = [name for name in members if name not in names]
        for name in dict.fromkeys(names):
            if name in members:
                continue
            if name in others:
                problems.append(f"'{name}' exists, and isn't part of the fleet")
            elif (right := near_name(name, unlisted)) is not None:
                problems.append(f"'{name}' doesn't exist; did you mean '{right}'?")
            else:
                missing.append(name)
        if problems:
            raise VariableError(f"{variable}: {'; '.join(problems)}. Nothing was changed.")
        if missing:
            result.setdefault("warnings", []).append(
                f"{variable}: there is no deployment {', '.join(missing)}; taken for gone already."
            )
        return missing
