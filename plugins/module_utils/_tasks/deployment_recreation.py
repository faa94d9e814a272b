# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recreation must not lose. Between the deletion and the end of the creation, only the playbook knows what was
there: whatever isn't declared in the task would be gone if the run ended then, and the next run would not miss it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .._client.errors import OptionError
from .._client.resources import AclRule, Deployment, needed
from .acl_plan import WantedRules, network_of
from .acl_plan import name as network_name
from .deployment_checks import check_sizes
from .deployment_steps import Read, Wanted, WantedEndpoint, by_place

# JSON is YAML, but for characters that YAML wants escaped.
_UNPRINTABLE = re.compile("[\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_TEMPLATE = re.compile(r"\{[{%#]")


class UndeclaredError(OptionError):
    """A recreation would lose what the task doesn't declare. C(undeclared): the options to add, by deployment."""

    def __init__(self, message: str, undeclared: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.undeclared = undeclared

    def details(self) -> dict[str, Any]:
        return {"undeclared": {name: dict(options) for name, options in self.undeclared.items()}}


def check_recreation(found: Deployment, wanted: Wanted, read: Read) -> None:
    """Raise UndeclaredError for what would be lost, OptionError where the creation would surely fail."""
    node_type = read.node_type
    if node_type and node_type.name != found.node_type and node_type.stock_status == "out_of_stock":
        raise OptionError(
            f"node_type: {node_type.name} is out of stock at the moment, so deployment '{found.label}' was not deleted "
            "to be created on it; run again later, or choose another node type (node_type_info with available_only)"
        )
    options = undeclared(found, wanted, read.rules)
    if not options:
        return
    lines = "\n".join(f"{name}: {as_yaml(value)}" for name, value in options.items())
    rules = ""
    if options.get("rules") == []:
        rules = " With api_version v1, access rules can't be read, and rules: [] accepts that they are lost."
    raise UndeclaredError(
        f"deployment '{found.label}' ({found.id}) has what the task doesn't declare, and recreating it could lose "
        "that, so it was not deleted. Add what is to stay to the task, or say that it goes (purge_endpoints: true, "
        f"purge_rules: true, other tags or sizes).{rules} As it is:\n{lines}",
        {found.label: options},
    )


def undeclared(found: Deployment, wanted: Wanted, rules: tuple[AclRule, ...] | None) -> dict[str, Any]:
    """What the deployment has and a creation by the task alone would not make, as options. C(rules) null: unknown."""
    options: dict[str, Any] = {}
    if wanted.tags is None:
        tags = [tag for tag in needed(found.tags, "tags", *_to_keep(found, "tags")) if tag != wanted.fleet_tag]
        if tags:
            options["tags"] = tags
    low, high = (size or 1 for size in check_sizes(wanted.min_size, wanted.max_size))
    if wanted.min_size is None:
        min_size = needed(found.min_size, "min_size", *_to_keep(found, "min_size"))
        if min_size != low and (wanted.max_size is None or min_size <= high):
            options["min_size"] = min_size
    if wanted.max_size is None:
        max_size = needed(found.max_size, "max_size", *_to_keep(found, "max_size"))
        if max_size != high and (wanted.min_size is None or max_size >= low):
            options["max_size"] = max_size
    same_model = wanted.has_model(found)
    if same_model and wanted.quantization_bits is None and found.quantization_bits is not None:
        options["quantization_bits"] = found.quantization_bits
    if endpoints := _endpoints(found, wanted):
        options["endpoints"] = endpoints
    if (lost := _rules(found, wanted.rules, rules)) is not None:
        options["rules"] = lost
    return options


def _to_keep(found: Deployment, option: str) -> tuple[str, str]:
    return found.what, f"to keep it in a recreation; declare {option} in the task"


def _endpoints(found: Deployment, wanted: Wanted) -> list[dict[str, Any]]:
    """All endpoints to declare; empty where those that there are, are declared."""
    old = by_place(found)
    given = {one.private_network_id: one for one in wanted.endpoints or ()}
    # Without the option, a creation makes a public endpoint that asks for a key.
    asked = given or {None: WantedEndpoint(private_network_id=None, disable_auth=False)}
    missing = [network for network in old if network not in asked and not wanted.purge_endpoints]
    unlocked = [
        network
        for network, one in old.items()
        if network in asked
        and (not given or asked[network].disable_auth is None)
        and needed(one.disable_auth, "endpoints.disable_auth", *_to_keep(found, "endpoints with disable_auth"))
    ]
    if not missing and not unlocked:
        return []
    return [
        {
            **({"public": True} if network is None else {"private_network_id": network}),
            "disable_auth": _disable_auth(given.get(network), network in old and bool(old[network].disable_auth)),
        }
        for network in {**old, **given}
    ]


def _disable_auth(asked: WantedEndpoint | None, old: bool) -> bool:
    return old if asked is None or asked.disable_auth is None else asked.disable_auth


def _rules(
    found: Deployment, wanted: WantedRules | None, rules: tuple[AclRule, ...] | None
) -> list[dict[str, Any]] | None:
    """All rules to declare; null where those that there are, are declared."""
    if rules is None:
        guarded = any(one.public for one in found.endpoints or ())
        return [] if wanted is None and guarded else None
    listed = {} if wanted is None else {rule.network: rule for rule in wanted.rules}
    lost = [rule for rule in rules if network_of(rule.ip) not in listed]
    if not lost or (wanted is not None and wanted.purge):
        return None
    asked = [{"ip": network_name(network), "description": rule.description or ""} for network, rule in listed.items()]
    why = "to keep it in a recreation; set purge_rules: true to let it go"
    kept = [(needed(rule.ip, "ip", f"the access rule {rule.id} of {found.what}", why), rule) for rule in lost]
    return [*asked, *({"ip": ip, "description": rule.description} for ip, rule in kept)]


def as_yaml(value: Any) -> str:
    """A value in one line of YAML, to be pasted into a playbook; what the service said is no template there."""
    if isinstance(value, list):
        return f"[{', '.join(as_yaml(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {as_yaml(item)}' for key, item in value.items())}}}"
    text = _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
    return f"!unsafe {text}" if isinstance(value, str) and _TEMPLATE.search(value) else text
