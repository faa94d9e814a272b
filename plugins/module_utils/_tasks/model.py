# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(model): a model of one's own is in the project, or isn't (v1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from .._client.api import InferenceApi
from .._client.errors import InferenceError, OptionError, WaitError
from .._client.resources import GONE_STATUSES, Model, to_plain
from .course import Course, until
from .creation import Creation, Maker
from .following import Sight, follow
from .lookup import require_uuid
from .options import WAIT_OPTIONS
from .task import Diff, Interrupted, Outcome, Params, Run, Task


def run(run: Run, params: Params) -> Outcome:
    run.api.dialect.require("model import")
    return _present(run, params) if params["state"] == "present" else _absent(run, params)


# Present


def _present(run: Run, params: Params) -> Outcome:
    project_id = run.api.settings.require_project_id("to import a model into")
    if params["name"] is None:
        raise OptionError("name: is needed for state: present")
    found = _own_model(run.api, params["name"], project_id)
    before = {} if found is None else _view(found)
    after = before or {"name": params["name"], "project_id": project_id}
    diff = Diff(before, after, f"model {params['name']}")
    if found is not None:
        _check(found)
        if params["wait"] and not run.check_mode:
            found = follow(run, _sight(run.api), _until_ready([found]), wait_timeout=params["wait_timeout"])
        return Outcome(results={"model": to_plain(found), "steps": []}, diff=diff)
    if params["source_url"] is None:
        raise OptionError(f"source_url: model '{params['name']}' doesn't exist yet; say where to import it from")
    steps = [f"import model {params['name']}"]
    if run.check_mode:
        return Outcome(results={"model": _predicted(run, after), "steps": steps}, changed=True, diff=diff)
    return Outcome(
        results={"model": to_plain(_import(run, params, project_id, steps)), "steps": steps}, changed=True, diff=diff
    )


def _import(run: Run, params: Params, project_id: str, steps: Sequence[str]) -> Model:
    creation = Creation(
        Maker(
            kind="model",
            name=params["name"],
            project_id=project_id,
            create=lambda: run.api.import_model(
                name=params["name"],
                project_id=project_id,
                url=params["source_url"],
                secret=params["source_secret"],
            ),
            delete=run.api.delete_model,
            follow=run.api.observed.follow,
            is_new=lambda _one: True,
            is_as_asked=lambda _one: True,
        ),
        run.report,
    )
    last_seen: list[Model] = []

    def course() -> Course[Model, Model]:
        last_seen.append((yield from creation.create()))
        last_seen.append((yield from creation.give_way()).resource)
        return (yield from _until_ready(last_seen)) if params["wait"] else last_seen[-1]

    try:
        return follow(run, _sight(run.api), course(), wait_timeout=params["wait_timeout"])
    except InferenceError as error:
        if not last_seen:
            raise
        model = last_seen[-1]
        done = [f"{step} ({model.id})" for step in steps]
        raise Interrupted(error, done=done) from error


def _sight(api: InferenceApi) -> Sight[Model]:
    return Sight("model", partial(_own_models, api), api.find_model)


def _until_ready(last_seen: list[Model]) -> Course[Model, Model]:
    """Wait; what is seen on the way is kept, for the error of a wait that fails."""
    model = last_seen[-1]

    def is_ready(seen: Model | None) -> bool:
        if seen is None:
            raise WaitError(f"model {model.name} ({model.id}) is gone: someone else removed it; run again")
        last_seen.append(seen)
        return _check(seen) == "ready"

    yield from until(model, is_ready)
    return last_seen[-1]


def _check(model: Model) -> str | None:
    """The status, or WaitError where no waiting mends it."""
    if model.status == "error":
        raise WaitError(
            f"model {model.name} ({model.id}) couldn't be imported: "
            f"{model.error_message or 'the service gave no reason'}. It is still listed: remove it with state: absent, "
            "mend source_url or source_secret, then run again"
        )
    return model.status


# Absent


def _absent(run: Run, params: Params) -> Outcome:
    found = _chosen(run.api, params)
    if found is None:
        return Outcome(results={"model": None, "steps": []})
    run.api.observed.follow(found)
    if found.is_public:
        raise OptionError(f"model '{found.name}' belongs to the service's catalogue and can't be removed")
    users = [
        f"{one.name} ({one.id})"
        for one in run.api.list_deployments()
        if one.model_id == found.id and one.status not in GONE_STATUSES
    ]
    if users:
        raise OptionError(
            f"model '{found.name}' is in use by {', '.join(users)}; remove those deployments first, or give them "
            "another model"
        )
    steps = [f"remove model {found.name} ({found.id})"]
    diff = Diff(_view(found), {}, f"model {found.name}")
    if not run.check_mode:
        run.api.delete_model(found.id)
    return Outcome(results={"model": None, "steps": steps}, changed=True, diff=diff)


def _chosen(api: InferenceApi, params: Params) -> Model | None:
    if params["model_id"] is not None:
        require_uuid("model_id", params["model_id"])
        return api.find_model(params["model_id"].lower())
    project_id = api.settings.require_project_id("to find a model by its name")
    own = _own_model(api, params["name"], project_id)
    if own is not None:
        return own
    return next((one for one in api.list_models(name=params["name"]) if one.name == params["name"]), None)


def _own_model(api: InferenceApi, name: str, project_id: str) -> Model | None:
    found = _only_one(name, _own_models(api, name, project_id))
    return None if found is None else api.observed.follow(found)


def _own_models(api: InferenceApi, name: str, project_id: str) -> tuple[Model, ...]:
    models = api.list_models(name=name, project_id=project_id)
    return tuple(one for one in models if one.name == name and one.project_id == project_id)


def _only_one(name: str, models: Sequence[Model]) -> Model | None:
    if len(models) > 1:
        known = ", ".join(f"{one.id} (created {one.created_at}, {one.status})" for one in models)
        raise OptionError(f"{len(models)} models are named '{name}': {known}. Remove all but one by model_id")
    return models[0] if models else None


def _view(model: Model) -> dict[str, Any]:
    return {"name": model.name, "project_id": model.project_id}


def _predicted(run: Run, after: dict[str, Any]) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(Model.__dataclass_fields__)
    return {**blank, **after, "region": run.api.settings.region, "is_public": False}


TASK = Task(
    name="model",
    run=run,
    about=Model,
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str"},
        "model_id": {"type": "str"},
        "source_url": {"type": "str"},
        "source_secret": {"type": "str", "no_log": True},
        **WAIT_OPTIONS,
    },
    required_one_of=[("name", "model_id")],
    mutually_exclusive=[("name", "model_id")],
)
