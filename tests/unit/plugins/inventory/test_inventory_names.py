# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts: safe, unique, and independent of the order of the service's answers."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.plugins.plugin_utils._inventory.names import host_names, safe_name
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

MISTRAL = "mistral/mistral-7b-instruct-v0.3:bf16"
IDS = tuple(f"{start}-0000-4000-8000-00000000000{end}" for start, end in (("1" * 8, 1), ("1" * 8, 2), ("2" * 8, 1)))
NOBODY = "33333333-0000-4000-8000-000000000001"


def facts(kind: str, name: str, region: str = "fr-par", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "region": region, **more}


def named(*resources: dict[str, Any], taken: tuple[str, ...] = (), region: bool = False) -> list[str]:
    return host_names([(one, one["name"]) for one in resources], taken, region=region)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("meta/llama-3.1-8b-instruct:fp8", "meta-llama-3.1-8b-instruct-fp8"),
        ("H100-SXM-2", "H100-SXM-2"),
        ("TestAccCustomModel_Basic", "TestAccCustomModel_Basic"),
        ("Support chat", "Support-chat"),
        ("~[a]*,!b&?c@d", "a-b-c-d"),
        ("--limit", "limit"),
        (".hidden.", "hidden"),
        ("Modèle été", "Modele-ete"),
        ("模型", ""),
        ("{{ 7 * 7 }}", "7-7"),
    ],
)
def test_safe_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_shared_name_gets_the_first_suffix_that_distinguishes() -> None:
    chats = [facts("deployment", "chat", id=IDS[0]), facts("deployment", "chat", id=IDS[2])]
    assert named(*chats) == ["chat@11111111", "chat@22222222"]
    assert named(*chats, facts("model", "chat", id=NOBODY)) == ["chat@11111111", "chat@22222222", "chat@model"]
    assert named(facts("node_type", "L4"), facts("deployment", "L4", id=IDS[0])) == ["L4@node-type", "L4@deployment"]
    assert named(facts("node_type", "L4"), facts("node_type", "L4", "nl-ams")) == ["L4@fr-par", "L4@nl-ams"]
    # Even IDs may begin alike.
    alike = named(facts("deployment", "chat", id=IDS[0]), facts("deployment", "chat", id=IDS[1]))
    assert len(set(alike)) == 2
    assert named(facts("model", "a/b", id=IDS[0]), facts("model", "a:b", id=IDS[2])) == ["a-b@11111111", "a-b@22222222"]


def test_names_that_are_taken() -> None:
    assert named(facts("deployment", "models", id=IDS[0]), taken=("models",)) == ["models@deployment"]
    taken = ("chat", "chat@deployment", "chat@fr-par")
    assert named(facts("deployment", "chat", id=IDS[0]), taken=taken) == ["chat@11111111"]


def test_nothing_safe_in_a_name() -> None:
    assert named(facts("deployment", "模型", id=IDS[0])) == ["deployment-11111111"]


def test_regions() -> None:
    assert named(facts("node_type", "L4"), region=True) == ["L4@fr-par"]


KINDS = st.sampled_from(("model", "node_type", "deployment"))
#: Short texts of few characters, so that names collide, with all special ones.
NAMES = st.text(st.sampled_from("ab/:,&![]*?~@ -._{%é模"), min_size=1, max_size=3)
RESOURCES = st.lists(
    st.builds(
        lambda kind, name, region, id: facts(kind, name, region, **({} if kind == "node_type" else {"id": id})),
        KINDS,
        NAMES,
        st.sampled_from(("fr-par", "nl-ams", "pl-waw")),
        st.sampled_from((*IDS, "odd", "fr-par", "model")),
    ),
    max_size=12,
    unique_by=lambda one: (one["kind"], one["region"], one.get("id") or one["name"]),
)
TAKEN = st.lists(st.sampled_from(("a", "b", "a-b", "a@model", "a@fr-par", "b@11111111")), unique=True).map(tuple)


@given(RESOURCES, TAKEN, st.booleans(), st.randoms(use_true_random=False))
def test_any_names(resources: list[dict[str, Any]], taken: tuple[str, ...], region: bool, random: Random) -> None:
    names = named(*resources, taken=taken, region=region)
    assert len(set(names)) == len(resources)
    assert not set(names) & set(taken)
    assert all(name[0].isalnum() and name.isascii() for name in names)
    assert not set("".join(names)) & set("/:,&![]*?~ {%")
    order = list(range(len(resources)))
    random.shuffle(order)
    shuffled = named(*(resources[index] for index in order), taken=taken, region=region)
    assert shuffled == [names[index] for index in order]


@given(RESOURCES)
def test_any_name_is_a_pattern_only_for_itself(resources: list[dict[str, Any]]) -> None:
    names = named(*resources)
    manager = InventoryManager(DataLoader(), sources=[])
    for name in names:
        manager.add_host(name)
    for name in names:
        assert [host.name for host in manager.get_hosts(name)] == [name]


def test_no_host_has_the_name_of_a_group_or_of_another_sources_host(
    inventory: Inventory, runner: Runner, emulator: EmulatorServer
) -> None:
    """Otherwise variables would go to the group, or to the other host."""
    names = ("models", "public.open", "status_ready", "localhost", "web", "L4")
    for name in names:
        made = runner.ok(deployment.TASK, name=f"new-{name.replace('_', '-')}", model=MISTRAL, node_type="L4")
        emulator.force_status(made["deployment"]["id"], "ready", name=name)
    inventory.data.add_group("public.open")
    inventory.data.add_host("web")
    inventory.parse()
    assert inventory.group("deployments") == {f"{name}@deployment" for name in names}
    assert "L4@node-type" in inventory.group("node_types")
    assert inventory.hosts["web"] == {}
    assert inventory.data.groups["models"].vars == {}
    assert inventory.data.localhost is None


def test_many_deployments_of_one_name(inventory: Inventory, runner: Runner, emulator: EmulatorServer) -> None:
    """The service allows equal names. Each deployment has its own host, named by its ID."""
    made = [runner.ok(deployment.TASK, name=name, model=MISTRAL, node_type="L4")["deployment"] for name in ("a", "b")]
    for one in made:
        emulator.force_status(one["id"], "ready", name="chat")
    inventory.parse(resources=["deployments"])
    assert set(inventory.hosts) == {f"chat@{one['id'][:8]}" for one in made}


@pytest.mark.parametrize(
    ("hostnames", "expected"),
    [
        (["id"], "{id}"),
        (["provider", "region"], "fr-par"),
        (["{{ scaleway_node_type }}/{{ scaleway_name | upper }}"], "L4-CHAT"),
        (["{{ scaleway_provider }}", "nothing{{ '' }}"], "nothing"),
        (["{{ scaleway_error_message or '' }}"], "chat"),
        (["model", "name"], "mistral-mistral-7b-instruct-v0.3-bf16"),
    ],
)
def test_hostnames(inventory: Inventory, runner: Runner, hostnames: list[str], expected: str) -> None:
    made = runner.ok(deployment.TASK, name="chat", model=MISTRAL, node_type="L4")["deployment"]
    inventory.parse(resources=["deployments"], hostnames=hostnames)
    assert list(inventory.hosts) == [expected.format(**made) if "{id}" in expected else expected]


HOSTILE = (
    "all",
    "ungrouped",
    "../../etc/passwd",
    "a\nb",
    "\x1b[31mred",
    "x,y:!z&[0]",
    "{{ 7 * 7 }}",
    "%2e%2e",
    "~root",
    "--",
)


def test_no_name_tag_or_status_of_the_service_leaves_its_place(
    inventory: Inventory, runner: Runner, emulator: EmulatorServer
) -> None:
    """Names are parts of patterns, of command lines, and of the paths of host_vars and group_vars."""
    for number, hostile in enumerate(HOSTILE):
        made = runner.ok(deployment.TASK, name=f"chat-{number}", model=MISTRAL, node_type="L4")["deployment"]
        emulator.force_status(made["id"], hostile, name=hostile, tags=[hostile], model_name=hostile, node_type=hostile)
    inventory.parse(resources=["deployments"], keyed_groups=[{"key": "scaleway_tags", "prefix": "tag"}])
    assert len(inventory.hosts) == len(HOSTILE)
    for name in inventory.hosts:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]*", name), name
        assert name not in inventory.data.groups
    for group in inventory.data.groups.values():
        assert re.fullmatch(r"[A-Za-z0-9_]+", group.name), group.name
        assert group.vars == {}
    assert {"all@deployment", "ungrouped@deployment"} <= set(inventory.hosts)
