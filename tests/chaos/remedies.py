# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented errors of a clean run, and what each says to do: carried out as a person would."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.scaleway.inference.tests.chaos.memory_service import MemoryService
from ansible_collections.scaleway.inference.tests.chaos.scenario import SOURCE_URL, Options, Scenario
from ansible_collections.scaleway.inference.tests.chaos.states import MISTRAL, NETWORKS, observe
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True)
class Help:
    """What a remedy works with. ``result``: of the run that failed. ``by_hand``: runs a task that must succeed."""

    service: MemoryService
    clock: ManualClock
    scenario: Scenario
    result: dict[str, Any]
    by_hand: Callable[[Scenario], dict[str, Any]]

    @property
    def message(self) -> str:
        return str(self.result["msg"])

    def task(self, task: str, **options: Any) -> None:
        """Run another task. If it fails, do what its error says; the next clean run tells what is left to do."""
        try:
            self.by_hand(replace(self.scenario, task=task, options=options))
        except AssertionError as error:
            found = remedy_for(str(error))
            if found is None:
                raise
            found.carry_out(replace(self, result={"msg": str(error)}))

    def set(self, **options: Any) -> Scenario:
        """The scenario with these options of the task, or of each present entry of the fleet."""
        return self.each(lambda _entry: options)

    def each(self, change: Callable[[Options], Options]) -> Scenario:
        """The scenario with changed options of the task, or of each present entry of the fleet."""
        if self.scenario.task != "fleet":
            return self.scenario.with_options(change(self.scenario.options))
        entries = self.scenario.options.get("deployments", [])
        changed = [one if one.get("state") == "absent" else {**one, **change(one)} for one in entries]
        return self.scenario.with_options({"deployments": changed})


@dataclass(frozen=True)
class Remedy:
    """An error, recognized by a part of its text, and what to do. ``text`` is a regular expression."""

    name: str
    text: str
    carry_out: Callable[[Help], Scenario]


def remedy_for(message: str) -> Remedy | None:
    """The remedy for an error; None if it isn't a documented one."""
    return next((one for one in REMEDIES if re.search(one.text, message)), None)


def _remove_failed(help_: Help) -> Scenario:
    seen = help_.service.exclusive(observe).deployments
    for deployment_id in set(_ID.findall(help_.message)) & set(seen):
        if seen[deployment_id].status == "error":
            help_.task("deployment", id=deployment_id, state="absent")
    return help_.scenario


def _paste(help_: Help) -> Scenario:
    undeclared = help_.result["error"]["undeclared"]
    options = help_.scenario.options
    return help_.each(lambda entry: undeclared.get((entry if entry is not options else options).get("name"), {}))


def _keep_oldest(help_: Help) -> Scenario:
    ids = _ID.findall(help_.message)
    kind = "model" if "models are named" in help_.message else "deployment"
    for one in ids[1:]:
        help_.task(kind, id=one, state="absent")
    return help_.scenario


def _ask_support(help_: Help) -> Scenario:
    for one in help_.service.deployments():
        if help_.service.status(one.id) == "locked":
            help_.service.force_status(one.id, "ready")
    return help_.scenario


def _give_what_a_creation_needs(help_: Help) -> Scenario:
    return help_.each(
        lambda entry: {"model": entry.get("model") or MISTRAL, "node_type": entry.get("node_type") or "L4"}
    )


def _deploy(help_: Help) -> Scenario:
    needs = {"model": MISTRAL, "node_type": "L4", "accept_eula": True}
    help_.task("deployment", name=help_.scenario.options["deployment"], **needs)
    return help_.scenario


def _remove_failed_model(help_: Help) -> Scenario:
    help_.task("model", name=help_.scenario.options["name"], state="absent")
    return help_.scenario.with_options({"source_url": SOURCE_URL})


def _add_an_endpoint(help_: Help) -> Scenario:
    options = help_.scenario.options
    taken = options.get("private_network_id")
    help_.task("endpoint", deployment=options["deployment"], private_network_id=NETWORKS[taken == NETWORKS[0]])
    return help_.scenario


def _allow_all(help_: Help) -> Scenario:
    return help_.each(lambda entry: {"allow_all": True} if "rules" in entry else {})


def _allow_deletions(help_: Help) -> Scenario:
    return help_.scenario.with_options({"max_deletions": 10})


REMEDIES = (
    Remedy("remove what is in status error", r"in status error: .* remove it with state: absent", _remove_failed),
    Remedy("paste what isn't declared", r"As it is:", _paste),
    Remedy(
        "recreate", r"or set on_immutable_change: recreate", lambda help_: help_.set(on_immutable_change="recreate")
    ),
    Remedy("allow all", r"set allow_all: true if that is intended", _allow_all),
    Remedy(
        "allow an interruption",
        r"set on_disruptive_change to allow",
        lambda help_: help_.set(on_disruptive_change="allow"),
    ),
    Remedy("remove all but one", r"(deployments|models) are named", _keep_oldest),
    Remedy("ask the support", r"is locked by the service", _ask_support),
    Remedy("give model and node type", r"needed to create it|is needed to create", _give_what_a_creation_needs),
    Remedy("deploy it first", r"there is no deployment '", _deploy),
    Remedy("import it again", r"couldn't be imported: .* remove it with state: absent", _remove_failed_model),
    Remedy("add another endpoint", r"is the last one of deployment", _add_an_endpoint),
    Remedy("allow deletions", r"max_deletions", _allow_deletions),
    Remedy("wait longer", r"wait_timeout", lambda help_: help_.scenario.with_options({"wait_timeout": 3600})),
)
