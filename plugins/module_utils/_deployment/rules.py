# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access rules as sets of networks, and the plan from one set to another: pure functions.

Rules are added before others are removed, so that no address is locked out in between that both sets let in. A removal
names rules by their IDs, as they were read: what another run adds in the meantime stays.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from .._client.errors import OptionError
from .._client.inference.resources import AclRule, AclRuleSpec
from .._options.shared import ArgumentSpec
from .._task import Diff

RULE_OPTIONS: ArgumentSpec = {"ip": {"type": "str", "required": True}, "description": {"type": "str"}}

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


@dataclass(frozen=True)
class DesiredRule:
    """C(description) null: as it is, or empty for a new rule. C(written): how it was, if it isn't the usual way."""

    network: Network
    description: str | None
    written: str = field(default="", compare=False)


@dataclass(frozen=True)
class DesiredRules:
    rules: tuple[DesiredRule, ...]
    present: bool
    purge: bool
    allow_all: bool

    def with_descriptions_of(self, rules: Iterable[AclRule]) -> DesiredRules:
        """The same, with the descriptions that these rules have where none is given."""
        texts = {network_of(rule.ip): rule.description for rule in rules}
        filled = (
            replace(rule, description=texts.get(rule.network)) if rule.description is None else rule
            for rule in self.rules
        )
        return replace(self, rules=tuple(filled))


@dataclass(frozen=True)
class RulesStep:
    """The writes that lead to the desired rules: one of the whole set, or additions and then removals.

    whole: the set to put in the place of all rules; null: C(add), then C(remove), each by its ID.
    texts: what is done, in words.
    """

    whole: tuple[AclRuleSpec, ...] | None
    add: tuple[AclRuleSpec, ...]
    remove: tuple[AclRule | AclRuleSpec, ...]
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.texts)

    @property
    def only_removes(self) -> bool:
        """Whether nothing is added that would guard the deployment after the removal."""
        return self.whole is None and not self.add

    @property
    def removed_specs(self) -> tuple[AclRuleSpec, ...]:
        return _specs(self.remove)


@dataclass(frozen=True)
class AclPlan:
    """The step, null where there is nothing to do, and what the diff shows."""

    step: RulesStep | None
    diff: Diff


def parse_network(ip: str, option: str = "rules.ip") -> Network:
    """An address or a CIDR range as a network, whether or not it is written with the first address of its range."""
    network = network_of(ip.strip())
    if network is None:
        raise OptionError(f"{option}: '{ip}' is neither an address (192.0.2.1, 2001:db8::1) nor a range (192.0.2.0/24)")
    return network


def parse_rules(entries: Iterable[Mapping[str, Any]], *, present: bool, purge: bool, allow_all: bool) -> DesiredRules:
    """The rules of a task's options. Raises OptionError for what is no network, or is described in two ways."""
    rules: dict[Network, DesiredRule] = {}
    for index, entry in enumerate(entries):
        ip, description = entry["ip"], entry["description"]
        network = parse_network(ip, f"rules[{index}].ip")
        earlier = rules.get(network)
        if earlier and None not in (earlier.description, description) and earlier.description != description:
            raise OptionError(
                f"rules: {name(network)} is listed more than once (in whatever spelling), with the descriptions "
                f"'{earlier.description}' and '{description}'; list it once"
            )
        if earlier is None or description is not None:
            usual = network.network_address == ipaddress.ip_interface(ip.strip()).ip
            rules[network] = DesiredRule(network, description, "" if usual else ip)
    if present and not rules and not purge:
        raise OptionError("rules: list at least one, or set purge_rules: true to remove all")
    return DesiredRules(tuple(rules.values()), present, purge, allow_all)


def range_warnings(desired: DesiredRules, plan: AclPlan) -> list[str]:
    """A word on each rule that the plan writes or removes, and that may be meant for a single address."""
    if plan.step is None:
        return []
    touched = {network_of(rule.ip) for rule in (*plan.step.add, *plan.step.remove)}
    return [
        f"rules: '{rule.written}' isn't the first address of its range, and is taken for all of {name(rule.network)}; "
        "write that, or a single address without a slash"
        for rule in desired.rules
        if rule.written and rule.network in touched
    ]


def plan_rules(
    current: Sequence[AclRule | AclRuleSpec], desired: DesiredRules, deployment: str, own: Collection[str] = ()
) -> AclPlan:
    """The step that leads from the current rules to the desired ones.

    own: the IDs of the rules that this run added before. Raises OptionError where no rule would be left, which lets in
    everybody, and that isn't allowed.
    """
    changes = _Changes(_by_network(current), desired, own)
    after = [*(rule for rule in current if rule not in changes.removed), *changes.added]
    diff = Diff({"rules": _view(current)}, {"rules": _view(after)}, f"deployment {deployment}")
    if not changes.texts:
        return AclPlan(None, diff)
    # Of a rule without an address nobody knows whom it keeps out.
    if not any(rule.ip for rule in after) and not desired.allow_all:
        raise OptionError(
            f"no rule would be left for deployment '{deployment}', and its public endpoint would be open to every "
            "address; set allow_all: true if that is wanted, or keep a rule"
        )
    add, remove = tuple(changes.added), tuple(changes.removed)
    whole = _specs(after) if remove and _replaces_whole_set(desired) else None
    return AclPlan(RulesStep(whole, add, remove, changes.texts), diff)


def name(network: Network) -> str:
    """A network as people write it: a single address without its prefix."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


# A rule of the service that is no network keeps its text as its identity, so that it is neither lost nor fought with.
_Key: TypeAlias = "Network | str"
_AnyRule: TypeAlias = "AclRule | AclRuleSpec"


def _key(rule: _AnyRule) -> _Key:
    return network_of(rule.ip) or _address(rule)


def _address(rule: _AnyRule) -> str:
    """The address of a rule in a text; a rule of the service may have lost it."""
    return rule.ip or f"the rule {rule.id} (without an address)" if isinstance(rule, AclRule) else rule.ip


def network_of(ip: str | None) -> Network | None:
    """The network of a rule as the service has it; null where it is none."""
    try:
        return None if ip is None else ipaddress.ip_network(ip, strict=False)
    except ValueError:
        return None


def _by_network(rules: Iterable[_AnyRule]) -> dict[_Key, list[_AnyRule]]:
    found: dict[_Key, list[_AnyRule]] = {}
    for rule in rules:
        found.setdefault(_key(rule), []).append(rule)
    return found


class _Changes:
    """What is to be added and removed, network by network."""

    def __init__(self, current: Mapping[_Key, list[_AnyRule]], desired: DesiredRules, own: Collection[str]) -> None:
        self.added: list[AclRuleSpec] = []
        self.removed: list[_AnyRule] = []
        self._texts: dict[str, list[str]] = {"add": [], "describe": [], "merge the rules for": [], "remove": []}
        asked = {rule.network: rule for rule in desired.rules}
        for network, rule in asked.items():
            there = current.get(network, [])
            if desired.present:
                self._ensure(rule, there, own)
            elif there:
                self._remove(there)
        for key, there in current.items():
            if desired.purge and key not in asked:
                self._remove(there)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(f"{what} {', '.join(ips)}" for what, ips in self._texts.items() if ips)

    def _ensure(self, rule: DesiredRule, there: Sequence[_AnyRule], own: Collection[str]) -> None:
        """Let the network in by one rule with the description.

        Whatever isn't right is replaced by a fresh rule, duplicates too. To keep one of them instead isn't safe: two
        runs that want different descriptions could each remove the rule that the other one keeps.
        """
        description = _description(there, own) if rule.description is None else rule.description
        if len(there) == 1 and there[0].description == description:
            return
        ip = _address(there[0]) if there else name(rule.network)
        self.added.append(AclRuleSpec(ip=ip, description=description))
        self.removed.extend(there)
        what = "add" if not there else "describe" if len(there) == 1 else "merge the rules for"
        self._texts[what].append(ip)

    def _remove(self, rules: Sequence[_AnyRule]) -> None:
        self.removed.extend(rules)
        self._texts["remove"].append(_address(rules[0]))


def _description(there: Sequence[_AnyRule], own: Collection[str]) -> str:
    """The description that a network has; empty where it has no rule.

    Among several, that of the last one which this run didn't add itself: another run may just be changing it.
    """
    others = [rule for rule in there if not (isinstance(rule, AclRule) and rule.id in own)]
    return (others or list(there))[-1].description if there else ""


def _replaces_whole_set(desired: DesiredRules) -> bool:
    """Whether the desired rules are the whole set, down to the descriptions.

    One request may replace all rules then, without a moment in between. Were a description left as it is, the request
    would have to repeat it, and undo a change that another run makes at the same time.
    """
    return desired.purge and all(rule.description is not None for rule in desired.rules)


def _specs(rules: Iterable[_AnyRule]) -> tuple[AclRuleSpec, ...]:
    return tuple(AclRuleSpec(ip=rule.ip, description=rule.description) for rule in rules if rule.ip is not None)


def _view(rules: Iterable[_AnyRule]) -> list[dict[str, str | None]]:
    shown: list[dict[str, str | None]] = [{"ip": rule.ip, "description": rule.description} for rule in rules]
    return sorted(shown, key=lambda one: one["ip"] or "")
