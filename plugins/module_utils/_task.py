# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task: an argument spec and a function, which doesn't know whether a module or an action runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._client.cancellation import Cancellation
from ._client.clock import Clock
from ._client.errors import InferenceError
from ._client.inference.api import InferenceApi
from ._client.inference.resources import Deployment, Model
from ._options.entries import check_entries
from ._options.normalize import (
    Predictable,
    given_options,
    refuse_empty_deletion_limits,
    refuse_predicted,
    with_predicted,
    with_predicted_inside,
)
from ._options.shape import check_kinds
from ._options.shared import API_OPTIONS, ArgumentSpec, Params

# Called with each line of progress.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Context:
    """What one run of a task works with.

    check_mode: whether the task must only predict. warnings: what the result will warn of; C(warn) adds to it.
    entry_errors: what is wrong with entries of the list C(TaskSpec.entries), by position. The options of such an entry
      are not to be used.
    """

    api: InferenceApi
    check_mode: bool
    progress: Progress
    clock: Clock
    cancellation: Cancellation
    warnings: list[str] = field(default_factory=list)
    entry_errors: Mapping[int, str] = field(default_factory=dict)

    def warn(self, text: str) -> None:
        """Add a warning to the result, unless it has the same one already."""
        if text not in self.warnings:
            self.warnings.append(text)


@dataclass(frozen=True)
class Diff:
    """What a task changes, as plain data; an empty mapping means that there is nothing.

    note: what else the change does, in words, for the header of C(after).
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    header: str
    note: str = ""

    def as_result(self) -> dict[str, Any]:
        return {
            "before": dict(self.before),
            "after": dict(self.after),
            "before_header": self.header,
            "after_header": f"{self.header} ({self.note})" if self.note else self.header,
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
    """Options for Ansible to check. Of an entry in C(entry_errors), only its name or ID is left in the options."""

    params: dict[str, Any] = field(repr=False)
    entry_errors: Mapping[int, str]


@dataclass(frozen=True)
class TaskSpec:
    """A task: its argument spec, the function that runs it, and how its options are prepared.

    run: gets the checked options; raises InferenceError where the task fails.

    deletion_limits: options that limit what is deleted, each with another option and the value of that one with which
      it does so. Such an option must not be empty then, as an empty option counts as not given.
    predictable: options that choose a resource by what an earlier task returned, which is null in check mode; each with
      the options that replace it.
    predictable_inside: the same for the options of a dictionary, or of a list of dictionaries, by its name.
    resource_type: what a failed task returns as it was last seen, as C(deployment) or C(model); null for nothing.
    entries: the option, a list, whose entries are checked one by one, so that one error can name all that are wrong.
    The other fields are arguments of C(AnsibleModule) with the same names.
    """

    name: str
    run: Callable[[Context, Params], Outcome]
    options: ArgumentSpec
    deletion_limits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    predictable: Predictable = field(default_factory=dict)
    predictable_inside: Mapping[str, Predictable] = field(default_factory=dict)
    resource_type: type[Deployment] | type[Model] | None = None
    entries: str = ""
    mutually_exclusive: Sequence[Sequence[str]] = ()
    required_together: Sequence[Sequence[str]] = ()
    required_one_of: Sequence[Sequence[str]] = ()
    required_if: Sequence[Sequence[Any]] = ()
    required_by: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def argument_spec(self) -> ArgumentSpec:
        return {**API_OPTIONS, **self.options}

    def given_options(self, params: Params) -> dict[str, Any]:
        """The options that are given, before Ansible checks them. Raises OptionError as C(normalize.given_options)."""
        return given_options(self.argument_spec, params)

    def prepare(self, written: Params, *, check_mode: bool = False) -> Prepared:
        """The options as Ansible is to check them, from the options as they were written.

        Raises OptionError for options that can't be read, or that must not be empty.
        """
        refuse_empty_deletion_limits(self.deletion_limits, written)
        entry_errors: Mapping[int, str] = {}
        if self.entries and self.entries in written:
            entries, entry_errors = check_entries(
                self.entries,
                self.options[self.entries],
                written[self.entries],
                self.predictable_inside.get(self.entries, {}),
            )
            written = {**written, self.entries: entries}
        found = self.given_options(written)
        check_kinds(self.argument_spec, found)
        refuse_predicted(self.predictable, found)
        for name, predictable in self.predictable_inside.items():
            if isinstance(found.get(name), Mapping):
                refuse_predicted(predictable, found[name], f"{name}.")
        if check_mode:
            found = with_predicted(self.predictable, written, found)
            for name, predictable in self.predictable_inside.items():
                if name in found:
                    found[name] = with_predicted_inside(predictable, written[name], found[name])
        return Prepared(found, entry_errors)

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
    """A task failed, and may have changed something. C(results): its return values as far as they are known."""

    def __init__(self, message: str, *, changed: bool, results: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.changed = changed
        self.results = dict(results)


class Interrupted(PartialFailure):
    """A task failed between its steps. The message names the steps in C(done), which stay in effect.

    unknown: the steps that were sent, got no good answer, and couldn't be read back.
    """

    def __init__(self, cause: InferenceError, *, done: Sequence[str], unknown: Sequence[str] = ()) -> None:
        message = str(cause)
        if done:
            message += f" (done before this: {'; '.join(done)})"
        if unknown:
            message += f" (no good answer came to this, so it may be done: {'; '.join(unknown)})"
        super().__init__(message, changed=bool(done), results={})
        self.cause = cause

    def details(self) -> dict[str, Any]:
        return self.cause.details()
