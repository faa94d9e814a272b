# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks, before anything is created, whether access rules will admit a role's smoke test.

A host doesn't know the address that others see it with. If the user gives that address, rules that deny it are an
error; otherwise, rules that may deny it are a warning.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._deployment.rules import network_of
from ...module_utils._deployment.verification import REFUSED
from .specs import EntryPoint

# How many names and rules a message shows at most.
MAX_SHOWN = 5


@dataclass(frozen=True)
class Target:
    """A deployment that the smoke test will ask, in the state that it will have then.

    id: its ID, empty if it is still to be created. public, private: whether it has such an endpoint.
    rules: the networks of its access rules, None if they are unknown.
    changes: whether it is still to be created or changed.
    """

    name: str
    id: str
    public: bool
    private: bool
    rules: tuple[str, ...] | None
    changes: bool

    @classmethod
    def of(cls, member: Mapping[str, Any]) -> Target:
        """Create one from a member of a fleet, with at least these fields, as the module fleet returns it."""
        deployment = member.get("deployment") or {}
        endpoints = deployment.get("endpoints") or ()
        rules = member.get("rules")
        return cls(
            name=str(member.get("name")),
            id=str(deployment.get("id") or ""),
            public=any(one.get("private_network_id") is None for one in endpoints),
            private=any(one.get("private_network_id") is not None for one in endpoints),
            rules=None if rules is None else tuple(str(one.get("ip")) for one in rules),
            changes=bool(member.get("steps")),
        )

    def admits(self, address: str) -> bool:
        """Whether the rules admit this address. They apply to public endpoints only."""
        if not self.public or not self.rules:
            return True
        source = ipaddress.ip_address(address)
        networks = [network_of(rule) for rule in self.rules]
        return any(network is None or source in network for network in networks)


def errors(entry: EntryPoint, options: Mapping[str, Any], targets: Sequence[Target]) -> Iterator[str]:
    """Errors for deployments whose access rules deny the address that the user gives, or are expected to deny the host.

    The address is checked even if this run makes no smoke test, as later ones may.
    """
    yield from _contradictions(entry, options, targets)
    variable = f"{entry.prefix}smoke_test_address"
    address = options.get(variable)
    if address is None:
        return
    for names, rules in _by_rules(one for one in targets if not one.admits(address)):
        yield (
            f"{variable}: {address} isn't among the addresses that the access rules of {names} let in ({rules}). "
            f"{_remedy(entry)}, or let a host ask whose address they let in ({entry.prefix}smoke_test_host), and give "
            "that address. Nothing was changed."
        )


def _contradictions(entry: EntryPoint, options: Mapping[str, Any], targets: Sequence[Target]) -> Iterator[str]:
    """An error if the host that is to be refused is the one that makes the smoke test, by the same endpoint."""
    verify, test = f"{entry.prefix}verify", f"{entry.prefix}smoke_test"
    # The smoke test may come from another address of this host, if one is named.
    if not options.get(test) or f"{test}_host" in options or f"{entry.prefix}source_address" in options:
        return
    alone = [{"name": options.get(f"{entry.prefix}name")}]
    refused = {
        text
        for one in options.get(f"{entry.prefix}deployments", alone)
        if one.get("verify", options.get(verify)) == REFUSED
        for text in (one.get("name"), one.get("id"))
    }
    names = [one.name for one in targets if one.public and (one.name in refused or one.id in refused)]
    if names:
        yield (
            f"{verify}: this host is to be refused by {_listed(names)}, and is to make the smoke test there; one of "
            f"both fails. Let a host ask that the rules let in ({test}_host), or set {test} to false. "
            "Nothing was changed."
        )


def warnings(entry: EntryPoint, options: Mapping[str, Any], targets: Sequence[Target], host: str) -> Iterator[str]:
    """Warnings for created or changed deployments that the smoke test may not reach."""
    test = f"{entry.prefix}smoke_test"
    if not options.get(test):
        return
    source = options.get(f"{test}_host", host)
    changing = [one for one in targets if one.changes]
    if f"{test}_address" not in options:
        for names, rules in _by_rules(one for one in changing if one.public and one.rules):
            yield (
                f"{test}: {names} will let in only {rules}, and nobody knows here whether the address that {source} "
                "is seen with is among these; if it isn't, the run fails once all is made and paid for. Give that "
                f"address as {test}_address to have it checked before, let another host ask with {test}_host, or set "
                f"{test} to false."
            )
    private = [one.name for one in changing if not one.public]
    if private and f"{test}_host" not in options:
        yield (
            f"{test}: {_listed(private)} will have only private endpoints, which answer in their network only; if "
            f"{source} isn't there, the run fails once all is made and paid for. Name a host in that network as "
            f"{test}_host, or set {test} to false."
        )


def _remedy(entry: EntryPoint) -> str:
    if entry.role == "deploy":
        return "Add it to deploy_addresses or deploy_rules"
    return f"Add it to those of {entry.prefix}from, which are copied, with scaleway.inference.acl"


def _by_rules(targets: Iterator[Target]) -> Iterator[tuple[str, str]]:
    """Group deployments by their rules: the names and the rules of each group, as text."""
    names: dict[tuple[str, ...], list[str]] = {}
    for one in targets:
        names.setdefault(one.rules or (), []).append(one.name)
    for rules, having in names.items():
        yield _listed(having), _listed(rules)


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - MAX_SHOWN} more" if len(texts) > MAX_SHOWN else ""
    return ", ".join(texts[:MAX_SHOWN]) + more
