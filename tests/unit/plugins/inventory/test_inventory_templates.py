# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Constructed variables and groups, and texts of the service, which are never resolved as templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.plugins.plugin_utils._inventory.templates import (
    mark_trusted,
    mark_untrusted,
)
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

MISTRAL = "mistral/mistral-7b-instruct-v0.3:bf16"


def resolved(value: Any, **variables: Any) -> Any:
    """The value of a variable with this value in a play."""
    templar = Templar(loader=DataLoader(), variables={"value": value, **variables})
    return templar.template(mark_trusted("{{ value }}"))


def test_constructed(inventory: Inventory, runner: Runner) -> None:
    runner.ok(deployment.TASK, name="chat", model=MISTRAL, node_type="L4", tags=["team-a", "b"])
    inventory.parse(
        filters={"name": ["chat", "L4"]},
        compose={"ansible_host": "scaleway_url | urlsplit('hostname')", "label": "'a ' ~ scaleway_kind"},
        groups={"single": "scaleway_min_size == 1", "labelled_deployment": "label == 'a deployment'"},
        keyed_groups=[
            {"key": "scaleway_tags", "prefix": "label"},
            {"key": "scaleway_kind", "separator": "", "parent_group": "everything"},
            {"key": "scaleway_region"},
        ],
        leading_separator=False,
    )
    assert inventory.hosts["chat"]["ansible_host"] == "127.0.0.1"
    assert "ansible_host" not in inventory.hosts["L4"]
    assert inventory.hosts["L4"]["label"] == "a node_type"
    assert {"chat"} == inventory.group("single") == inventory.group("labelled_deployment")
    assert {"chat"} == inventory.group("label_team_a") == inventory.group("label_b")
    assert inventory.group("fr_par") == {"chat", "L4"}
    assert {one.name for one in inventory.data.groups["everything"].child_groups} == {"deployment", "node_type"}


def test_composed_variables_win(inventory: Inventory) -> None:
    inventory.parse(filters={"name": "L4"}, compose={"ansible_connection": "'ssh'"})
    assert inventory.hosts["L4"]["ansible_connection"] == "ssh"


def test_text_of_the_service_is_no_template(
    inventory: Inventory, runner: Runner, emulator: EmulatorServer, tmp_path: Path
) -> None:
    trap = tmp_path / "sprung"
    evil = f"{{{{ lookup('pipe', 'touch {trap}') }}}}"
    made = runner.ok(deployment.TASK, name="chat", model=MISTRAL, node_type="L4", tags=[evil])["deployment"]
    emulator.force_status(made["id"], "error", error_message=evil, model_name=evil)
    inventory.parse(
        resources=["deployments"],
        hostnames=["{{ scaleway_error_message }}"],
        compose={"again": "scaleway_error_message", "longer": "scaleway_tags[0] ~ scaleway_model"},
        groups={"odd": "scaleway_error_message is defined"},
        keyed_groups=[{"key": "scaleway_tags", "prefix": "label"}, {"key": "scaleway_model", "prefix": "runs"}],
    )
    [(name, variables)] = inventory.hosts.items()
    assert name.startswith("lookup-pipe-touch-")
    assert variables["scaleway_error_message"] == variables["scaleway_model"] == variables["again"] == evil
    assert variables["longer"] == evil + evil
    for one in ("scaleway_error_message", "scaleway_tags", "again", "longer"):
        assert resolved(variables[one]) in (evil, [evil], evil + evil)
    assert not trap.exists()


@given(st.text(st.sampled_from("{}%#'\" aé7|()[]:.-_\n"), max_size=12))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    value = mark_untrusted({"one": [text, None, 7]})
    assert value == {"one": [text, None, 7]}
    # Between marks, as ansible-core 2.16 converts a text that looks like a list, marked or not.
    templar = Templar(loader=DataLoader(), variables={"value": value})
    assert templar.template(mark_trusted("<{{ value.one[0] }}>")) == f"<{text}>"


@pytest.mark.parametrize("text", ["meta/llama-3.1-8b-instruct:fp8", "https://x.example/?a=b&c", "2026-01-01T00:00:00Z"])
def test_harmless_texts_arent_marked(text: str) -> None:
    """ansible-inventory would show a mark around each."""
    assert resolved(text) == text
    assert "__UNSAFE__" not in dir(mark_untrusted(text))
