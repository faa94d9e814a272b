# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a task and makes its result: the part that both execution modes, module and in-process, share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from ._client.cancellation import Cancellation
from ._client.clock import Clock, SystemClock
from ._client.errors import InferenceError
from ._client.inference.api import InferenceApi
from ._client.inference.observed import ObservedResources
from ._client.inference.resources import to_plain
from ._client.redaction import Redactor, visible, visible_line
from ._client.settings import UNVERIFIED_WARNING, Settings, resolve_settings
from ._client.transport import Transport
from ._client.user_agent import user_agent
from ._options.checks import check_options, task_redactor, without_regions
from ._options.normalize import fill_defaults
from ._options.shared import Params
from ._task import Context, PartialFailure, Progress, TaskSpec

# How many characters of a text are shown at most: the service may send megabytes.
MAX_LINE_LENGTH = 2_000
MAX_TEXT_LENGTH = 100_000
# The fields of a result, and of a member of a fleet, that people read.
_TEXTS = frozenset(("msg", "steps", "warnings", "error"))
_DIFF_TEXTS = frozenset(("before_header", "after_header"))


def execute(
    task: TaskSpec,
    params: Params,
    *,
    environ: Mapping[str, str],
    check_mode: bool,
    diff_mode: bool,
    report: Progress,
    core_version: str,
    clock: Clock | None = None,
    redactor: Redactor | None = None,
    cancellation: Cancellation | None = None,
    observed: ObservedResources | None = None,
    entry_errors: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """Run the task; return its result as arguments of C(exit_json), or of C(fail_json) if it has C(failed).

    Redacts everything that leaves the task: the result and the lines given to C(report) hold no secret, and texts that
    people read hold no control character. Raises no InferenceError; an exception that is a fault of the collection
    passes, without secrets in its text.

    redactor: hides the secrets of the options; those of the configuration file are added to it.
    cancellation: stops the task from another thread. observed: holds the resources last seen, also after that.
    entry_errors: those of C(TaskSpec.prepare).
    """
    params = fill_defaults(task.argument_spec, params)
    cancellation, observed = cancellation or Cancellation(), observed or ObservedResources()
    answer_warnings: dict[str, None] = {}
    context: Context | None = None
    clock = clock or SystemClock(cancellation)
    redactor = task_redactor(task.argument_spec, params, environ) if redactor is None else redactor
    hide = redactor.text

    def show(line: str) -> None:
        report(visible_line(hide(line)[:MAX_LINE_LENGTH]))

    try:
        params, wrong = check_options(task.argument_spec, params, task.entries)
        settings = resolve_settings(params, environ)
        redactor.add(settings.secrets())
        transport = Transport(
            settings, user_agent=user_agent(core_version), clock=clock, redactor=redactor, cancellation=cancellation
        )
        with closing(transport):
            api = InferenceApi(settings, transport, observed)
            params, wrong_region = without_regions(task.argument_spec, params, settings.region, task.entries)
            answer_warnings = api.answer_warnings
            context = Context(
                api,
                check_mode,
                show,
                clock,
                cancellation,
                entry_errors={**wrong_region, **wrong, **(entry_errors or {})},
            )
            outcome = task.run(context, params)
    except InferenceError as error:
        failure = _failure(error, task, observed)
        # An odd answer of the service may be the cause, or what the task assumed.
        warnings = [*answer_warnings, *(context.warnings if context else ())]
        if warnings:
            failure["warnings"] = warnings
        return _shown(redactor.fields(failure))
    except Exception as error:  # a fault of the collection, whose text may quote what it met
        redactor.check_exception(error)
        raise
    result: dict[str, Any] = {"changed": outcome.changed, **outcome.results}
    if diff_mode and outcome.diff is not None:
        # What another run was first to do isn't this run's change, even if it was planned.
        shown_diff = outcome.diff if outcome.changed else replace(outcome.diff, before=outcome.diff.after)
        result["diff"] = shown_diff.as_result()
    warnings = [*_warnings(settings), *answer_warnings, *context.warnings, *outcome.warnings]
    if warnings:
        result["warnings"] = warnings
    return _shown(redactor.fields(result))


def _failure(error: InferenceError, task: TaskSpec, observed: ObservedResources) -> dict[str, Any]:
    result: dict[str, Any] = {"failed": True, "changed": False, "msg": str(error)}
    if isinstance(error, PartialFailure):
        result.update(error.results, changed=error.changed)
    if task.resource_type is not None:
        seen = observed.latest(task.resource_type)
        result[task.resource_type.__name__.lower()] = None if seen is None else to_plain(seen)
    details = error.details()
    if details:
        result["error"] = details
    return result


def _shown(result: dict[str, Any]) -> dict[str, Any]:
    """The result with control characters escaped in what people read; all other values are data and stay exact."""
    shown = {key: _visible(value) if key in _TEXTS else value for key, value in result.items()}
    if isinstance(shown.get("diff"), dict):
        shown["diff"] = {key: _visible(value) if key in _DIFF_TEXTS else value for key, value in shown["diff"].items()}
    if isinstance(shown.get("members"), list):
        shown["members"] = [_shown(member) for member in shown["members"]]
    return shown


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value[:MAX_TEXT_LENGTH])
    if isinstance(value, dict):
        return {visible_line(key): _visible(item) for key, item in value.items()}
    return [_visible(item) for item in value] if isinstance(value, list) else value


def _warnings(settings: Settings) -> list[str]:
    return [] if settings.validate_certs else [UNVERIFIED_WARNING]
