# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory as users run it: C(ansible-inventory), C(ansible-playbook), cache, vault, and the way that AWX does."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.scaleway.inference.plugins.inventory.inference import EXAMPLES as DOCUMENTED
from ansible_collections.scaleway.inference.tests.support.guides import guide
from ansible_collections.scaleway.inference.tests.support.inventories import Lister
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from scaleway_inference_emulator.server import EmulatorServer

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "models"
PAGE = guide("inventory")
# The only model that has the tag and fits.
FEATURED = "baai-bge-multilingual-gemma2-fp32"
MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"

beta = pytest.mark.parametrize("api_version", ["v1beta1"])


@pytest.fixture
def lister(player: Player, tmp_path: Path) -> Lister:
    return Lister(tmp_path, player)


def create(player: Player, **options: Any) -> None:
    options = {"name": "chat", "model": MODEL, "node_type": "L4", **options}
    played = player.play([{"name": "Create", "scaleway.inference.deployment": options}])
    assert played.code == 0, played.output


@pytest.mark.slow
def test_list_and_graph(lister: Lister, player: Player, service: EmulatorServer) -> None:
    create(player)
    service.clear_journal()
    source = lister.write({"filters": {"include_disabled": True}})
    listed = lister.list(source)
    assert listed.hosts["chat"]["scaleway_status"] == "ready"
    assert listed.hosts["H100-SXM-8"]["scaleway_disabled"] is True
    assert FEATURED in listed.groups["models"]
    assert len(service.journal()) == 3
    assert service.secret_key not in listed.output + listed.stderr
    assert listed.stderr == ""
    drawn = lister.run("--graph", "deployments", "-i", str(source))
    assert drawn.output.splitlines() == ["@deployments:", "  |--chat"]


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_list_can_be_parsed_despite_warnings(lister: Lister) -> None:
    listed = lister.list(lister.write({"validate_certs": False, "resources": ["node_types"]}))
    assert "L4" in listed.hosts
    assert "Certificates aren't verified" in listed.stderr


@pytest.mark.slow
def test_every_featured_model_that_fits_is_deployed(player: Player, service: EmulatorServer) -> None:
    """The play of the documentation, in check mode and for real."""
    play, source = EXAMPLES / "deploy_featured.yml", ("-i", str(EXAMPLES / "scaleway_inference.yml"))
    predictable = player.play_file(play, *source, "--check")
    assert predictable.code == 0, predictable.output
    assert re.search(rf"^{FEATURED} +: ok=1 +changed=1 ", predictable.output, re.MULTILINE), predictable.output
    assert predictable.output.count("changed=") == 1
    assert "WARNING" not in predictable.output
    assert {one.method for one in service.journal()} == {"GET"}
    assert service.deployments() == []
    done = player.play_file(play, *source)
    assert done.code == 0, done.output
    assert [one.name for one in service.deployments()] == [FEATURED]


@beta
def test_page_shows_the_examples_in_ten_lines(api_version: str) -> None:
    blocks = [block.text for block in PAGE.blocks("yaml")]
    for name in ("scaleway_inference.yml", "deploy_featured.yml"):
        lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
        shown = [line for line in lines if line and not line.startswith(("#", "---"))]
        assert "".join(f"{line}\n" for line in shown) in blocks
        assert len(shown) <= 10


@pytest.mark.slow
@beta
@pytest.mark.parametrize("options", list(yaml.safe_load_all(DOCUMENTED)))
def test_documented_examples_run(
    lister: Lister, player: Player, service: EmulatorServer, options: dict[str, Any]
) -> None:
    create(player, tags=["team-a"])
    service.reset(regions=["fr-par", "nl-ams"])
    service.populate(deployments=4)
    assert options.pop("plugin") == "scaleway.inference.inference"
    listed = lister.list(lister.write(options))
    assert listed.hosts, listed.stderr
    assert listed.stderr == ""


@pytest.mark.slow
@beta
def test_cache_and_flush_cache(lister: Lister, player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    folder, play = tmp_path / "kept", tmp_path / "play.yml"
    play.write_text(yaml.safe_dump([{"hosts": "deployments", "gather_facts": False, "tasks": []}]), encoding="utf-8")
    source = lister.write({"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder)})
    first = lister.list(source)
    assert len(service.journal()) == 3
    service.clear_journal()
    assert lister.list(source).hosts == first.hosts
    assert service.journal() == []
    service.populate(deployments=1)
    assert "deployments" not in lister.list(source).groups
    # Before 2.19, ansible-inventory itself has no such option.
    assert player.play_file(play, "-i", str(source), "--flush-cache").code == 0
    assert len(service.journal()) == 3
    assert lister.list(source).groups["deployments"] == ["deployment-0000"]
    [kept] = folder.iterdir()
    assert service.secret_key not in kept.name + kept.read_text(encoding="utf-8")
    kept.write_text("{", encoding="utf-8")
    assert lister.list(source).groups["deployments"] == ["deployment-0000"]
    assert len(service.journal()) == 6


@pytest.mark.slow
@beta
def test_vaulted_key(lister: Lister, player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("open sesame", encoding="utf-8")
    lister.environ.pop("SCW_SECRET_KEY")
    source = lister.write(f"secret_key: {player.vault(service.secret_key, password)}\nresources: [node_types]\n")
    listed = lister.list(source, "--vault-password-file", str(password), "-vvv")
    assert listed.code == 0
    assert '"L4": {' in listed.output
    assert service.secret_key not in listed.output + listed.stderr
    password.write_text("wrong", encoding="utf-8")
    refused = lister.list(source, "--vault-password-file", str(password))
    assert refused.code != 0
    assert "Decryption failed" in refused.stderr, refused.stderr


@beta
def test_error_names_the_cause_and_shows_no_traceback(lister: Lister, service: EmulatorServer) -> None:
    key = "11111111-aaaa-4bbb-8ccc-222222222222"
    source = lister.write({"secret_key": key})
    refused = lister.list(source)
    assert refused.code != 0
    assert "the secret key doesn't exist; give a valid one with the option secret_key" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert key not in refused.stderr
    misspelt = lister.list(lister.write({"filter": {"tags": ["chat"]}}))
    assert misspelt.code != 0
    assert "There is no option filter; did you mean filters?" in misspelt.stderr


@pytest.mark.slow
@beta
def test_what_the_service_says_is_not_executed(
    lister: Lister, player: Player, service: EmulatorServer, tmp_path: Path
) -> None:
    trap = tmp_path / "sprung"
    evil = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trap}') }}}}"
    create(player)
    service.force_status(service.deployments()[0].id, "error", error_message=evil, tags=(evil,))
    source = lister.write({"resources": ["deployments"], "compose": {"again": "scaleway_error_message"}})
    # In a condition of the play itself it would be a template, so there it comes from a file.
    (tmp_path / "evil.txt").write_text(evil, encoding="utf-8")
    same = "scaleway_tags[0] == lookup('ansible.builtin.file', playbook_dir ~ '/evil.txt')"
    tasks = [
        {"ansible.builtin.debug": {"msg": "<{{ scaleway_error_message }}><{{ again }}>"}},
        {"ansible.builtin.debug": {"var": "scaleway_tags"}},
        {"ansible.builtin.assert": {"that": same}},
        {"ansible.builtin.command": {"cmd": "echo {{ scaleway_error_message | quote }}"}},
    ]
    play = [{"hosts": "deployments", "gather_facts": False, "tasks": tasks}]
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump(play), encoding="utf-8")
    played = player.play_file(path, "-i", str(source))
    assert played.code == 0, played.output
    assert f"<{evil}><{evil}>" in played.output
    assert not trap.exists()
    shown = lister.list(source).hosts["chat"]["scaleway_error_message"]
    assert shown in (evil, {"__ansible_unsafe": evil})
    assert not trap.exists()


@pytest.mark.slow
@beta
@pytest.mark.parametrize("in_process", ["true", "false"], ids=["action", "module"])
def test_exported_as_by_awx(
    lister: Lister, player: Player, service: EmulatorServer, tmp_path: Path, in_process: str
) -> None:
    """AWX exports the inventory, with all settings from the environment, and runs plays with the export."""
    source = lister.write()
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    exported = lister.list(source, "--export")
    assert exported.hosts["L4"]["scaleway_stock_status"] == "available", exported.stderr
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert written == set()
    (tmp_path / "exported.json").write_text(exported.output, encoding="utf-8")
    script = tmp_path / "exported.sh"
    script.write_text('#!/bin/sh\ncat "$(dirname "$0")/exported.json"\n', encoding="utf-8")
    script.chmod(0o700)
    played = player.play_file(
        EXAMPLES / "deploy_featured.yml",
        *("-i", str(script), "--check", "-e", f"scaleway_inference_in_process={in_process}"),
    )
    assert played.code == 0, played.output
    assert re.search(rf"^{FEATURED} +: ok=1 +changed=1 ", played.output, re.MULTILINE), played.output


@pytest.mark.slow
@beta
def test_names_work_in_limits(lister: Lister, player: Player, service: EmulatorServer, tmp_path: Path) -> None:
    service.reset(regions=["fr-par", "nl-ams"])
    source = lister.write({"regions": ["fr-par", "nl-ams"], "resources": ["node_types"]})
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"var": "scaleway_region"}}]}]
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump(play), encoding="utf-8")
    for limit, hosts in (("L4@nl-ams", ["L4@nl-ams"]), ("L4@*,!*@nl-ams", ["L4@fr-par"])):
        played = player.play_file(path, "-i", str(source), "--limit", limit)
        assert re.findall(r"^(\S+) +: ok=1 ", played.output, re.MULTILINE) == hosts, played.output


@pytest.mark.slow
@beta
def test_a_large_account_takes_no_more_requests_than_pages(lister: Lister, service: EmulatorServer) -> None:
    counts = {"deployments": 1000, "models": 200, "node_types": 20}
    answer = requests.post(f"{service.url}/_emulator/populate", json=counts, timeout=10)
    assert answer.status_code == 204
    listed = lister.list(lister.write({"filters": {"include_disabled": True}}))
    assert {kind: len(listed.groups[kind]) for kind in counts} == counts
    assert len(service.journal()) == 10 + 2 + 1
    assert len(json.dumps(listed.hosts)) < 4_000_000


# A module toml that fails on null, as the real one does.
STRICT_TOML = """
import json

def dumps(value, **_options):
    if isinstance(value, dict):
        return "".join(f"{json.dumps(key)} = {dumps(item)}\\n" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "".join(dumps(item) for item in value)
    if not isinstance(value, (str, bool, int, float)):
        raise TypeError(f"Object of type '{type(value).__qualname__}' is not TOML serializable")
    return json.dumps(value)
"""


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1", "v1"])
def test_export_to_a_format_without_null(lister: Lister, player: Player, tmp_path: Path, api_version: str) -> None:
    create(player)
    library = tmp_path / "library"
    library.mkdir()
    (library / "tomli_w.py").write_text(STRICT_TOML, encoding="utf-8")
    lister.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(library), lister.environ.get("PYTHONPATH"))))
    exported = lister.run("--list", "--toml", "-i", str(lister.write({"api_version": api_version})))
    assert exported.code == 0, exported.stderr
    assert "scaleway_compatible_node_types" in exported.output
