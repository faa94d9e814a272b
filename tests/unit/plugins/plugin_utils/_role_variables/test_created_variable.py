# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the entry point undo takes as the list of what a run created."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.checks import wrong_values
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS
from ansible_collections.scaleway.inference.tests.support.role_variables import role_options

UNDO = ENTRY_POINTS["decommission", "undo"]
NAME = "scaleway_inference_created"
ONE = {"id": "20043a05-db6e-4ef5-bec6-40089e6d13d0", "name": "web", "region": "fr-par"}


def problems(value: Any) -> list[str]:
    return list(wrong_values(UNDO, role_options(UNDO, {NAME: value})))


@pytest.mark.parametrize(
    "value",
    [
        [],
        [ONE],
        # As ansible-core 2.19 reads the names 007, null, yes and 2026-01-01 again.
        [{**ONE, "name": 7}, {**ONE, "name": None}, {**ONE, "name": True}],
        [{"id": ONE["id"], "region": "fr-par"}],
        None,
        "",
    ],
    ids=repr,
)
def test_ids_decide_and_names_may_be_anything(value: Any) -> None:
    assert problems(value) == []


@pytest.mark.parametrize(
    "value",
    [
        ["web"],
        "web",
        "web, web-2",
        7,
        ONE,
        [ONE, "web"],
        [[ONE]],
        [None],
        [{**ONE, "id": "web"}],
        [{**ONE, "id": ONE["id"].upper()}],
        [{**ONE, "id": f"fr-par/{ONE['id']}"}],
        [{**ONE, "id": None}],
        [{**ONE, "region": ""}],
        [{**ONE, "region": 7}],
        [{"id": ONE["id"], "name": "web"}],
        [{**ONE, "state": "present"}],
    ],
    ids=repr,
)
def test_anything_else_is_an_error_that_says_what_it_must_be(value: Any) -> None:
    (problem,) = problems(value)
    assert problem.startswith(f"{NAME}: it must be a list of dictionaries with id, name and region")
    assert problem.endswith("Nothing was deleted")
