# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(model): imports a model into the project, or removes it; needs a version that imports models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from .._client.errors import InferenceError, OptionError, WaitError
from .._client.inference.api import InferenceApi
from .._client.inference.resources import Feature, Model, to_plain
from .._client.ranges import display_text
from .._lookup.deployments import filter_by_project
from .._options.checks import require_uuid
from .._options.normalize import PREDICTED
from .._options.shared import WAIT_OPTIONS, Params
from .._reconcile.create import RACE_RECHECK_DELAY, Creator, IdempotentCreation
from .._reconcile.duplicates import only_one, read_settled
from .._reconcile.reads import Reader
from .._reconcile.successor import find_successor
from .._reconcile.watcher import Watcher, watch
from .._task import Context, Diff, Interrupted, Outcome, TaskSpec
from ._model_source import check_source

# The names that Scaleway's SDK allows; no other source limits them.
_SDK_NAME = re.compile(r"[A-Za-z0-9_/.:-]+")
# How often another run may replace the model that is waited for.
MAX_SUCCESSORS = 5


def run(context: Context, params: Params) -> Outcome:
    context.api.require(Feature.MODEL_IMPORT)
    return _present(context, params) if params["state"] == "present" else _absent(context, params)


# Present


def _present(context: Context, params: Params) -> Outcome:
    project_id = context.api.settings.require_project_id("to import a model into")
    if params["name"] is None:
        raise OptionError("name: is needed for state: present")
    found = _settled(context, params["name"], project_id)
    before = {} if found is None else _view(found)
    after = before or {"name": params["name"], "project_id": project_id}
    diff = Diff(before, after, f"model {params['name']}")
    if found is not None:
        _check(found)
        if params["wait"] and not context.check_mode:
            existing = found
            watcher = _watcher(context, project_id, params["wait_timeout"])
            found = watcher.run_one(lambda watching: _wait_until_ready(watching, existing))
        return Outcome(results={"model": to_plain(found), "steps": []}, diff=diff)
    if params["source_url"] is None:
        raise OptionError(
            f"source_url: model '{display_text(params['name'])}' doesn't exist yet; say where to import it from"
        )
    check_source(context, params["source_url"])
    if not _SDK_NAME.fullmatch(params["name"]):
        context.warn(
            f"name: '{display_text(params['name'])}' is sent as it is, but has a character that isn't among those of "
            "Scaleway's SDK (letters, digits, and - _ / . :); if the service refuses it, choose another"
        )
    steps = [f"import model {params['name']}"]
    if context.check_mode:
        return Outcome(results={"model": _predicted(context, after), "steps": steps}, changed=True, diff=diff)
    model, steps = _import(context, params, project_id, steps)
    if not steps:
        # Another run imported it first, and the service refused a second one.
        return Outcome(results={"model": to_plain(model), "steps": []}, diff=diff)
    return Outcome(results={"model": to_plain(model), "steps": steps}, changed=True, diff=diff)


def _import(context: Context, params: Params, project_id: str, steps: Sequence[str]) -> tuple[Model, list[str]]:
    """Import the model; return it and the steps of this run, which are none if another run imported it."""
    given_up: list[str] = []
    created: list[Model] = []

    def job(watcher: Watcher[Model]) -> Model:
        creator = Creator(
            name=params["name"],
            create=lambda: context.api.import_model(
                name=params["name"],
                project_id=project_id,
                url=params["source_url"],
                secret=params["source_secret"],
            ),
            delete=context.api.delete_model,
            track=context.api.observed.track,
            created=context.api.observed.created,
            is_new=lambda _one: True,
            matches_request=lambda _one: True,
        )
        creation = IdempotentCreation(watcher, creator, given_up.append)
        model = creation.create()
        if creation.created:
            created.append(model)
        model = creation.resolve_race().resource
        if params["wait"]:
            model = _wait_until_ready(watcher, model)
        # An older model may have become visible late; by now every one is visible.
        oldest = creation.resolve_race(0.0 if params["wait"] else RACE_RECHECK_DELAY).resource
        if oldest.id == model.id:
            return model
        return _wait_until_ready(watcher, oldest) if params["wait"] else oldest

    try:
        model = _watcher(context, project_id, params["wait_timeout"]).run_one(job)
        return model, [*steps, *given_up] if created else []
    except InferenceError as error:
        if not created:
            raise
        done = [*(f"{step} ({created[0].id})" for step in steps), *given_up]
        raise Interrupted(error, done=done) from error


def _watcher(context: Context, project_id: str, wait_timeout: float) -> Watcher[Model]:
    find = partial(_own_models, context.api, project_id=project_id)
    reader = Reader("model", context.api.find_model, find)
    return watch(context, reader, deadline=context.clock.monotonic() + wait_timeout)


def _wait_until_ready(watcher: Watcher[Model], model: Model) -> Model:
    """Wait until the model is ready; return it, or the one that another run kept instead.

    Raises WaitError if the import failed or the model is gone, and at the deadline.
    """
    for _attempt in range(MAX_SUCCESSORS):
        ready = watcher.wait_until(model, lambda seen: seen is None or _check(seen) == "ready")
        if ready is not None:
            return ready
        successor = find_successor(watcher, model)
        if successor is None:
            break
        model = successor
    raise WaitError(f"{model.what} is gone: someone else removed it; run again")


def _check(model: Model) -> str | None:
    """The status of the model. Raises WaitError if the import failed."""
    if model.status == "error":
        raise WaitError(
            f"{model.what} couldn't be imported: "
            f"{model.error_message or 'the service gave no reason'}. It is still listed: remove it with state: absent, "
            "fix source_url or source_secret, then run again"
        )
    return model.status


# Absent


def _absent(context: Context, params: Params) -> Outcome:
    found = _chosen(context, params)
    if found is None:
        return Outcome(results={"model": None, "steps": []})
    context.api.observed.track(found)
    if found.is_public:
        raise OptionError(f"model '{found.label}' belongs to the service's catalog and can't be removed")
    users = [
        f"{one.label} ({one.id})"
        for one in context.api.list_deployments()
        if one.model_id == found.id and not one.is_deleting
    ]
    if users:
        raise OptionError(
            f"model '{found.label}' is in use by {', '.join(users)}; remove those deployments first, or give them "
            "another model"
        )
    steps = [f"remove {found.what}"]
    diff = Diff(_view(found), {}, f"model {found.label}")
    if not context.check_mode:
        try:
            if not context.api.delete_model(found.id):
                # Another run removed it, and lists may lag behind.
                return Outcome(results={"model": None, "steps": []}, diff=diff)
        except InferenceError as error:
            if error.may_have_had_effect:
                raise Interrupted(error, done=(), unknown=steps) from error
            raise
    return Outcome(results={"model": None, "steps": steps}, changed=True, diff=diff)


def _chosen(context: Context, params: Params) -> Model | None:
    api = context.api
    if params["id"] == PREDICTED:
        return None
    if params["id"] is not None:
        require_uuid("id", params["id"])
        return api.find_model(params["id"].lower())
    project_id = api.settings.require_project_id("to find a model by its name")
    own = _settled(context, params["name"], project_id)
    if own is not None:
        return own
    return next((one for one in api.list_models(name=params["name"]) if one.name == params["name"]), None)


def _own_models(api: InferenceApi, name: str, project_id: str) -> tuple[Model, ...]:
    """The project's own models with exactly this name. Raises OptionError or AnswerError if that can't be known."""
    if not name or not project_id:
        return ()
    listed = api.list_models(name=name, project_id=project_id, required_names=(name,))
    # A model of the catalog may have no project; it is public instead.
    own = filter_by_project(project_id, (name,), listed, api.find_model, lambda one: one.is_public is not None)
    return tuple(one for one in own if one.name == name)


def _settled(context: Context, name: str, project_id: str) -> Model | None:
    """The project's own model with this name, once other runs had time to settle which one is kept; null if none."""
    models = read_settled(context, "model", (name,), partial(_own_models, context.api, name, project_id))
    found = only_one(context, "model", name, models, remedy="Remove all but one with the option id")
    return None if found is None else context.api.observed.track(found)


def _view(model: Model) -> dict[str, Any]:
    return {"name": model.name, "project_id": model.project_id}


def _predicted(context: Context, after: dict[str, Any]) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(Model.__dataclass_fields__)
    # Only the service knows where the model runs; for later tasks, it is assumed to run everywhere.
    node_types = [one.name for one in context.api.list_node_types()]
    known = {"region": context.api.settings.region, "is_public": False, "tags": [], "compatible_node_types": node_types}
    return {**blank, **after, **known}


TASK = TaskSpec(
    name="model",
    run=run,
    predictable={"id": ("name",)},
    resource_type=Model,
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str"},
        "id": {"type": "str"},
        "source_url": {"type": "str"},
        "source_secret": {"type": "str", "no_log": True},
        **WAIT_OPTIONS,
    },
    required_one_of=[("name", "id")],
    mutually_exclusive=[("name", "id")],
)
