# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a plan for a deployment needs: the deployment, and the model and node type where they matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from .._client.api import InferenceApi
from .._client.errors import OptionError
from .._client.resources import GONE_STATUSES, AclRule, Deployment, Feature, needed
from .._reconcile.duplicates import only_one, staying
from .deployment_plan import lookups, replaces
from .deployment_steps import DesiredDeployment, Read
from .given import PREDICTED, is_predicted
from .lookup import REMEDY, Catalog, deployments_named, require_uuid, settled_deployments
from .prediction import predict_deployment
from .task import Run


@dataclass(frozen=True)
class Reader:
    """Reads what C(plan_presence) and C(plan_absence) need; how deployments are read is passed in.

    get: one by its ID; null where there is none. named: all of a name in a project. settled: the same, once other runs
    have settled which one stays.
    """

    run: Run
    get: Callable[[str], Deployment | None]
    named: Callable[[str, str], tuple[Deployment, ...]]
    settled: Callable[[str, str], tuple[Deployment, ...]]
    catalog: Catalog

    @classmethod
    def of(cls, run: Run) -> Reader:
        """One that reads by requests for the one deployment."""
        return cls(
            run,
            run.api.find_deployment,
            partial(deployments_named, run.api),
            partial(settled_deployments, run),
            Catalog(run),
        )

    @property
    def api(self) -> InferenceApi:
        return self.run.api

    def for_presence(self, wanted: DesiredDeployment) -> Read:
        """Raises OptionError for what can't be found, or is there more than once."""
        return self.with_rules(wanted, self.without_rules(wanted))

    def without_rules(self, wanted: DesiredDeployment) -> Read:
        """The same, but for the access rules: they take a request for each deployment."""
        if wanted.deployment_id is not None:
            return self._with_lookups(wanted, self._chosen(wanted.deployment_id, wanted), ())
        return self._with_lookups(wanted, *self._named(wanted))

    def with_rules(self, wanted: DesiredDeployment, read: Read) -> Read:
        """With the access rules, if the plan needs them and the version has them."""
        found = read.found
        needed = found is not None and (wanted.manages_rules or replaces(found, wanted))
        if found is None or is_predicted(found) or not needed or Feature.ACL_RULES not in self.api.features:
            return read
        return replace(read, rules=tuple(self.api.list_acl_rules(found.id, whole=True)))

    def again(self, wanted: DesiredDeployment, found: Deployment, rules: tuple[AclRule, ...] | None) -> Read:
        """The same, for a deployment as it was just seen; C(rules): as they were just read, if they were."""
        read = self._with_lookups(wanted, found, ())
        return self.with_rules(wanted, read) if rules is None else replace(read, rules=rules)

    def for_absence(self, wanted: DesiredDeployment) -> Read:
        if wanted.deployment_id is None:
            found, leaving = self._named(wanted)
            return Read(found=found, leaving=leaving)
        there = None if wanted.deployment_id == PREDICTED else self._get(wanted.deployment_id)
        if there is not None and there.status in GONE_STATUSES:
            return Read(found=None, leaving=(there,))
        return Read(found=there)

    def _get(self, deployment_id: str) -> Deployment | None:
        require_uuid("id", deployment_id)
        found = self.get(deployment_id.lower())
        return None if found is None else self.api.observed.follow(found)

    def _named(self, wanted: DesiredDeployment) -> tuple[Deployment | None, tuple[Deployment, ...]]:
        name = wanted.name or ""
        named = self.settled(name, wanted.project_id)
        leaving = tuple(self.api.observed.follow(one) for one in named if one.status in GONE_STATUSES)
        found = only_one(self.run, "deployment", name, named, remedy=REMEDY)
        return None if found is None else self.api.observed.follow(found), leaving

    def _chosen(self, deployment_id: str, wanted: DesiredDeployment) -> Deployment:
        """The deployment chosen by its ID, which must be there; and its new name, if it gets one, must be free."""
        if deployment_id == PREDICTED:
            return predict_deployment(self.run, PREDICTED)
        found = self._get(deployment_id)
        if found is None or found.status in GONE_STATUSES:
            raise OptionError(
                f"id: there is no deployment {deployment_id} in {self.api.settings.region}"
                f"{'' if found is None else ' (it is being deleted)'}; leave the option out to find or create it by "
                "name"
            )
        if wanted.name is not None and wanted.name != found.name:
            # Of several, one stays: the name is taken in any case.
            project_id = needed(
                found.project_id, "project_id", found.what, f"to tell whether the name '{wanted.name}' is free there"
            )
            taken = staying(self.named(wanted.name, project_id))
            if taken:
                raise OptionError(
                    f"name: '{wanted.name}' is the name of another deployment, {taken[0].id}; names identify "
                    "deployments, so choose another one"
                )
        return found

    def _with_lookups(
        self, wanted: DesiredDeployment, found: Deployment | None, leaving: tuple[Deployment, ...]
    ) -> Read:
        model, node_type = lookups(found, wanted)
        return Read(
            found=found,
            leaving=leaving,
            model=self.catalog.model(model) if model else None,
            node_type=self.catalog.node_type(node_type) if node_type else None,
        )
