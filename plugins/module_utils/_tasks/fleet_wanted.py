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
        return f"deployments[{self.position}] ({self.wanted.name or self.wanted.deployment_id})"


def fleet_tag(name: str) -> str:
    """The tag by which a fleet knows its members. Raises OptionError for a name that can't be one."""
    try:
        check_name(name)
    except OptionError as error:
        raise OptionError(f"{error} (the name of a fleet)") from None
    return TAG_PREFIX + name


def wanted_entries(run: Run, params: Params) -> tuple[Entry, ...]:
    """The entries, each with the defaults filled in. Raises OptionError that names all entries that make no sense."""
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
    problems: list[str] = []
    for position, entry in enumerate(given):
        try:
            entries.append(_entry(run, position, entry, defaults))
        except InferenceError as error:
            label = entry["name"] or entry["deployment_id"]
            problems.append(f"deployments[{position}]{f' ({label})' if label else ''}: {error}")
    problems += _repeated(entries)
    if problems:
        raise cannot_be_met(problems, len(given))
    return tuple(entries)


def cannot_be_met(
    problems: Sequence[str], of: int, undeclared: Mapping[str, Mapping[str, Any]] | None = None
) -> OptionError:
    """The error of entries that can't be met, all of them in one. C(undeclared): as in UndeclaredError."""
    entries = "entry" if of == 1 else "entries"
    # What is to be pasted stands on lines of its own.
    listed = "\n".join(problems) if undeclared else "; ".join(problems)
    message = f"{len(problems)} of {of} {entries} can't be met, and nothing was changed. {listed}"
    return UndeclaredError(message, undeclared) if undeclared else OptionError(message)


def _entry(run: Run, position: int, entry: Params, defaults: Params) -> Entry:
    def option(name: str) -> Any:
        value = entry[name]
        return defaults.get(name) if value is None else value

    if not (entry["name"] or entry["deployment_id"]):
        raise OptionError("one of name and deployment_id is needed")
    if entry["name"]:
        check_name(entry["name"])
    for option_name, of in (("purge_endpoints", "endpoints"), ("purge_rules", "rules"), ("allow_all", "rules")):
        if entry[option_name] and option(of) is None:
            raise OptionError(f"{option_name}: true needs {of}, be it an empty list of rules")
    tags = option("tags")
    for tag in tags or ():
        if tag.startswith(TAG_PREFIX):
            raise OptionError(
                f"tags: '{tag}' begins as the tags of fleets do, which the module itself sets; take it out"
            )
    present = entry["state"] == "present"
    endpoints = option("endpoints")
    wanted = wanted_of(
        run,
        {
            "name": entry["name"],
            "deployment_id": entry["deployment_id"],
            **{name: option(name) for name in _SHARED},
            "accept_eula": bool(option("accept_eula")),
            "purge_endpoints": bool(option("purge_endpoints")) and endpoints is not None,
            "rules": option("rules") if present else None,
        },
    )
    return Entry(position, wanted, present)


def _repeated(entries: Sequence[Entry]) -> list[str]:
    problems = []
    for field in ("name", "deployment_id"):
        first: dict[str, Entry] = {}
        for entry in entries:
            value = getattr(entry.wanted, field)
            if value is None:
                continue
            earlier = first.setdefault(value.lower() if field == "deployment_id" else value, entry)
            if earlier is not entry:
                problems.append(
                    f"deployments[{entry.position}]: {field} '{value}' is that of deployments[{earlier.position}] too; "
                    "list each deployment once"
                )
    return problems
