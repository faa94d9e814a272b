# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task and its options to a result: the part that the module's door and the action's door share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
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
from ._options.given import complete
from ._options.shared import Params
from ._task import Context, PartialFailure, Progress, TaskSpec

# What of a text is shown, in characters: a service may send megabytes of it.
LONGEST_LINE = 2_000
LONGEST_TEXT = 100_000
# The fields of a result, and of a member of a fleet, that are for people to read.
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
    refused: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """Run the task and return its result as C(exit_json) or, where C(failed) is set, C(fail_json) takes it.

    Everything that leaves the task passes here: neither the result nor what C(report) gets has a secret, or, where it
    is for people to read, a character that a terminal obeys. C(redactor) learns all secrets.
    cancellation, observed: for whoever may interrupt the task, and wants to know what there is then.
    refused: what C(Task.prepare) found wrong with entries.
    """
    params = complete(task.argument_spec, params)
    cancellation, observed = cancellation or Cancellation(), observed or ObservedResources()
    answer_warnings: dict[str, None] = {}
    clock = clock or SystemClock(cancellation)
    redactor = task_redactor(task.argument_spec, params, environ) if redactor is None else redactor
    hide = redactor.text

    def tell(line: str) -> None:
        report(visible_line(hide(line)[:LONGEST_LINE]))

    try:
        params, wrong = check_options(task.argument_spec, params, task.entries)
        settings = resolve_settings(params, environ)
        redactor.add(settings.secrets())
        transport = Transport(
            settings, user_agent=user_agent(core_version), clock=clock, redactor=redactor, cancellation=cancellation
        )
        with closing(transport):
            api = InferenceApi(settings, transport, observed)
            params, elsewhere = without_regions(task.argument_spec, params, settings.region, task.entries)
            answer_warnings = api.answer_warnings
            context = Context(
                api, check_mode, tell, clock, cancellation, refused={**elsewhere, **wrong, **(refused or {})}
            )
            outcome = task.run(context, params)
    except InferenceError as error:
        failure = _failure(error, task, observed)
        if answer_warnings:
            # They may be why.
            failure["warnings"] = list(answer_warnings)
        return _shown(redactor.value(failure))
    result: dict[str, Any] = {"changed": outcome.changed, **outcome.results}
    if diff_mode and outcome.diff is not None:
        result["diff"] = outcome.diff.as_result()
    warnings = [*_warnings(settings), *answer_warnings, *context.warnings, *outcome.warnings]
    if warnings:
        result["warnings"] = warnings
    return _shown(redactor.value(result))


def _failure(error: InferenceError, task: TaskSpec, observed: ObservedResources) -> dict[str, Any]:
    result: dict[str, Any] = {"failed": True, "changed": False, "msg": str(error)}
    if isinstance(error, PartialFailure):
        result.update(error.results, changed=error.changed)
    if task.about is not None:
        seen = observed.latest(task.about)
        result[task.about.__name__.lower()] = None if seen is None else to_plain(seen)
    details = error.details()
    if details:
        result["error"] = details
    return result


def _shown(result: dict[str, Any]) -> dict[str, Any]:
    """The result with what is for people made fit for a terminal; all else is data, and stays exact."""
    shown = {key: _visible(value) if key in _TEXTS else value for key, value in result.items()}
    if isinstance(shown.get("diff"), dict):
        shown["diff"] = {key: _visible(value) if key in _DIFF_TEXTS else value for key, value in shown["diff"].items()}
    if isinstance(shown.get("members"), list):
        shown["members"] = [_shown(member) for member in shown["members"]]
    return shown


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value[:LONGEST_TEXT])
    if isinstance(value, dict):
        return {visible_line(key): _visible(item) for key, item in value.items()}
    return [_visible(item) for item in value] if isinstance(value, list) else value


def _warnings(settings: Settings) -> list[str]:
    return [] if settings.validate_certs else [UNVERIFIED_WARNING]
