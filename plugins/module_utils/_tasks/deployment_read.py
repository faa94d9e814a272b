# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a plan for a deployment needs: the deployment, and the model and node type where they matter."""

from __future__ import annotations

from .._client.api import InferenceApi
from .._client.errors import OptionError
from .._client.resources import GONE_STATUSES, Deployment
from .deployment_plan import lookups
from .deployment_steps import Read, Wanted
from .lookup import deployments_named, find_model, find_node_type, get_deployment, only_one


def read_for_presence(api: InferenceApi, wanted: Wanted) -> Read:
    """All that C(plan_presence) needs. Raises OptionError for what can't be found, or is there more than once."""
    if wanted.deployment_id is not None:
        return _with_lookups(api, wanted, _chosen(api, wanted.deployment_id, wanted), ())
    return _with_lookups(api, wanted, *_named(api, wanted))


def read_again(api: InferenceApi, wanted: Wanted, found: Deployment) -> Read:
    """The same, for a deployment as it was just seen."""
    return _with_lookups(api, wanted, found, ())


def read_for_absence(api: InferenceApi, wanted: Wanted) -> Read:
    if wanted.deployment_id is None:
        found, leaving = _named(api, wanted)
        return Read(found=found, leaving=leaving)
    there = get_deployment(api, wanted.deployment_id)
    if there is not None and there.status in GONE_STATUSES:
        return Read(found=None, leaving=(there,))
    return Read(found=there)


def _named(api: InferenceApi, wanted: Wanted) -> tuple[Deployment | None, tuple[Deployment, ...]]:
    name = wanted.name or ""
    named = deployments_named(api, name, wanted.project_id)
    return only_one(name, named), tuple(one for one in named if one.status in GONE_STATUSES)


def _chosen(api: InferenceApi, deployment_id: str, wanted: Wanted) -> Deployment:
    """The deployment chosen by its ID, which must be there; and its new name, if it gets one, must be free."""
    found = get_deployment(api, deployment_id)
    if found is None or found.status in GONE_STATUSES:
        raise OptionError(
            f"deployment_id: there is no deployment {deployment_id} in {api.settings.region}"
            f"{'' if found is None else ' (it is being deleted)'}; leave the option out to find or create it by name"
        )
    if wanted.name is not None and wanted.name != found.name:
        taken = only_one(wanted.name, deployments_named(api, wanted.name, found.project_id))
        if taken is not None:
            raise OptionError(
                f"name: '{wanted.name}' is the name of another deployment, {taken.id}; names identify deployments, so "
                "choose another one"
            )
    return found


def _with_lookups(api: InferenceApi, wanted: Wanted, found: Deployment | None, leaving: tuple[Deployment, ...]) -> Read:
    model, node_type = lookups(found, wanted)
    return Read(
        found=found,
        leaving=leaving,
        model=find_model(api, model) if model else None,
        node_type=find_node_type(api, node_type) if node_type else None,
    )
