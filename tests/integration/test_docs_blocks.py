# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every block of YAML in the guides runs as it is, in check mode and for real.

Tasks and plays of a page are one playbook, in the page's order. Addresses of the documentation are replaced by some of
this machine, and hosts that the examples name are this machine.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.guides import KINDS, Block, Guide, all_guides
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

#: Pages whose blocks need more than a playbook, and the tests that run them.
ELSEWHERE = dict.fromkeys(("roles", "deploy", "clients", "rollout", "decommission"), "test_roles_page.py")
#: One page runs in the quick part of the tests, as it is the first that a user tries.
QUICK = "first_steps"
ADDRESSES = {"192.0.2.0/24": "127.0.0.1/32", "198.51.100.7": "127.0.0.1"}
MODELS = {
    "support-chat": "mistral/mistral-7b-instruct-v0.3:bf16",
    "support-search": "baai/bge-multilingual-gemma2:fp32",
}
HERE = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
#: Where this machine isn't one that the rules let in, as a host of the inventory is.
OUTSIDE = {f"scaleway.inference.{module}": {"source_address": "127.0.0.2"} for module in ("acl", "fleet")}
HOSTS = {"all": {"hosts": {"office1": HERE, "web-1": HERE}}}


def yaml_blocks(guide: Guide) -> list[Block]:
    return guide.blocks("yaml") + guide.blocks("yaml+jinja")


GUIDES = [guide for guide in all_guides() if yaml_blocks(guide)]
WITH_PLAYS = [
    pytest.param(guide, id=guide.path.stem, marks=[] if guide.path.stem == QUICK else pytest.mark.slow)
    for guide in GUIDES
    if guide.path.stem not in ELSEWHERE and any(block.kind in ("tasks", "play") for block in yaml_blocks(guide))
]


def with_kind(kind: str) -> list[Any]:
    found = [(guide.path.stem, block) for guide in GUIDES for block in yaml_blocks(guide) if block.kind == kind]
    return [pytest.param(block.text, id=f"{page}:{block.line}") for page, block in found]


@pytest.fixture
def api_version() -> str:
    """The default of users."""
    return "v1beta1"


def with_addresses_of_this_machine(text: str) -> str:
    for documented, here in ADDRESSES.items():
        text = text.replace(documented, here)
    return text


def plays(guide: Guide) -> list[Any]:
    found: list[Any] = []
    for block in yaml_blocks(guide):
        content = yaml.safe_load(with_addresses_of_this_machine(block.text))
        if block.kind == "tasks":
            defaults = OUTSIDE if "verify: refused" in block.text else {}
            play = {"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": content}
            found.append(play)
        elif block.kind == "play":
            found.extend(content)
    return found


def write(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.path.stem)
def test_each_block_says_what_it_is(guide: Guide) -> None:
    for block in yaml_blocks(guide):
        assert block.kind in KINDS, f"{guide.path}:{block.line}: '.. block: …' before it says what it is: {block.kind}"
        assert yaml.safe_load(block.text), f"{guide.path}:{block.line}"
        if block.kind == "vars":
            assert guide.path.stem in ELSEWHERE


@pytest.mark.parametrize("guide", WITH_PLAYS)
def test_tasks_and_plays_run(guide: Guide, player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    given = [
        {"scaleway.inference.deployment": {"name": name, "model": MODELS[name], "node_type": "L4", "accept_eula": True}}
        for name in guide.given
    ]
    if given:
        made = player.play(given)
        assert made.code == 0, made.output
    sources = [write(tmp_path, "hosts.yml", HOSTS)]
    for block in yaml_blocks(guide):
        if block.kind == "inventory" and len(sources) == 1:
            sources.append(write(tmp_path, "scaleway_inference.yml", yaml.safe_load(block.text)))
    playbook = write(tmp_path, "page.yml", plays(guide))
    options = [word for source in sources for word in ("-i", str(source))]
    service.clear_journal()
    predicted = player.play_file(playbook, *options, "--check", "--diff")
    assert predicted.code == 0, predicted.output
    # Questions to models that are there, and to the emulator itself, are no changes.
    changes = [one for one in service.journal() if one.method != "GET" and one.path.startswith("/inference/")]
    assert changes == []
    done = player.play_file(playbook, *options)
    assert done.code == 0, done.output
    for played in (predicted, done):
        assert service.secret_key not in played.output
        assert "[DEPRECATION" not in played.output


@pytest.mark.slow
@pytest.mark.parametrize("text", with_kind("inventory") + with_kind("inventory options"))
def test_inventory_lists_hosts(text: str, player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    service.reset(regions=["fr-par", "nl-ams"])
    service.populate(deployments=4)
    source = {"plugin": "scaleway.inference.inference", **yaml.safe_load(text)}
    path = write(tmp_path, "scaleway_inference.yml", source)
    listed = player.run_command([sys.executable, "-m", "ansible", "inventory", "-i", str(path), "--list"])
    assert yaml.safe_load(listed.out)["_meta"]["hostvars"]
    assert listed.err == ""


@pytest.mark.slow
@pytest.mark.parametrize("text", with_kind("syntax"))
def test_syntax_is_right(text: str, player: Player, tmp_path: Path) -> None:
    tasks = yaml.safe_load(text)
    playbook = write(tmp_path, "page.yml", [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    checked = player.play_file(playbook, "--syntax-check")
    assert checked.code == 0, checked.output
