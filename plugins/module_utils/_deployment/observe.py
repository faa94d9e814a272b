# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the state that a plan for a deployment needs: the deployment, its rules, and the model and node type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from .._client.errors import OptionError
from .._client.inference.api import InferenceApi
from .._client.inference.resources import AclRule, Deployment, Feature, Model, require_field
from .._lookup.catalog import Catalog
from .._lookup.deployments import REMEDY, deployments_named, settled_deployments
from .._lookup.prediction import predict_deployment
from .._options.checks import require_uuid
from .._options.normalize import PREDICTED, is_predicted
from .._reconcile.duplicates import active_resources, only_one
from .._task import Context
from .plan import changes_bits_of_model, may_recreate, required_lookups
from .steps import DeploymentState, DesiredDeployment


@dataclass(frozen=True)
class Observer:
    """Reads the state for C(plan_presence) and C(plan_absence). The functions that read deployments are passed in.

    get: reads one by its ID; null where there is none.
    named: reads all with a name in a project.
    settled: the same, once other runs had time to settle which one is kept.
    """

    context: Context
    get: Callable[[str], Deployment | None]
    named: Callable[[str, str], tuple[Deployment, ...]]
    settled: Callable[[str, str], tuple[Deployment, ...]]
    catalog: Catalog

    @classmethod
    def of(cls, context: Context) -> Observer:
        """An observer that sends requests for one deployment."""
        return cls(
            context,
            context.api.find_deployment,
            partial(deployments_named, context.api),
            partial(settled_deployments, context),
            Catalog(context),
        )

    @property
    def api(self) -> InferenceApi:
        return self.context.api

    def for_presence(self, desired: DesiredDeployment) -> DeploymentState:
        """The state for a deployment that is to exist.

        Raises OptionError for a model, node type or chosen deployment that doesn't exist, or isn't the only one.
        """
        return self.with_rules(desired, self.without_rules(desired))

    def without_rules(self, desired: DesiredDeployment) -> DeploymentState:
        """As C(for_presence), without the access rules, which take one request per deployment."""
        if desired.id is not None:
            return self._with_lookups(desired, self._chosen(desired.id, desired), ())
        return self._with_lookups(desired, *self._named(desired))

    def needs_rules(self, desired: DesiredDeployment, state: DeploymentState) -> bool:
        """Whether the plan needs the access rules, and the version of the API has them."""
        found = state.found
        if found is None or is_predicted(found) or Feature.ACL_RULES not in self.api.features:
            return False
        return desired.manages_rules or may_recreate(found, desired)

    def with_rules(self, desired: DesiredDeployment, state: DeploymentState) -> DeploymentState:
        """The state with the access rules, if they are needed."""
        if state.found is None or not self.needs_rules(desired, state):
            return state
        return replace(state, rules=tuple(self.api.list_acl_rules(state.found.id, strict=True)))

    def refresh(
        self, desired: DesiredDeployment, found: Deployment, rules: tuple[AclRule, ...] | None
    ) -> DeploymentState:
        """The state for a deployment that was just read. C(rules): its rules, if they were just read too."""
        state = self._with_lookups(desired, found, ())
        return self.with_rules(desired, state) if rules is None else replace(state, rules=rules)

    def for_absence(self, desired: DesiredDeployment) -> DeploymentState:
        """The state for a deployment that is to be absent. Raises OptionError for several with the name."""
        if desired.id is None:
            named, deleting = self._named(desired)
            return DeploymentState(found=named, deleting=deleting)
        found = None if desired.id == PREDICTED else self._get(desired.id)
        if found is not None and found.is_deleting:
            return DeploymentState(found=None, deleting=(found,))
        return DeploymentState(found=found)

    def _get(self, deployment_id: str) -> Deployment | None:
        require_uuid("id", deployment_id)
        found = self.get(deployment_id.lower())
        return None if found is None else self.api.observed.track(found)

    def _named(self, desired: DesiredDeployment) -> tuple[Deployment | None, tuple[Deployment, ...]]:
        name = desired.name or ""
        named = self.settled(name, desired.project_id)
        deleting = tuple(self.api.observed.track(one) for one in named if one.is_deleting)
        found = only_one(self.context, "deployment", name, named, remedy=REMEDY)
        return None if found is None else self.api.observed.track(found), deleting

    def _chosen(self, deployment_id: str, desired: DesiredDeployment) -> Deployment:
        """The deployment with this ID. Raises OptionError if there is none, or if its new name is taken."""
        if deployment_id == PREDICTED:
            return predict_deployment(self.context, PREDICTED)
        found = self._get(deployment_id)
        if found is None or found.is_deleting:
            raise OptionError(
                f"id: there is no deployment {deployment_id} in {self.api.settings.region}"
                f"{'' if found is None else ' (it is being deleted)'}; leave the option out to find or create it by "
                "name"
            )
        if desired.name is not None and desired.name != found.name:
            # If there are several, other runs will keep one, so the name is taken in any case.
            project_id = require_field(
                found.project_id, "project_id", found.what, f"to tell whether the name '{desired.name}' is free there"
            )
            taken = active_resources(self.named(desired.name, project_id))
            if taken:
                raise OptionError(
                    f"name: '{desired.name}' is the name of another deployment, {taken[0].id}; names identify "
                    "deployments, so choose another one"
                )
        return found

    def _with_lookups(
        self, desired: DesiredDeployment, found: Deployment | None, deleting: tuple[Deployment, ...]
    ) -> DeploymentState:
        model, node_type = required_lookups(found, desired)
        return DeploymentState(
            found=found,
            deleting=deleting,
            model=self.catalog.model(model) if model else self._present_model(found, desired),
            node_type=self.catalog.node_type(node_type) if node_type else None,
        )

    def _present_model(self, found: Deployment | None, desired: DesiredDeployment) -> Model | None:
        """The model of the deployment, where the plan can use it. It may have been removed from the catalog."""
        if found is None or found.model_id is None or not changes_bits_of_model(found, desired):
            return None
        try:
            return self.catalog.model(found.model_id)
        except OptionError:
            return None
