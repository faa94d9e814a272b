# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses the options of a task into the desired state of a deployment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .._client.errors import InferenceError
from .._client.inference.resources import Feature
from .._options.normalize import PREDICTED
from .._options.shared import Params
from .._task import Context
from .checks import check_sizes, require_rules
from .fields import FIELDS
from .rules import DesiredRules, parse_rules
from .steps import DesiredDeployment


def parse_desired(context: Context, params: Params) -> DesiredDeployment:
    """The desired deployment. Raises OptionError for contradictory endpoints or rules, and if no project is known."""
    parsed = {field.name: field.desired(params[field.name]) for field in FIELDS if field.parse is not None}
    by_name = params["id"] is None
    return DesiredDeployment(
        **parsed,
        id=params["id"],
        project_id=context.api.settings.require_project_id("to find a deployment by its name") if by_name else "",
        model=_model(context, params["model"]),
        rules=_desired_rules(context, params),
    )


def wrong_options(params: Params) -> dict[str, InferenceError]:
    """The errors of options that are wrong whatever there is on the service and in whichever version, by option.

    params: those that are given.
    """
    checks: dict[str, Callable[[], Any]] = {
        field.name: partial(field.desired, params.get(field.name)) for field in FIELDS if field.parse is not None
    }
    checks["max_size"] = partial(check_sizes, params.get("min_size"), params.get("max_size"))
    checks["rules"] = partial(parse_rules, params.get("rules") or (), present=True, purge=True, allow_all=True)
    wrong: dict[str, InferenceError] = {}
    for name, check in checks.items():
        try:
            check()
        except InferenceError as error:
            wrong[name] = error
    return wrong


def _desired_rules(context: Context, params: Params) -> DesiredRules | None:
    rules, purge = params["rules"], bool(params["purge_rules"])
    if rules is None:
        return None
    if rules:
        require_rules(context, "rules")
    if not rules and (not purge or Feature.ACL_RULES not in context.api.features):
        # There is nothing to add or remove; the option only declares for a recreation that there are no rules.
        return DesiredRules((), present=True, purge=False, allow_all=False)
    return parse_rules(rules, present=True, purge=purge, allow_all=bool(params["allow_all"]))


def _model(context: Context, text: str | None) -> str | None:
    # In a version that can't import models, no earlier task can have imported one.
    return None if text == PREDICTED and Feature.MODEL_IMPORT not in context.api.features else text
