# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds deployments by exact name or ID. The service's own parameter C(name) is no exact match."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import TypeVar

from .._client.errors import OptionError
from .._client.ids import is_uuid
from .._client.inference.api import InferenceApi
from .._client.inference.resources import Deployment, Model, require_field
from .._client.ranges import display_text
from .._options.normalize import PREDICTED
from .._reconcile.duplicates import only_one, read_settled
from .._task import Context
from .prediction import predict_deployment

D = TypeVar("D", Deployment, Model)

REMEDY = "Choose one by its ID; delete or rename the others with scaleway.inference.deployment and its option id"


def deployments_named(api: InferenceApi, name: str, project_id: str) -> tuple[Deployment, ...]:
    """All deployments with exactly this name in the project, including those that are being deleted.

    An empty name or project finds nothing. Raises OptionError or AnswerError if it can't be known whether a deployment
    has the name.
    """
    if not name or not project_id:
        return ()
    listed = api.list_deployments(name=name, project_id=project_id, required_names=(name,))
    return tuple(one for one in deployments_in_project(api, listed, project_id, (name,)) if one.name == name)


def deployments_in_project(
    api: InferenceApi, listed: Iterable[Deployment], project_id: str, names: Collection[str]
) -> Iterator[Deployment]:
    """The listed deployments that are in the project. Parameters and errors as C(filter_by_project)."""
    return filter_by_project(project_id, names, listed, api.find_deployment, lambda one: one.project_id is not None)


def filter_by_project(
    project_id: str,
    names: Collection[str],
    listed: Iterable[D],
    find: Callable[[str], D | None],
    knows_project: Callable[[D], bool],
) -> Iterator[D]:
    """The listed resources that are in the project.

    A list may lack the name or the project of a resource. If the caller decides by names, missing that resource could
    create it twice, so it is then read by its ID.
    names: those that the caller decides by. find: reads a resource by its ID. knows_project: whether a resource has
    what tells its project.
    Raises OptionError for a resource with one of the names whose project stays unknown.
    """
    for one in listed:
        unsure = bool(names) and (one.name is None or (one.name in names and not knows_project(one)))
        seen = find(one.id) if unsure else one
        if seen is None:
            continue
        if seen.name in names and not knows_project(seen):
            why = f"to tell whether it is '{seen.name}' of the project {project_id}; choose it by its ID"
            require_field(seen.project_id, "project_id", f"the {seen.what}", why)
        if seen.project_id == project_id:
            yield seen


def settled_deployments(context: Context, name: str, project_id: str) -> tuple[Deployment, ...]:
    """All deployments with this name, once other runs had time to settle which one is kept."""
    return read_settled(context, "deployment", (name,), partial(deployments_named, context.api, name, project_id))


def find_deployment(context: Context, name_or_id: str) -> Deployment | None:
    """The deployment with this name or ID; null if there is none, or if it is being deleted.

    What has the form of an ID is tried as an ID first; a name may have that form too. Raises OptionError for several of
    the name.
    """
    if name_or_id == PREDICTED:
        return None
    if is_uuid(name_or_id):
        by_id = context.api.find_deployment(name_or_id.lower())
        if by_id is not None and not by_id.is_deleting:
            return context.api.observed.track(by_id)
        if context.api.settings.project_id is None:
            return None
    project_id = context.api.settings.require_project_id("to find a deployment by its name")
    named = settled_deployments(context, name_or_id, project_id)
    found = only_one(context, "deployment", name_or_id, named, remedy=REMEDY)
    return None if found is None else context.api.observed.track(found)


def found_by_name(deployment: Deployment, name_or_id: str) -> bool:
    """Whether the option is the deployment's name, not its ID: another one with the name may replace it then."""
    return deployment.id != name_or_id.lower()


def require_deployment(context: Context, name_or_id: str) -> Deployment:
    """The deployment with this name or ID; in check mode, if there is none, the one that an earlier task may create.

    Raises OptionError where there is none.
    """
    found = find_deployment(context, name_or_id)
    if found is not None:
        return found
    if context.check_mode and not is_uuid(name_or_id):
        return predict_deployment(context, name_or_id)
    raise OptionError(
        f"deployment: {not_found_text(context, 'deployment', name_or_id)}; deployment_info lists those that there are"
    )


def not_found_text(context: Context, kind: str, name_or_id: str) -> str:
    """The beginning of an error about a resource that doesn't exist. C(kind): the word for one, such as C(model)."""
    region = context.api.settings.region
    if not is_uuid(name_or_id):
        return f"there is no {kind} '{display_text(name_or_id)}' in {region}"
    return f"there is no {kind} with the ID {name_or_id} in {region}, nor one of that name"


def deployment_with_endpoint(api: InferenceApi, endpoint_id: str) -> Deployment | None:
    """The deployment that has this endpoint; null if none has. The service only lists endpoints in deployments."""
    for deployment in api.list_deployments(project_id=api.settings.project_id):
        if any(endpoint.id == endpoint_id.lower() for endpoint in deployment.endpoints or ()):
            return api.observed.track(deployment)
    return None
