# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with models, whatever the API version."""

from __future__ import annotations

import uuid

from emulator import errors
from emulator.call import Call
from emulator.catalog import IMPORTED
from emulator.records import CATALOG_PROJECT, Model


def import_model(call: Call, name: str, project_id: str, url: str, secret: str | None) -> Model:
    """Begin the import of a model. It runs on what the recorded one ran on. Raises 400, 403."""
    call.permit(project_id, "model")
    same = (model for model in call.models() if (model.name, model.project_id) == (name, project_id))
    if call.emulator.config.unique_model_names and any(same):
        raise errors.invalid_arguments(errors.detail("name", "constraint", f"the project has a model {name} already"))
    config, wrong = call.emulator.config, _wrong_source(url, secret)
    steps = [("preparing", config.preparing), ("downloading", config.downloading)]
    model = Model(
        id=str(uuid.uuid4()),
        name=name,
        rank=1 + max((model.rank for model in call.emulator.store.all(Model)), default=0),
        project_id=project_id,
        error_message=call.failure or wrong,
        created_at=call.now,
        timeline=call.timeline(*steps[:1], end="error") if wrong else call.timeline(*steps, end="ready"),
        **IMPORTED,
    )
    return call.save(model)


def delete_model(call: Call, model_id: str) -> None:
    """Remove an imported model. Raises 403 (also for the catalog's), 404, 412."""
    model = call.model(model_id)
    call.permit(model.project_id, "model")
    if model.project_id == CATALOG_PROJECT:
        raise errors.permissions_denied("model", "delete")
    if any(deployment.model_id == model_id for deployment in call.deployments(call.now)):
        raise errors.precondition_failed("resource_still_in_use", "a deployment runs this model")
    call.delete(model)


def _wrong_source(url: str, secret: str | None) -> str:
    """Why there's nothing to download, if the URL says so: by ``.invalid``, ``missing`` or ``private``."""
    server, _slash, path = url.partition("://")[2].partition("?")[0].partition("/")
    host, names = server.rpartition("@")[2].partition(":")[0], path.split("/")
    if host.endswith(".invalid"):
        return f"the host {host} isn't known"
    if any(name.startswith("missing") for name in names):
        return f"there's no model at {host}/{path}"
    if any(name.startswith("private") for name in names) and not secret:
        return f"{host}/{path} can't be read without a secret"
    return ""
