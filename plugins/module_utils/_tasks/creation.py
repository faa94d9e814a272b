# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating a deployment once and only once. A deployment is a GPU by the hour.

A C(POST) whose outcome is unknown is never just repeated: the deployment is looked for first. And as two runs may
create at the same moment, each looks once more after its own creation, and again once its deployment is ready: the
older deployment stays, then the one with the smaller ID.
"""

from __future__ import annotations

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


class Creation:
    """The creation of one deployment. C(known) are the IDs of those of its name that were there before."""

    def __init__(
        self, api: InferenceApi, spec: DeploymentSpec, *, known: frozenset[str], clock: Clock, report: Report
    ) -> None:
        self._api = api
        self._spec = spec
        self._known = known
        self._clock = clock
        self._report = report
        # What this run made for certain, or perhaps: what appeared after a lost answer.
        self._certain: tuple[Deployment, ...] = ()
        self._possible: tuple[Deployment, ...] = ()
        # What stayed at the last look, whoever made it.
        self._stays: tuple[Deployment, ...] = ()

    def create(self) -> Deployment:
        """Create the deployment, and return it; C(give_way) must follow.

        Raises the error of the creation where the service refused it, or RequestError where nobody can say, after
        several attempts and looks, whether there is one now.
        """
        lost: InferenceError | None = None
        for _try in range(ATTEMPTS):
            try:
                self._certain = (self._api.create_deployment(self._spec),)
                return self._certain[0]
            except InferenceError as error:
                if not error.effect_unknown:
                    raise
                lost = error
            self._report(
                f"deployment {self._spec.name}: no good answer to its creation; looking whether it was created ({lost})"
            )
            for pause in (0.0, *PATIENCE):
                self._clock.sleep(pause)
                self._possible = self._others()
                if self._possible:
                    return min(self._possible, key=_age)
        raise RequestError(
            f"It isn't known whether deployment '{self._spec.name}' was created: {ATTEMPTS} attempts got no good "
            f"answer, and none of that name has appeared. Run again later: if there is one by then, it is taken over "
            f"({lost})",
            route="POST /deployments",
            transient=True,
            effect_unknown=True,
        )

    def give_way(self) -> Created:
        """If another run made an older one meanwhile, delete ours and take that."""
        ours = (*self._certain, *(one for one in self._possible if _is_as_asked(one, self._spec)))
        rivals = {one.id: one for one in (*ours, *self._possible, *self._stays, *self._others())}
        stays = min(rivals.values(), key=_age)
        self._stays = (stays,)
        for one in ours:
            if one.id != stays.id:
                self._report(f"deployment {one.name}: another run created {stays.id} before; deleting {one.id}")
                self._api.delete_deployment(one.id)
        adopted = all(one.id != stays.id for one in self._certain)
        self._certain = tuple(one for one in self._certain if one.id == stays.id)
        self._possible = tuple(one for one in self._possible if one.id == stays.id)
        return Created(stays, adopted)

    def _others(self) -> tuple[Deployment, ...]:
        named = deployments_named(self._api, self._spec.name, self._spec.project_id)
        return tuple(one for one in named if one.id not in self._known and one.status not in GONE_STATUSES)


def _age(deployment: Deployment) -> tuple[str, str]:
    # RFC 3339 in UTC sorts as text once the Z is off, whatever the number of its decimals.
    return ((deployment.created_at or "9999").rstrip("Z"), deployment.id)


def _is_as_asked(deployment: Deployment, spec: DeploymentSpec) -> bool:
    """Whether a deployment that appeared is just what we asked for."""
    return (
        (deployment.model, deployment.node_type) == (spec.model, spec.node_type)
        and set(deployment.tags) == set(spec.tags)
        and {one.private_network_id for one in deployment.endpoints}
        == {one.private_network_id for one in spec.endpoints}
    )
