# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ID that isn't a UUID is never sent, whether the service or an option gave it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import AnswerError
from ansible_collections.scaleway.inference.plugins.module_utils._client.ids import is_uuid
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.api import InferenceApi
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import (
    AclRuleSpec,
    DeploymentChange,
)
from ansible_collections.scaleway.inference.tests.support.canned import NO_CONTENT, CannedServer, Reply
from ansible_collections.scaleway.inference.tests.support.client import open_api

#: Every method that puts an ID into a path, with the version that has it.
METHODS: dict[str, tuple[str, Callable[[InferenceApi, str], object]]] = {
    "get_model": ("v1beta1", lambda api, one: api.get_model(one)),
    "find_model": ("v1", lambda api, one: api.find_model(one)),
    "get_model_eula": ("v1beta1", lambda api, one: api.get_model_eula(one)),
    "delete_model": ("v1", lambda api, one: api.delete_model(one)),
    "get_deployment": ("v1beta1", lambda api, one: api.get_deployment(one)),
    "find_deployment": ("v1", lambda api, one: api.find_deployment(one)),
    "update_deployment": ("v1", lambda api, one: api.update_deployment(one, DeploymentChange(name="x"))),
    "delete_deployment": ("v1", lambda api, one: api.delete_deployment(one)),
    "get_certificate": ("v1", lambda api, one: api.get_certificate(one)),
    "update_endpoint": ("v1", lambda api, one: api.update_endpoint(one, disable_auth=True)),
    "delete_endpoint": ("v1", lambda api, one: api.delete_endpoint(one)),
    "list_acl_rules": ("v1beta1", lambda api, one: list(api.list_acl_rules(one))),
    "add_acl_rules": ("v1beta1", lambda api, one: api.add_acl_rules(one, [AclRuleSpec(ip="192.0.2.1")])),
    "set_acl_rules": ("v1beta1", lambda api, one: api.set_acl_rules(one, [AclRuleSpec(ip="192.0.2.1")])),
    "delete_acl_rule": ("v1beta1", lambda api, one: api.delete_acl_rule(one)),
}
NO_IDS = ["../../account/v3/x", "..", "", "x", "a/b", "%2e%2e", "0d0d0d0d-0000-4000-8000-000000000001/../x", "é\n"]


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_id_is_refused_before_any_request(canned: CannedServer, method: str) -> None:
    version, call = METHODS[method]
    before = canned.connections
    with open_api(canned.url(), api_version=version) as api:
        for text in NO_IDS:
            with pytest.raises(AnswerError, match="isn't an ID") as caught:
                call(api, text)
            assert not caught.value.effect_unknown
    assert canned.connections == before


@given(text=st.one_of(st.text(), st.from_regex(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}.?", fullmatch=True)))
def test_any_text_leads_to_its_own_route_or_nowhere(canned: CannedServer, text: str) -> None:
    canned.answer_with(canned_nothing)
    with open_api(canned.url()) as api:
        try:
            api.delete_acl_rule(text)
        except AnswerError:
            assert not is_uuid(text)
        expected = [f"/inference/v1beta1/regions/fr-par/acls/{text}"] if is_uuid(text) else []
        assert [seen.target for seen in canned.requests] == expected


def canned_nothing(_seen: object) -> Reply:
    return NO_CONTENT
