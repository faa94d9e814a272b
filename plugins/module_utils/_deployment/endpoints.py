# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans the endpoints of a deployment, one or all of them, by pure functions.

Endpoints are identified by their network: a deployment has at most one public endpoint, and one per private network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from .._client.errors import OptionError
from .._client.inference.resources import Deployment, Endpoint, EndpointSpec, require_field
from .._options.checks import require_uuid
from .._options.shared import ArgumentSpec
from .steps import (
    AddEndpoint,
    DesiredEndpoint,
    RemoveEndpoint,
    UpdateEndpoint,
    endpoint_name,
    endpoints_by_network,
    require_endpoint_id,
)

ENDPOINT_OPTIONS: ArgumentSpec = {
    "public": {"type": "bool", "default": False},
    "private_network_id": {"type": "str"},
    "disable_auth": {"type": "bool"},
}
EndpointStep: TypeAlias = "AddEndpoint | UpdateEndpoint | RemoveEndpoint"


@dataclass(frozen=True)
class EndpointPlan:
    """The steps, and the endpoints that the deployment has after them."""

    steps: tuple[EndpointStep, ...]
    after: tuple[Endpoint | EndpointSpec, ...]


def parse_endpoints(entries: Sequence[Mapping[str, Any]]) -> tuple[DesiredEndpoint, ...]:
    """The desired endpoints of the option C(endpoints).

    Raises OptionError for an entry that is not either public or in a private network.
    """
    return tuple(_parse_entry(index, entry) for index, entry in enumerate(entries))


def _parse_entry(index: int, entry: Mapping[str, Any]) -> DesiredEndpoint:
    network, public = entry["private_network_id"], entry["public"]
    if bool(public) == (network is not None):
        raise OptionError(
            f"endpoints[{index}]: each entry needs either public: true or private_network_id, and not both; got "
            f"public: {str(bool(public)).lower()}, private_network_id: {network or 'none'}"
        )
    if network is not None:
        require_uuid(f"endpoints[{index}].private_network_id", network)
    return DesiredEndpoint(private_network_id=network and network.lower(), disable_auth=entry["disable_auth"])


def check_endpoints(desired: Iterable[DesiredEndpoint]) -> None:
    """Raise OptionError for an empty list, and for more than one endpoint in a network."""
    networks = [one.private_network_id for one in desired]
    if not networks:
        raise OptionError(
            "endpoints: a deployment must have at least one; give one, or leave the option out (a new deployment then "
            "gets a public endpoint)"
        )
    for network in networks:
        if networks.count(network) > 1:
            which = "public endpoint" if network is None else f"endpoint in private network {network}"
            raise OptionError(f"endpoints: more than one {which} is listed; a deployment has at most one")


def check_private(
    what: str, desired: Sequence[DesiredEndpoint] | None, after: Iterable[Endpoint | EndpointSpec]
) -> None:
    """Raise OptionError, as private_only asks for, if the deployment would have a public endpoint.

    what: the deployment, for messages. desired: those that the task lists. after: those that there would be.
    """
    if desired is None:
        remedy = (
            "list endpoints with private_network_id, and set purge_endpoints: true if the public one is there already"
        )
    elif any(one.private_network_id is None for one in desired):
        remedy = "take the one with public: true out of endpoints"
    else:
        remedy = "it is there already: set purge_endpoints: true to remove it"
    if any(one.public for one in after):
        raise OptionError(f"private_only: {what} would have a public endpoint, so nothing was changed; {remedy}")


def plan_endpoints(deployment: Deployment, desired: Sequence[DesiredEndpoint], *, purge: bool = False) -> EndpointPlan:
    """The steps to the desired endpoints; with C(purge), also those that remove all others.

    Raises OptionError if the service doesn't tell which endpoints there are, or if the last one would be removed.
    """
    changes = [_plan_endpoint(deployment, one) for one in desired]
    existing = tuple(endpoints_by_network(deployment).values()) if purge else deployment.endpoints or ()
    others = [one for one in existing if not any(one is change.found for change in changes)]
    purged = [RemoveEndpoint(require_endpoint_id(one, deployment)) for one in others] if purge else []
    return EndpointPlan(
        (*(change.step for change in changes if change.step is not None), *purged),
        (*([] if purge else others), *(change.after for change in changes if change.after is not None)),
    )


@dataclass(frozen=True)
class _Change:
    """One endpoint before and after its step; null where there is no endpoint or no step."""

    found: Endpoint | None
    step: EndpointStep | None
    after: Endpoint | EndpointSpec | None


def _plan_endpoint(deployment: Deployment, desired: DesiredEndpoint) -> _Change:
    found = desired.find(deployment)
    if not desired.present:
        return _Change(found, None if found is None else _removal(deployment, found), None)
    if found is None:
        return _Change(None, AddEndpoint(deployment, desired.spec()), desired.spec())
    if desired.disable_auth is not None:
        why = f"to tell whether that of the {endpoint_name(found)} is as desired; leave disable_auth out"
        if desired.disable_auth != require_field(found.disable_auth, "endpoints.disable_auth", deployment.what, why):
            step = UpdateEndpoint(require_endpoint_id(found, deployment), desired.disable_auth)
            return _Change(found, step, replace(found, disable_auth=desired.disable_auth))
    return _Change(found, None, found)


def _removal(deployment: Deployment, endpoint: Endpoint) -> RemoveEndpoint:
    if len(deployment.endpoints or ()) == 1:
        raise OptionError(
            f"the {endpoint_name(endpoint)} is the last one of deployment '{deployment.label}', which must have one: "
            "add another first, or remove the deployment with scaleway.inference.deployment and state: absent"
        )
    return RemoveEndpoint(require_endpoint_id(endpoint, deployment))
