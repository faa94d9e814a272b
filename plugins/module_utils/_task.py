# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task is: an argument spec and a function. It can't tell whether a module or an action runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._client.cancellation import Cancellation
from ._client.clock import Clock
from ._client.errors import InferenceError
from ._client.inference.api import InferenceApi
from ._client.inference.resources import Deployment, Model
from ._options.entries import refused_entries
from ._options.given import (
    Predictable,
    given,
    refuse_empty_limits,
    refuse_predicted,
    with_predicted,
    with_predicted_inside,
)
from ._options.shared import API_OPTIONS, ArgumentSpec, Params

# Tells one line of progress.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Context:
    """One run of a task: where it acts, whether it may, whom it tells of its progress, and by which clock it waits.

    warnings: those that its result will have, whatever comes of it; C(warn) adds one.
    refused: what is wrong with entries of the task's list, by their position; nothing of such an entry counts.
    """

    api: InferenceApi
    check_mode: bool
    progress: Progress
    clock: Clock
    cancellation: Cancellation
    warnings: list[str] = field(default_factory=list)
    refused: Mapping[int, str] = field(default_factory=dict)

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


@dataclass(frozen=True)
class Diff:
    """What a task changes, as plain data; an empty mapping stands for "not there"."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    header: str

    def as_result(self) -> dict[str, Any]:
        return {
            "before": dict(self.before),
            "after": dict(self.after),
            "before_header": self.header,
            "after_header": self.header,
        }


@dataclass(frozen=True)
class Outcome:
    """What a task did. C(results) are its documented return values."""

    results: Mapping[str, Any]
    changed: bool = False
    diff: Diff | None = None
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Prepared:
    """Options for Ansible to check. C(refused): as in Run; the entries themselves are left out of the options."""

    params: dict[str, Any]
    refused: Mapping[int, str]


@dataclass(frozen=True)
class TaskSpec:
    """One task. The five fields after C(entries) are those of C(AnsibleModule) by the same names.

    limits: by option, another option and its value with which the first one limits what is deleted.
    foretold: the options that choose a resource by what an earlier task returned, which is null in check mode; each
    with those that make it needless.
    foretold_inside: the same for the options of a dictionary, or of each in a list, by the option that has them.
    about: what a failure returns as it was last seen, by the name of its kind: C(deployment) or C(model).
    entries: the list of which each entry is checked for itself, so that the task tells of all that are wrong at once.
    """

    name: str
    run: Callable[[Context, Params], Outcome]
    options: ArgumentSpec
    limits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    predictable: Predictable = field(default_factory=dict)
    predictable_inside: Mapping[str, Predictable] = field(default_factory=dict)
    about: type[Deployment] | type[Model] | None = None
    entries: str = ""
    mutually_exclusive: Sequence[Sequence[str]] = ()
    required_together: Sequence[Sequence[str]] = ()
    required_one_of: Sequence[Sequence[str]] = ()
    required_if: Sequence[Sequence[Any]] = ()
    required_by: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def argument_spec(self) -> ArgumentSpec:
        return {**API_OPTIONS, **self.options}

    def given(self, params: Params) -> dict[str, Any]:
        """The options that are given, before Ansible checks them. Raises OptionError."""
        return given(self.argument_spec, params)

    def prepare(self, written: Params, *, check_mode: bool = False) -> Prepared:
        """The same, and what is wrong with entries. Raises OptionError, also for an option that must not be empty."""
        refuse_empty_limits(self.limits, written)
        refused: Mapping[int, str] = {}
        if self.entries in written:
            entries, refused = refused_entries(
                self.entries,
                self.options[self.entries],
                written[self.entries],
                self.predictable_inside.get(self.entries, {}),
            )
            written = {**written, self.entries: entries}
        found = self.given(written)
        refuse_predicted(self.predictable, found)
        for name, predictable in self.predictable_inside.items():
            if isinstance(found.get(name), Mapping):
                refuse_predicted(predictable, found[name], f"{name}.")
        if check_mode:
            found = with_predicted(self.predictable, written, found)
            for name, predictable in self.predictable_inside.items():
                if name in found:
                    found[name] = with_predicted_inside(predictable, written[name], found[name])
        return Prepared(found, refused)

    def rules(self) -> dict[str, Any]:
        """The rules between options, as AnsibleModule and ArgumentSpecValidator take them."""
        return {
            "mutually_exclusive": self.mutually_exclusive,
            "required_together": self.required_together,
            "required_one_of": self.required_one_of,
            "required_if": self.required_if,
            "required_by": self.required_by,
        }


class PartialFailure(InferenceError):
    """A task failed, and something may have been done. C(results): its return values as far as they are known."""

    def __init__(self, message: str, *, changed: bool, results: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.changed = changed
        self.results = dict(results)


class Interrupted(PartialFailure):
    """A task failed between its steps. Names what was done before, so that nothing half-done is forgotten."""

    def __init__(self, cause: InferenceError, *, done: Sequence[str]) -> None:
        message = str(cause)
        if done:
            message += f" (done before this: {'; '.join(done)})"
        super().__init__(message, changed=bool(done), results={})
        self.cause = cause

    def details(self) -> dict[str, Any]:
        return self.cause.details()
