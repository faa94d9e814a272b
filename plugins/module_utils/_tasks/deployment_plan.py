# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is there and what is wanted to a list of steps: a pure function. No request is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from .._client.errors import OptionError, VersionError
from .._client.resources import Deployment, DeploymentChange, DeploymentSpec, Endpoint, EndpointSpec, needed
from .._client.settings import is_uuid
from .acl_plan import AclPlan, plan_rules
from .deployment_checks import check_model, check_name, check_runnable, check_sizes, check_status
from .deployment_recreation import check_recreation
from .deployment_steps import (
    AddEndpoint,
    ApplyRules,
    Create,
    Delete,
    Plan,
    Read,
    RemoveEndpoint,
    Step,
    Update,
    UpdateEndpoint,
    Wanted,
    by_place,
    identified,
    view,
    view_endpoints,
    view_of_spec,
)
from .given import PREDICTED
from .prediction import is_predicted
from .task import Diff

T = TypeVar("T")


def lookups(found: Deployment | None, wanted: Wanted) -> tuple[str | None, str | None]:
    """The model (name or ID) and the node type that must be looked up before planning; null where it isn't needed."""
    if found is None:
        return wanted.model, wanted.node_type
    other_model, other_node_type = _other_model(found, wanted), _other_node_type(found, wanted)
    if replaces(found, wanted):
        model = None if wanted.model == PREDICTED else wanted.model
        return model or found.model_id or found.model, wanted.node_type or found.node_type
    return wanted.model if other_model else None, wanted.node_type if other_node_type else None


def replaces(found: Deployment, wanted: Wanted) -> bool:
    """Whether the deployment may have to be deleted and made anew."""
    return wanted.recreate and (_other_model(found, wanted) or _other_node_type(found, wanted))


def plan_presence(read: Read, wanted: Wanted, api_version: str) -> Plan:
    """The steps to the wanted deployment. Raises OptionError or VersionError where there is no way there."""
    if wanted.quantization_bits is not None and api_version != "v1":
        raise VersionError("quantization_bits needs api_version v1")
    _check_endpoints(wanted)
    if read.model is not None and api_version != "v1":
        # v1beta1 knows models by their names.
        needed(read.model.name, "name", f"the model {read.model.id}", "to deploy it; api_version v1 needs its ID alone")
    if read.found is None:
        return _plan_creation([], _creation(wanted, read), wanted, None)
    reasons = _immutable_changes(read.found, wanted, api_version)
    if not reasons:
        check_status(read.found)
        return _plan_update(read.found, read, wanted)
    if not wanted.recreate:
        raise OptionError(
            f"deployment '{read.found.label}' ({read.found.id}): {' and '.join(reasons)} can't be changed in place. "
            "Take the change back, or set on_immutable_change: recreate, which deletes the deployment and makes a new "
            "one with other endpoint URLs and no service in between"
        )
    spec = _recreation(read.found, wanted, read)
    check_recreation(read.found, wanted, read)
    return _plan_creation([Delete(read.found)], spec, wanted, read)


def plan_absence(found: Deployment | None) -> Plan:
    if found is None:
        return _plan([], None, None)
    return _plan([Delete(found)], view(found), None)


# Creation


def _plan_creation(first: list[Step], spec: DeploymentSpec, wanted: Wanted, replaced: Read | None) -> Plan:
    """The steps to a new deployment; C(replaced): the one that is deleted first.

    The service takes rules only once a deployment is ready. Until they hold, its public endpoint asks for a key.
    """
    before = view(replaced.found) if replaced and replaced.found else None
    after = view_of_spec(spec)
    old_rules = (replaced.rules if replaced else None) or ()
    if wanted.rules is None or not wanted.manages_rules:
        return _plan([*first, Create(spec)], before, after)
    rules = wanted.rules.described_as(old_rules)
    shown = plan_rules(old_rules, rules, spec.name).diff
    guard, locked = ApplyRules(rules, plan_rules((), rules, spec.name)), _locked(spec)
    steps: list[Step] = [*first, Create(locked), *([guard] if guard.plan.step else [])]
    if locked != spec:
        steps.append(UpdateEndpoint(EndpointSpec(), disable_auth=True))
    return _plan(steps, before and {**before, **shown.before}, {**after, **shown.after})


def _locked(spec: DeploymentSpec) -> DeploymentSpec:
    endpoints = tuple(replace(one, disable_auth=False) if one.public else one for one in spec.endpoints)
    return replace(spec, endpoints=endpoints)


def _creation(wanted: Wanted, read: Read) -> DeploymentSpec:
    if wanted.name is None:
        raise OptionError("name is needed to create a deployment")
    missing = [option for option in ("model", "node_type") if getattr(wanted, option) is None]
    if missing:
        raise OptionError(
            f"deployment '{wanted.name}' doesn't exist yet: {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} needed to create it (model_info and node_type_info list them)"
        )
    check_name(wanted.name)
    model, node_type = check_runnable(read, wanted)
    min_size, max_size = check_sizes(wanted.min_size, wanted.max_size)
    endpoints = (EndpointSpec(),) if wanted.endpoints is None else tuple(one.spec() for one in wanted.endpoints)
    return DeploymentSpec(
        name=wanted.name,
        project_id=wanted.project_id,
        model=model.label,
        model_id=model.id,
        node_type=node_type.name,
        accept_eula=wanted.accept_eula,
        endpoints=endpoints,
        tags=wanted.all_tags(None) or (),
        min_size=min_size,
        max_size=max_size,
        quantization_bits=wanted.quantization_bits,
    )


def _recreation(found: Deployment, wanted: Wanted, read: Read) -> DeploymentSpec:
    """The deployment that replaces the old one: as declared, which C(check_recreation) sees to."""
    why = "to make it anew; choose the deployment by its name" if wanted.name else "to make it anew; give name"
    filled = replace(
        wanted,
        name=wanted.name or needed(found.name, "name", found.what, why),
        project_id=wanted.project_id or needed(found.project_id, "project_id", found.what, why),
        model=wanted.model or found.model,
        node_type=wanted.node_type or found.node_type,
    )
    return _creation(filled, read)


# Changes in place


def _plan_update(found: Deployment, read: Read, wanted: Wanted) -> Plan:
    after = view(found)
    steps: list[Step] = []

    change, texts = DeploymentChange(), []
    if wanted.name is not None and wanted.name != found.name:
        check_name(wanted.name)
        change = replace(change, name=wanted.name)
        texts.append(_text("name", found.name, wanted.name))
        after["name"] = wanted.name
    tags = wanted.all_tags(found)
    if tags is not None and set(tags) != set(old_tags := _told(found, "tags", found.tags)):
        change = replace(change, tags=tags)
        texts.append(_text("tags", sorted(old_tags), sorted(tags)))
        after["tags"] = sorted(set(tags))
    for option, given, there in (
        ("min_size", wanted.min_size, found.min_size),
        ("max_size", wanted.max_size, found.max_size),
    ):
        if given is not None:
            _told(found, option, there)
    min_size, max_size = check_sizes(wanted.min_size, wanted.max_size, found)
    if min_size != found.min_size:
        change = replace(change, min_size=min_size)
        texts.append(_text("min_size", found.min_size, min_size))
        after["min_size"] = min_size
    if max_size != found.max_size:
        change = replace(change, max_size=max_size)
        texts.append(_text("max_size", found.max_size, max_size))
        after["max_size"] = max_size
    if _other_model(found, wanted) and read.model is not None:
        check_model(read.model, found.node_type, wanted)
        change = replace(change, model_id=read.model.id)
        texts.append(_text("model", found.model, read.model.label))
        after["model"] = read.model.label
    if wanted.quantization_bits is not None and wanted.quantization_bits != found.quantization_bits:
        change = replace(change, quantization_bits=wanted.quantization_bits)
        texts.append(_text("quantization_bits", found.quantization_bits, wanted.quantization_bits))
        after["quantization_bits"] = wanted.quantization_bits

    before = view(found)
    rules: AclPlan | None = None
    if wanted.rules is not None and wanted.manages_rules:
        rules = plan_rules(read.rules or (), wanted.rules, found.label)
        before, after = {**before, **rules.diff.before}, {**after, **rules.diff.after}
    guard = [ApplyRules(wanted.rules, rules)] if wanted.rules and rules and rules.step else []
    steps.extend(_in_order(_endpoint_steps(found, wanted, after), guard))
    # Last, as the service takes a deployment back to a transient status after an update.
    if texts:
        steps.append(Update(found, change, tuple(texts)))
    return replace(_plan(steps, before, after), rules=read.rules)


def _in_order(endpoint_steps: list[Step], guard: Sequence[Step]) -> list[Step]:
    """Rules hold before anything opens to the public, and let more in only once the rest is closed.

    Endpoints are added before others are removed, so that the deployment is never without one.
    """

    def opens(step: Step) -> bool:
        if isinstance(step, AddEndpoint):
            return step.spec.public
        return isinstance(step, UpdateEndpoint) and step.endpoint.public and step.disable_auth

    opening = [step for step in endpoint_steps if opens(step)]
    removing: list[RemoveEndpoint] = [step for step in endpoint_steps if isinstance(step, RemoveEndpoint)]
    return [
        *(step for step in endpoint_steps if step not in opening and step not in removing),
        *(step for step in removing if step.endpoint.public),
        *guard,
        *opening,
        *(step for step in removing if not step.endpoint.public),
    ]


def _endpoint_steps(found: Deployment, wanted: Wanted, after: dict[str, Any]) -> list[Step]:
    if wanted.endpoints is None:
        return []
    asked = {one.private_network_id: one for one in wanted.endpoints}
    present = by_place(found, None if wanted.purge_endpoints else asked)
    steps: list[Step] = []
    shown: dict[str | None, EndpointSpec | Endpoint] = dict(present)
    for network, one in asked.items():
        if network not in present:
            steps.append(AddEndpoint(found, one.spec()))
            shown[network] = one.spec()
        elif one.disable_auth is not None and one.disable_auth != _told(
            found, "endpoints.disable_auth", present[network].disable_auth
        ):
            steps.append(UpdateEndpoint(identified(present[network], found), one.disable_auth))
            shown[network] = replace(present[network], disable_auth=one.disable_auth)
    if wanted.purge_endpoints:
        for network in present.keys() - asked.keys():
            steps.append(RemoveEndpoint(identified(present[network], found)))
            del shown[network]
    after["endpoints"] = view_endpoints(shown.values())
    return steps


def _check_endpoints(wanted: Wanted) -> None:
    if wanted.endpoints is None:
        return
    networks = [one.private_network_id for one in wanted.endpoints]
    if not networks:
        raise OptionError(
            "endpoints: a deployment must have at least one; give one, or leave the option out (a new deployment then "
            "gets a public endpoint)"
        )
    for network in networks:
        if networks.count(network) > 1:
            which = "public endpoint" if network is None else f"endpoint in private network {network}"
            raise OptionError(f"endpoints: more than one {which} is listed; a deployment has at most one")


def _immutable_changes(found: Deployment, wanted: Wanted, api_version: str) -> list[str]:
    reasons = []
    if _other_node_type(found, wanted):
        reasons.append(f"node_type ({found.node_type}, wanted: {wanted.node_type})")
    if _other_model(found, wanted) and api_version != "v1":
        reasons.append(f"model ({found.model}, wanted: {wanted.model}; api_version v1 can)")
    return reasons


def _other_model(found: Deployment | None, wanted: Wanted) -> bool:
    if found is None or wanted.model is None or wanted.has_model(found):
        return False
    # Null is no other model: a deployment must not be made anew for what the service doesn't tell.
    if is_uuid(wanted.model):
        _told(found, "model_id", found.model_id, option="model")
    else:
        _told(found, "model", found.model)
    return True


def _other_node_type(found: Deployment | None, wanted: Wanted) -> bool:
    if found is None or wanted.node_type is None or is_predicted(found):
        return False
    return wanted.node_type != _told(found, "node_type", found.node_type)


def _told(found: Deployment, field: str, value: T | None, option: str = "") -> T:
    """A field that is to be compared with an option."""
    why = f"to tell whether it is as wanted; leave {option or field} out of the task to leave it as it is"
    return needed(value, field, found.what, why)


def _text(option: str, old: object, new: object) -> str:
    return f"{option} ({old} -> {new})"


def _plan(steps: list[Step], before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Plan:
    name = (after or before or {}).get("name", "")
    return Plan(tuple(steps), Diff(before or {}, after or {}, f"deployment {name}"))
