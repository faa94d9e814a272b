# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access rules as sets of networks, and the plan from one set to another: pure functions.

Whatever is to change, at most one write does it, so that there is no moment in which an address is locked out that both
sets let in, or let in that both keep out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from .._client.errors import OptionError
from .._client.resources import AclRule, AclRuleSpec
from .task import Diff

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


@dataclass(frozen=True)
class WantedRule:
    """C(description) null: as it is, or empty for a new rule."""

    network: Network
    description: str | None


@dataclass(frozen=True)
class WantedRules:
    rules: tuple[WantedRule, ...]
    present: bool
    purge: bool
    allow_all: bool

    def described_as(self, rules: Iterable[AclRule]) -> WantedRules:
        """The same, with the descriptions that these rules have where none is given."""
        texts = {network_of(rule.ip): rule.description for rule in rules}
        filled = (
            replace(rule, description=texts.get(rule.network)) if rule.description is None else rule
            for rule in self.rules
        )
        return replace(self, rules=tuple(filled))


@dataclass(frozen=True)
class AddRules:
    rules: tuple[AclRuleSpec, ...]

    def __str__(self) -> str:
        return f"add {_names(self.rules)}"


@dataclass(frozen=True)
class SetRules:
    """C(rules) in the place of all that are there."""

    rules: tuple[AclRuleSpec, ...]
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.texts)


AclStep: TypeAlias = "AddRules | SetRules"


@dataclass(frozen=True)
class AclPlan:
    """The one write, null where none is needed, and what the diff shows."""

    step: AclStep | None
    diff: Diff


def read_network(ip: str, option: str = "rules.ip") -> Network:
    """An address or a CIDR range as a network. Raises OptionError that names the right one where host bits are set."""
    text = ip.strip()
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        right = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise OptionError(
            f"{option}: '{ip}' is neither an address (192.0.2.1, 2001:db8::1) nor a range (192.0.2.0/24)"
        ) from None
    raise OptionError(f"{option}: '{ip}' isn't the first address of its range; did you mean {right}?")


def wanted_rules(entries: Iterable[Mapping[str, Any]], *, present: bool, purge: bool, allow_all: bool) -> WantedRules:
    """The rules of a task's options. Raises OptionError for what is no network, or is listed twice."""
    rules: dict[Network, WantedRule] = {}
    for entry in entries:
        network = read_network(entry["ip"])
        if network in rules:
            raise OptionError(f"rules: {name(network)} is listed more than once (in whatever spelling); list it once")
        rules[network] = WantedRule(network, entry["description"])
    if present and not rules and not purge:
        raise OptionError("rules: list at least one, or set purge: true to remove all")
    return WantedRules(tuple(rules.values()), present, purge, allow_all)


def exactly(rules: Iterable[AclRuleSpec]) -> WantedRules:
    """These rules and no others, in the texts that they have."""
    networks = {network_of(rule.ip): rule.description for rule in rules}
    wanted = tuple(WantedRule(network, text) for network, text in networks.items() if network is not None)
    return WantedRules(wanted, present=True, purge=True, allow_all=True)


def plan_rules(current: Sequence[AclRule | AclRuleSpec], wanted: WantedRules, deployment: str) -> AclPlan:
    """The write that leads from the current rules to the wanted ones.

    Raises OptionError where no rule would be left, which lets in everybody, and that isn't allowed.
    """
    before = _by_network(current)
    after = _after(before, wanted)
    repeated = wanted.purge and len(current) > len(before)
    diff = Diff({"rules": _view(current)}, {"rules": _view(after.values())}, f"deployment {deployment}")
    if after == before and not repeated:
        return AclPlan(None, diff)
    if not after and not wanted.allow_all:
        raise OptionError(
            f"no rule would be left for deployment '{deployment}', and its public endpoint would be open to every "
            "address; set allow_all: true if that is wanted, or keep a rule"
        )
    added = tuple(rule for key, rule in after.items() if key not in before)
    if not wanted.purge and not repeated and {key: after.get(key) for key in before} == before:
        return AclPlan(AddRules(added), diff)
    return AclPlan(SetRules(tuple(after.values()), _texts(before, after, repeated)), diff)


def name(network: Network) -> str:
    """A network as people write it: a single address without its prefix."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


# A rule of the service that is no network keeps its text as its identity, so that it is neither lost nor fought with.
_Key: TypeAlias = "Network | str"


def _key(ip: str) -> _Key:
    return network_of(ip) or ip


def network_of(ip: str) -> Network | None:
    """The network of a rule as the service has it; null where it is none."""
    try:
        return ipaddress.ip_network(ip, strict=False)
    except ValueError:
        return None


def _by_network(rules: Iterable[AclRule | AclRuleSpec]) -> dict[_Key, AclRuleSpec]:
    found: dict[_Key, AclRuleSpec] = {}
    for rule in rules:
        found.setdefault(_key(rule.ip), AclRuleSpec(ip=rule.ip, description=rule.description))
    return found


def _after(before: Mapping[_Key, AclRuleSpec], wanted: WantedRules) -> dict[_Key, AclRuleSpec]:
    asked = {rule.network: rule for rule in wanted.rules}
    if not wanted.present:
        return {key: rule for key, rule in before.items() if key not in asked}
    after = {} if wanted.purge else dict(before)
    for network, rule in asked.items():
        old = before.get(network)
        description = rule.description if rule.description is not None else (old.description if old else "")
        after[network] = AclRuleSpec(ip=old.ip if old else name(network), description=description)
    return after


def _texts(before: Mapping[_Key, AclRuleSpec], after: Mapping[_Key, AclRuleSpec], repeated: bool) -> tuple[str, ...]:
    texts = []
    if removed := [rule for key, rule in before.items() if key not in after]:
        texts.append(f"remove {_names(removed)}")
    if changed := [rule for key, rule in after.items() if key in before and before[key] != rule]:
        texts.append(f"describe {_names(changed)} anew")
    if added := [rule for key, rule in after.items() if key not in before]:
        texts.append(f"add {_names(added)}")
    if repeated:
        texts.append("remove repeated rules")
    return tuple(texts)


def _names(rules: Iterable[AclRuleSpec]) -> str:
    return ", ".join(rule.ip for rule in rules)


def _view(rules: Iterable[AclRule | AclRuleSpec]) -> list[dict[str, str]]:
    return sorted(({"ip": rule.ip, "description": rule.description} for rule in rules), key=lambda one: one["ip"])
