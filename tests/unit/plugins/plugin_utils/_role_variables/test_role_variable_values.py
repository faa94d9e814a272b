# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that a role gets from its variables: empty variables count as not given, nested ones too."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS, EntryPoint
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.values import (
    VariableError,
    require,
    without_secrets,
)
from ansible_collections.scaleway.inference.tests.support.actions import run_action
from ansible_collections.scaleway.inference.tests.support.role_variables import role_options

EMPTY: tuple[Any, ...] = ("", None)
DEPLOY = ENTRY_POINTS["deploy", "main"]
DECOMMISSION = ENTRY_POINTS["decommission", "main"]

CASES = [(point, name) for point in ENTRY_POINTS for name in ENTRY_POINTS[point].options]
# Variables that limit something. An empty one is refused, as it would limit nothing.
LIMITS = {
    (("deploy", "smoke_test"), "deploy_asked"),
    (("deploy", "smoke_test"), "deploy_observed"),
    (("decommission", "main"), "decommission_only"),
    (("decommission", "main"), "decommission_name"),
}


def emptied(option: dict[str, Any]) -> list[Any]:
    return [*EMPTY, *([[""], [None], ["", None], [[None]]] if option["type"] == "list" else [])]


@pytest.mark.parametrize(("point", "name"), CASES, ids=lambda one: "-".join(one) if isinstance(one, tuple) else one)
def test_empty_option_is_one_that_is_not_given(point: tuple[str, str], name: str) -> None:
    entry = ENTRY_POINTS[point]
    for value in emptied(entry.options[name]):
        if (point, name) in LIMITS:
            with pytest.raises(VariableError, match=f"^{name}: is empty"):
                role_options(entry, {name: value})
        else:
            assert role_options(entry, {name: value}) == role_options(entry, {})


def nested(entry: EntryPoint) -> list[tuple[str, str]]:
    return [(name, field) for name, option in entry.options.items() for field in option.get("options", {})]


@pytest.mark.parametrize("point", ENTRY_POINTS, ids="-".join)
def test_empty_nested_option_is_one_that_is_not_given(point: tuple[str, str]) -> None:
    entry = ENTRY_POINTS[point]
    base = {"ip": "192.0.2.1", "model": "some"}
    for name, field in nested(entry):
        option = entry.options[name]
        known = {key: value for key, value in base.items() if key in option["options"] and key != field}
        # Descriptions are content, and may be empty. Required options can't be left out.
        if field == "description" or option["options"][field].get("required"):
            continue
        for value in emptied(option["options"][field]):
            there, without = {**known, field: value}, dict(known)
            wrap = (lambda one: [one]) if option["type"] == "list" else (lambda one: one)
            assert role_options(entry, {name: wrap(there)}) == role_options(entry, {name: wrap(without)})


def test_empty_required_nested_option_is_an_error() -> None:
    for value in EMPTY:
        with pytest.raises(VariableError, match=r"deploy_rules: .*missing required arguments: ip"):
            role_options(DEPLOY, {"deploy_rules": [{"ip": value}]})


@pytest.mark.parametrize("value", ["192.0.2.0/24, 2001:db8::17", ["192.0.2.0/24", {"ip": "2001:db8::17"}]])
def test_addresses_stand_for_rules(value: Any) -> None:
    rules = [{"ip": "192.0.2.0/24"}, {"ip": "2001:db8::17"}]
    assert role_options(DEPLOY, {"deploy_rules": value})["deploy_rules"] == rules
    entries = role_options(DEPLOY, {"deploy_deployments": [{"name": "one", "rules": value}]})["deploy_deployments"]
    assert entries[0]["rules"] == rules


def test_results_of_tasks_are_accepted() -> None:
    endpoint = {"id": "x", "url": "https://x", "public": True, "private_network_id": None, "disable_auth": False}
    made = {"id": "x", "name": "one", "status": "ready", "model": "m", "model_id": "y", "created_at": None}
    made["endpoints"] = [endpoint]
    options = role_options(DEPLOY, {"deploy_deployments": [made], "deploy_endpoints": [endpoint]})
    assert options["deploy_endpoints"] == [{"public": True, "disable_auth": False}]
    assert options["deploy_deployments"] == [
        {"id": "x", "name": "one", "model": "m", "state": "present", "endpoints": options["deploy_endpoints"]}
    ]
    for typo in ({"id": "x", "status": "absent"}, {"name": "one", "endpoints": [{"public": True, "hidden": 1}]}):
        with pytest.raises(VariableError, match="there is no option"):
            role_options(DEPLOY, {"deploy_deployments": [typo]})


@pytest.mark.parametrize("value", ["", "Office"])
def test_description_of_a_rule_is_taken_as_it_is(value: str) -> None:
    rules = [{"ip": "192.0.2.1", "description": value}]
    assert role_options(DEPLOY, {"deploy_rules": rules})["deploy_rules"] == rules


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a, b", ["a", "b"]),
        ("a,,b,", ["a", "b"]),
        (["a", "", None, "b"], ["a", "b"]),
        (["a", [None], [[""]]], ["a"]),
        (["1", "b "], ["1", "b"]),
        ([], []),
    ],
)
def test_lists_of_names(value: Any, expected: list[str]) -> None:
    for name in ("deploy_tags", "deploy_addresses"):
        assert role_options(DEPLOY, {name: value})[name] == expected
    entries = role_options(DEPLOY, {"deploy_deployments": [{"name": "one", "tags": value}]})["deploy_deployments"]
    assert entries == [{"name": "one", "state": "present", "tags": expected}]


@pytest.mark.parametrize("value", ["", None, [], [""], [None], ",", " , "])
def test_empty_limit_is_refused(value: Any) -> None:
    with pytest.raises(VariableError, match=r"decommission_only: is empty, and it says what is acted on"):
        role_options(DECOMMISSION, {"decommission_only": value, "decommission_name": "web"})
    with pytest.raises(VariableError, match="deploy_deployments: is empty, and with deploy_purge"):
        role_options(DEPLOY, {"deploy_deployments": [] if value in (",", " , ") else value, "deploy_purge": True})


def test_no_default_takes_the_place_of_an_empty_limit() -> None:
    """Else the fleet of the role deploy would be removed."""
    args = {"role": "decommission", "entry_point": "main", "defaults": {"decommission_name": "support"}}
    result = run_action("role_variables", args, {"hostvars": {}, "decommission_name": ""})
    assert result["failed"]
    assert "decommission_name: is empty" in result["msg"]


def test_false_and_zero_are_given() -> None:
    rollout = ENTRY_POINTS["rollout", "main"]
    options = role_options(rollout, {"rollout_min_size": 0, "rollout_accept_eula": False, "rollout_grace": 0})
    assert (options["rollout_min_size"], options["rollout_accept_eula"], options["rollout_grace"]) == (0, False, 0)
    entries = [{"name": "one", "accept_eula": False, "min_size": 0}]
    assert role_options(DEPLOY, {"deploy_deployments": entries})["deploy_deployments"] == [
        {"name": "one", "state": "present", "accept_eula": False, "min_size": 0}
    ]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("deploy_min_size", "many", "deploy_min_size: 'many' can't be used, expected a whole number"),
        ("deploy_parallel", [1], r"deploy_parallel: \[1\] can't be used.*left out, it is 10"),
        ("deploy_parallel", 0, "deploy_parallel: 0 is less than 1"),
        ("deploy_purge", "perhaps", "deploy_purge: 'perhaps' can't be used, expected true or false"),
        ("deploy_prefer", "both", "deploy_prefer: 'both' can't be used, expected one of public, private"),
        (
            "deploy_deployments",
            "web",
            r"deploy_deployments\[0\]: 'web' is no dictionary; give a dictionary of name, id, state",
        ),
        (
            "deploy_deployments",
            [{"name": "web"}, {"nmae": "web"}, {"name": "two", "min_size": "x"}],
            r"deploy_deployments\[1\]: there is no option nmae. Supported.*deploy_deployments\[2\] \(two\): .*min_size",
        ),
        (
            "deploy_endpoints",
            ["public"],
            r"deploy_endpoints\[0\]: 'public' is no dictionary; give a dictionary of public",
        ),
        ("deploy_tags", {"a": 1}, "deploy_tags: {'a': 1} can't be used, expected a list of texts"),
        ("deploy_on_immutable_change", "replace", "expected one of fail, recreate"),
    ],
)
def test_error_names_the_variable_of_a_wrong_value(name: str, value: Any, message: str) -> None:
    with pytest.raises(VariableError, match=message):
        role_options(DEPLOY, {name: value})


def test_missing_required_options_are_named() -> None:
    with pytest.raises(VariableError, match=r"^Set deploy_name and deploy_deployments, for instance"):
        require(DEPLOY, role_options(DEPLOY, {"deploy_name": ""}), ["deploy_deployments"])


def test_secrets_are_neither_returned_nor_shown() -> None:
    entry = ENTRY_POINTS["client_config", "main"]
    key = "3f2504e0-secret"
    options = role_options(entry, {"client_config_key": key})
    assert options["client_config_key"] == key
    assert "client_config_key" not in without_secrets(entry, options)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(CASES), JSON)
def test_any_value_is_accepted_or_named(case: tuple[tuple[str, str], str], value: Any) -> None:
    point, name = case
    try:
        role_options(ENTRY_POINTS[point], {name: value})
    except VariableError as error:
        assert str(error).startswith(name)
