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
    ID,
    LONG,
    deep,
    option_and_value,
    set_option,
    surely_wrong,
    timed,
)
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive


def check(point: tuple[str, str], variables: dict[str, Any]) -> str:
    """The message of the check of a role's variables, empty if it didn't fail."""
    role, entry_point = point
    args = {"role": role, "entry_point": entry_point}
    try:
        result = timed(lambda: run_action("role_variables", args, {"hostvars": {}, **variables}))
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
    # A variable is checked as the option that it stands for.
    if surely_wrong(path[-1].removeprefix(ENTRY_POINTS[point].prefix), option, value):
        assert path[0] in message


@pytest.mark.parametrize(
    ("point", "variables", "expected"),
    [
        (("deploy", "main"), {"deploy_rules": ["nan"]}, "deploy_rules[0].ip: 'nan' is neither an address"),
        (
            ("deploy", "main"),
            {"deploy_deployments": [{"name": "a"}, {"name": "b", "rules": [{"ip": "192.0.2.1"}, {"ip": "1.2.3"}]}]},
            "deploy_deployments[1] (b): rules[1].ip: '1.2.3' is neither an address",
        ),
        (
            ("deploy", "main"),
            {"deploy_endpoints": [{"private_network_id": "vpc"}]},
            "deploy_endpoints[0].private_network_id: 'vpc' isn't an ID",
        ),
        (
            ("deploy", "smoke_test"),
            {"deploy_deployments": [{"name": "a", "endpoints": [{"private_network_id": "vpc"}]}]},
            "deploy_deployments[0] (a): endpoints[0].private_network_id: 'vpc' isn't an ID",
        ),
        (
            ("deploy", "main"),
            {"deploy_deployments": [{"name": "a", "max_size": 2**64}]},
            "deploy_deployments[0] (a): The option max_size must be a whole number from",
        ),
        (("deploy", "main"), {"deploy_min_size": 3, "deploy_max_size": 2}, "deploy_max_size: 2 is less than"),
        (("deploy", "main"), {"deploy_source_address": "eth0"}, "deploy_source_address: 'eth0' isn't an address"),
        (("deploy", "main"), {"deploy_tags": ["fleet: x"]}, "deploy_tags: 'fleet: x' begins as the tags of fleets"),
        # ansible-core 2.16 makes no whole number of it.
        (("rollout", "main"), {"rollout_grace": 1.8446744073709552e19}, "rollout_grace: 1"),
        (("rollout", "main"), {"rollout_min_size": 3, "rollout_max_size": 2}, "rollout_max_size: 2 is less than"),
        (("client_config", "main"), {"client_config_endpoint": {"model": "m", "id": " "}}, "client_config_endpoint.id"),
    ],
    ids=range(11),
)
def test_all_that_is_missing_and_wrong_is_in_one_message(
    point: tuple[str, str], variables: dict[str, Any], expected: str
) -> None:
    message = check(point, variables)
    assert expected in message
    required = [name for name, option in ENTRY_POINTS[point].options.items() if option.get("required")]
    assert ("Set " in message) == any(name not in variables for name in required)
    assert all(name in message for name in required if name not in variables)


def test_each_wrong_value_is_named_once() -> None:
    """In whatever order they are found: names, types, values by themselves, and lists."""
    wrong = {
        "deploy_nmae": "web",
        "deploy_tags": 7,
        "deploy_parallel": 0,
        "deploy_wait_timeout": 10**6,
        "deploy_min_size": 0,
        "deploy_rules": ["nan"],
        "deploy_addresses": ["1.2.3"],
        "deploy_deployments": [{"name": "a", "purge_rules": True}, {"name": "b", "max_size": -1}, {"name": " "}],
    }
    message = check(("deploy", "main"), wrong)
    named = [
        "deploy_nmae (",
        "Set deploy_name,",
        "deploy_tags: 7",
        "deploy_parallel: 0",
        "deploy_wait_timeout: 1000000",
    ]
    named += ["deploy_min_size: 0", "deploy_rules[0].ip: ", "deploy_addresses: '1.2.3'"]
    named += ["deploy_deployments[1] (b): min_size: ", "deploy_deployments[2]: name: "]
    assert [message.count(text) for text in named] == [1] * len(named), message
    # It has rules, although these are wrong.
    assert "deploy_deployments[0]" not in message


def test_what_another_variable_or_region_decides_is_left_to_the_module() -> None:
    variables = {
        "deploy_name": "web",
        "deploy_endpoints": [{"private_network_id": f"nl-ams/{ID}"}],
        "deploy_rules": [],
        "deploy_deployments": [
            {"name": "a", "purge_endpoints": True, "purge_rules": True},
            {"name": "b", "state": "absent", "min_size": 0, "rules": ["old"]},
        ],
    }
    assert check(("deploy", "main"), variables) == ""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"deploy_name": deep(200)}, "deploy_name: is nested deeper than 64 levels"),
        ({"deploy_parallel": "1e9999999999"}, "deploy_parallel: '1e9999999999' can't be used"),
        ({"deploy_adopt": LONG}, "deploy_adopt: 'xxx"),
        ({"deploy_adopt": "a\udfff"}, "deploy_adopt: 'a\\udfff' can't be used"),
        ({"deploy_model": LONG}, "deploy_model: has 1000000 characters"),
        ({"deploy_private_only": [{}] * 100_000}, "deploy_private_only: has 100000 elements"),
        ({"deploy_prefer": dict.fromkeys(map(str, range(20_000)))}, "deploy_prefer: has 20000 entries"),
        ({"deploy_deployments": [{"name": "a"}] * 201}, "deploy_deployments: 201 entries are more than the 200"),
        (
            {"deploy_deployments": [{"accept_eula": 10**5000}]},
            "deploy_deployments[0].accept_eula: a number of so many digits",
        ),
    ],
    ids=range(9),
)
def test_hostile_value_is_named(variables: dict[str, Any], expected: str) -> None:
    message = check(("deploy", "main"), {"deploy_name": "x", **variables})
    assert expected in message
    assert len(message) < 2_100
