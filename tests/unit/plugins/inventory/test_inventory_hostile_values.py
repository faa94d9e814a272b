# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any value of any option of the inventory ends in hosts, or in an error that names the option, before any request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.plugin_utils._inventory import options
from ansible_collections.scaleway.inference.tests.support.hostile_values import (
    deep,
    option_and_value,
    set_option,
    surely_wrong,
    timed,
)
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory, option_definitions
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from scaleway_inference_emulator.server import EmulatorServer

#: The options as an argument spec. What marks the file is no option of the query.
SPEC = {
    name: {**option, **({"options": option["suboptions"]} if "suboptions" in option else {})}
    for name, option in option_definitions().items()
    if name != "plugin"
}


def parse(folder: Path, given: dict[str, Any]) -> str:
    """The message of an inventory with these options, empty if it didn't fail."""
    try:
        timed(lambda: Inventory(folder).parse_read({"api_retries": 0, **given}))
    except AnsibleError as error:
        return str(error)
    return ""


@expensive(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("name", SPEC)
@given(data=st.data())
def test_any_value_of_an_option_ends_in_hosts_or_an_error_that_names_it(
    inventory: Inventory, emulator: EmulatorServer, tmp_path: Path, name: str, data: st.DataObject
) -> None:
    """What surely is wrong is named before any request. Values are made from the documentation, for new options too."""
    emulator.clear_journal()
    path, option, value = data.draw(option_and_value({name: SPEC[name]}))
    message = parse(tmp_path, set_option(SPEC, {}, path, value))
    assert len(message) < 4_000
    # What a template gives isn't known.
    if surely_wrong(path[-1], option, value) and not (isinstance(value, str) and re.search("{[{%]", value)):
        assert set(path) & set(re.findall("[a-z_]+", message)), message
        assert emulator.journal() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_retries", "1e999999999"),
        ("api_retries", float("inf")),
        ("api_timeout", 10**400),
        ("region", "x" * 9000),
        ("secret_key", "x" * 9000),
        ("region", deep(70)),
        ("regions", ["fr-par"] * 6000),
        ("filters", {"tags": ["x" * 9000]}),
        ("filters", deep(70)),
        ("hostvars_prefix", "x" * 9000),
        ("config_file", "/dev/zero"),
        ("ca_path", "/dev/zero"),
        ("regions", [0, [1]]),
        ("resources", "9" * 5000),
        ("filters", {"tags": [["a"]]}),
        ("with_acls", "ture"),
        ("strict_api", ["no"]),
        ("hostnames", [False]),
        ("compose", {f"a{number}": "1" for number in range(20_000)}),
        ("groups", {1: 2}),
        ("compose", {None: "1"}),
        ("keyed_groups", [{"key": "scaleway_kind", "default_value": "\ud800"}]),
        ("keyed_groups", [{"key": "scaleway_kind", "trailing_separator": "010.1.2.3"}]),
        ("cache_plugin", "\ud800"),
        ("cache_timeout", 1e300),
    ],
    ids=range(25),
)
def test_hostile_value_is_named(inventory: Inventory, emulator: EmulatorServer, name: str, value: Any) -> None:
    emulator.clear_journal()
    with pytest.raises(AnsibleError) as caught:
        inventory.parse_read({name: value})
    message = str(caught.value)
    assert name in message or value in message
    assert len(message) < 2_500
    # What hosts are called is checked when they are there.
    assert emulator.journal() == [] or name == "hostnames"


def test_secret_that_is_called_as_a_field_hides_no_field(inventory: Inventory, emulator: EmulatorServer) -> None:
    emulator.clear_journal()
    assert inventory.parse(access_key="name", resources=["models"]).hosts
    assert all("scaleway_name" in variables for variables in inventory.hosts.values())


def test_property_sees_options_that_nothing_checks(
    inventory: Inventory, emulator: EmulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one of the checks, the property above fails."""
    emulator.clear_journal()
    monkeypatch.setattr(options, "_refuse_no_boolean", lambda *_all: None)
    assert surely_wrong("with_acls", SPEC["with_acls"], "1e999999999")
    assert parse(tmp_path, {"with_acls": "1e999999999"}) == ""
    assert emulator.journal() != []
