# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans the steps from the observed to the desired state of a deployment, by pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._client.errors import OptionError, VersionError
from .._client.inference.resources import (
    Deployment,
    DeploymentChange,
    DeploymentSpec,
    Endpoint,
    EndpointSpec,
    Feature,
    require_field,
)
from .._client.inference.versions import needs_version, versions_with
from .._options.normalize import PREDICTED, is_predicted
from .._task import Diff
from .checks import check_model_name, check_name, check_sizes, check_status
from .endpoints import EndpointStep, check_endpoints, check_private, plan_endpoints
from .fields import FIELDS, check_can_run, view
from .interruption import check_interruption, describe_interruption, interrupting
from .recreation import check_recreation
from .rules import plan_rules
from .steps import (
    AddEndpoint,
    ApplyRules,
    Create,
    Delete,
    DeploymentState,
    DesiredDeployment,
    Plan,
    RemoveEndpoint,
    Step,
    Update,
    UpdateEndpoint,
    view_endpoints,
)

# The options that a creation requires, besides the name.
_REQUIRED = ("model", "node_type")


def required_lookups(found: Deployment | None, desired: DesiredDeployment) -> tuple[str | None, str | None]:
    """The model (name or ID) and the node type that must be read before planning; null where it isn't needed."""
    if found is None:
        return desired.model, desired.node_type
    if may_recreate(found, desired):
        model = None if desired.model == PREDICTED else desired.model
        return model or found.model_id or found.model, desired.node_type or found.node_type
    differing = _differing(found, desired)
    return desired.model if "model" in differing else None, desired.node_type if "node_type" in differing else None


def changes_bits_of_model(found: Deployment, desired: DesiredDeployment) -> bool:
    """Whether the deployment keeps its model, but is to run with other bits, which the model has to allow."""
    if None in (found.quantization_bits, desired.quantization_bits):
        return False
    return desired.has_model(found) and found.quantization_bits != desired.quantization_bits


def may_recreate(found: Deployment, desired: DesiredDeployment) -> bool:
    """Whether the deployment may have to be recreated, and the task allows that."""
    return desired.recreate and bool(_differing(found, desired))


def _differing(found: Deployment, desired: DesiredDeployment) -> set[str]:
    """The fields that differ, among those that some version of the API can't change in place."""
    return {field.name for field in FIELDS if field.in_place is not True and field.differs(desired, found)}


def plan_presence(state: DeploymentState, desired: DesiredDeployment, features: frozenset[Feature]) -> Plan:
    """The steps to the desired deployment, in a version of the API that has these features.

    Raises OptionError if the options are wrong, can't be reached or forbid an interruption, VersionError if they need
    another version, and WaitError if the status of the deployment allows no change.
    """
    for field in FIELDS:
        if field.feature is not None and field.feature not in features and desired.sets(field.name):
            raise VersionError(needs_version(field.feature))
    if desired.endpoints is not None:
        check_endpoints(desired.endpoints)
    if state.model is not None and Feature.MODEL_BY_ID not in features:
        why = f"to deploy it; api_version {versions_with(Feature.MODEL_BY_ID)} needs only its ID"
        require_field(state.model.name, "name", f"the model {state.model.id}", why)
        check_model_name(state.model)
    if state.found is None:
        return _plan_creation([], _creation(desired, state), desired, None)
    immutable = [
        field for field in FIELDS if not field.is_changed_in_place(features) and field.differs(desired, state.found)
    ]
    if not immutable:
        check_status(state.found)
        return _plan_update(state.found, state, desired)
    if not desired.recreate:
        reasons = []
        for field in immutable:
            only = ""
            if isinstance(field.in_place, Feature):
                only = f"; in place only with api_version: {versions_with(field.in_place)}"
            old, new = getattr(state.found, field.name), getattr(desired, field.name)
            reasons.append(f"{field.name} ({old}, desired: {new}{only})")
        raise OptionError(
            f"deployment '{state.found.label}' ({state.found.id}): {' and '.join(reasons)} can't be changed in place. "
            "Take the change back, or set on_immutable_change: recreate, which deletes the deployment and makes a new "
            "one with other endpoint URLs and no service in between"
        )
    changes = [
        f"{field.name} ({getattr(state.found, field.name)} -> {getattr(desired, field.name)})" for field in immutable
    ]
    interruption = describe_interruption(changes, "until the deployment that is created in its place is ready")
    check_interruption(state.found, interruption, desired)
    spec = _recreation(state.found, desired, state)
    check_recreation(state.found, desired, state)
    return interrupting(_plan_creation([Delete(state.found)], spec, desired, state), interruption)


def plan_absence(found: Deployment | None) -> Plan:
    """The deletion of the deployment, if there is one."""
    if found is None:
        return _plan([], None, None)
    return _plan([Delete(found)], view(found), None)


# Creation


def _plan_creation(
    first: list[Step], spec: DeploymentSpec, desired: DesiredDeployment, replaced: DeploymentState | None
) -> Plan:
    """The steps that create a deployment. C(first): steps before; C(replaced): the state of the one that is deleted.

    The service takes rules only once a deployment is ready. Until they are set, its public endpoint requires a key.
    """
    before = view(replaced.found) if replaced and replaced.found else None
    after = view(spec)
    old_rules = (replaced.rules if replaced else None) or ()
    if desired.rules is None or not desired.manages_rules:
        return _plan([*first, Create(spec)], before, after)
    rules = desired.rules.with_descriptions_of(old_rules)
    shown = plan_rules(old_rules, rules, spec.name).diff
    guard, locked = ApplyRules(rules, plan_rules((), rules, spec.name)), _with_authentication(spec)
    steps: list[Step] = [*first, Create(locked), *([guard] if guard.plan.step else [])]
    if locked != spec:
        steps.append(UpdateEndpoint(EndpointSpec(), disable_auth=True))
    return _plan(steps, before and {**before, **shown.before}, {**after, **shown.after})


def _with_authentication(spec: DeploymentSpec) -> DeploymentSpec:
    """The same deployment, with a public endpoint that requires a key."""
    endpoints = tuple(replace(one, disable_auth=False) if one.public else one for one in spec.endpoints)
    return replace(spec, endpoints=endpoints)


def _creation(desired: DesiredDeployment, state: DeploymentState) -> DeploymentSpec:
    if desired.name is None:
        raise OptionError("name is needed to create a deployment")
    missing = [option for option in _REQUIRED if getattr(desired, option) is None]
    if missing:
        raise OptionError(
            f"deployment '{desired.name}' doesn't exist yet: {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} needed to create it (model_info and node_type_info list them)"
        )
    check_name(desired.name)
    if state.model is None or state.node_type is None:
        raise OptionError(f"model '{desired.model}' and node type '{desired.node_type}' were not looked up")
    if state.node_type.disabled:
        raise OptionError(
            f"node_type: {state.node_type.name} is disabled by the service; choose another (node_type_info)"
        )
    check_can_run(desired, state.model, state.node_type.name)
    min_size, max_size = check_sizes(desired.min_size, desired.max_size)
    spec = desired.spec(model=state.model, node_type=state.node_type.name, min_size=min_size, max_size=max_size)
    if desired.private_only:
        check_private(f"deployment '{desired.name}'", desired.endpoints, spec.endpoints)
    return spec


def _recreation(found: Deployment, desired: DesiredDeployment, state: DeploymentState) -> DeploymentSpec:
    """The deployment that replaces the old one. C(check_recreation) ensures that it loses nothing undeclared."""
    why = "to create it again; choose the deployment by its name" if desired.name else "to create it again; give name"
    filled = replace(
        desired,
        name=desired.name or require_field(found.name, "name", found.what, why),
        project_id=desired.project_id or require_field(found.project_id, "project_id", found.what, why),
        model=desired.model or found.model,
        node_type=desired.node_type or found.node_type,
    )
    return _creation(filled, state)


# Changes in place


def _plan_update(found: Deployment, state: DeploymentState, desired: DesiredDeployment) -> Plan:
    differing = [field for field in FIELDS if field.differs(desired, found)]
    changes = [field.plan_change(desired, found, state.model) for field in differing]
    before = view(found)
    after = {**before, **{change.name: change.new for change in changes}}
    endpoint_steps: tuple[EndpointStep, ...] = ()
    if desired.endpoints is not None:
        endpoints = plan_endpoints(found, desired.endpoints, purge=desired.purge_endpoints)
        endpoint_steps, after["endpoints"] = endpoints.steps, view_endpoints(endpoints.after)
    if desired.private_only:
        _check_private(found, desired, found.endpoints if desired.endpoints is None else endpoints.after)
    guard: list[ApplyRules] = []
    if desired.rules is not None and desired.manages_rules:
        rules = plan_rules(state.rules or (), desired.rules, found.label)
        before, after = {**before, **rules.diff.before}, {**after, **rules.diff.after}
        guard = [ApplyRules(desired.rules, rules)] if rules.step else []
    steps = _order_steps(endpoint_steps, guard)
    # The update comes last, as the service puts a deployment into a transient status after it.
    if changes:
        sent = {name: value for change in changes for name, value in change.sent.items()}
        steps.append(Update(found, DeploymentChange(**sent), tuple(map(str, changes))))
    # What is only predicted isn't there to be interrupted.
    disruptive = [
        str(change)
        for field, change in zip(differing, changes, strict=True)
        if field.interrupts and not is_predicted(found)
    ]
    interruption = describe_interruption(disruptive, "for 15 to 30 minutes")
    check_interruption(found, interruption, desired)
    return interrupting(replace(_plan(steps, before, after), rules=state.rules), interruption)


def _check_private(
    found: Deployment, desired: DesiredDeployment, after: Sequence[Endpoint | EndpointSpec] | None
) -> None:
    if is_predicted(found) and desired.endpoints is None:
        # Only the earlier task that would make it knows which endpoints it has.
        return
    known = require_field(after, "endpoints", found.what, "to tell whether one is public; leave private_only out")
    check_private(f"deployment '{found.label}' ({found.id})", desired.endpoints, known)


def _order_steps(endpoint_steps: Sequence[EndpointStep], guard: Iterable[ApplyRules]) -> list[Step]:
    """The steps in an order in which the deployment is never more open than before or after, nor without an endpoint.

    Rules are set after public endpoints are removed, and before any is added or stops requiring a key.
    """

    def opens(step: EndpointStep) -> bool:
        if isinstance(step, AddEndpoint):
            return step.spec.public
        return isinstance(step, UpdateEndpoint) and step.endpoint.public and step.disable_auth

    opening = [step for step in endpoint_steps if opens(step)]
    removing = [step for step in endpoint_steps if isinstance(step, RemoveEndpoint)]
    return [
        *(step for step in endpoint_steps if step not in opening and step not in removing),
        *(step for step in removing if step.endpoint.public),
        *guard,
        *opening,
        *(step for step in removing if not step.endpoint.public),
    ]


def _plan(steps: list[Step], before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Plan:
    name = (after or before or {}).get("name", "")
    return Plan(tuple(steps), Diff(before or {}, after or {}, f"deployment {name}"))
