# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages that name variables in place of options, and the checks before a smoke test."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.smoke_test import (
    Target,
    errors,
    warnings,
)
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS
from ansible_collections.scaleway.inference.plugins.plugin_utils._variables import name_variables

NAMES = {
    "deployments": "",
    "name": "deploy_name",
    "model": "deploy_model",
    "node_type": "deploy_node_type",
    "parallel": "deploy_parallel",
    "endpoints": "deploy_endpoints",
}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("deployments[0] (web): model: there is none", "deploy_model: there is none"),
        ("The option parallel must be 1", "The variable deploy_parallel must be 1"),
        (
            "node_type: L5 (see model_info with node_type: L4)",
            "deploy_node_type: L5 (see model_info with node_type: L4)",
        ),
        ("endpoints.private_network_id: 'x'", "deploy_endpoints.private_network_id: 'x'"),
        # Words, quoted names and parts of paths aren't options.
        ("the model 'a' of that name", "the model 'a' of that name"),
        ("'node_type' in /deployments/node_type", "'node_type' in /deployments/node_type"),
        ("available_models: a, node_types: b", "available_models: a, node_types: b"),
        ("set the option region", "set the option region or the variable scaleway_inference_region"),
    ],
)
def test_variables_replace_options(message: str, expected: str) -> None:
    assert name_variables(message, NAMES, {}) == expected


def test_variables_replace_settings() -> None:
    message = (
        "The project_id must be a UUID (from option project_id); set the option project_id, or 'default_project_id'"
    )
    name = "scaleway_inference_project_id"
    expected = f"The {name} must be a UUID (from variable {name}); set the variable {name}, or 'default_project_id'"
    assert name_variables(message, {}, {"project_id": "x"}) == expected


@given(st.text())
def test_other_messages_stay_as_they_are(message: str) -> None:
    if "option" not in message:
        assert name_variables(message, {}, {}) == message


def member(rules: list[str] | None, *, public: bool = True, steps: tuple[str, ...] = ("create",)) -> dict[str, Any]:
    network = None if public else "0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c11"
    return {
        "name": "web",
        "deployment": {"endpoints": [{"private_network_id": network}]},
        "rules": None if rules is None else [{"ip": one} for one in rules],
        "steps": list(steps),
    }


NETWORKS = st.lists(st.ip_addresses(v=4).map(lambda one: f"{one}/32") | st.just("10.0.0.0/8"), max_size=3)


@pytest.mark.parametrize("role", ["deploy", "rollout"])
@given(rules=st.none() | NETWORKS, address=st.ip_addresses(v=4) | st.just(ipaddress.ip_address("10.1.2.3")))
def test_address_is_refused_if_no_rule_has_it(role: str, rules: list[str] | None, address: Any) -> None:
    entry = ENTRY_POINTS[role, "main"]
    options = {f"{role}_smoke_test_address": str(address), f"{role}_smoke_test": True}
    targets = [Target.of(member(rules))]
    admitted = not rules or any(address in ipaddress.ip_network(one) for one in rules)
    assert bool(list(errors(entry, options, targets))) is not admitted
    assert not list(warnings(entry, options, targets, "localhost"))
    # Rules apply only to public endpoints.
    assert not list(errors(entry, options, [Target.of(member(rules, public=False))]))


def test_warnings_are_about_what_will_be_created() -> None:
    entry, on = ENTRY_POINTS["deploy", "main"], {"deploy_smoke_test": True}
    ruled, private = Target.of(member(["192.0.2.1"])), Target.of(member(None, public=False))
    (rules,) = warnings(entry, on, [ruled], "here")
    assert "web will let in only 192.0.2.1" in rules
    assert "here" in rules
    (network,) = warnings(entry, on, [private], "here")
    assert "deploy_smoke_test_host" in network
    assert not list(warnings(entry, {"deploy_smoke_test": False}, [ruled, private], "here"))
    assert not list(warnings(entry, on, [Target.of(member(["192.0.2.1"], steps=()))], "here"))
