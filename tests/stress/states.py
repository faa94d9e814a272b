# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there in the emulator, what must be there at the end, and what is wrong in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scaleway_inference_emulator.server import EmulatorServer


@dataclass(frozen=True)
class Seen:
    """A deployment that isn't being deleted. ``networks``: the private networks of its endpoints, one each.

    ``rules``: the addresses of its access rules, one each.
    """

    id: str
    name: str
    status: str
    model: str
    networks: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class State:
    """All deployments, oldest first, and the IDs of the models of the names that were asked for."""

    deployments: tuple[Seen, ...]
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def ids(self, name: str) -> tuple[str, ...]:
        """The IDs of the deployments and models of this name, oldest first."""
        return (*(one.id for one in self.deployments if one.name == name), *self.models.get(name, ()))


@dataclass(frozen=True)
class Desired:
    """How a deployment must be: exactly these networks and rules, and at least these tags. A model of null is any."""

    networks: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    model: str | None = None


@dataclass(frozen=True)
class EndState:
    """The deployments that must be there, each once and ready, and no other; and the models, each once."""

    deployments: Mapping[str, Desired]
    models: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all deployments and models."""
        return (*self.deployments, *sorted(self.models))


def read_state(service: EmulatorServer, models: frozenset[str] = frozenset()) -> State:
    """The state as it is now; ``models`` are the names of models to look for."""
    seen = []
    for one in service.deployments():
        status = service.status(one.id)
        if status not in ("deleting", "deleted"):
            networks = tuple(each.private_network_id for each in one.endpoints if each.private_network_id)
            rules = tuple(rule.ip for rule in one.acls)
            seen.append(Seen(one.id, one.name, status, one.model_name, networks, rules, frozenset(one.tags)))
    return State(tuple(seen), {name: tuple(one.id for one in service.models(name)) for name in models})


def wrong_state(desired: EndState, state: State) -> Iterator[str]:
    """What differs from the end state, a text for each difference."""
    for name in desired.names:
        if (found := len(state.ids(name))) != 1:
            yield f"{found} of {name} are left"
    for one in state.deployments:
        if one.name not in desired.deployments:
            yield f"{one.name} ({one.id}) is left"
            continue
        yield from (f"{one.name}: {text}" for text in _differences(desired.deployments[one.name], one))


def lost_rules(desired: Desired, state: State, name: str) -> frozenset[str]:
    """The rules that the deployment of this name lacks."""
    return desired.rules - {rule for one in state.deployments if one.name == name for rule in one.rules}


def _differences(desired: Desired, seen: Seen) -> Iterator[str]:
    if seen.status != "ready":
        yield f"it is {seen.status}"
    if desired.model not in (None, seen.model):
        yield f"its model is {seen.model}"
    if missing := desired.tags - seen.tags:
        yield f"it lacks the tags {sorted(missing)}"
    for what, wanted, found in (
        ("endpoint in network", desired.networks, seen.networks),
        ("rule", desired.rules, seen.rules),
    ):
        yield from (f"the {what} {one} is missing" for one in sorted(wanted - set(found)))
        yield from (f"the {what} {one} is too much" for one in sorted(set(found) - wanted))
        yield from (f"the {what} {one} is there {n} times" for one, n in Counter(found).items() if n > 1)
