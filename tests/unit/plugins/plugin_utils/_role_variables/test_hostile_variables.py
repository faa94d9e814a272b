# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any value of any variable of a role ends in options or an error that names the variable."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS
from ansible_collections.scaleway.inference.tests.support.actions import run_action
from ansible_collections.scaleway.inference.tests.support.hostile_values import (
    LONG,
    deep,
    option_and_value,
    set_option,
    surely_wrong,
)
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive


def check(point: tuple[str, str], variables: dict[str, Any]) -> str:
    """The message of the check of a role's variables, empty if it didn't fail."""
    role, entry_point = point
    try:
        result = run_action("role_variables", {"role": role, "entry_point": entry_point}, {"hostvars": {}, **variables})
    except AnsibleError as error:
        return str(error)
    json.dumps(result, ensure_ascii=False).encode("utf-8")
    return str(result["msg"]) if result.get("failed") else ""


@pytest.mark.parametrize("point", ENTRY_POINTS, ids="-".join)
@expensive()
@given(data=st.data())
def test_any_value_ends_in_options_or_an_error_that_names_the_variable(
    point: tuple[str, str], data: st.DataObject
) -> None:
    spec = ENTRY_POINTS[point].options
    path, option, value = data.draw(option_and_value(spec))
    message = check(point, set_option(spec, {}, path, value))
    assert len(message) < 4_000
    if surely_wrong(path[-1], option, value):
        assert path[0] in message


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"deploy_name": deep(200)}, "deploy_name: is nested deeper than 64 levels"),
        ({"deploy_parallel": "1e9999999999"}, "deploy_parallel: '1e9999999999' can't be used"),
        ({"deploy_adopt": LONG}, "deploy_adopt: 'xxx"),
        ({"deploy_adopt": "a\udfff"}, "deploy_adopt: 'a\\udfff' can't be used"),
        ({"deploy_model": LONG}, "deploy_model: has 1000000 characters"),
        ({"deploy_deployments": [{"name": "a"}] * 201}, "deploy_deployments: 201 entries are more than the 200"),
    ],
    ids=range(6),
)
def test_hostile_value_is_named(variables: dict[str, Any], expected: str) -> None:
    message = check(("deploy", "main"), {"deploy_name": "x", **variables})
    assert expected in message
    assert len(message) < 2_100
