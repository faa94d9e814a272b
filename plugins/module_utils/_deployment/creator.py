# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates and identifies a new deployment, for C(IdempotentCreation)."""

from __future__ import annotations

from .._client.inference.api import InferenceApi
from .._client.inference.resources import Deployment, DeploymentSpec
from .._reconcile.create import Creator


def deployment_creator(api: InferenceApi, spec: DeploymentSpec, known: frozenset[str]) -> Creator[Deployment]:
    """A creator of this deployment. C(known): the IDs of deployments with its name that existed before."""
    return Creator(
        name=spec.name,
        create=lambda: api.create_deployment(spec),
        delete=api.delete_deployment,
        track=api.observed.track,
        created=api.observed.created,
        is_new=lambda one: one.id not in known and not one.is_deleting,
        matches_request=lambda one: _matches(one, spec),
    )


def _matches(deployment: Deployment, spec: DeploymentSpec) -> bool:
    """Whether the deployment has what the request asks for, as far as every version of the API shows it."""
    return (
        (deployment.model, deployment.node_type) == (spec.model, spec.node_type)
        and deployment.tags is not None
        and set(deployment.tags) == set(spec.tags)
        and {one.private_network_id for one in deployment.endpoints or ()}
        == {one.private_network_id for one in spec.endpoints}
    )
