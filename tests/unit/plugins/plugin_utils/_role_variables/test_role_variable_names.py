# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt names of variables and deployments: tables of what people type, and of what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.names import (
    distance,
    near_name,
    near_options,
)
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ALL_OPTIONS, ENTRY_POINTS

OPTIONS = {name: entry.prefix for entry in ENTRY_POINTS.values() for name in entry.options}

MISSPELT = {
    "deploy_addresses": "deploy_adresses deploy_adress deploy_address deploy_addreses deply_addresses deply_adresses",
    "deploy_name": "deploy_nmae deply_name Deploy_Name DEPLOY_NAME deploy-name deployName deploy_names delpoy_name",
    "deploy_model": "deploy_modle deploy_mdoel deploy_models depoy_model",
    "deploy_node_type": "deploy_nodetype deploy_node_typ deploy_node_types deployNodeType",
    "deploy_tags": "deploy_tag deploy_tasg",
    "deploy_rules": "deploy_rule deploy_ruels",
    "deploy_endpoints": "deploy_endpoint deploy_enpoints deploy_end_points",
    "deploy_accept_eula": "deploy_accept_eulla deploy_acept_eula",
    "deploy_quantization_bits": "deploy_quantisation_bits deploy_quantization_bit",
    "deploy_purge": "deploy_pruge deploy_purge_",
    "deploy_purge_rules": "deploy_purge_rule",
    "deploy_max_deletions": "deploy_max_deletion deploy_max_deletes",
    "deploy_allow_all": "deploy_allowall deploy_alow_all",
    "deploy_on_immutable_change": "deploy_on_immutable_changes deploy_on_imutable_change",
    "deploy_asked": "deploy_aksed",
    "decommission_only": "decommision_only decomission_only decomision_only decommission_ony",
    "decommission_name": "decommision_name decommission_nmae",
    "decommission_confirmed": "decommission_confirm decommision_confirmed",
    "rollout_from": "rollout_form rolout_from roll_out_from rollout-from",
    "rollout_consumers": "rollout_consumer rollout_cosumers",
    "rollout_copy_rules": "rollout_copy_rule rollout_copyrules",
    "rollout_checks": "rollout_cheks",
    "client_config_dir": "client_cofig_dir clientconfig_dir client_config_dirs",
    "client_config_service": "client_config_servce client_configs_service",
    "client_config_key_variable": "client_config_key_varaible",
}
# Variables that a play or an inventory may have for other purposes.
INNOCENT = (
    "deploy",
    "deploy_user",
    "deploy_host",
    "deploy_hosts",
    "deploy_dir",
    "deploy_path",
    "deploy_key",
    "deploy_branch",
    "deploy_version",
    "deploy_env",
    "deploy_environment",
    "deploy_target",
    "deploy_time",
    "deploy_date",
    "deploy_group",
    "deploy_port",
    "deploy_project",
    "deploy_root",
    "deploy_state",
    "deploy_status",
    "deploy_timeout",
    "deploy_token",
    "deploy_url",
    "deploy_prefix",
    "deploy_role",
    "deploy_release",
    "deploy_service",
    "deploy_stage",
    "deploy_type",
    "deploy_size",
    "deploy_node",
    "deploy_tasks",
    "deploy_strategy",
    "deploy_entrypoints",
    "deploy_server",
    "deploy_result",
    "deploy_force",
    "deploy_registry",
    "deployed_model",
    "deployed_endpoints",
    "deployment_name",
    "redeploy_endpoints",
    "undeploy_rules",
    "display_name",
    "rollout_date",
    "rollout_name",
    "rollout_strategy",
    "rollout_percent",
    "rollout_time",
    "rollout_id",
    "decommission_date",
    "client_config_file",
    "client_config_home",
    "client_config_path",
    "client_config_user",
    "client_config_port",
    "client_config_version",
    "client_config_url",
    "model",
    "node_type",
    "name",
    "tags",
    "ansible_user",
    "inventory_hostname",
    "group_names",
    "scaleway_id",
    "scaleway_region",
    "_deploy_given",
    "_deploy_nmae",
)


@pytest.mark.parametrize("option", sorted(MISSPELT))
def test_misspelt_variable_is_near_the_right_one(option: str) -> None:
    names = MISSPELT[option].split()
    assert near_options(names, OPTIONS, ALL_OPTIONS) == dict.fromkeys(names, option)


def test_innocent_variables_are_near_nothing() -> None:
    assert near_options(INNOCENT, OPTIONS, ALL_OPTIONS) == {}


def test_options_are_not_near_each_other() -> None:
    assert near_options(ALL_OPTIONS, OPTIONS, ALL_OPTIONS) == {}


def test_exempted_name_is_not_near() -> None:
    assert near_options(["deploy_names"], OPTIONS, {*ALL_OPTIONS, "deploy_names"}) == {}


@given(st.sampled_from(sorted(ALL_OPTIONS)), st.data())
def test_any_single_mistake_is_seen(option: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(option) - 1))
    other = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    mistakes = [
        option[:at] + option[at + 1 :],
        option[:at] + other + option[at:],
        option[:at] + other + option[at + 1 :],
        option[:at] + option[at + 1 : at + 2] + option[at] + option[at + 2 :],
    ]
    misspelt = [name for name in mistakes if name not in ALL_OPTIONS and not name.startswith("_")]
    assert set(near_options(misspelt, OPTIONS, ALL_OPTIONS)) == set(misspelt)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.integers(0, 7))
def test_distance_is_symmetric_and_bounded(one: str, other: str, most: int) -> None:
    assert distance(one, one, most) == 0
    both = [min(distance(*pair, most), most + 1) for pair in ((one, other), (other, one))]
    assert both[0] == both[1]
    assert distance(one, other, 99) <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("suport-chat", "support-chat"),
        ("support_chat", "support-chat"),
        ("supportchat", "support-chat"),
        ("Support-Chat", "support-chat"),
        ("support-chta", "support-chat"),
        ("walk-twoo", "walk-two"),
    ],
)
def test_name_that_is_nearly_a_deployments(name: str, member: str) -> None:
    assert near_name(name, ["other", member]) == member


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("web-1", "web-2"),
        ("web1", "web2"),
        ("node10", "node9"),
        ("chat-a", "chat-b"),
        ("chat_a", "chat_b"),
        ("support_chat_2", "support_chat"),
        ("support-chat-2", "support-chat"),
        ("support-chat", "support-chat-2"),
        ("support-chat", "support-search"),
        ("walk", "walk-two"),
    ],
)
def test_similar_names_of_siblings_are_no_mistakes(name: str, member: str) -> None:
    assert near_name(name, [member]) is None
