# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(endpoint): brings one endpoint of a deployment to the desired state, or removes it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from .._client.errors import InferenceError, OptionError
from .._client.inference.errors import RouteGone
from .._client.inference.resources import Deployment, Feature
from .._deployment.applied import Applied
from .._deployment.apply import Applier
from .._deployment.checks import check_status
from .._deployment.endpoints import plan_endpoints
from .._deployment.steps import AddEndpoint, DeploymentState, DesiredEndpoint, Plan, UpdateEndpoint, view_endpoints
from .._deployment.wait import deployment_watcher
from .._lookup.deployments import deployment_with_endpoint, find_deployment, found_by_name, require_deployment
from .._lookup.prediction import predict_deployment, predicted_endpoint
from .._options.checks import require_uuid
from .._options.normalize import PREDICTED, is_predicted
from .._options.shared import WAIT_OPTIONS, Params
from .._reconcile.watcher import Watcher
from .._task import Context, Diff, Outcome, TaskSpec


def plan_endpoint(deployment: Deployment, desired: DesiredEndpoint) -> Plan:
    """The step to the desired endpoint, if any. Raises OptionError for the removal of the last one."""
    plan = plan_endpoints(deployment, [desired])
    if plan.steps:
        check_status(deployment)
    before, after = view_endpoints(deployment.endpoints or ()), view_endpoints(plan.after)
    return Plan(plan.steps, Diff({"endpoints": before}, {"endpoints": after}, f"deployment {deployment.label}"))


def run(context: Context, params: Params) -> Outcome:
    desired = parse_endpoint(params)
    deployment = _deployment(context, params, desired)
    if deployment is None:
        # Without a deployment there is no endpoint, as state: absent asks for.
        return Outcome(results={"endpoint": None, "steps": []})
    plan = plan_endpoint(deployment, desired)
    done = [str(step) for step in plan.steps]
    warnings = _warnings(context, deployment, plan)
    if plan.steps and not context.check_mode:

        def replan(now: Deployment, _rules: object) -> Plan:
            return plan_endpoint(now, desired)

        option = params["deployment"]
        named = option is not None and found_by_name(deployment, option) and desired.id is None
        applied = Applied(deployment)

        def job(watcher: Watcher[Deployment]) -> Plan:
            applier = Applier(context.api, watcher, applied, replan, wait=params["wait"], by_name=named)
            return applier.ensure_present(DeploymentState(found=deployment), plan)

        try:
            plan = deployment_watcher(context, deployment.project_id, params["wait_timeout"]).run_one(job)
        except InferenceError as error:
            raise applied.interrupted(error) from error
        deployment, done = applied.deployment or deployment, applied.done
    return Outcome(
        results={"endpoint": _result(deployment, desired), "steps": done},
        changed=bool(done),
        diff=plan.diff,
        warnings=warnings,
    )


def parse_endpoint(params: Params) -> DesiredEndpoint:
    """The desired endpoint. Raises OptionError unless the options choose exactly one."""
    network, endpoint_id = params["private_network_id"], params["id"]
    if endpoint_id == PREDICTED:
        # In check mode, which endpoint it is isn't known; the prediction takes the public one.
        return DesiredEndpoint(disable_auth=params["disable_auth"], present=params["state"] == "present")
    if endpoint_id is None and bool(params["public"]) == (network is not None):
        raise OptionError("which endpoint of the deployment? Give either public: true or private_network_id, or id")
    for option, value in (("private_network_id", network), ("id", endpoint_id)):
        if value is not None:
            require_uuid(option, value)
    return DesiredEndpoint(
        id=endpoint_id and endpoint_id.lower(),
        private_network_id=network and network.lower(),
        disable_auth=params["disable_auth"],
        present=params["state"] == "present",
    )


def _deployment(context: Context, params: Params, desired: DesiredEndpoint) -> Deployment | None:
    """The deployment of the endpoint; null if the endpoint is to be absent and there is no such deployment."""
    if params["deployment"] is not None:
        if not desired.present:
            return find_deployment(context, params["deployment"])
        deployment = require_deployment(context, params["deployment"])
        if desired.id is None or desired.find(deployment):
            return deployment
    elif params["id"] == PREDICTED:
        return predict_deployment(context, PREDICTED) if desired.present else None
    else:
        owner = deployment_with_endpoint(context.api, params["id"])
        if owner is not None:
            return owner
    if desired.present:
        raise OptionError(
            f"id: there is no endpoint {params['id']} in "
            f"{'the deployment' if params['deployment'] else context.api.settings.region}; deployment_info lists those "
            "that there are, and deployment with public: true or private_network_id makes one"
        )
    return None


def _warnings(context: Context, deployment: Deployment, plan: Plan) -> list[str]:
    """The warning of a plan that opens a model to everybody."""
    opens = any(
        (isinstance(step, AddEndpoint) and step.spec.public and step.spec.disable_auth)
        or (isinstance(step, UpdateEndpoint) and step.endpoint.public and step.disable_auth)
        for step in plan.steps
    )
    # In check mode, an earlier task may limit the addresses of a predicted deployment.
    if not opens or is_predicted(deployment):
        return []
    remedy = "use a private endpoint"
    if Feature.ACL_RULES in context.api.features:
        # The service may no longer have rules; then none limits the addresses.
        with suppress(RouteGone):
            if any(context.api.list_acl_rules(deployment.id)):
                return []
            remedy = "limit the addresses with scaleway.inference.acl"
    warning = (
        f"Anyone on the internet can use deployment '{deployment.label}', at your cost: its public endpoint asks for "
        f"no key, and no rule limits the addresses. Set disable_auth: false, or {remedy}."
    )
    return [warning]


def _result(deployment: Deployment, desired: DesiredEndpoint) -> dict[str, Any] | None:
    """The endpoint as it is, or in check mode would be; fields that can't be known are null."""
    if not desired.present:
        return None
    found = desired.find(deployment)
    network = desired.private_network_id if found is None else found.private_network_id
    blank = {"id": None, "url": None, "public": network is None, "private_network_id": network, "disable_auth": False}
    shown = blank if found is None else predicted_endpoint(found)
    return shown if desired.disable_auth is None else {**shown, "disable_auth": desired.disable_auth}


TASK = TaskSpec(
    name="endpoint",
    run=run,
    predictable={"deployment": ("id",), "id": ("deployment",)},
    resource_type=Deployment,
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "deployment": {"type": "str"},
        "id": {"type": "str"},
        "public": {"type": "bool", "default": False},
        "private_network_id": {"type": "str"},
        "disable_auth": {"type": "bool"},
        **WAIT_OPTIONS,
    },
    required_one_of=[("deployment", "id")],
    mutually_exclusive=[("id", "private_network_id")],
)
