# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses access rules into sets of networks, and plans from one set to another, by pure functions.

Rules are added before others are removed, so that no address is locked out in between that both sets let in. A removal
names rules by the IDs that were read, so that rules which another run adds meanwhile are kept.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from .._client.errors import OptionError
from .._client.inference.resources import AclRule, AclRuleSpec
from .._client.ranges import display_text
from .._options.shared import ArgumentSpec
from .._task import Diff

RULE_OPTIONS: ArgumentSpec = {"ip": {"type": "str", "required": True}, "description": {"type": "str"}}

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


@dataclass(frozen=True)
class DesiredRule:
    """One access rule.

    description: null: leave it as it is; empty for a new rule.
    unusual_text: the network as the playbook has it, if that isn't the first address of its range; else empty.
    """

    network: Network
    description: str | None
    unusual_text: str = field(default="", compare=False)


@dataclass(frozen=True)
class DesiredRules:
    """The access rules that are to be present, or absent.

    purge: whether all other rules are removed. allow_all: whether a deployment may be left without any rule.
    """

    rules: tuple[DesiredRule, ...]
    present: bool
    purge: bool
    allow_all: bool

    def with_descriptions_of(self, rules: Iterable[AclRule]) -> DesiredRules:
        """The same rules, with the descriptions of C(rules) where the task gives none."""
        texts = {network_of(rule.ip): rule.description for rule in rules}
        filled = (
            replace(rule, description=texts.get(rule.network)) if rule.description is None else rule
            for rule in self.rules
        )
        return replace(self, rules=tuple(filled))


@dataclass(frozen=True)
class RulesStep:
    """The writes that lead to the desired rules: one of the whole set, or additions and then removals.

    whole: the set that replaces all rules by one request; null: C(add), then C(remove), each by its ID.
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
        """Whether no rule is added that would guard the deployment after the removal."""
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
    """An address or a CIDR range as a network; the address may be any in its range.

    Raises OptionError, which names the option, for any other text.
    """
    network = network_of(ip.strip())
    if network is None:
        raise OptionError(
            f"{option}: '{display_text(ip)}' is neither an address (192.0.2.1, 2001:db8::1) nor a range (192.0.2.0/24)"
        )
    return network


def parse_rules(entries: Iterable[Mapping[str, Any]], *, present: bool, purge: bool, allow_all: bool) -> DesiredRules:
    """The desired rules, from the entries of the option C(rules).

    Raises OptionError for a text that is no network, a network with two descriptions, or an empty list without purge.
    """
    rules: dict[Network, DesiredRule] = {}
    for index, entry in enumerate(entries):
        ip, description = entry["ip"], entry["description"]
        network = parse_network(ip, f"rules[{index}].ip")
        earlier = rules.get(network)
        if earlier and None not in (earlier.description, description) and earlier.description != description:
            raise OptionError(
                f"rules: {network_text(network)} is listed more than once (in whatever spelling), with the "
                f"descriptions '{earlier.description}' and '{description}'; list it once"
            )
        if earlier is None or description is not None:
            usual = network.network_address == ipaddress.ip_interface(ip.strip()).ip
            rules[network] = DesiredRule(network, description, "" if usual else ip)
    if present and not rules and not purge:
        raise OptionError("rules: list at least one, or set purge_rules: true to remove all")
    return DesiredRules(tuple(rules.values()), present, purge, allow_all)


def range_warnings(desired: DesiredRules, plan: AclPlan) -> list[str]:
    """A warning for each written or removed rule whose text may be meant as a single address, such as 192.0.2.7/24."""
    if plan.step is None:
        return []
    touched = {network_of(rule.ip) for rule in (*plan.step.add, *plan.step.remove)}
    return [
        f"rules: '{rule.unusual_text}' isn't the first address of its range, and is taken for all of "
        f"{network_text(rule.network)}; write that, or a single address without a slash"
        for rule in desired.rules
        if rule.unusual_text and rule.network in touched
    ]


def plan_rules(
    current: Sequence[AclRule | AclRuleSpec], desired: DesiredRules, deployment: str, added_ids: Collection[str] = ()
) -> AclPlan:
    """The step that leads from the current rules to the desired ones.

    added_ids: the IDs of rules that this run added before. Raises OptionError if no rule would be left, which lets
    everybody in, and allow_all is false.
    """
    changes = _Changes(_by_network(current), desired, added_ids)
    after = [*(rule for rule in current if rule not in changes.removed), *changes.added]
    diff = Diff({"rules": _view(current)}, {"rules": _view(after)}, f"deployment {deployment}")
    if not changes.texts:
        return AclPlan(None, diff)
    # A rule without an address guards nothing for sure.
    if not any(rule.ip for rule in after) and not desired.allow_all:
        raise OptionError(
            f"no rule would be left for deployment '{deployment}', and its public endpoint would be open to every "
            "address; set allow_all: true if that is intended, or keep a rule"
        )
    add, remove = tuple(changes.added), tuple(changes.removed)
    whole = _specs(after) if remove and _replaces_whole_set(desired) else None
    return AclPlan(RulesStep(whole, add, remove, changes.texts), diff)


def network_text(network: Network) -> str:
    """A network as text: a single address without the length of its prefix."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


# A rule of the service that is no network is identified by its text, so that it isn't lost.
_Key: TypeAlias = "Network | str"
_AnyRule: TypeAlias = "AclRule | AclRuleSpec"


def _key(rule: _AnyRule) -> _Key:
    return network_of(rule.ip) or _address(rule)


def _address(rule: _AnyRule) -> str:
    """The address of a rule for a text; the service may not tell it."""
    return rule.ip or f"the rule {rule.id} (without an address)" if isinstance(rule, AclRule) else rule.ip


def network_of(ip: str | None) -> Network | None:
    """The network of a rule's address; null if it is none."""
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
    """The rules to add and to remove, network by network."""

    def __init__(
        self, current: Mapping[_Key, list[_AnyRule]], desired: DesiredRules, added_ids: Collection[str]
    ) -> None:
        self.added: list[AclRuleSpec] = []
        self.removed: list[_AnyRule] = []
        self._texts: dict[str, list[str]] = {"add": [], "describe": [], "merge the rules for": [], "remove": []}
        asked = {rule.network: rule for rule in desired.rules}
        for network, rule in asked.items():
            existing = current.get(network, [])
            if desired.present:
                self._ensure(rule, existing, added_ids)
            elif existing:
                self._remove(existing)
        for key, existing in current.items():
            if desired.purge and key not in asked:
                self._remove(existing)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(f"{what} {', '.join(ips)}" for what, ips in self._texts.items() if ips)

    def _ensure(self, rule: DesiredRule, existing: Sequence[_AnyRule], added_ids: Collection[str]) -> None:
        """Plan exactly one rule for the network, with the desired description.

        Rules that differ and duplicates are all replaced by a new rule. Keeping one of them isn't safe: two runs with
        different descriptions could each remove the rule that the other one keeps.
        """
        description = _description(existing, added_ids) if rule.description is None else rule.description
        if len(existing) == 1 and existing[0].description == description:
            return
        ip = _address(existing[0]) if existing else network_text(rule.network)
        self.added.append(AclRuleSpec(ip=ip, description=description))
        self.removed.extend(existing)
        what = "add" if not existing else "describe" if len(existing) == 1 else "merge the rules for"
        self._texts[what].append(ip)

    def _remove(self, rules: Sequence[_AnyRule]) -> None:
        self.removed.extend(rules)
        self._texts["remove"].append(_address(rules[0]))


def _description(existing: Sequence[_AnyRule], added_ids: Collection[str]) -> str:
    """The description that a network's rules have; empty where it has none.

    Among several, that of the last rule which this run didn't add: another run may be changing it just now.
    """
    others = [rule for rule in existing if not (isinstance(rule, AclRule) and rule.id in added_ids)]
    return (others or list(existing))[-1].description if existing else ""


def _replaces_whole_set(desired: DesiredRules) -> bool:
    """Whether the desired rules are the whole set, including every description.

    Then one request can replace all rules. If a description is left as it is, the request would have to repeat it, and
    could undo a change that another run makes at the same time.
    """
    return desired.purge and all(rule.description is not None for rule in desired.rules)


def _specs(rules: Iterable[_AnyRule]) -> tuple[AclRuleSpec, ...]:
    return tuple(AclRuleSpec(ip=rule.ip, description=rule.description) for rule in rules if rule.ip is not None)


def _view(rules: Iterable[_AnyRule]) -> list[dict[str, str | None]]:
    shown: list[dict[str, str | None]] = [{"ip": rule.ip, "description": rule.description} for rule in rules]
    return sorted(shown, key=lambda one: one["ip"] or "")
