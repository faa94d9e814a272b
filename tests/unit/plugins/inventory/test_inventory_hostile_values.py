# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile values of the inventory's options end in an error that names the option, before any request."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError

from ansible_collections.scaleway.inference.tests.support.hostile_values import deep
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory
from scaleway_inference_emulator.server import EmulatorServer


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
    ],
    ids=range(12),
)
def test_hostile_value_is_named(inventory: Inventory, emulator: EmulatorServer, name: str, value: Any) -> None:
    emulator.clear_journal()
    with pytest.raises(AnsibleError) as caught:
        inventory.parse(**{name: value})
    message = str(caught.value)
    assert name in message or value in message
    assert len(message) < 2_500
    assert emulator.journal() == []
