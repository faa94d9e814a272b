# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of a deployment: what the options of a task ask for."""

from __future__ import annotations

from dataclasses import dataclass

from .._client.resources import Deployment, DeploymentSpec, EndpointSpec, Model, needed
from .acl_plan import WantedRules
from .deployment_checks import check_sizes
from .endpoint_plan import DesiredEndpoint
from .given import PREDICTED
from .prediction import is_predicted


@dataclass(frozen=True, kw_only=True)
class DesiredDeployment:
    """What the options of a task ask for; null: leave alone. C(model) is a name or an ID.

    project_id: where the deployment is looked for by name, and made; empty where it is chosen by its ID.
    rules: null: neither read nor changed. Without a rule and without purge, they are only declared.
    fleet_tag: the tag by which a fleet knows the deployment, besides the tags that are asked for.
    """

    name: str | None
    deployment_id: str | None
    project_id: str
    model: str | None
    node_type: str | None
    min_size: int | None
    max_size: int | None
    tags: tuple[str, ...] | None
    accept_eula: bool
    quantization_bits: int | None
    endpoints: tuple[DesiredEndpoint, ...] | None
    purge_endpoints: bool
    on_immutable_change: str | None
    rules: WantedRules | None
    fleet_tag: str | None = None

    @property
    def recreate(self) -> bool:
        """Whether the deployment may be deleted and made anew."""
        return self.on_immutable_change == "recreate"

    @property
    def manages_rules(self) -> bool:
        return self.rules is not None and (bool(self.rules.rules) or self.rules.purge)

    def gives(self, option: str) -> bool:
        """Whether there is something to do for the option."""
        return self.manages_rules if option == "rules" else getattr(self, option, None) is not None

    def all_tags(self, found: Deployment | None) -> tuple[str, ...] | None:
        """The tags that the deployment is to have; null: those that it has."""
        if self.fleet_tag is None:
            return self.tags
        tags = self.tags if self.tags is not None else ()
        if self.tags is None and found is not None:
            tags = needed(found.tags, "tags", found.what, "to keep them; declare tags in the task")
        return (*(one for one in tags if one != self.fleet_tag), self.fleet_tag)

    def has_model(self, found: Deployment) -> bool:
        """Whether the deployment has the desired model, or none is asked for."""
        # What an earlier task would have made or imported isn't known in check mode.
        if is_predicted(found):
            return True
        return self.model in (None, PREDICTED, found.model) or (self.model or "").lower() == found.model_id

    def spec(self, name: str, model: Model, node_type: str) -> DeploymentSpec:
        """The deployment that a creation asks for. Raises OptionError for sizes that can't be."""
        min_size, max_size = check_sizes(self.min_size, self.max_size)
        return DeploymentSpec(
            name=name,
            project_id=self.project_id,
            model=model.label,
            model_id=model.id,
            node_type=node_type,
            accept_eula=self.accept_eula,
            endpoints=(EndpointSpec(),) if self.endpoints is None else tuple(one.spec() for one in self.endpoints),
            tags=self.all_tags(None) or (),
            min_size=min_size,
            max_size=max_size,
            quantization_bits=self.quantization_bits,
        )
