# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses the options of the task C(fleet) into the desired state of a fleet; makes no request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._client.errors import InferenceError, OptionError
from .._client.ranges import display_text
from .._deployment.checks import check_name
from .._deployment.desired import parse_desired
from .._deployment.fields import FIELDS
from .._deployment.recreation import UndeclaredError
from .._deployment.steps import DesiredDeployment
from .._deployment.verification import ASKING_OPTIONS, VERIFY_OPTION
from .._options.entries import entry_label
from .._options.normalize import PREDICTED
from .._options.shared import ArgumentSpec, Params
from .._task import Context

TAG_PREFIX = "fleet: "


def _without_default(option: Mapping[str, Any]) -> dict[str, Any]:
    # An entry that leaves an option out takes the fleet's value, not the option's default.
    return {key: value for key, value in option.items() if key != "default"}


# The options that both an entry and C(defaults) have.
SHARED_OPTIONS: ArgumentSpec = {
    **{row.name: _without_default(row.option) for row in FIELDS if row.shared},
    "verify": VERIFY_OPTION,
}
ENTRY_OPTIONS: ArgumentSpec = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **SHARED_OPTIONS,
}


@dataclass(frozen=True)
class Entry:
    """One entry of the option C(deployments). C(verify): what is expected of its access from here; null: don't ask."""

    position: int
    desired: DesiredDeployment
    present: bool
    verify: str | None

    def __str__(self) -> str:
        return entry_label("deployments", self.position, {"name": self.desired.name, "id": self.desired.id})


@dataclass(frozen=True)
class Problem:
    """What is wrong with an entry. C(entry): its label in messages; C(undeclared): as in UndeclaredError."""

    position: int
    entry: str
    text: str
    undeclared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry, error: InferenceError) -> Problem:
        """The problem that an error of an entry is."""
        undeclared = error.undeclared if isinstance(error, UndeclaredError) else {}
        return cls(entry.position, str(entry), str(error), undeclared)


@dataclass(frozen=True)
class Problems:
    """What is wrong with the entries of a fleet. C(count): the number of all entries."""

    count: int = 0
    found: tuple[Problem, ...] = ()

    def __add__(self, more: Problem) -> Problems:
        return replace(self, found=(*self.found, more))

    def __bool__(self) -> bool:
        return bool(self.found)

    def error(self, more: str = "") -> OptionError:
        """The error that names all wrong entries. C(more): added to the first sentence."""
        undeclared: dict[str, Mapping[str, Any]] = {}
        by_entry: dict[tuple[int, str], dict[str, None]] = {}
        for problem in sorted(self.found, key=lambda one: one.position):
            undeclared |= problem.undeclared
            by_entry.setdefault((problem.position, problem.entry), {})[problem.text] = None
        lines = [f"{entry}: {'; '.join(texts)}" for (_position, entry), texts in by_entry.items()]
        # Options to paste into a playbook stand on lines of their own.
        listed = "\n".join(lines) if undeclared else "; ".join(lines)
        wrong = len({problem.position for problem in self.found})
        entries = "entry" if self.count == 1 else "entries"
        message = f"{wrong} of {self.count} {entries} can't be met, and nothing was changed{more}. {listed}"
        return UndeclaredError(message, undeclared) if undeclared else OptionError(message)

    def error_unread(self, cause: InferenceError) -> OptionError:
        """The error that names all wrong entries, if the service failed while others were read."""
        return self.error(f"; the others couldn't be checked, as {cause}")


def fleet_tag(name: str) -> str:
    """The tag that marks the members of this fleet."""
    return TAG_PREFIX + name


def parse_entries(context: Context, params: Params, tag: str) -> tuple[tuple[Entry, ...], Problems]:
    """The valid entries, each with the defaults filled in, and what is wrong with the others.

    tag: that of the fleet. Raises OptionError for a list that is empty with purge.
    """
    given: Sequence[Params] = params["deployments"] or []
    if not given and params["purge"] and params["state"] == "present":
        raise OptionError(
            "deployments: is empty, and purge would delete the whole fleet; if that is intended, set state: absent"
        )
    asking = [name for name in ASKING_OPTIONS if params[name] is not None]
    verifies = any(one.get("verify") is not None for one in (*given, params["defaults"] or {}))
    if asking and not verifies and params["state"] == "present":
        raise OptionError(f"{asking[0]}: needs verify, in an entry or for all")
    defaults = params["defaults"] or {}
    entries: list[Entry] = []
    problems = Problems(len(given))
    for position, entry in enumerate(given):
        try:
            if position in context.entry_errors:
                raise OptionError(context.entry_errors[position])
            entries.append(_entry(context, position, entry, defaults, tag))
        except InferenceError as error:
            problems += Problem(position, entry_label("deployments", position, entry), str(error))
    for problem in _duplicates(given):
        problems += problem
    return tuple(entries), problems


def entry_options(entry: Params, defaults: Params, fleet_tag_text: str) -> dict[str, Any]:
    """The options of an entry, with the defaults filled in.

    Raises OptionError for an entry that is wrong by itself, whatever there is on the service.
    """

    def option(name: str) -> Any:
        value, default = entry[name], defaults.get(name)
        # In check mode, an empty option may stand for a predicted resource; a default is more likely to be meant.
        return default if value is None or (value == PREDICTED and default is not None) else value

    if not (entry["name"] or entry["id"]):
        raise OptionError("one of name and id is needed")
    present = entry["state"] == "present"
    if entry["name"] and present:
        check_name(entry["name"])
    for row in FIELDS:
        if row.requires and entry[row.name] and option(row.requires) is None:
            raise OptionError(f"{row.name}: true needs {row.requires}, be it an empty list of rules")
    # An entry may be a deployment as a task returned it, which carries the fleet's tag.
    tags = None if option("tags") is None else [tag for tag in option("tags") if tag != fleet_tag_text]
    for tag in tags or ():
        if tag.startswith(TAG_PREFIX):
            raise OptionError(
                f"tags: '{display_text(tag)}' begins as the tags of fleets do, which the module itself sets; take it "
                "out"
            )
    endpoints = option("endpoints")
    return {
        "name": entry["name"],
        "id": entry["id"],
        **{name: option(name) for name in SHARED_OPTIONS},
        "tags": tags,
        "accept_eula": bool(option("accept_eula")),
        "purge_endpoints": bool(option("purge_endpoints")) and endpoints is not None,
        "private_only": bool(option("private_only")),
        "rules": option("rules") if present else None,
        "verify": option("verify") if present else None,
    }


def _entry(context: Context, position: int, entry: Params, defaults: Params, fleet_tag_text: str) -> Entry:
    options = entry_options(entry, defaults, fleet_tag_text)
    return Entry(position, parse_desired(context, options), entry["state"] == "present", options["verify"])


def _duplicates(entries: Sequence[Params]) -> Iterator[Problem]:
    """A problem for each entry with the name or the ID of an earlier entry."""
    for field_name in ("name", "id"):
        first: dict[str, int] = {}
        for position, entry in enumerate(entries):
            value = entry[field_name]
            # In check mode, each predicted resource may be another one.
            if value in (None, PREDICTED):
                continue
            earlier = first.setdefault(value.lower() if field_name == "id" else value, position)
            if earlier != position:
                yield Problem(
                    position,
                    entry_label("deployments", position, entry),
                    f"{field_name} '{value}' is that of deployments[{earlier}] too; list each deployment once",
                )
