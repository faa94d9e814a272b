# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks before anything is created or changed, in check mode too. They make no request.

What surely fails raises OptionError with the remedy. A value that only some sources on the service allow is a warning.
All else is left to the service.
"""

from __future__ import annotations

import re

from .._client.errors import OptionError, WaitError
from .._client.inference.resources import Deployment, Feature, Model
from .._client.inference.versions import versions_with
from .._task import Context
from .rules import range_warnings
from .steps import ApplyRules, Create, Plan, Update

MAX_NAME_LENGTH = 255
# What each source allows in the name of a deployment; the live service accepted an underscore.
_NAME_SOURCES = {
    "the API page (letters, digits, dots, spaces and dashes)": re.compile(r"[A-Za-z0-9. -]+"),
    "Scaleway's SDK (letters, digits, underscores and dashes)": re.compile(r"[A-Za-z0-9_-]+"),
}
# The limit of Scaleway's SDK; the API page has none.
_MAX_NODES = 50


def check_model(model: Model, node_type: str | None, *, accept_eula: bool) -> None:
    """Raise OptionError for a model that surely can't be deployed on the type of node."""
    if model.status not in (None, "ready"):
        remedy = "run again once its import is done"
        if model.status == "error":
            remedy = "remove it with scaleway.inference.model and state: absent, and import it again"
        raise OptionError(f"model: {model.label} is {model.status}, not ready{_because(model.error_message)}; {remedy}")
    # A version of the API may not tell on which nodes a model runs; then the service decides.
    known = model.compatible_node_types or ()
    if node_type is not None and node_type not in known and (known or model.nodes_support):
        choice = ", ".join(known) or "none"
        raise OptionError(
            f"node_type: {node_type} can't run the model {model.label}; node types that can: {choice}. "
            f"model_info with node_type: {node_type} lists the models that it runs"
        )
    if model.has_eula and not accept_eula:
        raise OptionError(
            f"accept_eula: the model {model.label} has a licence that must be accepted; read it (model_info with "
            f"with_eula returns its text, with api_version {versions_with(Feature.LICENCE_TEXTS)}), then set "
            "accept_eula: true"
        )


def check_model_name(model: Model) -> None:
    """Raise OptionError for a model that a version which deploys by name surely doesn't take: it wants a vendor's.

    Names of the catalog's models are of the form vendor/model:version, those of imported ones are anything.
    """
    if model.name is not None and "/" not in model.name:
        raise OptionError(
            f"model: {model.label} can't be deployed by its name, which has to be of the form vendor/model:version; "
            f"set api_version: {versions_with(Feature.MODEL_BY_ID)}, which deploys by ID"
        )


def check_sizes(
    min_size: int | None, max_size: int | None, found: Deployment | None = None
) -> tuple[int | None, int | None]:
    """The desired min_size and max_size, checked. A creation with only one of them uses it for both.

    found: the deployment to change; null for a creation. Raises OptionError for sizes that can't be.
    """
    if found is None:
        low = min_size if min_size is not None else max_size
        high = max_size if max_size is not None else min_size
    else:
        low = found.min_size if min_size is None else min_size
        high = found.max_size if max_size is None else max_size
    if low is not None and low < 1:
        raise OptionError(f"min_size: must be 1 or more, but {low} was given; to stop paying, set state: absent")
    if low is not None and high is not None and high < low:
        raise OptionError(f"max_size: {high} is less than min_size, {low}; set both")
    return low, high


def check_name(name: str, option: str = "name") -> None:
    """Raise OptionError for a name that is blank or too long; only the service knows which characters it takes."""
    if not name.strip():
        raise OptionError(f"{option}: holds nothing but blanks, so the name is missing; give one")
    if len(name) > MAX_NAME_LENGTH:
        raise OptionError(
            f"{option}: '{name[:40]}…' has {len(name)} characters, and a name has at most {MAX_NAME_LENGTH}; shorten it"
        )


def warn_about_values(context: Context, plan: Plan, found: Deployment | None) -> None:
    """Warn about values that the plan sends, and that one of the sources on the service excludes."""
    for step in plan.steps:
        if isinstance(step, ApplyRules):
            for warning in range_warnings(step.desired, step.plan):
                context.warn(warning)
        sent = step.spec if isinstance(step, Create) else step.change if isinstance(step, Update) else None
        if sent is None:
            continue
        # A recreation keeps the name, which the service has accepted before.
        if sent.name is not None and (found is None or sent.name != found.name):
            excluded = [source for source, rule in _NAME_SOURCES.items() if not rule.fullmatch(sent.name)]
            if excluded:
                context.warn(
                    f"name: '{sent.name}' is sent as it is, but has a character that isn't among those of "
                    f"{' nor of '.join(excluded)}; if the service refuses it, choose another"
                )
        for option in ("min_size", "max_size"):
            size = getattr(sent, option)
            if size is not None and size > _MAX_NODES:
                context.warn(
                    f"{option}: {size} is sent as it is, but Scaleway's SDK takes at most {_MAX_NODES}; if the "
                    "service refuses it, lower it"
                )


class Gone(WaitError):
    """The deployment was deleted, or is being deleted, by somebody else. C(deployment): as it was last seen."""

    def __init__(self, message: str, deployment: Deployment) -> None:
        super().__init__(message)
        self.deployment = deployment


def check_status(deployment: Deployment) -> None:
    """Raise WaitError where waiting can't help: error, locked, or (as Gone) being deleted by somebody else."""
    name = deployment.what
    if deployment.status == "error":
        raise WaitError(
            f"{name} is in status error: {deployment.error_message or 'the service gave no reason'}. It still exists: "
            "remove it with state: absent, then run again"
        )
    if deployment.status == "locked":
        raise WaitError(
            f"{name} is locked by the service{_because(deployment.error_message)}; contact Scaleway's support"
        )
    if deployment.is_deleting:
        raise Gone(f"{name} is being deleted by someone else; run again to create it again", deployment)


def _because(message: str | None) -> str:
    return f": {message}" if message else ""


def require_rules(context: Context, option: str = "") -> None:
    """Raise OptionError, with what to do instead, if the version of the API has no access rules.

    option: the one that the error names first.
    """
    if Feature.ACL_RULES not in context.api.features:
        raise OptionError(
            f"{f'{option}: ' if option else ''}access rules need api_version {versions_with(Feature.ACL_RULES)}: "
            f"{context.api.settings.api_version} has none. There, limit who may call by conditions in the key's IAM "
            "policy, or remove the public endpoint and use one in a private network (scaleway.inference.endpoint)"
        )


def no_public_endpoint_warning(deployment: str) -> str:
    """The warning about access rules for a deployment without a public endpoint."""
    return f"Access rules only guard public endpoints, and deployment '{deployment}' has none."
