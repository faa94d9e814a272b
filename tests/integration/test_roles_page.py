# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the guides about roles, and of the roles' own pages, runs unchanged.

Addresses of the documentation are replaced by some of this machine. A host, a file with a key and a folder for units of
systemd, which the examples expect, are provided.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.guides import guide
from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGES = {name: guide(name) for name in ("roles", "deploy", "clients", "rollout", "decommission")}
# The applications' network, and the address that this machine is seen with by the emulator.
ADDRESSES = {"192.0.2.0/24": "127.0.1.0/24", "198.51.100.7": "127.0.0.1"}


@pytest.fixture
def api_version() -> str:
    """The version that has rules."""
    return "v1beta1"


def example_of(role: str) -> str:
    """The YAML example of a role's own page, with addresses of this machine."""
    text = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return with_addresses_of_this_machine(found)


def example(begin: str) -> str:
    """The YAML example of the guides that begins with this text, with addresses of this machine."""
    every = [block.text for page in PAGES.values() for block in page.blocks("yaml")]
    (found,) = (text for text in every if text.startswith(begin))
    return with_addresses_of_this_machine(found)


def with_addresses_of_this_machine(found: str) -> str:
    for documented, here in ADDRESSES.items():
        found = found.replace(documented, here)
    return found


class Reader:
    """A user who tries the examples in a new folder."""

    def __init__(self, player: Player, service: EmulatorServer, folder: Path) -> None:
        self.player, self.service, self.folder = player, service, folder
        (folder / "units").mkdir()
        key = folder / "key.env"
        key.write_text(f"OPENAI_API_KEY={service.secret_key}\n", encoding="utf-8")
        self.key_file = str(key)
        web = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "ansible_become": False,
            "client_config_dir": str(folder / "app"),
            "client_config_unit_dir": str(folder / "units"),
            "client_config_restart": False,
            "client_config_key_file": self.key_file,
        }
        self.write("inventory.yml", yaml.safe_dump({"web": {"hosts": {"web-1": web}}}))

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("/etc/support/key.env", self.key_file), encoding="utf-8")
        return path

    def commands(self, page: str) -> list[Played]:
        """The commands of a page's shell example."""
        played = []
        (lines,) = (block.text for block in PAGES[page].blocks("sh"))
        for line in lines.splitlines():
            program, playbook, *arguments = line.split("#")[0].split()
            assert program == "ansible-playbook"
            extra = ["-e", "rollout_grace=0"] if "rollout" in playbook else []
            played.append(self.player.play_file(Path(playbook), *arguments, *extra))
            assert played[-1].code == 0, played[-1].output
        return played

    def play(self, text: str, *arguments: str) -> Played:
        played = self.player.play_file(self.write("play.yml", text), "-i", "inventory.yml", *arguments)
        assert played.code == 0, played.output
        return played

    def names(self) -> list[str]:
        return sorted(one.name for one in self.service.deployments())


@pytest.fixture
def reader(player: Player, service: EmulatorServer, tmp_path: Path) -> Reader:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    return Reader(player, service, tmp_path)


def test_deploy_and_decommission(reader: Reader) -> None:
    reader.write("vars.yml", example("# vars.yml"))
    checked, made, _gone = reader.commands("deploy")
    for played in (checked, made):
        # No warning: the address is given, and rules admit it.
        assert "WARNING" not in played.output
    assert " answered in " in made.output
    assert reader.names() == []
    assert PAGES["decommission"].blocks("sh") == []


def test_all_or_nothing(reader: Reader) -> None:
    reader.write("vars.yml", yaml.safe_dump({**yaml.safe_load(example("# vars.yml")), "deploy_kind": "transcription"}))
    play = {"hosts": "localhost", "gather_facts": False, "tasks": yaml.safe_load(example("- name: Deploy all"))}
    played = reader.player.play_file(reader.write("play.yml", yaml.safe_dump([play])), "-e", "@vars.yml")
    assert played.code == 2
    assert "deploy_smoke_test: 2 of 2 deployments didn't answer" in " ".join(played.output.split())
    assert played.output.count(") was deleted.") > 0
    assert reader.names() == []
    (documented,) = yaml.safe_load(example("- {id: "))
    assert set(documented) == {"id", "name", "region"}


def test_names_that_are_meant_as_they_are(reader: Reader) -> None:
    meant = yaml.safe_load(example("scaleway_inference_ignored_variables"))
    given = {**yaml.safe_load(example("# vars.yml")), **meant, "deploy_user": "me", "deploy_mode": 1}
    reader.write("vars.yml", yaml.safe_dump(given))
    played = reader.player.play_file(Path("scaleway.inference.deploy"), "-e", "@vars.yml", "--check")
    assert played.code == 0, played.output
    assert "WARNING" not in played.output


def test_who_calls_the_service(reader: Reader) -> None:
    secrets = yaml.safe_load(example("# secrets.yml"))
    real = {
        "scaleway_inference_secret_key": reader.player.environ.pop("SCW_SECRET_KEY"),
        "scaleway_inference_project_id": reader.player.environ.pop("SCW_DEFAULT_PROJECT_ID"),
    }
    assert set(secrets) == set(real)
    reader.write("secrets.yml", yaml.safe_dump(real))
    reader.write("vars.yml", example("# vars.yml"))
    (line,) = (block.text for block in PAGES["roles"].blocks("sh"))
    playbook, *arguments = line.removesuffix(" --ask-vault-pass\n").split()[1:]
    assert reader.player.play_file(Path(playbook), *arguments).code == 0
    assert reader.names() == ["support-chat", "support-search"]


def test_application_and_rollout(reader: Reader) -> None:
    reader.write("vars.yml", example("# vars.yml"))
    tell = (
        "\n- hosts: localhost\n  gather_facts: false\n  tasks:\n"
        "    - ansible.builtin.copy: {content: '{{ scaleway_inference_endpoints | to_json }}', dest: fact.json}\n"
    )
    # Its plays take their variables from the first example.
    reader.play(example("- hosts: localhost") + tell, "-e", "@vars.yml")
    plays = yaml.safe_load(tell)
    plays[0]["tasks"] = yaml.safe_load(example("- name: Read which")) + plays[0]["tasks"]
    made = (reader.folder / "fact.json").read_text(encoding="utf-8")
    reader.play(yaml.safe_dump(plays), "-e", "@vars.yml")
    assert json.loads((reader.folder / "fact.json").read_text(encoding="utf-8")) == json.loads(made)
    fact: dict[str, Any] = yaml.safe_load((reader.folder / "fact.json").read_text(encoding="utf-8"))
    documented: dict[str, Any] = yaml.safe_load(example("support-search:"))
    assert set(fact["support-search"]) == set(documented["support-search"])
    assert fact["support-search"]["url"].startswith("https://")
    assert fact["support-search"]["ca"]
    assert f"OPENAI_BASE_URL={fact['support-chat']['url']}/v1" in (reader.folder / "app" / "openai.env").read_text()
    assert (reader.folder / "units" / "support.service.d" / "50-scaleway-inference.conf").is_file()

    reader.write("rollout.yml", example("rollout_from:"))
    reader.write("checks/answers.yml", "- ansible.builtin.assert: {that: rollout_endpoint.url | length > 0}\n")
    (rolled,) = reader.commands("rollout")
    assert "WARNING" not in rolled.output
    assert reader.names() == ["support-chat-2", "support-search"]
    assert fact["support-chat"]["url"] not in (reader.folder / "app" / "openai.env").read_text()


def test_pages_of_the_roles(reader: Reader) -> None:
    for role in ("deploy", "client_config", "rollout", "decommission"):
        text = example_of(role)
        if role == "client_config":
            # It reads the fact of the role deploy.
            text = example_of("deploy") + text
        if role == "decommission":
            text = text.replace("decommission_name: support", "decommission_name: support-chat")
        played = reader.play(text, "-e", "rollout_grace=0")
        assert "WARNING" not in played.output, played.output
    assert reader.names() == []
