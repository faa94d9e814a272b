# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX's rules on surveys, and on which variables a template takes at a launch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

Json = dict[str, Any]

KINDS: dict[str, type] = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "integer": int}


def is_a(value: Any, kind: type) -> bool:
    """Whether the value is of this type. A boolean is no integer."""
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def read_variables(written: Any) -> Json:
    """The variables in a field: AWX takes YAML, JSON, or an object."""
    return dict(written) if isinstance(written, Mapping) else dict(yaml.safe_load(written or "{}") or {})


def errors_of_survey(survey: Json) -> str | None:
    """What AWX refuses about a survey that is to be saved, or None."""
    missing = [name for name in ("name", "description", "spec") if name not in survey]
    if missing or not survey["spec"]:
        return f"lacks {missing or 'questions'}"
    names = [question.get("variable") for question in survey["spec"]]
    if len(set(names)) < len(names):
        return "asks for a variable twice"
    for question in survey["spec"]:
        lacks = {"type", "question_name", "variable", "required"} - set(question)
        if lacks:
            return f"a question lacks {sorted(lacks)}"
        kind, default, choices = question["type"], question.get("default", ""), question.get("choices")
        if kind not in KINDS or not isinstance(question["required"], bool):
            return f"impossible question: {question['variable']}"
        if default != "" and not is_a(default, KINDS[kind]):
            return f"default of another type: {question['variable']}"
        if kind == "multiplechoice" and (not choices or (default != "" and default not in choices)):
            return f"choices without the default: {question['variable']}"
    return None


def errors_of_answer(question: Json, given: Json, *, require: bool = True) -> list[str]:
    """What AWX refuses about the answer to a question. Where it needs one, its default isn't one."""
    name, kind = question["variable"], question["type"]
    if name not in given:
        return [f"'{name}' value missing"] if question["required"] and require else []
    value = given[name]
    if not is_a(value, KINDS[kind]):
        return [f"Value {value} for '{name}' is not of the type {kind}."]
    if kind == "multiplechoice":
        return [] if value in question["choices"] else [f"Value {value} for '{name}' is not a choice."]
    size = value if kind == "integer" else len(str(value))
    least, most = question.get("min"), question.get("max")
    if least not in (None, "") and size < least:
        return [f"'{name}' value {value} is too small."]
    if most not in (None, "") and size > most:
        return [f"'{name}' value {value} is too large."]
    return []


def accept(template: Json, survey: Json, given: Json, *, require: bool = True) -> tuple[Json, Json]:
    """Of variables given at a launch or saved for one, those that a template takes, and AWX's errors by field.

    require: whether questions that need an answer must have one.
    """
    accepted, rest, wrong = {}, dict(given), []
    for question in survey.get("spec", []) if template["survey_enabled"] else []:
        found = errors_of_answer(question, given, require=require)
        wrong += found
        name = question["variable"]
        if name in rest:
            value = rest.pop(name)
            if not found:
                accepted[name] = value
    if template["ask_variables_on_launch"]:
        accepted, rest = {**accepted, **rest}, {}
    own = read_variables(template["extra_vars"])
    rest = {name: value for name, value in rest.items() if name not in own or own[name] != value}
    errors: Json = {}
    if wrong:
        errors["variables_needed_to_start"] = wrong
    if rest:
        errors["extra_vars"] = [f"Variables {', '.join(rest)} are not allowed on launch."]
    return accepted, errors


def combined(template: Json, survey: Json, given: Json) -> Json:
    """The variables of a job: the template's own, over them its survey's defaults, over them those that are given.

    A default that is no valid answer, such as an empty text where one letter is the least, isn't used.
    """
    questions = survey.get("spec", []) if template["survey_enabled"] else []
    defaults = {one["variable"]: one["default"] for one in questions if one.get("default") is not None}
    used = {
        one["variable"]: defaults[one["variable"]]
        for one in questions
        if one["variable"] in defaults and not errors_of_answer(one, defaults)
    }
    return {**read_variables(template["extra_vars"]), **used, **given}
