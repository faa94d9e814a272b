# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's errors have a type for each kind, and a message that says what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference import errors
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.errors import ApiError, api_error
from ansible_collections.scaleway.inference.tests.support.client import VERSIONS
from ansible_collections.scaleway.inference.tests.support.json_values import JSON

ROUTE = "PATCH /deployments/0d"
REQUEST_ID = "7e900e57-0000-4000-8000-000000000001"
RESOURCE = {"resource": "deployment", "resource_id": "0d0d"}

#: The type, its status, the class, the other fields, and words in the message.
Kind = tuple[str, int, type[ApiError], dict[str, Any], tuple[str, ...]]
KINDS: tuple[Kind, ...] = (
    (
        "invalid_arguments",
        400,
        errors.InvalidArguments,
        {
            "details": [
                {"argument_name": "min_size", "reason": "constraint", "help_message": "must be 1 or more"},
                {"argument_name": "name", "reason": "format", "help_message": ""},
            ]
        },
        ("min_size: must be 1 or more (constraint)", "name: not accepted (format)"),
    ),
    (
        "denied_authentication",
        401,
        errors.AuthenticationDenied,
        {"method": "api_key", "reason": "expired"},
        ("secret key has expired", "option secret_key", "SCW_SECRET_KEY"),
    ),
    (
        "permissions_denied",
        403,
        errors.PermissionsDenied,
        {"details": [{"resource": "deployment", "action": "write"}, {"resource": "model", "action": "read"}]},
        (
            "write on deployment",
            "read on model",
            "IAM policy",
            "GenerativeApisFullAccess (older name: InferenceFullAccess)",
            "GenerativeApisModelAccess (older name: InferenceReadOnly)",
        ),
    ),
    (
        "quotas_exceeded",
        403,
        errors.QuotasExceeded,
        {"details": [{"resource": "InferenceDeployments", "quota": 5, "current": 4}]},
        ("InferenceDeployments: 4 used of a quota of 5", "higher quota"),
    ),
    ("not_found", 404, errors.NotFound, RESOURCE, ("deployment 0d0d doesn't exist in this region", "may not see it")),
    (
        "transient_state",
        409,
        errors.TransientState,
        {**RESOURCE, "current_state": "deploying"},
        ("deployment 0d0d can't be changed while it is deploying", "run again"),
    ),
    (
        "resource_expired",
        410,
        errors.ResourceExpired,
        {**RESOURCE, "expired_since": "2026-01-01T00:00:00Z"},
        ("deployment 0d0d expired on 2026-01-01T00:00:00Z",),
    ),
    (
        "precondition_failed",
        412,
        errors.PreconditionFailed,
        {"precondition": "attribute_must_be_set", "help_message": "accept the licence"},
        ("accept the licence", "attribute_must_be_set"),
    ),
    ("locked", 423, errors.Locked, RESOURCE, ("deployment 0d0d is locked", "support")),
    ("out_of_stock", 503, errors.OutOfStock, {"resource": "H100"}, ("no H100 is in stock", "another node_type")),
)


def _error(status: int, body: object, api_version: str = "v1", request_id: str | None = REQUEST_ID) -> ApiError:
    return api_error(route=ROUTE, api_version=api_version, status=status, request_id=request_id, body=body)


@pytest.mark.parametrize("api_version", VERSIONS)
@pytest.mark.parametrize("known", KINDS, ids=[kind[0] for kind in KINDS])
def test_each_kind_says_what_happened_and_what_to_do(known: Kind, api_version: str) -> None:
    kind, status, expected, fields, parts = known
    error = _error(status, {"type": kind, "message": "as the service put it", **fields}, api_version)
    assert error.__class__ is expected
    for part in (*parts, ROUTE, f"HTTP {status} {kind}", f"request ID {REQUEST_ID}"):
        assert part in str(error)
    assert error.details() == {
        **fields,
        "route": ROUTE,
        "status": status,
        "type": kind,
        "request_id": REQUEST_ID,
        "message": "as the service put it",
    }


def test_a_region_that_is_refused_is_to_be_set_to_another() -> None:
    item = {"argument_name": "region", "reason": "unknown", "help_message": "there's no region nl-ams"}
    message = str(_error(400, {"type": "invalid_arguments", "details": [item]}))
    assert "refused region: there's no region nl-ams; set region to one that has the service, such as fr-par" in message
    assert "set region" not in str(
        _error(400, {"type": "invalid_arguments", "details": [{**item, "argument_name": "x"}]})
    )


@pytest.mark.parametrize(("kind", "expected"), [(kind[0], kind[2]) for kind in KINDS])
@pytest.mark.parametrize("status", [400, 404, 418, 429, 500, 501, 503])
def test_type_has_precedence_over_the_status(kind: str, expected: type[ApiError], status: int) -> None:
    error = _error(status, {"type": kind, "message": "", **RESOURCE}, "v1beta1")
    assert (error.__class__, error.status) == (expected, status)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, errors.InvalidArguments),
        (401, errors.AuthenticationDenied),
        (403, errors.PermissionsDenied),
        (404, errors.NotFound),
        (408, errors.ServerError),
        (409, errors.TransientState),
        (412, errors.PreconditionFailed),
        (418, ApiError),
        (423, errors.Locked),
        (429, errors.RateLimited),
        (500, errors.ServerError),
        (502, errors.ServerError),
        (503, errors.ServerError),
        (504, errors.ServerError),
        (599, errors.ServerError),
    ],
)
@pytest.mark.parametrize("body", [None, "<html>", {}, {"type": ""}, {"type": None}, {"type": "new_kind"}, {"type": 7}])
def test_status_decides_if_there_is_no_known_type(status: int, expected: type[ApiError], body: object) -> None:
    error = _error(status, body)
    assert error.__class__ is expected
    assert f"HTTP {status}" in str(error)
    assert ROUTE in str(error)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("expired", "has expired"),
        ("not_found", "doesn't exist"),
        ("invalid_argument", "isn't well-formed"),
        ("brand_new", "was refused"),
        (None, "was refused"),
    ],
)
def test_refused_key_is_reported_with_the_reason(reason: str | None, words: str) -> None:
    assert f"the secret key {words}" in str(_error(401, {"type": "denied_authentication", "reason": reason}))


@pytest.mark.parametrize("status", [400, 403, 412, 418, 500])
def test_message_is_shown_if_the_service_says_nothing_else(status: int) -> None:
    assert "the moon is in the wrong phase" in str(_error(status, {"message": "the moon is in the wrong phase"}))


@pytest.mark.parametrize("status", [400, 403, 404, 418, 500])
def test_error_without_a_message_says_so(status: int) -> None:
    assert "gave no reason" in str(_error(status, None))


def test_request_id_is_left_out_if_there_is_none() -> None:
    error = _error(500, None, request_id=None)
    assert "request ID" not in str(error)
    assert error.details()["request_id"] is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, None),
        (404, {"message": "404 page not found"}),
        (404, {"type": "not_found", "message": "no such route"}),
        (410, None),
        (410, {"message": "v1beta1 is no more"}),
        (501, {"message": "not implemented"}),
    ],
)
def test_route_that_v1beta1_lost_names_v1(status: int, body: object) -> None:
    gone = _error(status, body, "v1beta1")
    assert gone.__class__ is errors.RouteGone
    assert "api_version: v1" in str(gone)
    assert f"HTTP {status}" in str(gone)
    newest = _error(status, body, "v1")
    assert newest.__class__ is not errors.RouteGone
    assert "api_version" not in str(newest)


@pytest.mark.parametrize(
    ("route", "remedy"),
    [
        ("GET /deployments/0d/acls", "private_only: true"),
        ("PUT /deployments/0d/acls", "condition on the address"),
        ("DELETE /acls/0d", "leave rules, deploy_addresses and the module acl out"),
        ("GET /models/0d/eula", "leave with_eula out"),
    ],
)
@pytest.mark.parametrize("status", [404, 410, 501])
def test_lost_route_without_a_counterpart_in_v1_names_what_replaces_it(route: str, remedy: str, status: int) -> None:
    gone = api_error(route=route, api_version="v1beta1", status=status, request_id=None, body=None)
    assert remedy in str(gone)
    # Of no use here, as v1 has no such route.
    assert "set api_version" not in str(gone)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "quotas_exceeded", "details": [{"resource": "InferenceDeployments", "quota": 5, "current": 4}]},
        {"message": "forbidden"},
        {"type": "new_kind", "details": [{"resource": "deployment", "action": "write"}]},
        None,
    ],
)
def test_only_a_denied_permission_names_permission_sets(body: object) -> None:
    assert "GenerativeApis" not in str(_error(403, body))


@pytest.mark.parametrize(
    ("status", "body"), [(404, {"type": "not_found", **RESOURCE}), (410, {"type": "resource_expired", **RESOURCE})]
)
def test_resource_that_v1beta1_lost_is_no_lost_route(status: int, body: object) -> None:
    assert "api_version" not in str(_error(status, body, "v1beta1"))


@pytest.mark.parametrize(
    ("status", "body", "transient", "effect_unknown"),
    [
        (400, None, False, False),
        (408, None, True, True),
        (409, None, False, False),
        (429, None, True, False),
        (500, None, True, True),
        (501, None, False, False),
        (503, None, True, True),
        (503, {"type": "out_of_stock"}, False, False),
    ],
)
def test_errors_say_what_may_be_repeated(status: int, body: object, transient: bool, effect_unknown: bool) -> None:
    error = _error(status, body)
    assert (error.transient, error.effect_unknown) == (transient, effect_unknown)


@given(
    body=st.one_of(
        JSON,
        st.fixed_dictionaries(
            {"type": st.sampled_from([kind[0] for kind in KINDS])},
            optional=dict.fromkeys(
                ("message", "details", "resource", "resource_id", "reason", "current_state", "help_message"), JSON
            )
            | {"precondition": JSON, "expired_since": JSON},
        ),
    ),
    status=st.integers(400, 599),
    api_version=st.sampled_from(VERSIONS),
)
def test_any_answer_becomes_an_error_with_a_message(body: object, status: int, api_version: str) -> None:
    error = _error(status, body, api_version)
    assert isinstance(error, ApiError)
    assert str(error).startswith(f"{ROUTE}: ")
    assert f"HTTP {status}" in str(error)
    assert json.loads(json.dumps(error.details()))["status"] == status
