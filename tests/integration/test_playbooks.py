# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of the installed collection, for localhost, without an inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.installed import ROOT, only_installed
from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

VARIABLES: dict[str, Any] = {
    "deploy_name": "support",
    "deploy_node_type": "L4",
    "deploy_accept_eula": True,
    "deploy_addresses": ["127.0.0.0/8"],
    "deploy_deployments": [
        {"name": "support-chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16"},
        {"name": "support-search", "model": "baai/bge-multilingual-gemma2:fp32"},
    ],
}


@pytest.fixture
def api_version() -> str:
    """The version that has rules."""
    return "v1beta1"


@pytest.fixture
def player(player: Player, installed: Path) -> Player:
    player.environ = only_installed(player.environ, installed)
    return player


class Playbooks:
    """Runs C(ansible-playbook scaleway.inference.NAME -e @vars.yml)."""

    def __init__(self, player: Player, folder: Path) -> None:
        self._player = player
        self._file = folder / "vars.yml"
        self.outputs: list[str] = []

    def play(self, name: str, variables: dict[str, Any], *args: str) -> Played:
        self._file.write_text(yaml.safe_dump(variables), encoding="utf-8")
        played = self._player.play_file(Path(f"scaleway.inference.{name}"), "-e", f"@{self._file}", *args)
        self.outputs.append(played.output)
        return played


@pytest.fixture
def playbooks(player: Player, tmp_path: Path) -> Playbooks:
    return Playbooks(player, tmp_path)


def names(service: EmulatorServer) -> list[str]:
    return sorted(one.name for one in service.deployments())


@pytest.mark.slow
def test_life_of_a_fleet(playbooks: Playbooks, service: EmulatorServer, installed: Path) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    predictable = playbooks.play("deploy", VARIABLES, "--check", "--diff")
    assert predictable.code == 0, predictable.output
    assert "changed=1 " in predictable.recap
    assert {one.method for one in service.journal()} == {"GET"}

    made = playbooks.play("deploy", VARIABLES, "-vv")
    assert made.code == 0, made.output
    assert names(service) == ["support-chat", "support-search"]
    for answered in ("support-chat (mistral/mistral-7b", "a vector of 3584 numbers"):
        assert answered in made.output

    service.clear_journal()
    again = playbooks.play("deploy", VARIABLES, "--diff")
    assert "changed=0 " in again.recap, again.output
    # Besides the questions to the models, which are POST requests to their endpoints.
    assert {one.method for one in service.journal() if one.endpoint is None} == {"GET"}
    checked = playbooks.play("deploy", VARIABLES, "--check")
    assert "changed=0 " in checked.recap, checked.output
    assert " answered in " in checked.output

    assert playbooks.play("smoke_test", {"deploy_name": "support"}).code == 0

    fewer = {**VARIABLES, "deploy_deployments": VARIABLES["deploy_deployments"][:1]}
    assert playbooks.play("deploy", fewer).code == 0
    assert names(service) == ["support-chat", "support-search"]
    assert playbooks.play("fleet", fewer).code == 0
    assert names(service) == ["support-chat"]

    rollout = {
        "rollout_from": "support-chat",
        "rollout_to": "support-chat-2",
        "rollout_model": "meta/llama-3.1-8b-instruct:fp8",
        "rollout_accept_eula": True,
        "rollout_grace": 0,
    }
    predictable = playbooks.play("rollout", rollout, "--check", "--diff")
    assert "changed=2 " in predictable.recap, predictable.output
    assert names(service) == ["support-chat"]
    assert playbooks.play("rollout", rollout).code == 0
    assert names(service) == ["support-chat-2"]

    # The variables of the role deploy are enough.
    gone = playbooks.play("decommission", VARIABLES)
    assert gone.code == 0, gone.output
    assert names(service) == []
    assert "changed=0 " in playbooks.play("decommission", VARIABLES).recap

    output = "".join(playbooks.outputs)
    assert service.secret_key not in output
    assert str(installed) in output
    # Ansible itself may be installed below the checkout. The collection that it runs isn't.
    for folder in ("plugins", "roles", "playbooks", ".venv/collections"):
        assert f"{ROOT / folder}/" not in output


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("deploy", "Set deploy_name,"),
        pytest.param("fleet", "Set deploy_name and deploy_deployments,", marks=pytest.mark.slow),
        pytest.param("rollout", "Set rollout_from and rollout_to,", marks=pytest.mark.slow),
        pytest.param("decommission", "decommission_name, or deploy_name", marks=pytest.mark.slow),
        pytest.param("smoke_test", "the variable deploy_name", marks=pytest.mark.slow),
        ("undo", "Set scaleway_inference_created"),
    ],
)
def test_missing_variables_are_named(playbooks: Playbooks, service: EmulatorServer, name: str, missing: str) -> None:
    played = playbooks.play(name, {})
    assert played.code == 2
    assert missing in " ".join(played.output.split())
    assert "argument_spec_data" not in played.output
    assert "failed=1 " in played.recap
    assert service.deployments() == []


@pytest.fixture
def fleet(playbooks: Playbooks, service: EmulatorServer) -> list[str]:
    """Two members of the fleet and another deployment."""
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    quick = {**VARIABLES, "deploy_smoke_test": "false"}
    assert playbooks.play("deploy", quick).code == 0
    assert playbooks.play("deploy", {**quick, "deploy_name": "other", "deploy_deployments": [OTHER]}).code == 0
    service.clear_journal()
    return names(service)


OTHER = {"name": "other", "model": "mistral/mistral-7b-instruct-v0.3:bf16"}


def output_of(played: Played) -> str:
    assert played.code == 2, played.output
    return " ".join(played.output.split())


@pytest.mark.slow
def test_nothing_is_deleted_that_nobody_asked_for(
    playbooks: Playbooks, service: EmulatorServer, fleet: list[str]
) -> None:
    everything = {"decommission_name": "support", "decommission_confirmed": True}
    refused: list[tuple[str, dict[str, Any], str]] = [
        # The target role_decommission and the unit tests have more of them.
        ("decommission", {**everything, "decommission_only": ""}, "decommission_only: is empty"),
        ("decommission", {**everything, "decommision_only": ["support-chat"]}, "did you mean decommission_only?"),
        ("decommission", {**VARIABLES, **everything, "decommission_name": ""}, "decommission_name: is empty"),
        ("fleet", {**VARIABLES, "deploy_deployments": [None]}, "Set deploy_deployments"),
        ("fleet", {**VARIABLES, "deploy_deployments": []}, "deploy_deployments: is empty, and with deploy_purge"),
    ]
    for name, variables, reason in refused:
        assert reason in output_of(playbooks.play(name, variables)), variables
    assert names(service) == fleet
    assert {one.method for one in service.journal()} <= {"GET"}


@pytest.mark.slow
def test_decommission_of_some_is_repeated(playbooks: Playbooks, service: EmulatorServer, fleet: list[str]) -> None:
    # A text with commas, and part of the name of another.
    variables = {"deploy_name": "support", "decommission_only": "support-chat, long-gone"}
    assert playbooks.play("decommission", variables).code == 0
    assert names(service) == ["other", "support-search"]
    again = playbooks.play("decommission", variables)
    assert "changed=0 " in again.recap, again.output
    assert "there is no deployment support-chat, long-gone; taken for gone already" in " ".join(again.output.split())
    assert names(service) == ["other", "support-search"]


@pytest.mark.slow
def test_misspelt_variable_is_refused(playbooks: Playbooks, service: EmulatorServer) -> None:
    for name, variables, right in (
        ("deploy", {"deply_adresses": ["127.0.0.1"]}, "deploy_addresses"),
        ("fleet", {"deploy_max_deletion": 0}, "deploy_max_deletions"),
        ("rollout", {"rollout_form": "support-chat", "rollout_to": "other"}, "rollout_from"),
        ("smoke_test", {"smoke_test_host": "deployments"}, "smoke_test_hosts"),
    ):
        assert f"did you mean {right}?" in output_of(playbooks.play(name, {**VARIABLES, **variables}))
    assert service.journal() == []
    meant = {"deploy_user": "somebody", "deploy_names": 1, "scaleway_inference_ignored_variables": ["deploy_names"]}
    checked = playbooks.play("deploy", {**VARIABLES, **meant}, "--check")
    assert checked.code == 0, checked.output
    assert "has no variable deploy_user" in " ".join(checked.output.split())


@pytest.mark.slow
def test_smoke_test_asks_only_chosen_deployments(
    playbooks: Playbooks, service: EmulatorServer, fleet: list[str]
) -> None:
    for name, empty in (("deploy_asked", []), ("smoke_test_hosts", ""), ("smoke_test_hosts", None)):
        reason = output_of(playbooks.play("smoke_test", {"deploy_name": "support", name: empty}))
        assert f"{name}: is empty" in reason
    asked = {"deploy_asked": ["support-chat", "suport-search"]}
    assert "there is no deployment suport-search" in output_of(playbooks.play("smoke_test", asked))
    assert {one.method for one in service.journal()} <= {"GET"}


ONE: dict[str, Any] = {
    "deploy_name": "web",
    "deploy_model": "mistral/mistral-7b-instruct-v0.3:bf16",
    "deploy_node_type": "L4",
    "deploy_addresses": ["192.0.2.0/24"],
}


@pytest.mark.slow
def test_failing_smoke_test_fails_the_run(playbooks: Playbooks, service: EmulatorServer) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    reason = output_of(playbooks.play("deploy", ONE))
    assert "deploy_smoke_test: web will let in only 192.0.2.0/24" in reason
    assert "Give that address as deploy_smoke_test_address" in reason
    refused = "no access rule of the deployment admits the address that localhost is seen with"
    remedy = "add that address to deploy_addresses or deploy_rules of the role deploy, or have another host ask"
    for part in (refused, remedy, "What was made is there, and is paid for"):
        assert part in reason
    asked = output_of(playbooks.play("smoke_test", {"deploy_name": "web"}))
    assert refused in asked
    assert remedy in asked
    assert "source_address" not in reason + asked
    # Nothing is created now, so there is no warning before it.
    assert "will let in" not in output_of(playbooks.play("deploy", ONE))
    # Other failures have other messages.
    service.add_fault(Fault(method="POST", path="/ifr/", kind="status", status=400, message="no such thing"))
    other = output_of(playbooks.play("deploy", {**ONE, "deploy_addresses": ["192.0.2.0/24", "127.0.0.1"]}))
    assert "deploy_smoke_test: 1 of 1 deployments didn't answer" in other
    assert "no such thing" in other
    assert "deploy_addresses" not in other


@pytest.mark.slow
@pytest.mark.parametrize("check", [(), ("--check",)], ids=["real", "check"])
def test_smoke_test_that_cannot_work_fails_before_anything_is_made(
    playbooks: Playbooks, service: EmulatorServer, check: tuple[str, ...]
) -> None:
    unknown = {"deploy_smoke_test_host": "nowhere.invalid"}
    other_address = {"deploy_smoke_test_address": "198.51.100.7"}
    refused: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        (other_address, ("deploy_smoke_test_address: 198.51.100.7 isn't among", "192.0.2.0/24", "deploy_addresses")),
        ({**other_address, "deploy_smoke_test": False}, ("deploy_smoke_test_address: 198.51.100.7 isn't among",)),
        ({"deploy_smoke_test_address": "here"}, ("deploy_smoke_test_address: 'here' is no address",)),
        (unknown, ("deploy_smoke_test_host: nowhere.invalid can't ask the service",)),
    ]
    for variables, parts in refused:
        reason = output_of(playbooks.play("deploy", {**ONE, **variables}, *check))
        for part in parts:
            assert part in reason
    private = {"deploy_endpoints": [{"private_network_id": "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"}]}
    checked = playbooks.play("deploy", {**ONE, **private}, "--check")
    warned = " ".join(checked.output.split())
    assert checked.code == 0
    assert "deploy_smoke_test: web will have only private endpoints" in warned
    assert "Access rules only guard public endpoints, and deployment 'web' has none." in warned
    assert service.deployments() == []


@pytest.mark.slow
def test_host_of_the_smoke_test_needs_a_key(
    playbooks: Playbooks, player: Player, service: EmulatorServer, tmp_path: Path
) -> None:
    """Another host doesn't have the controller's environment, but it gets variables."""
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    secrets = {"scaleway_inference_secret_key": player.environ.pop("SCW_SECRET_KEY")}
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts = {"localhost": {**local, **secrets}, "asker": local}
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    variables = {**ONE, "deploy_addresses": ["127.0.0.0/8"], "deploy_smoke_test_host": "asker"}
    made = playbooks.play("deploy", variables, "-i", str(inventory))
    assert made.code == 0, made.output
    assert "localhost -> asker" in made.output
    assert secrets["scaleway_inference_secret_key"] not in made.output

    # Only localhost has the variable. Without it, there is no key.
    lacking = playbooks.play("smoke_test", {"deploy_name": "web"}, "-i", "asker,")
    assert "the variable scaleway_inference_secret_key" in output_of(lacking)


@pytest.mark.slow
def test_errors_name_the_variables_of_the_role(playbooks: Playbooks, service: EmulatorServer) -> None:
    rollout = {"rollout_from": "web", "rollout_to": "web-2", "rollout_grace": 0}
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("deploy", {**ONE, "deploy_model": "mistral/other"}, " deploy_model: there is no model 'mistral/other'"),
        ("deploy", {**ONE, "deploy_node_type": "L5"}, " deploy_node_type: "),
        ("deploy", {**ONE, "deploy_model": "meta/llama-3.1-8b-instruct:fp8"}, "then set deploy_accept_eula: true"),
        ("deploy", {**ONE, "deploy_min_size": 0}, "deploy_min_size: 0 is less than 1; to stop paying, remove"),
        ("deploy", {**ONE, "deploy_min_size": 3, "deploy_max_size": 2}, "deploy_max_size: 2 is less than deploy_min"),
        ("deploy", {**ONE, "deploy_parallel": 51}, "deploy_parallel: 51 can't be used, expected a whole number from 1"),
        ("deploy", {**ONE, "deploy_fact": "my-fact"}, "deploy_fact: 'my-fact' can't be the name of a fact"),
        ("deploy", {**ONE, "deploy_addresses": "192.0.2.300"}, "deploy_addresses: '192.0.2.300' is neither"),
        ("deploy", {**ONE, "deploy_endpoints": []}, " deploy_endpoints: a deployment must have at least one"),
        ("deploy", {**ONE, "deploy_rules": [{"ip": "some"}]}, " deploy_rules[0].ip: 'some' is neither"),
        ("deploy", {**VARIABLES, "deploy_node_type": "L5"}, "deploy_deployments[0] (support-chat): deploy_node_type: "),
        (
            "deploy",
            {**ONE, "deploy_deployments": [{"name": "web", "model": "mistral/other"}]},
            "deploy_deployments[0] (web): model: there is no model",
        ),
        (
            "decommission",
            {"decommission_name": "web", "decommission_wait_timeout": 10**6},
            "decommission_wait_timeout: ",
        ),
        ("rollout", {**rollout, "rollout_min_size": 0}, "rollout_min_size: 0 is less than 1"),
        ("rollout", {**rollout, "rollout_fact": "1st"}, "rollout_fact: '1st' can't be the name of a fact"),
        ("deploy", {**ONE, "scaleway_inference_region": "paris"}, "(from variable scaleway_inference_region)"),
        ("deploy", {**ONE, "scaleway_inference_api_version": "v3"}, "scaleway_inference_api_version must be one of"),
        ("deploy", {**ONE, "scaleway_inference_profile": "none"}, "(from variable scaleway_inference_profile)"),
        ("deploy", {**ONE, "scaleway_inference_projectid": "x"}, "did you mean scaleway_inference_project_id?"),
    ]
    for name, variables, part in refused:
        assert part in output_of(playbooks.play(name, variables)), variables
    # In module mode too, also in what ansible-core itself derives from the message.
    module = {"scaleway_inference_in_process": False, "scaleway_inference_region": "paris"}
    assert "option region" not in output_of(playbooks.play("deploy", {**ONE, **module}))
    v1 = output_of(playbooks.play("deploy", {**ONE, "scaleway_inference_api_version": "v1"}))
    assert " deploy_addresses: access rules need scaleway_inference_api_version v1beta1" in v1
    assert service.deployments() == []

    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    assert playbooks.play("deploy", {**ONE, "deploy_addresses": "127.0.0.0/8"}).code == 0
    for variables, part in (
        ({"rollout_model": "mistral/other"}, "rollout_model: there is no model 'mistral/other'"),
        ({"rollout_model": "meta/llama-3.1-8b-instruct:fp8"}, "then set rollout_accept_eula: true"),
        ({"rollout_smoke_test_address": "198.51.100.7"}, "rollout_smoke_test_address: 198.51.100.7 isn't among"),
        ({"rollout_smoke_test_host": "nowhere.invalid"}, "rollout_smoke_test_host: nowhere.invalid can't ask"),
    ):
        assert part in output_of(playbooks.play("rollout", {**rollout, **variables})), variables
    assert names(service) == ["web"]


@pytest.mark.slow
@pytest.mark.parametrize("version", ["v1beta1", "v1"])
def test_playbooks_take_who_calls_from_vaulted_variables(
    playbooks: Playbooks, player: Player, service: EmulatorServer, tmp_path: Path, version: str
) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    player.environ = {name: value for name, value in player.environ.items() if not name.startswith("SCW_")}
    file = tmp_path / ".config" / "scw" / "config.yaml"
    file.parent.mkdir(parents=True)
    # The top level of the file has nothing that the service accepts.
    here = {"api_url": service.url, "default_region": service.region}
    file.write_text(yaml.safe_dump({"api_url": "https://127.0.0.1:1", "profiles": {"here": here}}), encoding="utf-8")
    secrets, password = tmp_path / "secrets.yml", tmp_path / "password"
    password.write_text("opensesame\n", encoding="utf-8")
    vaulted = player.vault(service.secret_key, password)
    others = {
        "scaleway_inference_project_id": service.project_id,
        "scaleway_inference_region": "",
        "scaleway_inference_api_version": version,
        "scaleway_inference_profile": "here",
    }
    secrets.write_text(f"scaleway_inference_secret_key: {vaulted}\n{yaml.safe_dump(others)}", encoding="utf-8")
    arguments = ["-e", f"@{secrets}", "--vault-password-file", str(password), "-vvvv", "--diff"]
    application = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "client_config_dir": str(tmp_path / "app"),
        "client_config_key_variable": "OPENAI_KEY",
    }
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"app": application}}}), encoding="utf-8")
    one = {name: value for name, value in ONE.items() if name != "deploy_addresses"}
    rollout = {"rollout_from": "web", "rollout_to": "web-2", "rollout_grace": 0, "rollout_copy_rules": False}
    runs: list[tuple[str, dict[str, Any]]] = [
        ("deploy", one),
        ("fleet", {**one, "deploy_deployments": [{"name": "web"}]}),
        ("smoke_test", {"deploy_name": "web"}),
        ("rollout", {**rollout, "rollout_consumers": "app"}),
        ("decommission", {"decommission_name": "web"}),
        ("deploy", {**one, "deploy_smoke_test": False}),
        ("undo", {}),
    ]
    for name, variables in runs:
        made = [{"id": one.id, "region": service.region} for one in service.deployments()]
        given = {"scaleway_inference_created": made} if name == "undo" else variables
        played = playbooks.play(name, given, *arguments, "-i", str(inventory))
        # An undo ends as failed by design.
        assert played.code == (2 if name == "undo" else 0), played.output
        assert "changed=0 " not in played.recap or name in ("fleet", "smoke_test")
    assert service.deployments() == []
    assert {one.path.split("/")[2] for one in service.journal() if one.endpoint is None} == {version}
    assert service.secret_key not in "".join(playbooks.outputs)


@pytest.mark.slow
def test_smoke_test_asks_each_deployment_by_its_kind(playbooks: Playbooks, service: EmulatorServer) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    search, chat = VARIABLES["deploy_deployments"][1], VARIABLES["deploy_deployments"][0]
    variables = {
        **VARIABLES,
        "deploy_deployments": [{**search, "kind": "none"}, chat],
        "deploy_kind": "auto",
        "deploy_wait_for_answers": 2,
        "deploy_wait_timeout": 600,
    }
    made = playbooks.play("deploy", variables)
    assert made.code == 0, made.output
    said = " ".join(made.output.split())
    assert "support-search (baai/bge-multilingual-gemma2:fp32) answered in" in said
    assert "2 times in a row: it serves baai/bge-multilingual-gemma2:fp32" in said
    asked = [one.path.rpartition("/v1/")[2] for one in service.journal() if one.endpoint]
    assert asked == ["models", "models", "chat/completions", "chat/completions"]

    # The same variables do for the playbook that only asks.
    service.clear_journal()
    again = playbooks.play("smoke_test", {**variables, "deploy_wait_for_answers": 0})
    assert again.code == 0, again.output
    assert [one.path.rpartition("/v1/")[2] for one in service.journal() if one.endpoint] == [
        "chat/completions",
        "models",
    ]

    wrong = {**variables, "deploy_deployments": [chat, search], "deploy_kind": "chat"}
    refused = output_of(playbooks.play("smoke_test", wrong))
    assert "deploy_smoke_test: 1 of 2 deployments didn't answer" in refused
    assert "deploy_kind: the model doesn't take the question 'chat'" in refused
    unknown = output_of(playbooks.play("deploy", {**variables, "deploy_deployments": [{**chat, "kind": "rerank"}]}))
    assert "value of kind must be one of: auto, chat, embedding, transcription, none" in unknown


@pytest.mark.slow
def test_smoke_test_waits_for_a_model_that_starts(playbooks: Playbooks, service: EmulatorServer) -> None:
    service.configure(creating=0, deploying=0, updating=0, deleting=0)
    service.add_fault(Fault(method="POST", path="/ifr/", kind="status", status=503, message="no upstream", times=1))
    one = {**ONE, "deploy_addresses": ["127.0.0.0/8"]}
    made = playbooks.play("deploy", one)
    assert made.code == 0, made.output
    assert "smoke test of web: no answer yet, HTTP 503" in made.output
    assert "3 times in a row" in made.output
    service.add_fault(Fault(method="POST", path="/ifr/", kind="status", status=503, message="no upstream", times=9))
    over = output_of(playbooks.play("smoke_test", {"deploy_name": "web", "deploy_wait_timeout": 1}))
    assert "deploy_wait_timeout: web didn't answer 3 times in a row within" in over
