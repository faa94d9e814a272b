# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that a recreation loses nothing.

Between the deletion and the end of the creation, only the playbook knows what the deployment had. If the run ended
then, the next run could not restore what the task doesn't declare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .._client.errors import OptionError
from .._client.inference.resources import AclRule, Deployment, Feature, require_field
from .._client.inference.versions import versions_without
from .fields import FIELDS, keep_reason
from .rules import DesiredRules, network_of, network_text
from .steps import DeploymentState, DesiredDeployment, DesiredEndpoint, endpoints_by_network

# JSON is valid YAML, except for characters that YAML requires to be escaped.
_UNPRINTABLE = re.compile("[\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_TEMPLATE = re.compile(r"\{[{%#]")


class UndeclaredError(OptionError):
    """A recreation would lose what the task doesn't declare. C(undeclared): the options to add, by deployment."""

    def __init__(self, message: str, undeclared: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.undeclared = undeclared

    def details(self) -> dict[str, Any]:
        return {"undeclared": {name: dict(options) for name, options in self.undeclared.items()}}


def check_recreation(found: Deployment, desired: DesiredDeployment, state: DeploymentState) -> None:
    """Raise UndeclaredError if something would be lost, OptionError if the creation would surely fail."""
    node_type = state.node_type
    if node_type and node_type.name != found.node_type and node_type.stock_status == "out_of_stock":
        raise OptionError(
            f"node_type: {node_type.name} is out of stock at the moment, so deployment '{found.label}' was not deleted "
            "to be created on it; run again later, or choose another node type (node_type_info with available_only)"
        )
    options = undeclared(found, desired, state.rules)
    if not options:
        return
    lines = "\n".join(f"{name}: {as_yaml(value)}" for name, value in options.items())
    rules = ""
    if options.get("rules") == []:
        version = versions_without(Feature.ACL_RULES)
        rules = f" With api_version {version}, access rules can't be read, and rules: [] accepts that they are lost."
    raise UndeclaredError(
        f"deployment '{found.label}' ({found.id}) has what the task doesn't declare, and recreating it could lose "
        "that, so it was not deleted. Add what is to stay to the task, or say that it goes (purge_endpoints: true, "
        f"purge_rules: true, other tags or sizes).{rules} As it is:\n{lines}",
        {found.label: options},
    )


def undeclared(found: Deployment, desired: DesiredDeployment, rules: tuple[AclRule, ...] | None) -> dict[str, Any]:
    """What the deployment has and a creation by the task wouldn't give it, as options to declare.

    rules: the access rules; null where they can't be read.
    """
    lost = {field.name: field.undeclared(desired, found) for field in FIELDS if field.undeclared is not None}
    options = {name: value for name, value in lost.items() if value is not None}
    if endpoints := _undeclared_endpoints(found, desired):
        options["endpoints"] = endpoints
    if (missing := _undeclared_rules(found, desired.rules, rules)) is not None:
        options["rules"] = missing
    return options


def _undeclared_endpoints(found: Deployment, desired: DesiredDeployment) -> list[dict[str, Any]]:
    """The endpoints as the task must declare them; empty if it declares all already."""
    require_field(
        found.endpoints,
        "endpoints",
        found.what,
        "to keep them in a recreation; run again, or leave model and node_type as they are",
    )
    old = endpoints_by_network(found)
    given = {one.private_network_id: one for one in desired.endpoints or ()}
    # Without the option, a creation makes a public endpoint that requires a key.
    asked = given or {None: DesiredEndpoint(private_network_id=None, disable_auth=False)}
    missing = [network for network in old if network not in asked and not desired.purge_endpoints]
    unlocked = [
        network
        for network, one in old.items()
        if network in asked
        and (not given or asked[network].disable_auth is None)
        and require_field(
            one.disable_auth, "endpoints.disable_auth", *keep_reason(found, "endpoints with disable_auth")
        )
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


def _disable_auth(asked: DesiredEndpoint | None, old: bool) -> bool:
    return old if asked is None or asked.disable_auth is None else asked.disable_auth


def _undeclared_rules(
    found: Deployment, desired: DesiredRules | None, rules: tuple[AclRule, ...] | None
) -> list[dict[str, Any]] | None:
    """The rules as the task must declare them; null if it declares all already."""
    if rules is None:
        guarded = any(one.public for one in found.endpoints or ())
        return [] if desired is None and guarded else None
    listed = {} if desired is None else {rule.network: rule for rule in desired.rules}
    lost = [rule for rule in rules if network_of(rule.ip) not in listed]
    if not lost or (desired is not None and desired.purge):
        return None
    asked = [{"ip": network_text(network), "description": rule.description or ""} for network, rule in listed.items()]
    why = "to keep it in a recreation; set purge_rules: true to let it go"
    kept = [(require_field(rule.ip, "ip", f"the access rule {rule.id} of {found.what}", why), rule) for rule in lost]
    return [*asked, *({"ip": ip, "description": rule.description} for ip, rule in kept)]


def as_yaml(value: Any) -> str:
    """A value as one line of YAML for a playbook, with texts that look like templates marked as unsafe."""
    if isinstance(value, list):
        return f"[{', '.join(as_yaml(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {as_yaml(item)}' for key, item in value.items())}}}"
    text = _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
    return f"!unsafe {text}" if isinstance(value, str) and _TEMPLATE.search(value) else text
