# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a role's smoke test will be let in, before anything is made: what is known, and what may be.

A host doesn't know the address that it is seen with, and nobody else is asked. So without a word of the user's, that
an access rule may keep it out is a warning alone.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._tasks.acl_plan import network_of
from .specs import EntryPoint

# How many names and rules a message has.
TOLD = 5


@dataclass(frozen=True)
class Asked:
    """A deployment as it will be. C(rules): their networks, null if unknown; C(changes): whether it isn't so yet."""

    name: str
    public: bool
    rules: tuple[str, ...] | None
    changes: bool

    @classmethod
    def of(cls, member: Mapping[str, Any]) -> Asked:
        """Of a member of a fleet, or what looks like one."""
        endpoints = (member.get("deployment") or {}).get("endpoints") or ()
        rules = member.get("rules")
        return cls(
            name=str(member.get("name")),
            public=any(one.get("private_network_id") is None for one in endpoints),
            rules=None if rules is None else tuple(str(one.get("ip")) for one in rules),
            changes=bool(member.get("steps")),
        )

    def admits(self, address: str) -> bool:
        """Whether a question from there passes the rules, which guard public endpoints alone."""
        if not self.public or not self.rules:
            return True
        asking = ipaddress.ip_address(address)
        networks = [network_of(rule) for rule in self.rules]
        return any(network is None or asking in network for network in networks)


def refusals(entry: EntryPoint, options: Mapping[str, Any], asked: Sequence[Asked]) -> Iterator[str]:
    """Errors: whom the address that is given can't ask. It holds for later questions too, with no smoke test now."""
    variable = f"{entry.prefix}smoke_test_address"
    address = options.get(variable)
    if address is None:
        return
    for names, rules in _by_rules(one for one in asked if not one.admits(address)):
        yield (
            f"{variable}: {address} isn't among the addresses that the access rules of {names} let in ({rules}). "
            f"{_remedy(entry)}, or let a host ask whose address they let in ({entry.prefix}smoke_test_host), and give "
            "that address. Nothing was changed."
        )


def doubts(entry: EntryPoint, options: Mapping[str, Any], asked: Sequence[Asked], host: str) -> Iterator[str]:
    """Warnings: whom the smoke test may not reach, of those that are made or changed."""
    test = f"{entry.prefix}smoke_test"
    if not options.get(test):
        return
    asker = options.get(f"{test}_host", host)
    changing = [one for one in asked if one.changes]
    if f"{test}_address" not in options:
        for names, rules in _by_rules(one for one in changing if one.public and one.rules):
            yield (
                f"{test}: {names} will let in {rules} alone, and nobody knows here whether the address that {asker} is "
                "seen with is among these; if it isn't, the run fails once all is made and paid for. Give that address "
                f"as {test}_address to have it checked before, let another host ask with {test}_host, or set {test} to "
                "false."
            )
    private = [one.name for one in changing if not one.public]
    if private and f"{test}_host" not in options:
        yield (
            f"{test}: {_listed(private)} will have private endpoints alone, which answer in their network only; if "
            f"{asker} isn't there, the run fails once all is made and paid for. Name a host in that network as "
            f"{test}_host, or set {test} to false."
        )


def _remedy(entry: EntryPoint) -> str:
    if entry.role == "deploy":
        return "Add it to deploy_addresses or deploy_rules"
    return f"Add it to those of {entry.prefix}from, which are copied, with scaleway.inference.acl"


def _by_rules(asked: Iterator[Asked]) -> Iterator[tuple[str, str]]:
    """The names of those that have the same rules, and these, both in words."""
    names: dict[tuple[str, ...], list[str]] = {}
    for one in asked:
        names.setdefault(one.rules or (), []).append(one.name)
    for rules, having in names.items():
        yield _listed(having), _listed(rules)


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - TOLD} more" if len(texts) > TOLD else ""
    return ", ".join(texts[:TOLD]) + more
