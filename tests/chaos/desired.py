# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task says, read from its options without the collection's own code: targets, desired fields, openness."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.scaleway.inference.tests.chaos.scenario import Scenario
from ansible_collections.scaleway.inference.tests.chaos.states import FLEET_TAG, Seen, SeenDeployment

EVERYBODY = frozenset(("0.0.0.0/0", "::/0"))


def stated(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are given: neither null nor an empty text."""
    return {name: value for name, value in options.items() if value is not None and value != ""}


@dataclass(frozen=True)
class Desired:
    """What a task says about the deployments of one name. ``options``: those of `deployment`, without empty ones.

    ``tag``: a tag that it gets besides those in the options.
    """

    name: str
    options: Mapping[str, Any]
    tag: str | None = None

    @property
    def present(self) -> bool:
        return self.options.get("state") != "absent"

    @property
    def may_recreate(self) -> bool:
        return self.options.get("on_immutable_change") == "recreate"

    def tags(self) -> frozenset[str] | None:
        """The tags; None if they stay as they are."""
        if "tags" not in self.options:
            return None
        return frozenset((*self.options["tags"], *([self.tag] if self.tag else [])))


def desired_states(scenario: Scenario, seen: Seen, project_id: str) -> list[Desired]:
    """What the task says of each deployment that it names; ``seen`` is the state that it begins with."""
    options = stated(scenario.options)
    if scenario.task == "deployment":
        return [Desired(options["name"], options)]
    if scenario.task == "endpoint":
        return [Desired(options["deployment"], _of_endpoint(options, seen, project_id))]
    if scenario.task == "acl":
        return [Desired(options["deployment"], _of_rules(options, seen, project_id))]
    return _of_fleet(options, seen, project_id) if scenario.task == "fleet" else []


def _of_endpoint(options: Mapping[str, Any], seen: Seen, project_id: str) -> dict[str, Any]:
    network = options.get("private_network_id")
    if options.get("state") != "absent":
        asked = {name: options[name] for name in ("public", "private_network_id", "disable_auth") if name in options}
        return {"endpoints": [asked]}
    found = seen.named(options["deployment"], project_id)
    there = found[0].endpoints if found else {}
    kept = [{"public": True} if one is None else {"private_network_id": one} for one in there if one != network]
    return {"endpoints": kept, "purge_endpoints": True}


def _of_rules(options: Mapping[str, Any], seen: Seen, project_id: str) -> dict[str, Any]:
    if options.get("state") != "absent":
        return dict(options)
    found = seen.named(options["deployment"], project_id)
    listed = {_network(rule["ip"]) for rule in options["rules"]}
    kept = [{"ip": ip, "description": text} for ip, text in (found[0].rules if found else ()) if ip not in listed]
    return {"rules": kept, "purge_rules": True}


def _of_fleet(options: Mapping[str, Any], seen: Seen, project_id: str) -> list[Desired]:
    defaults = stated(options.get("defaults") or {})
    entries = [Desired(one["name"], {**defaults, **stated(one)}, FLEET_TAG) for one in options.get("deployments", [])]
    listed = {one.name for one in entries}
    purge = options.get("purge") or options.get("state") == "absent"
    carrying = {
        one.name
        for one in seen.deployments.values()
        if one.active and one.project_id == project_id and FLEET_TAG in one.tags
    }
    return [*entries, *(Desired(name, {"state": "absent"}) for name in sorted(carrying - listed) if purge)]


def differences(desired: Desired, found: SeenDeployment | None, old: SeenDeployment | None, version: str) -> list[str]:
    """In what a deployment differs from what is desired. ``old``: as it was; what isn't stated must have stayed so."""
    options = desired.options
    if found is None or not desired.present:
        return (
            []
            if (found is None) != desired.present
            else [f"{desired.name} is {'missing' if desired.present else 'there'}"]
        )
    wrong = [
        f"{name} is {getattr(found, field)!r}, not {options[name]!r}"
        for name, field in _FIELDS.items()
        if name in options and getattr(found, field) != options[name]
    ]
    tags = desired.tags()
    if tags is not None and found.tags != tags:
        wrong.append(f"tags are {sorted(found.tags)}, not {sorted(tags)}")
    wrong += _endpoint_differences(options, found)
    if version != "v1":
        wrong += _rule_differences(options, found)
    return wrong + (_untouched(desired, found, old) if old is not None and old.id == found.id else [])


_FIELDS = {
    "model": "model",
    "node_type": "node_type",
    "min_size": "min_size",
    "max_size": "max_size",
    "quantization_bits": "bits",
}


def _endpoint_differences(options: Mapping[str, Any], found: SeenDeployment) -> list[str]:
    if "endpoints" not in options:
        return []
    asked = {one.get("private_network_id"): stated(one).get("disable_auth") for one in options["endpoints"]}
    wrong = [f"the endpoint {network} is missing" for network in asked if network not in found.endpoints]
    wrong += [
        f"disable_auth of {network} is {found.endpoints[network]}"
        for network, value in asked.items()
        if network in found.endpoints and value not in (None, found.endpoints[network])
    ]
    left = [one for one in found.endpoints if one not in asked] if options.get("purge_endpoints") else []
    return wrong + [f"the endpoint {network} is still there" for network in left]


def _rule_differences(options: Mapping[str, Any], found: SeenDeployment) -> list[str]:
    if "rules" not in options:
        return []
    asked = {_network(one["ip"]): one.get("description") for one in options["rules"]}
    there = {_network(ip): text for ip, text in found.rules}
    wrong = [f"the rule {ip} is missing" for ip in asked if ip not in there]
    wrong += [f"the rule {ip} is described as {there[ip]!r}" for ip in asked if asked[ip] not in (None, there.get(ip))]
    if len(there) < len(found.rules):
        wrong.append(f"a rule is there twice: {found.rules}")
    left = [ip for ip in there if ip not in asked] if options.get("purge_rules") else []
    return wrong + [f"the rule {ip} is still there" for ip in left]


def _untouched(desired: Desired, found: SeenDeployment, old: SeenDeployment) -> list[str]:
    """Fields that the desired state leaves open, and that changed nevertheless."""
    options = {**desired.options, **({} if desired.tag is None else {"tags": []})}
    names = {**_FIELDS, "tags": "tags", "endpoints": "endpoints", "rules": "rules"}
    if "model" in options:
        # The bits follow from the model.
        del names["quantization_bits"]
    changed = {field for name, field in names.items() if name not in options}
    return [f"{field} changed" for field in sorted(changed) if getattr(found, field) != getattr(old, field)]


# Openness: the addresses that reach the public endpoint with a key, and without one


@dataclass(frozen=True)
class Openness:
    """Whom a public endpoint lets in: addresses as networks."""

    with_key: frozenset[str] = frozenset()
    without_key: frozenset[str] = frozenset()

    def __or__(self, other: Openness) -> Openness:
        return Openness(self.with_key | other.with_key, self.without_key | other.without_key)

    def beyond(self, allowed: Openness, *, new: bool) -> list[str]:
        """What it lets in that ``allowed`` doesn't. ``new``: whether a key may still open it from anywhere."""
        wrong = [f"{one} without a key" for one in sorted(_outside(self.without_key, allowed.without_key))]
        return wrong + [f"{one} with a key" for one in sorted(_outside(self.with_key, allowed.with_key)) if not new]


def openness(found: SeenDeployment | None) -> Openness:
    """Whom a deployment lets in."""
    if found is None or None not in found.endpoints:
        return Openness()
    addresses = frozenset(_network(ip) for ip, _text in found.rules) or EVERYBODY
    return Openness(addresses, addresses if found.endpoints[None] else frozenset())


def desired_openness(desired: Desired, old: SeenDeployment | None, version: str) -> Openness:
    """Whom the desired state lets in; ``old`` is the deployment as it was, of which what isn't stated stays."""
    options = desired.options
    endpoints = dict(old.endpoints) if old is not None else {} if "endpoints" in options else {None: False}
    for one in options.get("endpoints", []):
        network = one.get("private_network_id")
        endpoints[network] = bool(stated(one).get("disable_auth", endpoints.get(network, False)))
    if options.get("purge_endpoints") and "endpoints" in options:
        asked = {one.get("private_network_id") for one in options["endpoints"]}
        endpoints = {network: value for network, value in endpoints.items() if network in asked}
    if None not in endpoints or not desired.present:
        return Openness()
    rules = {_network(one["ip"]) for one in options.get("rules", [])}
    # With v1, which can't read rules, an empty list accepts that a recreation loses them; so does having no public
    # endpoint, as they guard nothing then.
    unguarded = old is not None and None not in old.endpoints
    lost = version == "v1" and desired.may_recreate and (options.get("rules") == [] or unguarded)
    if not lost and not (options.get("purge_rules") and "rules" in options):
        rules |= {_network(ip) for ip, _text in old.rules} if old is not None else set()
    addresses = frozenset(rules) or EVERYBODY
    return Openness(addresses, addresses if endpoints[None] else frozenset())


def _outside(inner: Iterable[str], outer: frozenset[str]) -> set[str]:
    return set() if outer >= EVERYBODY else set(inner) - outer


def _network(ip: str) -> str:
    return str(ipaddress.ip_network(ip, strict=False))
