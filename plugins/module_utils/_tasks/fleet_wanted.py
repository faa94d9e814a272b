# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet is to be: the options of the task C(fleet), checked before any request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._client.errors import InferenceError, OptionError
from .deployment import TASK as DEPLOYMENT
from .deployment import wanted_of
from .deployment_checks import check_name
from .deployment_recreation import UndeclaredError
from .deployment_steps import Wanted
from .entries import called
from .given import PREDICTED
from .options import ArgumentSpec
from .task import Params, Run

MAX_MEMBERS = 200
TAG_PREFIX = "fleet: "

_SHARED = (
    "model",
    "node_type",
    "min_size",
    "max_size",
    "tags",
    "accept_eula",
    "quantization_bits",
    "endpoints",
    "purge_endpoints",
    "on_immutable_change",
    "rules",
    "purge_rules",
    "allow_all",
)


def _without_default(option: Mapping[str, Any]) -> dict[str, Any]:
    # Only what an entry leaves out is taken from the defaults of the fleet.
    return {key: value for key, value in option.items() if key != "default"}


# What an entry and the defaults have in common.
SHARED_OPTIONS: ArgumentSpec = {name: _without_default(DEPLOYMENT.options[name]) for name in _SHARED}
ENTRY_OPTIONS: ArgumentSpec = {
    "name": {"type": "str"},
    "deployment_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **SHARED_OPTIONS,
}


@dataclass(frozen=True)
class Entry:
    """One entry of the list."""

    position: int
    wanted: Wanted
    present: bool

    def __str__(self) -> str:
        return called("deployments", self.position, vars(self.wanted))


class Problems:
    """What is wrong with entries, all that was found so far."""

    def __init__(self, count: int = 0) -> None:
        """C(count): how many entries there are, wrong or not."""
        self.count = count
        self.undeclared: dict[str, Mapping[str, Any]] = {}
        self._found: dict[int, dict[str, list[str]]] = {}

    def add(self, position: int, entry: str, problem: str) -> None:
        """One more. C(entry): what it is called in the message."""
        self._found.setdefault(position, {}).setdefault(entry, []).append(problem)

    def __len__(self) -> int:
        return len(self._found)

    def error(self, more: str = "") -> OptionError:
        """The error that names all wrong entries. C(more): what else is to be said."""
        lines = [
            f"{entry}: {'; '.join(dict.fromkeys(problems))}"
            for _position, named in sorted(self._found.items())
            for entry, problems in named.items()
        ]
        # What is to be pasted stands on lines of its own.
        listed = "\n".join(lines) if self.undeclared else "; ".join(lines)
        entries = "entry" if self.count == 1 else "entries"
        message = f"{len(self)} of {self.count} {entries} can't be met, and nothing was changed{more}. {listed}"
        return UndeclaredError(message, self.undeclared) if self.undeclared else OptionError(message)


def fleet_tag(name: str) -> str:
    """The tag by which a fleet knows its members."""
    return TAG_PREFIX + name


def wanted_entries(run: Run, params: Params, tag: str) -> tuple[tuple[Entry, ...], Problems]:
    """The entries that make sense, each with the defaults filled in, and what is wrong with the others.

    Raises OptionError for a list that makes none as a whole. C(tag): that of the fleet.
    """
    given: Sequence[Params] = params["deployments"] or []
    if not given and params["purge"] and params["state"] == "present":
        raise OptionError(
            "deployments: is empty, and purge would delete the whole fleet; if that is wanted, set state: absent"
        )
    if len(given) > MAX_MEMBERS:
        raise OptionError(
            f"deployments: {len(given)} entries are more than the {MAX_MEMBERS} that one fleet may have; make several "
            "fleets of them"
        )
    defaults = params["defaults"] or {}
    entries: list[Entry] = []
    problems = Problems(len(given))
    for position, entry in enumerate(given):
        try:
            if position in run.refused:
                raise OptionError(run.refused[position])
            entries.append(_entry(run, position, entry, defaults, tag))
        except InferenceError as error:
            problems.add(position, called("deployments", position, entry), str(error))
    _add_repeated(given, problems)
    return tuple(entries), problems


def _entry(run: Run, position: int, entry: Params, defaults: Params, own_tag: str) -> Entry:
    def option(name: str) -> Any:
        value, default = entry[name], defaults.get(name)
        # What is empty in check mode may have been foretold, but with a default, it may as well be left out.
        return default if value is None or (value == PREDICTED and default is not None) else value

    if not (entry["name"] or entry["deployment_id"]):
        raise OptionError("one of name and deployment_id is needed")
    present = entry["state"] == "present"
    if entry["name"] and present:
        check_name(entry["name"])
    for option_name, of in (("purge_endpoints", "endpoints"), ("purge_rules", "rules"), ("allow_all", "rules")):
        if entry[option_name] and option(of) is None:
            raise OptionError(f"{option_name}: true needs {of}, be it an empty list of rules")
    # A member that was returned has the fleet's own.
    tags = None if option("tags") is None else [tag for tag in option("tags") if tag != own_tag]
    for tag in tags or ():
        if tag.startswith(TAG_PREFIX):
            raise OptionError(
                f"tags: '{tag}' begins as the tags of fleets do, which the module itself sets; take it out"
            )
    endpoints = option("endpoints")
    wanted = wanted_of(
        run,
        {
            "name": entry["name"],
            "deployment_id": entry["deployment_id"],
            **{name: option(name) for name in _SHARED},
            "tags": tags,
            "accept_eula": bool(option("accept_eula")),
            "purge_endpoints": bool(option("purge_endpoints")) and endpoints is not None,
            "rules": option("rules") if present else None,
        },
    )
    return Entry(position, wanted, present)


def _add_repeated(entries: Sequence[Params], problems: Problems) -> None:
    for field_name in ("name", "deployment_id"):
        first: dict[str, int] = {}
        for position, entry in enumerate(entries):
            value = entry[field_name]
            # In check mode, each of these may be another.
            if value in (None, PREDICTED):
                continue
            earlier = first.setdefault(value.lower() if field_name == "deployment_id" else value, position)
            if earlier != position:
                problems.add(
                    position,
                    called("deployments", position, entry),
                    f"{field_name} '{value}' is that of deployments[{earlier}] too; list each deployment once",
                )
