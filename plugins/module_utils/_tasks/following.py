# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following one course to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .._client.errors import InferenceError
from .course import Course, Look, Need, R, See
from .task import Run
from .waiting import Wait

T = TypeVar("T")


@dataclass(frozen=True)
class Sight(Generic[R]):
    """How resources of one kind are seen: by name and project, and by ID (null where there is none)."""

    kind: str
    named: Callable[[str, str], tuple[R, ...]]
    find: Callable[[str], R | None]


def follow(run: Run, sight: Sight[R], course: Course[R, T], *, wait_timeout: float) -> T:
    """Follow the course; return what it returns. Raises what it raises, WaitError when the time is over included."""
    wait = Wait(run.clock, run.report, wait_timeout)

    def meet(need: Need[R]) -> Any:
        if isinstance(need, Look):
            run.clock.sleep(need.after)
            return sight.named(need.name, need.project_id)
        resource = need.resource
        if isinstance(need, See):
            return sight.find(resource.id)
        seen: R | None = resource
        return wait.until(
            f"{sight.kind} {resource.label}",
            seen,
            lambda: sight.find(resource.id),
            lambda one: "gone" if one is None else one.status or "unknown",
            need.done,
        )

    answer: Any = None
    error: InferenceError | None = None
    while True:
        try:
            need = course.send(answer) if error is None else course.throw(error)
        except StopIteration as end:
            result: T = end.value
            return result
        answer, error = None, None
        try:
            answer = meet(need)
        except InferenceError as problem:
            error = problem
