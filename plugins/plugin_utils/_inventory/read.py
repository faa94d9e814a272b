# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the resources of a query: all lists of all regions in parallel, with the API client that the tasks use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from ...module_utils._client.errors import InferenceError
from ...module_utils._client.ids import is_uuid
from ...module_utils._client.inference.api import InferenceApi
from ...module_utils._client.inference.errors import NotFound, RouteGone
from ...module_utils._client.inference.resources import AclRule, Deployment, Feature, Model, NodeType
from ...module_utils._client.ipam import read_private_ips
from ...module_utils._client.transport import Transport
from .facts import Facts, deployment_facts, has_endpoint_without_key, model_facts, node_type_facts
from .query import DEPLOYMENTS, MODELS, NODE_TYPES, Query

# As many as the connections that the client keeps, and few enough not to burden the service.
THREADS = 8


@dataclass(frozen=True)
class Resources:
    """facts: one entry for each host. problems: what couldn't be read; whole lists only without strict_api."""

    facts: list[Facts]
    problems: list[str]


def read_resources(query: Query, user_agent: str) -> Resources:
    """Read all resources, each list once.

    Raises InferenceError if a list can't be read; without strict_api, only if none can.
    """
    with ExitStack() as stack:
        apis = []
        for settings in query.regions:
            transport = stack.enter_context(closing(Transport(settings, user_agent=user_agent)))
            apis.append(InferenceApi(settings, transport))
        if query.with_acls:
            apis[0].require(Feature.ACL_RULES)
        if query.model_status:
            apis[0].require(Feature.MODEL_STATUS)
        pool = ThreadPoolExecutor(THREADS)
        # After an error, requests that haven't begun are no longer needed.
        stack.callback(pool.shutdown, cancel_futures=True)
        return _Reader(query, apis, pool).read()


class _Reader:
    def __init__(self, query: Query, apis: Sequence[InferenceApi], pool: ThreadPoolExecutor) -> None:
        self._query = query
        self._apis = apis
        self._pool = pool
        self._problems: list[str] = []

    def read(self) -> Resources:
        query = self._query
        listed = self._lists()
        facts: list[Facts] = []
        for api in self._apis:
            region = api.settings.region
            models: list[Model] | None = listed.get((region, MODELS))
            node_types: list[NodeType] = listed.get((region, NODE_TYPES)) or []
            if MODELS in query.resources:
                facts += [model_facts(one, region) for one in models or [] if query.keeps_model(one)]
            facts += [node_type_facts(one, region, models) for one in node_types if query.keeps_node_type(one)]
        facts += self._deployments(listed)
        facts.sort(key=lambda one: (one["kind"], one["region"], one["name"] or "", one.get("id", "")))
        warnings = [f"In {api.settings.region}: {text}" for api in self._apis for text in api.answer_warnings]
        return Resources(facts, [*self._problems, *warnings])

    def _lists(self) -> dict[tuple[str, str], list[Any]]:
        """All lists by region and resource; those that couldn't be read are left out."""
        pending = {
            (api.settings.region, resource): self._pool.submit(self._list, api, resource)
            for api in self._apis
            for resource in self._query.lists()
        }
        listed = {}
        errors = []
        for (region, resource), future in pending.items():
            try:
                listed[region, resource] = future.result()
            except InferenceError as error:
                errors.append(error)
                self._record_problem(f"{resource} of {region}", error)
        if errors and not listed:
            raise errors[0]
        return listed

    def _list(self, api: InferenceApi, resource: str) -> list[Any]:
        query, settings = self._query, api.settings
        lists: dict[str, Callable[[], Iterator[Any]]] = {
            # Not limited to the project, as the models of the catalog belong to none.
            MODELS: api.list_models,
            NODE_TYPES: lambda: api.list_node_types(include_disabled=query.include_disabled),
            DEPLOYMENTS: lambda: api.list_deployments(
                project_id=settings.project_id, organization_id=settings.organization_id, tags=query.tags
            ),
        }
        return list(lists[resource]())

    def _deployments(self, listed: dict[tuple[str, str], list[Any]]) -> Iterator[Facts]:
        pending: list[tuple[str, Deployment, Future[list[AclRule] | None] | None]] = []
        for api in self._apis:
            region = api.settings.region
            has_rules = Feature.ACL_RULES in api.features
            for one in listed.get((region, DEPLOYMENTS), []):
                if self._query.keeps_deployment(one):
                    reads_rules = has_rules and (self._query.with_acls or has_endpoint_without_key(one))
                    if reads_rules and not is_uuid(one.id):
                        # Like every field in another form than documented: null, with a warning.
                        self._problems.append(f"The inventory lacks the rules of the {one.what}: its ID is no UUID.")
                        reads_rules = False
                    required = self._query.with_acls
                    reading = self._pool.submit(_rules, api, one.id, required=required) if reads_rules else None
                    pending.append((region, one, reading))
        private_ips = self._private_ips([(region, deployment) for region, deployment, _future in pending])
        failed: dict[str, list[InferenceError]] = {}
        for region, deployment, future in pending:
            rules = None
            try:
                rules = future.result() if future else None
            except InferenceError as error:
                if self._query.strict_api:
                    raise
                failed.setdefault(region, []).append(error)
            yield deployment_facts(deployment, region, rules, private_ips.get((region, deployment.id)))
        for region, errors in failed.items():
            self._record_problem(f"the rules of {len(errors)} deployments of {region}", errors[0])

    def _private_ips(self, found: Sequence[tuple[str, Deployment]]) -> dict[tuple[str, str], list[list[str] | None]]:
        """The addresses of endpoints by region and ID of the deployment, if they are asked for; else none."""
        ips: dict[tuple[str, str], list[list[str] | None]] = {}
        for api in self._apis if self._query.private_ips else ():
            region = api.settings.region
            own = [deployment for its_region, deployment in found if its_region == region]
            try:
                by_id, warnings = read_private_ips(api, own)
            except InferenceError as error:
                self._record_problem(f"the private addresses of {region}", error)
                by_id, warnings = {one.id: [None for _endpoint in one.endpoints or ()] for one in own}, []
            self._problems += [f"In {region}: {warning}" for warning in warnings]
            ips.update({(region, deployment_id): addresses for deployment_id, addresses in by_id.items()})
        return ips

    def _record_problem(self, what: str, error: InferenceError) -> None:
        if self._query.strict_api:
            raise error
        self._problems.append(f"The inventory lacks {what}: {error}")


def _rules(api: InferenceApi, deployment_id: str, *, required: bool) -> list[AclRule] | None:
    """The access rules; null if the deployment is gone, or the service no longer has rules and none are required."""
    try:
        return list(api.list_acl_rules(deployment_id))
    except RouteGone:
        if required:
            raise
        return None
    except NotFound as error:
        if not error.names_resource:
            raise
        # The deployment was deleted after it was listed.
        return None
