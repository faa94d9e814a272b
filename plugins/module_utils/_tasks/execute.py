# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task and its options to a result: the part that the module's door and the action's door share."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from .._client.api import InferenceApi
from .._client.clock import Clock, SystemClock
from .._client.errors import InferenceError
from .._client.settings import Settings, resolve_settings
from .._client.transport import Transport
from .._client.version import VERSION
from .task import Params, PartlyDone, Report, Run, Task

UNVERIFIED = (
    "Certificates aren't verified: whoever stands between this machine and the service can read the secret key. "
    "Set validate_certs: true, or name your own authority with ca_path."
)


def execute(
    task: Task,
    params: Params,
    *,
    environ: Mapping[str, str],
    check_mode: bool,
    diff_mode: bool,
    report: Report,
    core_version: str,
    clock: Clock | None = None,
) -> dict[str, Any]:
    """Run the task and return its result as C(exit_json) or, where C(failed) is set, C(fail_json) takes it."""
    clock = clock or SystemClock()
    try:
        settings = resolve_settings(params, environ)
    except InferenceError as error:
        return {"failed": True, "changed": False, "msg": str(error)}
    transport = Transport(settings, user_agent=user_agent(core_version), clock=clock)
    try:
        run = Run(InferenceApi(settings, transport), check_mode, report, clock)
        outcome = task.run(run, params)
    except InferenceError as error:
        return _failure(error)
    finally:
        transport.close()
    result: dict[str, Any] = {"changed": outcome.changed, **outcome.results}
    if diff_mode and outcome.diff is not None:
        result["diff"] = outcome.diff.as_result()
    warnings = [*_warnings(settings), *run.warnings, *outcome.warnings]
    if warnings:
        result["warnings"] = warnings
    return result


def user_agent(core_version: str) -> str:
    return f"scaleway.inference/{VERSION} ansible-core/{core_version} python/{platform.python_version()}"


def _failure(error: InferenceError) -> dict[str, Any]:
    result: dict[str, Any] = {"failed": True, "changed": False, "msg": str(error)}
    if isinstance(error, PartlyDone):
        result.update(error.results, changed=error.changed)
    details = error.details()
    if details:
        result["error"] = details
    return result


def _warnings(settings: Settings) -> list[str]:
    return [] if settings.validate_certs else [UNVERIFIED]
