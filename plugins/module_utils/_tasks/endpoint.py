# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(endpoint): one endpoint of a deployment is there as wanted, or isn't there.

A deployment has at most one public endpoint, and one in each private network: that is what identifies them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .._client.dialect import Feature
from .._client.errors import InferenceError, OptionError
from .._client.resources import Deployment, Endpoint, EndpointSpec, needed
from .deployment_apply import Applier
from .deployment_checks import check_status
from .deployment_steps import (
    AddEndpoint,
    Plan,
    Read,
    RemoveEndpoint,
    Step,
    UpdateEndpoint,
    by_place,
    endpoint_name,
    identified,
    view_endpoints,
)
from .following import follow
from .given import PREDICTED
from .lookup import (
    chosen_by_name,
    deployment_sight,
    deployment_with_endpoint,
    find_deployment,
    require_uuid,
    the_deployment,
)
from .options import WAIT_OPTIONS
from .prediction import as_predicted, is_predicted, predict_deployment
from .task import Diff, Outcome, Params, Run, Task


@dataclass(frozen=True)
class WantedEndpoint:
    """Which endpoint, and how. C(endpoint_id) chooses an existing one, else C(private_network_id), null for public."""

    endpoint_id: str | None
    private_network_id: str | None
    disable_auth: bool | None
    present: bool

    def find(self, deployment: Deployment) -> Endpoint | None:
        """Raises OptionError where nobody can tell."""
        if self.endpoint_id is None:
            return by_place(deployment, (self.private_network_id,)).get(self.private_network_id)
        why = f"to tell whether it has the endpoint {self.endpoint_id}"
        endpoints = needed(deployment.endpoints, "endpoints", deployment.what, why)
        found = [one for one in endpoints if one.id == self.endpoint_id]
        if not found and any(one.id is None for one in endpoints):
            needed(None, "endpoints.id", deployment.what, why)
        return found[0] if found else None


def plan_endpoint(deployment: Deployment, wanted: WantedEndpoint) -> Plan:
    """The step to the wanted endpoint, if any. Raises OptionError for the removal of the last one."""
    found = wanted.find(deployment)
    there = deployment.endpoints or ()
    after: list[Endpoint | EndpointSpec] = [one for one in there if one is not found]
    steps: list[Step] = []
    if not wanted.present:
        if found is not None:
            _check_not_last(deployment, found)
            steps.append(RemoveEndpoint(identified(found, deployment)))
    elif found is None:
        spec = EndpointSpec(private_network_id=wanted.private_network_id, disable_auth=bool(wanted.disable_auth))
        steps.append(AddEndpoint(deployment, spec))
        after.append(spec)
    else:
        if wanted.disable_auth is not None:
            why = f"to tell whether that of the {endpoint_name(found)} is as wanted; leave disable_auth out"
            if wanted.disable_auth != needed(found.disable_auth, "endpoints.disable_auth", deployment.what, why):
                steps.append(UpdateEndpoint(identified(found, deployment), wanted.disable_auth))
                found = replace(found, disable_auth=wanted.disable_auth)
        after.append(found)
    if steps:
        check_status(deployment)
    before = {"endpoints": view_endpoints(there)}
    diff = Diff(before, {"endpoints": view_endpoints(after)}, f"deployment {deployment.label}")
    return Plan(tuple(steps), diff)


def run(run: Run, params: Params) -> Outcome:
    wanted = _wanted(params)
    deployment = _deployment(run, params, wanted)
    if deployment is None:
        # No deployment, no endpoint; only absence gets here.
        return Outcome(results={"endpoint": None, "steps": []})
    plan = plan_endpoint(deployment, wanted)
    done = [str(step) for step in plan.steps]
    warnings = _warnings(run, deployment, plan)
    if plan.steps and not run.check_mode:
        option = params["deployment"]
        named = option is not None and chosen_by_name(deployment, option) and wanted.endpoint_id is None
        applier = Applier(
            run, lambda now, _rules: plan_endpoint(now, wanted), wait_for_ready=params["wait"], by_name=named
        )
        try:
            course = applier.make_present(Read(found=deployment), plan)
            plan = follow(run, deployment_sight(run.api), course, wait_timeout=params["wait_timeout"])
        except InferenceError as error:
            raise applier.applied.interrupted(error) from error
        deployment, done = applier.applied.deployment or deployment, applier.applied.done
    return Outcome(
        results={"endpoint": _result(deployment, wanted), "steps": done},
        changed=bool(done),
        diff=plan.diff,
        warnings=warnings,
    )


def _wanted(params: Params) -> WantedEndpoint:
    network, endpoint_id = params["private_network_id"], params["endpoint_id"]
    if endpoint_id == PREDICTED:
        # Whichever it is; the public one is as good as any.
        return WantedEndpoint(None, None, params["disable_auth"], present=params["state"] == "present")
    if endpoint_id is None and bool(params["public"]) == (network is not None):
        raise OptionError(
            "which endpoint of the deployment? Give either public: true or private_network_id, or endpoint_id"
        )
    for option, value in (("private_network_id", network), ("endpoint_id", endpoint_id)):
        if value is not None:
            require_uuid(option, value)
    return WantedEndpoint(
        endpoint_id=endpoint_id and endpoint_id.lower(),
        private_network_id=network and network.lower(),
        disable_auth=params["disable_auth"],
        present=params["state"] == "present",
    )


def _deployment(run: Run, params: Params, wanted: WantedEndpoint) -> Deployment | None:
    """The deployment of the endpoint; null only where the endpoint is to be absent and is, with its deployment."""
    if params["deployment"] is not None:
        if not wanted.present:
            return find_deployment(run, params["deployment"])
        deployment = the_deployment(run, params["deployment"])
        if wanted.endpoint_id is None or wanted.find(deployment):
            return deployment
    elif params["endpoint_id"] == PREDICTED:
        return predict_deployment(run, PREDICTED) if wanted.present else None
    else:
        having = deployment_with_endpoint(run.api, params["endpoint_id"])
        if having is not None:
            return having
    if wanted.present:
        raise OptionError(
            f"endpoint_id: there is no endpoint {params['endpoint_id']} in "
            f"{'the deployment' if params['deployment'] else run.api.settings.region}; deployment_info lists those "
            "that there are, and deployment with public: true or private_network_id makes one"
        )
    return None


def _check_not_last(deployment: Deployment, endpoint: Endpoint) -> None:
    if len(deployment.endpoints or ()) == 1:
        raise OptionError(
            f"the {endpoint_name(endpoint)} is the last one of deployment '{deployment.label}', which must have one: "
            "add another first, or remove the deployment with scaleway.inference.deployment and state: absent"
        )


def _warnings(run: Run, deployment: Deployment, plan: Plan) -> list[str]:
    """A word for whoever opens a model to everybody."""
    opens = any(
        (isinstance(step, AddEndpoint) and step.spec.public and step.spec.disable_auth)
        or (isinstance(step, UpdateEndpoint) and step.endpoint.public and step.disable_auth)
        for step in plan.steps
    )
    # Whether an earlier task would limit the addresses isn't known.
    if not opens or is_predicted(deployment):
        return []
    if Feature.ACL_RULES in run.api.features and any(run.api.list_acl_rules(deployment.id)):
        return []
    remedy = (
        "limit the addresses with scaleway.inference.acl"
        if Feature.ACL_RULES in run.api.features
        else "use a private endpoint"
    )
    warning = (
        f"Anyone on the internet can use deployment '{deployment.label}', at your cost: its public endpoint asks for "
        f"no key, and no rule limits the addresses. Set disable_auth: false, or {remedy}."
    )
    return [warning]


def _result(deployment: Deployment, wanted: WantedEndpoint) -> dict[str, Any] | None:
    """The endpoint as it is, or in check mode would be: what only the service can know is null then."""
    if not wanted.present:
        return None
    found = wanted.find(deployment)
    network = wanted.private_network_id if found is None else found.private_network_id
    blank = {"id": None, "url": None, "public": network is None, "private_network_id": network, "disable_auth": False}
    shown = blank if found is None else as_predicted(found)
    return shown if wanted.disable_auth is None else {**shown, "disable_auth": wanted.disable_auth}


TASK = Task(
    name="endpoint",
    run=run,
    foretold={"deployment": ("endpoint_id",), "endpoint_id": ("deployment",)},
    about=Deployment,
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "deployment": {"type": "str"},
        "endpoint_id": {"type": "str"},
        "public": {"type": "bool", "default": False},
        "private_network_id": {"type": "str"},
        "disable_auth": {"type": "bool"},
        **WAIT_OPTIONS,
    },
    required_one_of=[("deployment", "endpoint_id")],
    mutually_exclusive=[("endpoint_id", "private_network_id")],
)
