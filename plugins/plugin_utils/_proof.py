# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that access rules refuse this host: the same key has to get an answer from another host."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleError

from ..module_utils._client.errors import InferenceError
from ..module_utils._client.redaction import Redactor, visible_line
from ..module_utils._client.settings import Settings, resolve_settings
from ..module_utils._deployment.verification import QUESTION, REFUSED, TIMEOUT
from ..module_utils._options.normalize import fill_defaults, is_empty
from ._builtin_types import to_builtin_types
from ._in_process import InProcessAction
from ._other_host import run_on_host
from ._variables import settings_from_variables


class ProvingAction(InProcessAction):
    """Has the host C(verify_host) prove each refusal that the result shows as C(verification)."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        if self._task.async_val and not is_empty(self._task.args.get("verify_host")):
            # In the background, nobody is left to have the other host ask.
            return {
                "failed": True,
                "changed": False,
                "msg": "verify_host: can't be asked with async; take one of both out",
            }
        result = super().run(tmp, task_vars)
        _prove_refusals(self, result, task_vars or {})
        return result


def _prove_refusals(action: InProcessAction, result: dict[str, Any], task_vars: dict[str, Any]) -> None:
    """Ask from C(verify_host) where this host was refused; change the result to what that shows, and warn."""
    refusals = list(_refusals(result))
    if not refusals:
        # The options of a task that was refused may be anything.
        return
    args = {**action._task.args, **settings_from_variables(action._templar, task_vars, action._task.args)}
    params = fill_defaults(action.task.argument_spec, to_builtin_types(args))
    host = params.get("verify_host")
    if host is None:
        return
    unreachable: str | None = None
    for label, verification in refusals:
        try:
            problem = unreachable or _ask(action, str(host), verification, params, task_vars)
        except AnsibleError as error:
            # It would be so for the other members of a fleet, after as long a wait for each.
            problem = unreachable = f"it couldn't be asked: {error}"
        except InferenceError as error:
            problem = f"it couldn't be asked: {error}"
        if problem is None:
            verification["result"] = REFUSED
            verification["msg"] += f"; the same key got HTTP 200 from {host}"
        else:
            verification["msg"] += f"; from {host}: {problem}"
            shown = f"{label}verify: unproven: {verification['msg']}"
            warning = f"{shown}. A refusal counts only if the same key gets HTTP 200 there"
            result["warnings"] = [*result.get("warnings", ()), warning]


def _refusals(result: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What another host has to prove: of a deployment, or of each member of a fleet, with its name for messages."""
    members = [(f"{member['name']}: ", member) for member in result.get("members") or ()]
    for label, one in (("", result), *members):
        verification = one.get("verification")
        # A refusal where an answer was expected has failed already.
        if verification and verification["refused_here"] and verification["expected"] == REFUSED:
            yield label, verification


def _ask(
    action: InProcessAction, host: str, verification: dict[str, Any], params: dict[str, Any], task_vars: dict[str, Any]
) -> str | None:
    """Why the host didn't get an answer, in words; null if it did."""
    headers: dict[str, str] = {}
    settings: Settings | None = None
    if verification["with_key"]:
        settings = _settings(action, params)
        if settings is None:
            return (
                "the key is known only to the host of the task; give it with secret_key or the variable "
                "scaleway_inference_secret_key"
            )
        headers = {"Authorization": f"Bearer {settings.secret_key}"}
    args = {
        "url": f"{verification['url']}{QUESTION}",
        "headers": headers,
        "follow_redirects": "none",
        "timeout": int(TIMEOUT),
        "validate_certs": settings is None or settings.validate_certs,
    }
    answer = run_on_host(action, host, "ansible.builtin.uri", args, task_vars)
    if answer.get("status") == 200:
        return None
    hidden = Redactor([] if settings is None else settings.secrets()).text(str(answer.get("msg") or "no answer"))
    return f"HTTP {answer.get('status')}: {visible_line(hidden)}" if answer.get("status") else visible_line(hidden)


def _settings(action: InProcessAction, params: dict[str, Any]) -> Settings | None:
    """The settings of the task as the controller knows them; null if only the host of the task has the key."""
    is_local = action._connection.transport == "local" and not action._connection.become
    if params["secret_key"] is None and not is_local:
        return None
    with action._environment():
        return resolve_settings(params, dict(os.environ) if is_local else {})
