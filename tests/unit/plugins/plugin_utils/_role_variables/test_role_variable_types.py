# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What isn't text where text is expected is refused by its name, wherever it stands, and never becomes text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS, EntryPoint
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.values import (
    VariableError,
    require_texts,
)
from ansible_collections.scaleway.inference.plugins.plugin_utils._text import ADVICE
from ansible_collections.scaleway.inference.plugins.plugin_utils._variables import SETTINGS, settings_from_variables
from ansible_collections.scaleway.inference.tests.support.role_variables import role_options

ROLES = Path(__file__).resolve().parents[5] / "roles"
DEPLOY = ENTRY_POINTS["deploy", "main"]
NO_TEXT: tuple[tuple[Any, str], ...] = (
    (7, "7 is a number"),
    (1.1, "1.1 is a number"),
    (math.inf, "inf is a number"),
    (math.nan, "nan is a number"),
    (True, "true is a boolean"),
    (False, "false is a boolean"),
    (date(2026, 1, 1), "2026-01-01 is a date"),
    (datetime(2026, 1, 1, 10), "2026-01-01 10:00:00 is a date"),
    (b"x", "b'x' is binary data"),
    ({"x"}, "{'x'} is a set"),
)


def texts_in(path: str, option: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each place in an option that holds text: its path, and how a value gets there."""
    kind, inner = option["type"], option.get("options", {})
    if kind == "str" and "choices" not in option:
        yield path, lambda value: value
    elif kind == "list" and option["elements"] in ("str", "path"):
        yield path, lambda value: value
        yield f"{path}[0]", lambda value: [value]
    else:
        where, wrap = (f"{path}[0]", lambda value: [value]) if kind == "list" else (path, lambda value: value)
        for name, nested in inner.items():
            for nested_path, put in texts_in(f"{where}.{name}", nested):
                yield nested_path, lambda value, name=name, put=put, wrap=wrap: wrap({name: put(value)})


PLACES = [
    (point, name, path, put)
    for point, entry in ENTRY_POINTS.items()
    for name, option in entry.options.items()
    for path, put in texts_in(name, option)
]


@pytest.mark.parametrize(("point", "name", "path", "put"), PLACES, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_no_text_is_refused(point: tuple[str, str], name: str, path: str, put: Any) -> None:
    entry = ENTRY_POINTS[point]
    for value, words in NO_TEXT:
        secret = entry.options[name].get("no_log")
        expected = f"its value is {words.rpartition(' is ')[2]}" if secret else words
        with pytest.raises(VariableError) as error:
            role_options(entry, {name: put(value)})
        assert str(error.value) == f"{path}: {expected}, not text. {ADVICE}"


def test_lists_and_dictionaries_are_no_text() -> None:
    for value, words in ((["web"], "['web'] is a list"), ({"a": 1}, "{'a': 1} is a dictionary")):
        with pytest.raises(VariableError, match=r"^deploy_name: ") as error:
            role_options(DEPLOY, {"deploy_name": value})
        assert words in str(error.value)
        with pytest.raises(VariableError, match=r"^deploy_tags\[1\]: "):
            role_options(DEPLOY, {"deploy_tags": ["a", value]})


def test_text_for_a_dictionary_is_read_first() -> None:
    entry = ENTRY_POINTS["client_config", "main"]
    given = {"url": "https://x", "model": "m", "id": "007"}
    for text in (json.dumps(given), "url=https://x model=m id=007"):
        assert role_options(entry, {"client_config_endpoint": text})["client_config_endpoint"] == given
    with pytest.raises(VariableError, match=r"client_config_endpoint\.model: 7 is a number"):
        role_options(entry, {"client_config_endpoint": '{"model": 7}'})
    with pytest.raises(VariableError, match=r"deploy_deployments\[0\]\.name: true is a boolean"):
        role_options(DEPLOY, {"deploy_deployments": '{"name": true}'})


def test_every_wrong_value_is_named_and_the_advice_given_once() -> None:
    with pytest.raises(VariableError) as error:
        role_options(
            DEPLOY, {"deploy_name": 7, "deploy_tags": "1.10, x", "deploy_addresses": 1.1, "deploy_parallel": 0}
        )
    assert str(error.value).split("; ")[:2] == [
        "deploy_name: 7 is a number, not text",
        "deploy_addresses: 1.1 is a number, not text",
    ]
    assert str(error.value).count(ADVICE) == 1


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        # Answers that mean what was written, as numbers, booleans and texts.
        ("deploy_accept_eula", "true", True),
        ("deploy_accept_eula", "yes", True),
        ("deploy_accept_eula", 1, True),
        ("deploy_accept_eula", "no", False),
        ("deploy_min_size", "2", 2),
        ("deploy_min_size", "1_000", 1000),
        ("deploy_kind", "none", "none"),
        ("deploy_tags", "2026-01-01, 007,1.10", ["2026-01-01", "007", "1.10"]),
        ("deploy_tags", "007", ["007"]),
        ("deploy_prompt", "- a", "- a"),
        ("deploy_prompt", "{a: 1}", "{a: 1}"),
        ("deploy_prompt", "two\nlines", "two\nlines"),
    ],
)
def test_value_of_the_right_kind_is_taken(name: str, value: Any, expected: Any) -> None:
    assert role_options(DEPLOY, {name: value})[name] == expected


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("deploy_min_size", True, "deploy_min_size: true is a boolean, not a whole number"),
        ("deploy_min_size", 1.5, "deploy_min_size: 1.5 can't be used, expected a whole number"),
        ("deploy_min_size", math.inf, "deploy_min_size: inf can't be used, expected a whole number"),
        ("deploy_min_size", date(2026, 1, 1), "deploy_min_size: 2026-01-01 can't be used, expected a whole number"),
        ("deploy_purge", 7, "deploy_purge: 7 can't be used, expected true or false"),
        ("deploy_purge", 0.5, "deploy_purge: 0.5 can't be used, expected true or false"),
        ("deploy_purge", math.nan, "deploy_purge: nan can't be used, expected true or false"),
        ("deploy_prefer", 7, "deploy_prefer: 7 can't be used, expected one of public, private"),
        ("deploy_prefer", True, "deploy_prefer: true can't be used, expected one of public, private"),
        ("deploy_rules", 10.5, r"deploy_rules\[0\]: '10.5' is no dictionary"),
        ("deploy_rules", date(2026, 1, 1), r"deploy_rules\[0\]: a date is no dictionary"),
        ("deploy_deployments", [{"min_size": True}], r"deploy_deployments\[0\].min_size: true is a boolean"),
        (
            "deploy_deployments",
            [{"min_size": math.inf}],
            r"deploy_deployments\[0\].min_size: inf can't be used",
        ),
    ],
)
def test_value_of_another_kind_is_refused(name: str, value: Any, message: str) -> None:
    with pytest.raises(VariableError, match=f"^{message}"):
        role_options(DEPLOY, {name: value})


@pytest.mark.parametrize("value", [7, [7], ["a", date(2026, 1, 1)]])
def test_variables_without_a_spec_are_texts_or_lists_of_texts(value: Any) -> None:
    require_texts({"smoke_test_hosts": ["a", "b"], "other": None, "third": "x, y"}, {})
    with pytest.raises(VariableError, match=r"^smoke_test_hosts.*, not text"):
        require_texts({"smoke_test_hosts": value}, {})


@pytest.mark.parametrize("option", SETTINGS)
def test_variable_for_an_option_of_every_task_is_text(option: str) -> None:
    name, secret = SETTINGS[option], 31415926535
    for value, kind in ((secret, "a number"), (True, "a boolean"), (date(2026, 1, 1), "a date"), (["a"], "a list")):
        variables = {name: value}
        with pytest.raises(AnsibleActionFail) as error:
            settings_from_variables(Templar(loader=DataLoader(), variables=variables), variables, {})
        assert f"is {kind}, not text. {ADVICE}" in str(error.value)
        assert str(error.value).startswith(f"{name}: ")
        assert (str(secret) in str(error.value)) == (value == secret and option != "secret_key")
    for empty in ("", None):
        assert settings_from_variables(Templar(loader=DataLoader(), variables={}), {name: empty}, {}) == {}
    # An option of the task counts in its place.
    assert settings_from_variables(Templar(loader=DataLoader(), variables={}), {name: 7}, {option: "x"}) == {}


def documented(entry: EntryPoint, name: str) -> dict[str, Any]:
    page = yaml.safe_load((ROLES / entry.role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return dict(page["argument_specs"][name]["options"])


@pytest.mark.parametrize("point", ENTRY_POINTS, ids="-".join)
def test_check_of_ansible_leaves_nulls_and_other_kinds_to_the_accurate_one(point: tuple[str, str]) -> None:
    """It comes before any task of a role, so its error would take the place of the one that says what to do."""
    options = documented(ENTRY_POINTS[point], point[1])
    required = {name: "x" for name, option in options.items() if option.get("required")}
    for name, option in options.items():
        for value in ("", None, 7, 1.1, True, [], {}):
            # Before ansible-core 2.19, null for a text that is required is an error of Ansible's.
            if not (value is None and option.get("required")):
                assert ArgumentSpecValidator(options).validate({**required, name: value}).error_messages == [], name
