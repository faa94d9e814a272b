# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a deployment's options: a row says how an option is compared, changed and shown, and what it needs.

The argument spec, the shared options of a fleet, the desired state, the change that is sent, the diff, and what a
recreation must not lose follow from the rows. A new option needs a row, an attribute of C(DesiredDeployment), its
documentation, and its spelling in each version of the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._client.errors import OptionError
from .._client.ids import is_uuid
from .._client.inference.resources import Deployment, DeploymentSpec, Feature, Model, require_field
from .._options.normalize import is_predicted
from .._options.shared import ArgumentSpec
from .checks import check_model, check_name, check_sizes
from .endpoints import ENDPOINT_OPTIONS, parse_endpoints
from .rules import RULE_OPTIONS
from .steps import DesiredDeployment, view_endpoints


@dataclass(frozen=True)
class FieldChange:
    """The change of one field, as the diff shows it. C(sent): the fields of C(DeploymentChange) to send for it."""

    name: str
    old: Any
    new: Any
    sent: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.name} ({self.old} -> {self.new})"


def _identity(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Field:
    """One row of the table. A deployment, desired or observed, has an attribute of this name if the row has a view.

    option: the option's argument spec.
    parse: makes the desired value from the option; null where other options matter too.
    shared: whether a fleet may set it for all its members.
    requires: the option that must be given too.
    feature: the feature of the API that it needs.
    target: the value that an update is to reach; it returns null for "leave it as it is", and raises OptionError for
      an impossible value. Without it, the field isn't compared, or has steps of its own.
    may_be_null: whether null is a value like any other; if not, null means that the service doesn't tell the value.
    in_place: whether it can be changed in place: yes, no, or in versions with this feature. Otherwise the deployment is
      recreated, which interrupts the service.
    interrupts: whether a change in place interrupts the service. Scaleway's pages say so of nodes and model.
    change: plans the change, where more is sent than the value by its name.
    view: makes the form that is compared and shown in the diff; null: the field isn't shown.
    default: the value that the service chooses if a creation leaves it out.
    undeclared: the value that a recreation would lose, as the task doesn't declare it; returns null for none.
    """

    name: str
    option: Mapping[str, Any]
    parse: Callable[[Any], Any] | None = _identity
    shared: bool = True
    requires: str = ""
    feature: Feature | None = None
    target: Callable[[DesiredDeployment, Deployment], Any] | None = None
    may_be_null: bool = False
    in_place: bool | Feature = True
    interrupts: bool = False
    change: Callable[[DesiredDeployment, Deployment, Model | None], FieldChange] | None = None
    view: Callable[[Any], Any] | None = None
    default: Any = None
    undeclared: Callable[[DesiredDeployment, Deployment], Any] | None = None

    def desired(self, option: Any) -> Any:
        """The desired value, from the option."""
        return option if option is None or self.parse is None else self.parse(option)

    def differs(self, desired: DesiredDeployment, found: Deployment) -> bool:
        """Whether the deployment has to be changed. Raises OptionError where the service doesn't tell how it is."""
        target = None if self.target is None else self.target(desired, found)
        if target is None:
            return False
        observed = getattr(found, self.name)
        if not self.may_be_null:
            require_known(found, self.name, self.name)
        return bool(self.shown(target) != self.shown(observed))

    def is_changed_in_place(self, features: frozenset[Feature]) -> bool:
        """Whether a version with these features can change it in place; else a change interrupts the service."""
        return self.in_place in features if isinstance(self.in_place, Feature) else self.in_place

    def plan_change(self, desired: DesiredDeployment, found: Deployment, model: Model | None) -> FieldChange:
        """The change of a deployment that differs. C(model): the desired model, as far as it was looked up."""
        if self.change is not None:
            return self.change(desired, found, model)
        target = None if self.target is None else self.target(desired, found)
        return FieldChange(self.name, self.shown(getattr(found, self.name)), self.shown(target), {self.name: target})

    def shown(self, value: Any) -> Any:
        """The value as it is compared and shown in the diff."""
        return value if value is None or self.view is None else self.view(value)


def require_known(found: Deployment, attribute: str, option: str) -> None:
    """Raise OptionError if the service doesn't tell the value to compare: an unknown value is no difference."""
    why = f"to tell whether it is as desired; leave {option} out of the task to leave it as it is"
    require_field(getattr(found, attribute), attribute, found.what, why)


# Functions of the rows


def _new_name(desired: DesiredDeployment, found: Deployment) -> str | None:
    if desired.name is not None and desired.name != found.name:
        check_name(desired.name)
    return desired.name


def _new_size(name: str, desired: DesiredDeployment, found: Deployment) -> int | None:
    size: int | None = getattr(desired, name)
    if size is not None:
        check_sizes(desired.min_size, desired.max_size, found)
    return size


def _new_node_type(desired: DesiredDeployment, found: Deployment) -> str | None:
    return None if is_predicted(found) else desired.node_type


def _new_model(desired: DesiredDeployment, found: Deployment) -> str | None:
    if desired.model is None or desired.has_model(found):
        return None
    require_known(found, "model_id" if is_uuid(desired.model) else "model", "model")
    return desired.model


def _change_model(desired: DesiredDeployment, found: Deployment, model: Model | None) -> FieldChange:
    if model is None:
        raise OptionError(f"model '{desired.model}' was not looked up")
    check_can_run(desired, model, found.node_type)
    sent: dict[str, Any] = {"model_id": model.id}
    if desired.quantization_bits is not None:
        # Another model may run with other bits by default, even where those of the old one are as desired.
        sent["quantization_bits"] = desired.quantization_bits
    return FieldChange("model", found.model, model.label, sent)


def check_can_run(desired: DesiredDeployment, model: Model, node_type: str | None) -> None:
    """Raise OptionError if the model surely can't run as desired on the type of node."""
    check_model(model, node_type, accept_eula=desired.accept_eula)
    _check_bits(desired.quantization_bits, model, node_type)


def _change_bits(desired: DesiredDeployment, found: Deployment, model: Model | None) -> FieldChange:
    bits = desired.quantization_bits
    if model is not None:
        _check_bits(bits, model, found.node_type)
    return FieldChange("quantization_bits", found.quantization_bits, bits, {"quantization_bits": bits})


def _check_bits(bits: int | None, model: Model, node_type: str | None) -> None:
    """Raise OptionError if the model surely can't run with so many bits on the type of node."""
    allowed = {
        choice.bits
        for support in model.nodes_support or ()
        if support.node_type == node_type
        for choice in support.quantizations
        if choice.allowed
    }
    if bits is not None and allowed and bits not in allowed:
        raise OptionError(
            f"quantization_bits: {model.label} doesn't run with {bits} bits on {node_type}; choose one of "
            f"{', '.join(map(str, sorted(allowed)))}"
        )


def _undeclared_tags(desired: DesiredDeployment, found: Deployment) -> list[str] | None:
    if desired.tags is not None:
        return None
    return [
        tag for tag in require_field(found.tags, "tags", *keep_reason(found, "tags")) if tag != desired.fleet_tag
    ] or None


def _undeclared_size(name: str, desired: DesiredDeployment, found: Deployment) -> int | None:
    low, high = (size or _NODES for size in check_sizes(desired.min_size, desired.max_size))
    if getattr(desired, name) is not None:
        return None
    size: int = require_field(getattr(found, name), name, *keep_reason(found, name))
    if name == "min_size":
        return size if size != low and (desired.max_size is None or size <= high) else None
    return size if size != high and (desired.min_size is None or size >= low) else None


def _undeclared_bits(desired: DesiredDeployment, found: Deployment) -> int | None:
    # The bits of the old model mean nothing for another one.
    return found.quantization_bits if desired.quantization_bits is None and desired.has_model(found) else None


def keep_reason(found: Deployment, option: str) -> tuple[str, str]:
    """The last arguments of C(require_field) for an attribute that a recreation must keep."""
    return found.what, f"to keep it in a recreation; declare {option} in the task"


# The service creates one node where no size is given, as recordings of it show.
_NODES = 1
_FLAG = {"type": "bool", "default": False}


def _size(name: str) -> Field:
    return Field(
        name=name,
        option={"type": "int"},
        target=partial(_new_size, name),
        interrupts=True,
        view=_identity,
        default=_NODES,
        undeclared=partial(_undeclared_size, name),
    )


# In the order in which texts name changes.
FIELDS = (
    Field(name="name", option={"type": "str"}, shared=False, target=_new_name, may_be_null=True, view=_identity),
    Field(
        name="tags",
        option={"type": "list", "elements": "str"},
        parse=lambda tags: tuple(dict.fromkeys(tags)),
        target=DesiredDeployment.all_tags,
        view=lambda tags: sorted(set(tags)),
        undeclared=_undeclared_tags,
    ),
    _size("min_size"),
    _size("max_size"),
    Field(name="node_type", option={"type": "str"}, target=_new_node_type, in_place=False, view=_identity),
    Field(
        name="model",
        option={"type": "str"},
        parse=None,
        target=_new_model,
        may_be_null=True,
        in_place=Feature.CHANGING_MODEL,
        interrupts=True,
        change=_change_model,
        view=_identity,
    ),
    Field(name="accept_eula", option=_FLAG),
    Field(
        name="quantization_bits",
        option={"type": "int"},
        feature=Feature.QUANTIZATION,
        target=lambda desired, _found: desired.quantization_bits,
        may_be_null=True,
        interrupts=True,
        change=_change_bits,
        view=_identity,
        undeclared=_undeclared_bits,
    ),
    Field(
        name="endpoints",
        option={"type": "list", "elements": "dict", "options": ENDPOINT_OPTIONS},
        parse=parse_endpoints,
        view=view_endpoints,
    ),
    Field(name="purge_endpoints", option=_FLAG, requires="endpoints"),
    Field(name="private_only", option=_FLAG),
    Field(name="on_immutable_change", option={"type": "str", "choices": ["fail", "recreate"], "default": "fail"}),
    Field(
        name="on_disruptive_change",
        option={"type": "str", "choices": ["allow", "warn", "fail"], "default": "warn"},
    ),
    Field(
        name="rules",
        option={"type": "list", "elements": "dict", "options": RULE_OPTIONS},
        parse=None,
        feature=Feature.ACL_RULES,
    ),
    Field(name="purge_rules", option=_FLAG, parse=None, requires="rules"),
    Field(name="allow_all", option=_FLAG, parse=None, requires="rules"),
)
OPTIONS: ArgumentSpec = {field.name: dict(field.option) for field in FIELDS}


def view(one: Deployment | DeploymentSpec) -> dict[str, Any]:
    """The managed fields of a deployment, existing or to be created, as the diff shows them."""
    shown: dict[str, Any] = {}
    for field in FIELDS:
        if field.view is None:
            continue
        value = getattr(one, field.name)
        if value is None and isinstance(one, DeploymentSpec):
            value = field.default
        # A version without the feature has no value, and the service may choose it later.
        if value is not None or field.feature is None:
            shown[field.name] = field.shown(value)
    return shown
