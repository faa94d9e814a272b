# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Predicts resources for check mode: those that an earlier task of the playbook would have created.

Each prediction is a warning. What only the service can know is empty, and null in results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from .._client.errors import OptionError
from .._client.inference.resources import Deployment, Endpoint, Model, to_plain
from .._client.ranges import display_text
from .._options.normalize import PREDICTED, is_predicted
from .._task import Context
from .near_names import near_name


def predict_deployment(context: Context, name: str) -> Deployment:
    """The deployment that an earlier task may create with this name: all that isn't known is a default or empty.

    Raises OptionError for a name that is nearly that of an existing deployment.
    """
    settings = context.api.settings
    if name != PREDICTED:
        existing = context.api.list_deployments(project_id=settings.project_id)
        right = near_name(name, (one.name for one in existing if one.name and not one.is_deleting))
        if right is not None:
            raise OptionError(
                f"deployment: there is no deployment '{name}' in {settings.region}; did you mean '{right}'?"
            )
    _warn(context, "deployment", name)
    return Deployment(
        id="",
        name=name,
        project_id=settings.project_id or "",
        region=settings.region,
        status="ready",
        model="",
        model_id=None,
        node_type="",
        min_size=1,
        max_size=1,
        size=1,
        tags=(),
        endpoints=(Endpoint(id="", url="", public=True, private_network_id=None, disable_auth=False),),
        error_message=None,
        created_at=None,
        updated_at=None,
    )


def predict_model(context: Context, name: str, models: Iterable[Model]) -> Model | None:
    """The model that an earlier task may import with this name; it runs on every node type.

    Null for a name that is probably misspelt: it is nearly that of a model, or has the vendor of one (C(mistral/)).
    """
    names = [one.name for one in models if one.name]
    vendors = {one.partition("/")[0] for one in names if "/" in one}
    if name != PREDICTED and (near_name(name, names) or ("/" in name and name.partition("/")[0] in vendors)):
        return None
    _warn(context, "model", name)
    blank: dict[str, Any] = {one.name: None for one in fields(Model) if one.init}
    own = {"name": name, "project_id": context.api.settings.project_id, "region": context.api.settings.region}
    unknown = {"id": "", "is_public": False, "has_eula": False, "tags": (), "compatible_node_types": ()}
    return Model(**{**blank, **own, **unknown})


def predicted_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint as check mode returns it; null for an unknown ID or URL."""
    unknown: Mapping[str, Any] = {"id": None, "url": None} if is_predicted(endpoint) else {}
    return {**to_plain(endpoint), **unknown}


def _warn(context: Context, kind: str, name: str) -> None:
    if name == PREDICTED:
        context.warn(
            f"An option that is to name a {kind} is empty: predicted as if it were that of a {kind} which an earlier "
            "task made. If it is empty in a real run, it counts as not given."
        )
    else:
        context.warn(f"no {kind} '{display_text(name)}' yet: predicted as if an earlier task made it")
