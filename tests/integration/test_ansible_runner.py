# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them, by ansible-runner: on this node, on others, and in slices. None of their files has the key."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.ansible_warnings import without_warnings
from ansible_collections.scaleway.inference.tests.support.installed import ROOT, only_installed
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from ansible_collections.scaleway.inference.tests.support.processes import RunningCommand
from ansible_collections.scaleway.inference.tests.support.secrets import Secrets
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

PATIENCE = 240
DEPLOYMENTS = ["walk-1", "walk-2", "walk-3"]
DEPLOY: dict[str, Any] = {
    "deploy_name": "walk",
    "deploy_model": "mistral/mistral-7b-instruct-v0.3:bf16",
    "deploy_node_type": "L4",
    "deploy_smoke_test": False,
    "deploy_deployments": [{"name": name} for name in DEPLOYMENTS],
}


@dataclass(frozen=True)
class Artifacts:
    """The artifacts that a job leaves."""

    folder: Path

    @property
    def rc(self) -> int:
        return int((self.folder / "rc").read_text())

    @property
    def stdout(self) -> str:
        return (self.folder / "stdout").read_text(encoding="utf-8")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text(encoding="utf-8")) for path in (self.folder / "job_events").glob("*.json")]

    def results(self, task: str) -> dict[str, dict[str, Any]]:
        """The results of a task, by host."""
        data = [one["event_data"] for one in self.events if one["event"] == "runner_on_ok"]
        return {one["host"]: one["res"] for one in data if one["task"] == task}

    def expect_no(self, secret: str) -> None:
        assert self.events
        # There, ansible-runner keeps the command with its environment.
        assert Secrets(key=secret).leaks_in_files(self.folder, "command") == []


class Runner:
    """Runs jobs like AWX: prepares private data folders and calls ansible-runner."""

    def __init__(self, folder: Path, service: EmulatorServer, installed: Path) -> None:
        self._folder = folder
        self._installed = installed
        self.player = Player(folder, {**service.environment(), "SCW_INFERENCE_API_VERSION": "v1beta1"})
        self.player.environ = only_installed(self.player.environ, installed)
        # The credential's variables, as its injectors give them, and what an execution environment sets.
        self._job = {
            name: value for name, value in self.player.environ.items() if name.startswith(("SCW_", "ANSIBLE_"))
        }
        binaries = f"{Path(sys.executable).parent}{os.pathsep}{self.player.environ['PATH']}"
        # Nothing of the job itself, which has to come with the private data.
        kept = {name: value for name, value in self.player.environ.items() if name not in self._job}
        self._environ = {**kept, "PATH": binaries}

    def prepare(self, name: str, variables: Mapping[str, Any], inventory: Mapping[str, Any] | None = None) -> Path:
        """A private data folder with the collection's playbooks as its project, as from AWX's checkout of it."""
        data = self._folder / name
        project = data / "project"
        shutil.copytree(self._installed / "ansible_collections/scaleway/inference/playbooks", project / "playbooks")
        self._write(data / "env" / "envvars", self._job)
        self._write(data / "env" / "extravars", variables)
        self._write(data / "inventory" / "hosts.json", inventory or {"all": {"hosts": {"localhost": LOCAL}}})
        return data

    def run(self, data: Path, playbook: str, *options: str) -> Artifacts:
        self._call("run", str(data), "-p", f"playbooks/{playbook}.yml", "--ident", "job", "--quiet", *options)
        return self._held(Artifacts(data / "artifacts" / "job"))

    def start(self, data: Path, playbook: str) -> RunningCommand:
        """Start a job that will be cancelled."""
        arguments = ["run", str(data), "-p", f"playbooks/{playbook}.yml", "--ident", "job", "--quiet"]
        return RunningCommand([sys.executable, "-m", "ansible_runner", *arguments], self._environ, self._folder)

    def mesh(self, data: Path, playbook: str) -> Artifacts:
        """Run a job on an execution node: transmit it, run it there, and process what comes back."""
        sent = self._call("transmit", str(data), "-p", f"playbooks/{playbook}.yml", "--ident", "job")
        node = self._folder / f"{data.name}-node"
        back = self._call("worker", "--private-data-dir", str(node), given=sent)
        shutil.rmtree(node, ignore_errors=True)
        result = self._folder / f"{data.name}-back"
        result.mkdir()
        self._call("process", str(result), "--ident", "job", given=back)
        return self._held(Artifacts(result / "artifacts" / "job"))

    def _call(self, *arguments: str, given: bytes | None = None) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "ansible_runner", *arguments],
            cwd=self._folder,
            env=self._environ,
            input=given,
            stdin=None if given is not None else subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        # Both a failed job and a wrong command return 2.
        assert done.returncode in (0, 2), done.stdout + done.stderr
        assert b"usage:" not in done.stderr, done.stderr
        return done.stdout

    @staticmethod
    def _held(artifacts: Artifacts) -> Artifacts:
        without_warnings(artifacts.stdout)
        return artifacts

    @staticmethod
    def _write(path: Path, content: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")


LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@pytest.fixture
def runner(tmp_path: Path, service: EmulatorServer, installed: Path) -> Runner:
    return Runner(tmp_path, service, installed)


def test_job_on_this_node(runner: Runner, service: EmulatorServer) -> None:
    data = runner.prepare("deploy", {**DEPLOY, "deploy_smoke_test": True})
    job = runner.run(data, "deploy")
    assert job.rc == 0, job.stdout
    assert sorted(one.name for one in service.deployments()) == DEPLOYMENTS
    # In the events too, as AWX shows these.
    shown = [line for line in job.stdout.splitlines() if "waiting: " in line]
    assert [line for line in shown if line.startswith("waiting: [localhost] => deployment walk-1: ")]
    assert {line for one in job.events for line in one["stdout"].splitlines() if "waiting: " in line} == set(shown)
    # The next nodes of a workflow get these.
    (stats,) = (one["event_data"] for one in job.events if one["event"] == "playbook_on_stats")
    handed_on = {one["name"]: one["id"] for one in stats["artifact_data"]["scaleway_inference_created"]}
    assert handed_on == {one.name: one.id for one in service.deployments()}
    (made,) = job.results("Make the deployments, their endpoints and their access rules").values()
    assert made["counts"] == {"created": 3}
    job.expect_no(service.secret_key)


def test_key_of_an_application_shows_nowhere(runner: Runner, service: EmulatorServer, tmp_path: Path) -> None:
    """Not even in a job with the highest verbosity that writes the key to a file."""
    service.configure(creating=0, deploying=0, deleting=0)
    assert (
        runner.run(runner.prepare("deploy", {**DEPLOY, "deploy_deployments": [{"name": "walk-1"}]}), "deploy").rc == 0
    )
    application = {
        **LOCAL,
        "client_config_dir": str(tmp_path / "application"),
        "client_config_key": "{{ lookup('ansible.builtin.env', 'SCW_SECRET_KEY') }}",
    }
    inventory = {"all": {"hosts": {"localhost": LOCAL, "application": application}}}
    rollout = {"rollout_from": "walk-1", "rollout_to": "walk-2", "rollout_grace": 0, "rollout_consumers": "application"}
    job = runner.run(runner.prepare("rollout", rollout, inventory), "rollout", "-vvv")
    assert job.rc == 0, job.stdout
    assert [one.name for one in service.deployments()] == ["walk-2"]
    assert f"OPENAI_API_KEY={service.secret_key}\n" in (tmp_path / "application" / "openai.env").read_text()
    job.expect_no(service.secret_key)


def test_job_on_a_node_of_the_mesh(runner: Runner, service: EmulatorServer) -> None:
    service.configure(creating=0, deploying=0, deleting=0)
    job = runner.mesh(runner.prepare("deploy", DEPLOY), "deploy")
    assert job.rc == 0, job.stdout
    assert sorted(one.name for one in service.deployments()) == DEPLOYMENTS
    assert job.results("Make the deployments, their endpoints and their access rules")["localhost"]["changed"]
    assert "waiting: [localhost] => deployment walk-1: created " in job.stdout
    job.expect_no(service.secret_key)

    refused = runner.mesh(runner.prepare("refused", {"decommission_name": "walk"}), "decommission")
    assert refused.rc == 2
    assert "3 deployments would be deleted" in " ".join(refused.stdout.split())
    confirmed = {"decommission_name": "walk", "decommission_confirmed": "true", "scaleway_inference_progress": "false"}
    job = runner.mesh(runner.prepare("decommission", confirmed), "decommission")
    assert job.rc == 0, job.stdout
    assert "waiting: " not in job.stdout
    assert service.deployments() == []
    job.expect_no(service.secret_key)


def test_two_slices_share_the_deployments(runner: Runner, service: EmulatorServer) -> None:
    service.configure(creating=0, deploying=0, deleting=0)
    assert runner.run(runner.prepare("deploy", DEPLOY), "deploy").rc == 0
    service.clear_journal()
    hosts = deployments_of(runner.player)
    assert sorted(hosts) == DEPLOYMENTS

    asked = []
    for number in (1, 2):
        # As AWX splits them: in the order of their names, each second host.
        part = {name: hosts[name] for name in sorted(hosts)[number - 1 :: 2]}
        inventory = {"all": {"children": {"deployments": {"hosts": part}}}}
        data = runner.prepare(f"slice-{number}", {"smoke_test_hosts": "deployments"}, inventory)
        job = runner.run(data, "smoke_test")
        assert job.rc == 0, job.stdout
        assert set(job.results("Ask each model")) == set(part)
        job.expect_no(service.secret_key)
        asked.append(set(part))
    assert asked == [{"walk-1", "walk-3"}, {"walk-2"}]
    questions = [one.endpoint for one in service.journal() if one.path.endswith("/chat/completions")]
    # As often as the smoke test asks each.
    assert sorted(Counter(questions).values()) == [3] * len(DEPLOYMENTS)


def test_cancelled_job_leaves_nothing_running(runner: Runner, service: EmulatorServer) -> None:
    service.configure(creating=600)
    data = runner.prepare("cancelled", DEPLOY)
    with runner.start(data, "deploy") as job:
        job.until(lambda: len(service.deployments()) == len(DEPLOYMENTS), "the creations")
        made = {one.id for one in service.deployments()}
        # Cancelling kills the process group of ansible-playbook.
        job.kill(signal.SIGTERM)
        job.until_no_fork_is_left()
    for one in made:
        service.force_status(one, "ready")
    again = runner.run(runner.prepare("again", DEPLOY), "deploy")
    assert again.rc == 0, again.stdout
    assert {one.id for one in service.deployments()} == made


def deployments_of(player: Player) -> dict[str, Any]:
    """The hosts of the inventory source, with their variables, as AWX takes them over."""
    source = ROOT / "docs" / "awx" / "scaleway_inference.yml"
    command = [sys.executable, "-m", "ansible", "inventory", "-i", str(source), "--list", "--export"]
    done = subprocess.run(command, env=player.environ, capture_output=True, text=True, timeout=PATIENCE, check=True)
    listed = yaml.safe_load(done.stdout)
    return {name: listed["_meta"]["hostvars"][name] for name in listed["deployments"]["hosts"]}
