# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's description of itself has the routes, fields, parameters and choices of the official SDK, and no more.

What differs is listed here, with its reason.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from enum import Enum
from types import ModuleType
from typing import Any

import pytest
from scaleway.inference import v1, v1beta1

from scaleway_inference_emulator.app import create_app
from scaleway_inference_emulator.state import Emulator

VERSIONS: dict[str, ModuleType] = {"v1beta1": v1beta1, "v1": v1}
DOCUMENT: dict[str, Any] = create_app(Emulator()).openapi()
#: Fields that a request has in its path.
IN_PATHS = {"region", "deployment_id", "endpoint_id"}

#: By a class of the SDK, the emulator's.
ANSWERS = {
    "Deployment": "Deployment",
    "Endpoint": "Endpoint",
    "Model": "Model",
    "ModelSupportedNode": "SupportedNode",
    "ModelSupportedQuantization": "SupportedQuantization",
    "NodeType": "NodeType",
    "ACLRule": "AclRule",
    "Eula": "Eula",
    "ListDeploymentsResponse": "Deployments",
    "ListModelsResponse": "Models",
    "ListNodeTypesResponse": "NodeTypes",
}
REQUESTS = {
    "CreateDeploymentRequest": "CreateDeployment",
    "UpdateDeploymentRequest": "UpdateDeployment",
    "CreateEndpointRequest": "CreateEndpoint",
    "UpdateEndpointRequest": "UpdateEndpoint",
    "EndpointSpec": "EndpointSpec",
    "DeploymentQuantization": "Quantization",
    "AddDeploymentACLRulesRequest": "RuleSpecs",
    "SetDeploymentACLRulesRequest": "RuleSpecs",
    "ACLRuleRequest": "RuleSpec",
    "CreateModelRequest": "ImportModel",
    "ModelSource": "ModelSource",
}
LISTS = {
    "/deployments": "list_deployments",
    "/models": "list_models",
    "/node-types": "list_node_types",
    "/deployments/{deployment_id}/acls": "list_deployment_acl_rules",
}

#: What the SDK has, and no recorded answer.
MISSING = {("v1beta1", "Model"): {"s3_model"}}
#: What the emulator has besides: the page size of the API reference, and a filter that the SDK has since 2.12.0.
FURTHER_PARAMETERS = {("v1", "/models"): {"per_page", "organization_id"}}


def fields(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}


def described(version: str, name: str) -> set[str]:
    """The fields of a schema: the version's own, or one that both share."""
    schemas = DOCUMENT["components"]["schemas"]
    found = [each for each in schemas if each == name or each.endswith(f"__{version}__{name}")]
    found += [each for each in schemas if each.endswith((f"__shared_routes__{name}", f"__schemas__{name}"))]
    return set(schemas[found[0]]["properties"])


@pytest.mark.parametrize(
    ("version", "kind"),
    [(version, kind) for version, sdk in VERSIONS.items() for kind in (*ANSWERS, *REQUESTS) if hasattr(sdk, kind)],
)
def test_fields(version: str, kind: str) -> None:
    expected = fields(getattr(VERSIONS[version], kind))
    got = described(version, {**ANSWERS, **REQUESTS}[kind])
    if kind.endswith("Request"):
        expected, got = expected - IN_PATHS, got - IN_PATHS
    assert expected - MISSING.get((version, kind), set()) == got


def api_of(version: str) -> type:
    """The class of the API: there is one, of another name in each module."""
    found: type = next(value for name, value in vars(VERSIONS[version]).items() if name.endswith("API"))
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_routes(version: str) -> None:
    def plain(path: str) -> str:
        return re.sub(r"{\w+}", "{}", path)

    code = inspect.getsource(api_of(version))
    expected = {(method, plain(path)) for method, path in re.findall(r'"([A-Z]+)",\s*f"(/[^"]+)"', code)}
    got = {
        (method.upper(), plain(path))
        for path, item in DOCUMENT["paths"].items()
        if path.startswith(f"/inference/{version}/")
        for method in item
    }
    assert len(expected) >= 14
    assert expected == got


@pytest.mark.parametrize(
    ("version", "route"),
    [(version, route) for version in VERSIONS for route in LISTS if hasattr(api_of(version), LISTS[route])],
)
def test_parameters_of_lists(version: str, route: str) -> None:
    method = getattr(api_of(version), LISTS[route])
    described_here = DOCUMENT["paths"][f"/inference/{version}/regions/{{region}}{route}"]["get"]["parameters"]
    got = {each["name"]: each["schema"] for each in described_here if each["in"] == "query"}
    expected = set(inspect.signature(method).parameters) - {"self"} - IN_PATHS
    assert expected | FURTHER_PARAMETERS.get((version, route), {"per_page"}) == got.keys()
    if "order_by" in got:
        orders: type[Enum] = getattr(VERSIONS[version], f"List{route.strip('/').title()}RequestOrderBy")
        assert set(got["order_by"]["enum"]) == {each.value for each in orders}
        assert got["order_by"]["default"] == next(iter(orders)).value
