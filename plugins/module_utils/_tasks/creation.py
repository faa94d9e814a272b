# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating a deployment once and only once. A deployment is a GPU by the hour.

A C(POST) whose outcome is unknown is never just repeated: the deployment is looked for first. And as two runs may
create at the same moment, each looks once more after its own creation: the older deployment stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .._client.api import InferenceApi
from .._client.clock import Clock
from .._client.errors import InferenceError, RequestError
from .._client.resources import GONE_STATUSES, Deployment, DeploymentSpec
from .lookup import deployments_named
from .task import Report

# Seconds between the looks for a deployment that may or may not have been made: lists may lag behind.
PATIENCE = (1.0, 2.0, 4.0, 8.0, 15.0)
ATTEMPTS = 3


@dataclass(frozen=True)
class Created:
    """C(deployment) is the one that stays; C(adopted): another run may have made it, unlike ours."""

    deployment: Deployment
    adopted: bool


def create_once(
    api: InferenceApi, spec: DeploymentSpec, *, known: frozenset[str], clock: Clock, report: Report
) -> Created:
    """Create the deployment; C(known) are the IDs of those of its name that were there before.

    Raises the error of the creation where the service refused it, or RequestError where nobody can say, after several
    attempts and looks, whether there is one now.
    """

    def others() -> list[Deployment]:
        named = deployments_named(api, spec.name, spec.project_id)
        return [one for one in named if one.id not in known and one.status not in GONE_STATUSES]

    made = _attempt(api, spec, others, clock, report)
    rivals = {one.id: one for one in (*others(), *made.certain, *made.possible)}
    stays = min(rivals.values(), key=_age)
    for one in (*made.certain, *(one for one in made.possible if _is_ours(one, spec))):
        if one.id != stays.id:
            report(f"deployment {spec.name}: another run created {stays.id} before; deleting {one.id}")
            api.delete_deployment(one.id)
    return Created(stays, adopted=not any(one.id == stays.id for one in made.certain))


@dataclass(frozen=True)
class _Made:
    """Deployments that this run made for certain, or perhaps (those that appeared after a lost answer)."""

    certain: tuple[Deployment, ...] = ()
    possible: tuple[Deployment, ...] = ()


def _attempt(
    api: InferenceApi, spec: DeploymentSpec, others: Callable[[], list[Deployment]], clock: Clock, report: Report
) -> _Made:
    lost: InferenceError | None = None
    for _try in range(ATTEMPTS):
        try:
            return _Made(certain=(api.create_deployment(spec),))
        except InferenceError as error:
            if not error.effect_unknown:
                raise
            lost = error
        report(f"deployment {spec.name}: no good answer to its creation; looking whether it was created ({lost})")
        for pause in PATIENCE:
            found = others()
            if found:
                return _Made(possible=tuple(found))
            clock.sleep(pause)
        found = others()
        if found:
            return _Made(possible=tuple(found))
    raise RequestError(
        f"It isn't known whether deployment '{spec.name}' was created: {ATTEMPTS} attempts got no good answer, and "
        f"none of that name has appeared. Run again later: if there is one by then, it is taken over ({lost})",
        route="POST /deployments",
        transient=True,
        effect_unknown=True,
    )


def _age(deployment: Deployment) -> tuple[str, str]:
    # RFC 3339 in UTC sorts as text once the Z is off, whatever the number of its decimals.
    return ((deployment.created_at or "9999").rstrip("Z"), deployment.id)


def _is_ours(deployment: Deployment, spec: DeploymentSpec) -> bool:
    """Whether a deployment that appeared is just what we asked for."""
    return (
        (deployment.model, deployment.node_type) == (spec.model, spec.node_type)
        and set(deployment.tags) == set(spec.tags)
        and {one.private_network_id for one in deployment.endpoints}
        == {one.private_network_id for one in spec.endpoints}
    )
