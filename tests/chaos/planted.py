# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Defects to plant in the product, each at one place: every promise must be seen to break by one of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from ansible_collections.scaleway.inference.plugins.module_utils import _runner
from ansible_collections.scaleway.inference.plugins.module_utils._client import transport
from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import AnswerError, InferenceError
from ansible_collections.scaleway.inference.plugins.module_utils._client.redaction import Redactor
from ansible_collections.scaleway.inference.plugins.module_utils._deployment import apply, plan
from ansible_collections.scaleway.inference.plugins.module_utils._deployment.applied import Applied
from ansible_collections.scaleway.inference.plugins.module_utils._deployment.steps import Plan
from ansible_collections.scaleway.inference.plugins.module_utils._lookup import deployments
from ansible_collections.scaleway.inference.plugins.module_utils._options import normalize
from ansible_collections.scaleway.inference.plugins.module_utils._reconcile import create
from ansible_collections.scaleway.inference.plugins.module_utils._task import Context, Outcome, TaskSpec
from ansible_collections.scaleway.inference.tests.chaos.invariants import broken
from ansible_collections.scaleway.inference.tests.chaos.memory_service import MemoryService
from ansible_collections.scaleway.inference.tests.chaos.play import play
from ansible_collections.scaleway.inference.tests.chaos.scenario import scenario_of


@dataclass(frozen=True)
class Defect:
    """One defect, and the promise that it breaks: ``name`` of ``place`` is replaced by ``value``.

    ``tasks``: those that it shows in.
    """

    title: str
    promise: str
    place: Any
    name: str
    value: Any
    tasks: tuple[str, ...] = ("deployment", "fleet")

    def planted(self) -> AbstractContextManager[Any]:
        """A block in which the product has the defect."""
        return mock.patch.object(self.place, self.name, self.value)

    def first_red(self, service: MemoryService, seeds: range) -> int | None:
        """The first of the seeds with which the promise breaks, if there is one."""
        with self.planted():
            for seed in seeds:
                scenario = scenario_of(seed)
                if scenario.task in self.tasks and self.promise in broken(play(scenario, service)):
                    return seed
        return None

    def __str__(self) -> str:
        return self.title


def _replacing(original: Callable[..., Any], changed: Callable[..., Any]) -> Callable[..., Any]:
    """A function that calls ``changed`` with the original before its arguments."""
    return lambda *arguments, **more: changed(original, *arguments, **more)


def _repeats_any(_method: str, error: InferenceError) -> bool:
    return error.transient


def _keeps_its_own(self: create.IdempotentCreation[Any], others: Any) -> create.Created[Any]:
    own = [*self._certain, *self._possible, *self._kept, *others][0]
    self._certain = self._possible = ()
    self._kept = (own,)
    return create.Created(self._creator.track(own), False)


def _does_not_verify(_self: apply.Applier, planned: Plan) -> Plan:
    return replace(planned, steps=())


def _opens_first(endpoint_steps: Any, guard: Any) -> list[Any]:
    return [*endpoint_steps, *guard]


def _without_facts(_error: InferenceError, _task: TaskSpec, _observed: object) -> dict[str, Any]:
    return {"failed": True, "changed": True, "msg": "the task failed"}


def _raises_another(_self: AnswerError, *_arguments: Any, **_more: Any) -> None:
    raise KeyError("status")


def _always_changed(original: Callable[..., None], *arguments: Any, **more: Any) -> None:
    original(*arguments, **more)
    object.__setattr__(arguments[0], "changed", True)


def _loses_a_step(original: Callable[..., None], *arguments: Any, **more: Any) -> None:
    original(*arguments, **more)
    results = arguments[0].results
    # What isn't done has no ID yet.
    if results.get("steps") and (results.get("deployment") or {}).get("id") is None:
        object.__setattr__(arguments[0], "results", {**results, "steps": results["steps"][:-1]})


def _never_checks(original: Callable[..., Any], api: Any, _check_mode: bool, *rest: Any, **more: Any) -> Any:
    return original(api, False, *rest, **more)


def _empty_is_a_value(original: Callable[..., Any], name: str, option: Any, value: Any, *rest: Any) -> Any:
    return [] if value in (None, "") and option.get("type") == "list" else original(name, option, value, *rest)


def _takes_near_names(api: Any, name: str, project_id: str) -> tuple[Any, ...]:
    return tuple(api.list_deployments(name=name, project_id=project_id))[:1]


_normalize = _replacing(normalize._normalize_value, _empty_is_a_value)

DEFECTS = (
    Defect("a blind second POST", "one_deployment_per_name", transport, "may_repeat", _repeats_any),
    Defect("no giving way", "one_deployment_per_name", create.IdempotentCreation, "_keep_oldest", _keeps_its_own),
    Defect("an error without facts", "what_is_made_is_told", _runner, "_failure", _without_facts),
    Defect("near names", "only_what_is_named_is_deleted", deployments, "deployments_named", _takes_near_names),
    Defect("rules left out of a recreation", "nothing_is_opened_further", plan, "check_recreation", lambda *_all: None),
    Defect("endpoints opened before rules", "nothing_is_opened_further", plan, "_order_steps", _opens_first),
    Defect("writes in check mode", "check_mode_only_reads", _runner, "Context", _replacing(Context, _never_checks)),
    Defect(
        "a step less in check mode",
        "check_mode_tells_the_steps",
        Outcome,
        "__init__",
        _replacing(Outcome.__init__, _loses_a_step),
    ),
    Defect("no read-back", "changed_is_exact", apply.Applier, "_verify", _does_not_verify),
    Defect(
        "a failure as if nothing was done", "a_failure_tells_all", Applied, "interrupted", lambda _self, cause: cause
    ),
    Defect("an answer that nobody catches", "nothing_crashes", AnswerError, "__init__", _raises_another),
    Defect("no scrubbing of secrets", "no_secret_shows", Redactor, "text", lambda _self, text: text),
    Defect("an empty option taken as a value", "a_clean_run_gets_there", normalize, "_normalize_value", _normalize),
    Defect(
        "changed whatever was done",
        "the_next_run_only_reads",
        Outcome,
        "__init__",
        _replacing(Outcome.__init__, _always_changed),
    ),
)
