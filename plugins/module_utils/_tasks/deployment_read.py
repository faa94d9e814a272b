# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a plan for a deployment needs: the deployment, and the model and node type where they matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from .._client.api import InferenceApi
from .._client.errors import OptionError
from .._client.resources import GONE_STATUSES, AclRuleSpec, Deployment
from .deployment_plan import lookups, replaces
from .deployment_steps import Read, Wanted
from .following import Sight
from .lookup import REMEDY, Catalogue, deployment_sight, require_uuid, settled_deployments
from .settling import only_one, staying
from .task import Run


@dataclass(frozen=True)
class Reader:
    """Reads what C(plan_presence) and C(plan_absence) need; how the deployments are seen is passed in.

    named: all of a name in a project, once other runs have settled which one stays.
    """

    run: Run
    sight: Sight[Deployment]
    named: Callable[[str, str], tuple[Deployment, ...]]
    catalogue: Catalogue

    @classmethod
    def of(cls, run: Run) -> Reader:
        """One that reads by requests for the one deployment."""
        return cls(run, deployment_sight(run.api), partial(settled_deployments, run), Catalogue(run))

    @property
    def api(self) -> InferenceApi:
        return self.run.api

    def for_presence(self, wanted: Wanted) -> Read:
        """Raises OptionError for what can't be found, or is there more than once."""
        if wanted.deployment_id is not None:
            return self._with_lookups(wanted, self._chosen(wanted.deployment_id, wanted), ())
        return self._with_lookups(wanted, *self._named(wanted))

    def again(self, wanted: Wanted, found: Deployment) -> Read:
        """The same, for a deployment as it was just seen."""
        return self._with_lookups(wanted, found, ())

    def for_absence(self, wanted: Wanted) -> Read:
        if wanted.deployment_id is None:
            found, leaving = self._named(wanted)
            return Read(found=found, leaving=leaving)
        there = self._get(wanted.deployment_id)
        if there is not None and there.status in GONE_STATUSES:
            return Read(found=None, leaving=(there,))
        return Read(found=there)

    def _get(self, deployment_id: str) -> Deployment | None:
        require_uuid("deployment_id", deployment_id)
        return self.sight.find(deployment_id.lower())

    def _named(self, wanted: Wanted) -> tuple[Deployment | None, tuple[Deployment, ...]]:
        name = wanted.name or ""
        named = self.named(name, wanted.project_id)
        found = only_one(self.run, "deployment", name, named, remedy=REMEDY)
        return found, tuple(one for one in named if one.status in GONE_STATUSES)

    def _chosen(self, deployment_id: str, wanted: Wanted) -> Deployment:
        """The deployment chosen by its ID, which must be there; and its new name, if it gets one, must be free."""
        found = self._get(deployment_id)
        if found is None or found.status in GONE_STATUSES:
            raise OptionError(
                f"deployment_id: there is no deployment {deployment_id} in {self.api.settings.region}"
                f"{'' if found is None else ' (it is being deleted)'}; leave the option out to find or create it by "
                "name"
            )
        if wanted.name is not None and wanted.name != found.name:
            # Of several, one stays: the name is taken in any case.
            taken = staying(self.sight.named(wanted.name, found.project_id))
            if taken:
                raise OptionError(
                    f"name: '{wanted.name}' is the name of another deployment, {taken[0].id}; names identify "
                    "deployments, so choose another one"
                )
        return found

    def _with_lookups(self, wanted: Wanted, found: Deployment | None, leaving: tuple[Deployment, ...]) -> Read:
        model, node_type = lookups(found, wanted)
        return Read(
            found=found,
            leaving=leaving,
            model=self.catalogue.model(model) if model else None,
            node_type=self.catalogue.node_type(node_type) if node_type else None,
            rules=self._rules_of_replaced(found, wanted),
        )

    def _rules_of_replaced(self, found: Deployment | None, wanted: Wanted) -> tuple[AclRuleSpec, ...]:
        if found is None or not replaces(found, wanted) or not self.api.dialect.has("acl rules"):
            return ()
        return tuple(AclRuleSpec(ip=one.ip, description=one.description) for one in self.api.list_acl_rules(found.id))
