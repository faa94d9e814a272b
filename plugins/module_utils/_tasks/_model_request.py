# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds and asks a model's endpoint, for the tasks C(chat_completion), C(embedding) and C(smoke_test)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._client.errors import InferenceError, OptionError
from .._client.inference.resources import Deployment, Endpoint, main_endpoint, require_field
from .._client.model_server.client import Completion, ModelServer, Reply, model_server
from .._client.model_server.urls import check_endpoint_url
from .._client.ranges import parse_seconds
from .._client.server import Server
from .._client.urls import check_url
from .._lookup.deployments import deployment_with_endpoint, find_deployment, not_found_text, require_deployment
from .._options.checks import parse_source_address, require_uuid
from .._options.normalize import PREDICTED
from .._options.shared import ArgumentSpec, Params
from .._task import Context, Outcome, TaskSpec

REQUEST_TIMEOUT = 120.0
_TARGET_OPTIONS = ("deployment", "endpoint_id", "url")
# The statuses in which a model answers; v1 adds nodes while a deployment goes on serving.
_SERVING_STATUSES = ("ready", "scaling")

Send = Callable[[ModelServer, str], Reply]


class NotReady(InferenceError):
    """The deployment doesn't exist, or doesn't answer yet."""


class NotServing(NotReady):
    """The deployment exists, and is on its way."""

    transient = True


@dataclass(frozen=True)
class Target:
    """A model server, and the model to ask.

    model: null for the only one that the server has. deployment: null if the options name a URL.
    """

    server: Server
    model: str | None
    deployment: Deployment | None


def ask(context: Context, params: Params, send: Send, check_mode_reply: Reply) -> Outcome:
    """Send a request to the server and the model that the options name; return the answer.

    check_mode_reply: the answer in check mode, if the deployment isn't ready.
    Raises OptionError for options that choose no endpoint, NotReady, and the errors of the model server.
    """
    try:
        target = find_target(context, params)
    except NotReady as error:
        return skip(context, params, error, vars(check_mode_reply))
    with connect(context, params, target) as (server, model):
        reply = send(server, model)
    return Outcome(results={**vars(reply), "model": reply.model or model, "url": target.server.base})


def skip(context: Context, params: Params, error: NotReady, empty_answer: dict[str, Any]) -> Outcome:
    """The outcome in check mode if there is nothing to ask: an earlier task may only have predicted the deployment.

    empty_answer: has all fields that later tasks may read. Raises the error if it isn't check mode.
    """
    if not context.check_mode:
        raise error
    results = {**empty_answer, "model": params["model"], "url": None}
    return Outcome(results={**results, "skipped": True, "msg": f"Nothing to ask in check mode: {error}"})


@contextmanager
def connect(context: Context, params: Params, target: Target) -> Iterator[tuple[ModelServer, str]]:
    """A connection to the server, and the name of the model to ask."""
    with closing(context.api.connect(target.server)) as transport:
        server = ModelServer(transport)
        yield server, params["model"] or target.model or _only_model(server)


def warn_without_text(context: Context, completion: Completion) -> None:
    """Warn of an answer that is none for people, although nothing went wrong."""
    if completion.content is None and not completion.tool_calls:
        context.warn(
            f"{completion.model or 'the model'} gave no text (finish_reason: {completion.finish_reason or 'none'}). A "
            "model that reasons before it answers does so if it is cut short; raise max_tokens if the text is needed."
        )


def request_task(
    name: str,
    run: Callable[[Context, Params], Outcome],
    options: ArgumentSpec,
    *,
    one_of: Sequence[Sequence[str]] = (),
) -> TaskSpec:
    """A task with the options of a model request and its own; of each group in C(one_of), exactly one is required."""
    return TaskSpec(
        name=name,
        run=run,
        # Any one of the three chooses the endpoint.
        predictable=dict.fromkeys(_TARGET_OPTIONS, _TARGET_OPTIONS),
        resource_type=Deployment,
        options={**_OPTIONS, **options},
        required_one_of=[_TARGET_OPTIONS, *one_of],
        mutually_exclusive=[("url", "deployment"), ("url", "endpoint_id"), *one_of],
        required_by={"disable_auth": ("url",)},
    )


def given_fields(params: Params, names: Sequence[str]) -> dict[str, Any]:
    """The options of these names that are given, as fields of a request."""
    return {name: params[name] for name in names if params[name] is not None}


def find_target(context: Context, params: Params, *, retries: int | None = None) -> Target:
    """The server and the model that the options name. C(retries): as in C(Server).

    Raises OptionError for options that choose no endpoint, NotReady, and the errors of the service.
    """
    server_at = partial(
        model_server,
        context.api.settings,
        timeout=parse_seconds(params["request_timeout"], "request_timeout", REQUEST_TIMEOUT),
        source_address=parse_source_address(params["source_address"]),
        retries=retries,
    )
    if PREDICTED in (params["url"], params["endpoint_id"]):
        raise NotReady("the endpoint is one that an earlier task would have made")
    if params["url"] is not None:
        url = check_url(params["url"], "option url")
        return Target(server_at(url, with_key=not params["disable_auth"], where="url"), None, None)
    deployment = _deployment(context, params)
    if deployment.status not in _SERVING_STATUSES:
        raise _not_serving_error(deployment)
    endpoint = _endpoint(deployment, params["endpoint_id"])
    authority = None
    if not endpoint.public and context.api.settings.validate_certs:
        authority = context.api.get_certificate(deployment.id).content
    server = server_at(
        check_endpoint_url(
            context.api.settings,
            require_field(
                endpoint.url, "url", f"the endpoint {endpoint.id} of {deployment.what}", "to ask it; give url"
            ),
            endpoint.id,
        ),
        with_key=not endpoint.disable_auth,
        where="the deployment" if endpoint.public else "that this host is in the endpoint's private network",
        authority=authority,
    )
    return Target(server, deployment.model, deployment)


def _deployment(context: Context, params: Params) -> Deployment:
    """The deployment that the options name, or the one that has the endpoint."""
    api, name, endpoint_id = context.api, params["deployment"], params["endpoint_id"]
    if endpoint_id is not None:
        require_uuid("endpoint_id", endpoint_id)
    if name is not None:
        found = find_deployment(context, name)
        if found is None:
            if context.check_mode:
                # Raises OptionError unless an earlier task may create it.
                require_deployment(context, name)
            raise NotReady(
                f"deployment: {not_found_text(context, 'deployment', name)}; deployment_info lists those that there "
                "are, and scaleway.inference.deployment makes one"
            )
        return found
    owner = deployment_with_endpoint(api, endpoint_id)
    if owner is not None:
        return owner
    raise OptionError(
        f"endpoint_id: no deployment in {api.settings.region} has the endpoint {endpoint_id}; deployment_info lists "
        "those that there are"
    )


def _not_serving_error(deployment: Deployment) -> InferenceError:
    if deployment.status in ("error", "locked"):
        reason = f": {deployment.error_message}" if deployment.error_message else ""
        remedy = "contact Scaleway's support"
        if deployment.status == "error":
            remedy = "remove it with scaleway.inference.deployment and state: absent, then create it again"
        return OptionError(
            f"deployment '{deployment.label}' doesn't answer: its status is {deployment.status}{reason}; {remedy}"
        )
    if not deployment.has_known_status:
        return NotReady(
            f"deployment '{deployment.label}' isn't ready: its status is {deployment.status or 'unknown'}, which this "
            "collection doesn't know. Look at it in Scaleway's console, and contact Scaleway's support if it stays so"
        )
    return NotServing(
        f"deployment '{deployment.label}' isn't ready yet: it is {deployment.status}. Wait for it with "
        "scaleway.inference.deployment and wait: true"
    )


def _endpoint(deployment: Deployment, endpoint_id: str | None) -> Endpoint:
    """The endpoint with this ID; without an ID, the public one, else the only one."""
    endpoints = require_field(deployment.endpoints, "endpoints", deployment.what, "to choose one; give url")
    known = ", ".join(f"{one.id} ({_location(one)})" for one in endpoints) or "none"
    if endpoint_id is not None:
        for one in endpoints:
            if one.id == endpoint_id.lower():
                return one
        raise OptionError(
            f"endpoint_id: deployment '{deployment.label}' has no endpoint {endpoint_id}; choose one of {known}"
        )
    main = main_endpoint(endpoints)
    if main is None:
        raise OptionError(
            f"deployment '{deployment.label}' has no public endpoint, and not exactly one private one: {known}. Choose "
            "one with endpoint_id, or add one with scaleway.inference.endpoint"
        )
    return main


def _location(endpoint: Endpoint) -> str:
    return "public" if endpoint.public else f"in the private network {endpoint.private_network_id}"


def _only_model(server: ModelServer) -> str:
    served = server.models()
    if len(served) != 1:
        raise OptionError(f"model: the endpoint serves {len(served)} models; name one of {', '.join(served) or 'none'}")
    return served[0]


_OPTIONS: ArgumentSpec = {
    "deployment": {"type": "str"},
    "endpoint_id": {"type": "str"},
    "url": {"type": "str"},
    "disable_auth": {"type": "bool"},
    "model": {"type": "str"},
    "request_timeout": {"type": "float", "default": REQUEST_TIMEOUT},
    "source_address": {"type": "str"},
}
