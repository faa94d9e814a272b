# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A typed method for each route of the service.

The routes: https://www.scaleway.com/en/developers/api/managed-inference/

All methods raise ApiError, RequestError, AnswerError and Cancelled, and VersionError if the version lacks the route.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

from ..answers import Answer, decode_answer
from ..errors import AnswerError, VersionError
from ..json_object import JsonObject, Unreadable
from ..pages import Page, Paging, header_total, read_pages
from ..server import Server
from ..settings import Settings
from ..transport import Transport
from .errors import NotFound
from .observed import ObservedResources
from .resources import (
    AclRule,
    AclRuleSpec,
    Certificate,
    Deployment,
    DeploymentChange,
    DeploymentSpec,
    Endpoint,
    EndpointSpec,
    Feature,
    Model,
    NodeType,
)
from .routes import path
from .versions import DIALECTS, needs_version

T = TypeVar("T")

# The number of warnings about answers that aren't as documented; further ones are dropped.
MAX_ANSWER_WARNINGS = 20


class InferenceApi:
    """The service in one region, through one version of its API. Safe to use from many threads.

    observed: the last known state of the resources that the run tracks, updated from each answer
    answer_warnings: warnings about values in answers that aren't as documented and were ignored (the keys; a dict, so
        that each occurs once and the order stays)
    """

    def __init__(self, settings: Settings, transport: Transport, observed: ObservedResources | None = None) -> None:
        self.settings = settings
        self.observed = observed or ObservedResources()
        self.answer_warnings: dict[str, None] = {}
        self.dialect = DIALECTS[settings.api_version]()
        self._transport = transport

    def connect(self, server: Server) -> Transport:
        """A transport to another server, such as a model server. The caller closes it."""
        return self._transport.to(server)

    @property
    def features(self) -> frozenset[Feature]:
        """The features of the chosen version, among those that not every version has."""
        return self.dialect.features

    def require(self, *features: Feature) -> None:
        """Raise VersionError, which names the versions that have it, for a feature that the chosen version lacks."""
        for feature in features:
            if feature not in self.features:
                raise VersionError(f"{needs_version(feature)}; {self.dialect.version} doesn't have it")

    # Models

    def list_models(
        self,
        *,
        name: str | None = None,
        project_id: str | None = None,
        tags: Sequence[str] = (),
        order_by: str | None = None,
        required_names: Collection[str] = (),
    ) -> Iterator[Model]:
        """All pages of the models. The parameters are those of list_deployments."""
        query = _query(name=name, project_id=project_id, tags=tags, order_by=order_by)
        return self._list("/models", "models", query, self._model, must_read=_may_be_named(required_names))

    def get_model(self, model_id: str) -> Model:
        return self._one("GET", path("/models/{model_id}", model_id=model_id), self._model)

    def find_model(self, model_id: str) -> Model | None:
        """The model; null if it doesn't exist."""
        return self._unless_gone(model_id, lambda: self.get_model(model_id))

    def get_model_eula(self, model_id: str) -> str:
        """The text of the model's licence."""
        self.require(Feature.LICENCE_TEXTS)
        return self._one(
            "GET",
            path("/models/{model_id}/eula", model_id=model_id),
            lambda data: data.lenient_text("content") or "",
        )

    def import_model(self, *, name: str, project_id: str, url: str, secret: str | None = None) -> Model:
        """Import a model from `url` into the project. `secret`: the credential for a source that needs one."""
        self.require(Feature.MODEL_IMPORT)
        source = {"url": url} if secret is None else {"url": url, "secret": secret}
        body = {"name": name, "project_id": project_id, "source": source}
        with self.observed.creating(Model, name):
            return self.observed.created(self._one("POST", "/models", self._model, body))

    def delete_model(self, model_id: str) -> bool:
        """Delete a model that was imported into a project. Returns false if it was gone already."""
        self.require(Feature.MODEL_IMPORT)
        deleted = self._delete(path("/models/{model_id}", model_id=model_id))
        self.observed.gone(model_id)
        return deleted

    # Deployments

    def list_deployments(
        self,
        *,
        name: str | None = None,
        project_id: str | None = None,
        organization_id: str | None = None,
        tags: Sequence[str] = (),
        order_by: str | None = None,
        required_names: Collection[str] = (),
    ) -> Iterator[Deployment]:
        """All pages of the deployments.

        name: the service's filter, which isn't an exact match
        required_names: names whose deployments must not be missed. An item that can't be read is left out with a
            warning, but raises AnswerError if it may have one of these names.
        """
        query = _query(name=name, project_id=project_id, organization_id=organization_id, tags=tags, order_by=order_by)
        return self._list(
            "/deployments", "deployments", query, self._deployment, must_read=_may_be_named(required_names)
        )

    def get_deployment(self, deployment_id: str) -> Deployment:
        return self._one("GET", path("/deployments/{deployment_id}", deployment_id=deployment_id), self._deployment)

    def find_deployment(self, deployment_id: str) -> Deployment | None:
        """The deployment; null if it doesn't exist, or no longer."""
        return self._unless_gone(deployment_id, lambda: self.get_deployment(deployment_id))

    def create_deployment(self, spec: DeploymentSpec) -> Deployment:
        """Start the creation of a deployment, which is returned with the status `creating`.

        It isn't idempotent: `_reconcile/create.py` makes sure that a deployment is created only once.
        """
        self.require(*spec.needs)
        body = self.dialect.deployment_creation(spec)
        with self.observed.creating(Deployment, spec.name):
            return self.observed.created(self._one("POST", "/deployments", self._deployment, body))

    def update_deployment(self, deployment_id: str, change: DeploymentChange) -> Deployment:
        self.require(*change.needs)
        body = self.dialect.deployment_update(change)
        route = path("/deployments/{deployment_id}", deployment_id=deployment_id)
        return self._one("PATCH", route, self._deployment, body)

    def delete_deployment(self, deployment_id: str) -> tuple[bool, Deployment | None]:
        """Start the deletion. Returns false if the deployment was gone already, and its state; null if it is gone."""
        route = path("/deployments/{deployment_id}", deployment_id=deployment_id)
        deleted, deployment = _deletion(lambda: self._one("DELETE", route, self._deployment))
        if deployment is None:
            self.observed.gone(deployment_id)
        return deleted, deployment

    def get_certificate(self, deployment_id: str) -> Certificate:
        """The certificate authority of the deployment's private endpoints."""
        return self._one(
            "GET",
            path("/deployments/{deployment_id}/certificate", deployment_id=deployment_id),
            self.dialect.certificate,
        )

    # Node types

    def list_node_types(self, *, include_disabled: bool = False) -> Iterator[NodeType]:
        query = _query(include_disabled_types="true" if include_disabled else "false")
        return self._list("/node-types", "node_types", query, self.dialect.node_type)

    # Endpoints

    def create_endpoint(self, deployment_id: str, spec: EndpointSpec) -> Endpoint:
        body = self.dialect.endpoint_creation(deployment_id, spec)
        return self._one("POST", "/endpoints", self.dialect.endpoint, body)

    def update_endpoint(self, endpoint_id: str, *, disable_auth: bool) -> Endpoint:
        return self._one(
            "PATCH",
            path("/endpoints/{endpoint_id}", endpoint_id=endpoint_id),
            self.dialect.endpoint,
            {"disable_auth": disable_auth},
        )

    def delete_endpoint(self, endpoint_id: str) -> bool:
        """Delete an endpoint. Returns false if it was gone already."""
        return self._delete(path("/endpoints/{endpoint_id}", endpoint_id=endpoint_id))

    # Access rules

    def list_acl_rules(self, deployment_id: str, *, strict: bool = False) -> Iterator[AclRule]:
        """All pages of the access rules.

        strict: a rule that can't be read raises AnswerError, rather than being left out with a warning
        """
        self.require(Feature.ACL_RULES)
        route = path("/deployments/{deployment_id}/acls", deployment_id=deployment_id)
        return self._list(route, "rules", [], self.dialect.acl_rule, must_read=lambda _rule: strict)

    def add_acl_rules(self, deployment_id: str, rules: Sequence[AclRuleSpec]) -> tuple[AclRule, ...]:
        """Add access rules to the existing ones. Returns the new ones."""
        return self._write_acl_rules("POST", deployment_id, rules)

    def set_acl_rules(self, deployment_id: str, rules: Sequence[AclRuleSpec]) -> tuple[AclRule, ...]:
        """Replace all access rules by these."""
        return self._write_acl_rules("PUT", deployment_id, rules)

    def delete_acl_rule(self, rule_id: str) -> bool:
        """Delete an access rule. Returns false if it was gone already."""
        self.require(Feature.ACL_RULES)
        return self._delete(path("/acls/{rule_id}", rule_id=rule_id))

    def _write_acl_rules(self, method: str, deployment_id: str, rules: Sequence[AclRuleSpec]) -> tuple[AclRule, ...]:
        self.require(Feature.ACL_RULES)
        route = path("/deployments/{deployment_id}/acls", deployment_id=deployment_id)
        answer = self._transport.request(method, route, body=self.dialect.acl_rules(rules))
        return tuple(
            decode_answer(answer, lambda data: [self.dialect.acl_rule(rule) for rule in data.children("rules")])
        )

    # Helpers

    def _deployment(self, data: JsonObject) -> Deployment:
        return self.observed.update(self.dialect.deployment(data))

    def _model(self, data: JsonObject) -> Model:
        return self.observed.update(self.dialect.model(data))

    def _unless_gone(self, resource_id: str, request: Callable[[], T]) -> T | None:
        found = _unless_gone(request)
        if found is None:
            self.observed.gone(resource_id)
        return found

    def _one(self, method: str, route: str, read: Callable[[JsonObject], T], body: dict[str, Any] | None = None) -> T:
        return self._read(self._transport.request(method, route, body=body), read)

    def _read(self, answer: Answer, read: Callable[[JsonObject], T]) -> T:
        def read_and_warn(data: JsonObject) -> T:
            found = read(data)
            for warning in data.warnings[:MAX_ANSWER_WARNINGS]:
                self._warn(answer.route, warning)
            return found

        return decode_answer(answer, read_and_warn)

    def _warn(self, route: str, warning: str) -> None:
        if len(self.answer_warnings) < MAX_ANSWER_WARNINGS:
            self.answer_warnings[f"{route}: the service's answer isn't as documented: {warning}."] = None

    def _delete(self, route: str) -> bool:
        """Delete a resource. Returns false if it was gone already, which is no error."""
        deleted, _answer = _deletion(lambda: self._transport.request("DELETE", route))
        return deleted

    def _list(
        self,
        route: str,
        key: str,
        query: list[tuple[str, str | int]],
        read: Callable[[JsonObject], T],
        *,
        must_read: Callable[[Unreadable], bool] = lambda _item: False,
    ) -> Iterator[T]:
        """All items of a list, page by page.

        An item that can't be read is left out with a warning, or raises AnswerError if `must_read` returns true for it.
        See `read_pages` for where the list ends.
        """

        def identified(item: JsonObject) -> tuple[str, T]:
            # Node types have no ID; their name identifies them.
            return item.text("name" if key == "node_types" else "id"), read(item)

        def read_page(data: JsonObject, announced: int) -> Page[T]:
            items: list[tuple[str, T | None]] = []
            total = max(data.optional_integer("total_count") or 0, announced)
            # Null for a list that has items is a broken answer: taken for an empty one, what exists is made again.
            for item in data.readable_children(key, identified, may_be_null=total == 0):
                if not isinstance(item, Unreadable):
                    items.append(item)
                elif must_read(item):
                    raise AnswerError(
                        f"{item.problem}; so nobody can tell what it is, and nothing is done that could be wrong then. "
                        "Run again, and contact Scaleway's support if it stays so"
                    )
                else:
                    self._warn(f"GET {route}", f"{item.problem}; it is left out")
                    # It counts towards the total, once, even if it is on two pages.
                    items.append((item.problem, None))
            return items, total

        def request(paging: Paging) -> Page[T]:
            answer = self._transport.request("GET", route, query=[*query, *paging])
            return self._read(answer, lambda data: read_page(data, header_total(answer)))

        return read_pages(f"GET {route}", self.dialect.page_size_parameter, request, self._transport.clock)


def _unless_gone(request: Callable[[], T]) -> T | None:
    """The result of the request; null for a 404 that names the resource, so that a gateway's 404 is still an error."""
    return _deletion(request)[1]


def _deletion(request: Callable[[], T]) -> tuple[bool, T | None]:
    """As `_unless_gone`, and whether it was this request that took effect.

    That counts as so if an earlier attempt, whose answer was lost, may have been what removed it; otherwise it was
    somebody else.
    """
    try:
        return True, request()
    except NotFound as error:
        if not error.names_resource:
            raise
        return error.earlier_effect_unknown, None


def _may_be_named(names: Collection[str]) -> Callable[[Unreadable], bool]:
    """A function that tells whether an item that can't be read may have one of the names."""
    return lambda item: bool(names) and (item.name is None or item.name in names)


def _query(**fields: str | Sequence[str] | None) -> list[tuple[str, str | int]]:
    """Query parameters without those that are null. A list becomes one pair per item."""
    pairs: list[tuple[str, str | int]] = []
    for key, value in fields.items():
        if isinstance(value, str):
            pairs.append((key, value))
        elif value is not None:
            pairs.extend((key, item) for item in value)
    return pairs
