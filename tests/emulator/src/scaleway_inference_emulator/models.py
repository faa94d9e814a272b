# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import and delete models. Only v1 has routes for this.

A number after "Raises" is the status of a ServiceError.
"""

from __future__ import annotations

import uuid

from scaleway_inference_emulator import errors
from scaleway_inference_emulator.catalog import IMPORTED
from scaleway_inference_emulator.records import CATALOG_PROJECT, Model
from scaleway_inference_emulator.request_context import RequestContext


def import_model(context: RequestContext, name: str, project_id: str, url: str, secret: str | None) -> Model:
    """Start the import of a model. It gets the size and node types of the recorded import. Raises 400, 403."""
    context.check_write_permission(project_id, "model")
    same = (model for model in context.models() if (model.name, model.project_id) == (name, project_id))
    if context.emulator.config.unique_model_names and any(same):
        raise errors.invalid_arguments(errors.detail("name", "constraint", f"the project has a model {name} already"))
    config, source_error = context.emulator.config, _source_error(url, secret)
    steps = [("preparing", config.preparing), ("downloading", config.downloading)]
    model = Model(
        id=str(uuid.uuid4()),
        name=name,
        rank=1 + max((model.rank for model in context.emulator.store.all(Model)), default=0),
        project_id=project_id,
        error_message=context.provisioning_error or source_error,
        created_at=context.now,
        timeline=context.timeline(*steps[:1], end="error") if source_error else context.timeline(*steps, end="ready"),
        **IMPORTED,
    )
    return context.save(model)


def delete_model(context: RequestContext, model_id: str) -> None:
    """Delete an imported model. Raises 403 (also for models of the catalog), 404, 412."""
    model = context.model(model_id)
    context.check_write_permission(model.project_id, "model")
    if model.project_id == CATALOG_PROJECT:
        raise errors.permissions_denied("model", "delete")
    if any(deployment.model_id == model_id for deployment in context.deployments(context.now)):
        raise errors.precondition_failed("resource_still_in_use", "a deployment runs this model")
    context.delete(model)


def _source_error(url: str, secret: str | None) -> str:
    """Why the download fails, or an empty text. The URL decides: by ``.invalid``, ``missing`` or ``private`` in it."""
    server, _slash, path = url.partition("://")[2].partition("?")[0].partition("/")
    host, names = server.rpartition("@")[2].partition(":")[0], path.split("/")
    if host.endswith(".invalid"):
        return f"the host {host} isn't known"
    if any(name.startswith("missing") for name in names):
        return f"there's no model at {host}/{path}"
    if any(name.startswith("private") for name in names) and not secret:
        return f"{host}/{path} can't be read without a secret"
    return ""
