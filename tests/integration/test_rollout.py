# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout that is killed or fails at any step: the application always has a deployment that answers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.scaleway.inference.tests.support.ansible_warnings import without_warnings
from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

OLD, NEW = "chat", "chat-2"
OLD_MODEL, NEW_MODEL = "mistral/mistral-7b-instruct-v0.3:bf16", "meta/llama-3.1-8b-instruct:fp8"

# The steps in order, each by a line of the output that shows that the run has reached it.
BEFORE_THE_SWITCH = [
    r"TASK .*Create the new deployment",
    rf"waiting: .* {NEW}: creating",
    r"TASK .*Give the new one the same",
    r"TASK .*Ask each model",
    r"TASK .*Look at it",
    r"TASK .*Write the environment file",
]
FROM_THE_SWITCH_ON = [
    r"TASK .*See whether that is in effect",
    r"RUNNING HANDLER .*Load the configuration",
    r"TASK .*Remember that it is",
    r"TASK .*Give the old one time",
    r"TASK .*Delete the old deployment",
    rf"waiting: .* {OLD}: deleting",
]


class Setting:
    """An old deployment with a rule, and an application that has loaded its configuration."""

    def __init__(self, folder: Path, service: EmulatorServer) -> None:
        self.service = service
        self.player = Player(folder, {**service.environment(), "SCW_INFERENCE_API_VERSION": "v1beta1"})
        self._app = folder / "app"
        self._app.mkdir()
        self.lost = folder / "lost"
        self._check = folder / "check.yml"
        self.check({"name": "Look at it", "ansible.builtin.assert": {"that": "rollout_endpoint.url | length > 0"}})
        self._inventory = folder / "inventory.yml"
        application = {
            "client_config_dir": str(self._app),
            "client_config_key_variable": "SCW_SECRET_KEY",
            "ansible_connection": f"{{{{ 'ssh' if '{self.lost}' is exists else 'local' }}}}",
            "ansible_host": "127.0.0.1",
            "ansible_port": 1,
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        }
        self._inventory.write_text(yaml.safe_dump({"apps": {"hosts": {"app": application}}}), encoding="utf-8")
        self._playbook = folder / "rollout.yml"
        load = {"src": f"{self._app}/openai.env", "dest": f"{self._app}/loaded.env", "remote_src": True, "mode": "0600"}
        handler = {"name": "Load the configuration", "listen": "Client config changed", "ansible.builtin.copy": load}
        play: dict[str, Any] = {"hosts": "localhost", "gather_facts": False, "handlers": [handler]}
        url = self._make_old()
        for name in ("openai.env", "loaded.env"):
            (self._app / name).write_text(f"OPENAI_BASE_URL={url}/v1\n", encoding="utf-8")
        variables = {
            "rollout_from": OLD,
            "rollout_to": NEW,
            "rollout_model": NEW_MODEL,
            "rollout_accept_eula": True,
            "rollout_consumers": ["apps"],
            "rollout_checks": ["check.yml"],
            "rollout_grace": "{{ grace | default(0) }}",
        }
        self._playbook.write_text(
            yaml.safe_dump([{**play, "roles": [{"role": "scaleway.inference.rollout", "vars": variables}]}])
        )
        service.clear_journal()

    def _make_old(self) -> str:
        service = self.service
        base = f"{service.url}/inference/v1beta1/regions/{service.region}"
        headers = {"X-Auth-Token": service.secret_key}
        body = {
            "name": OLD,
            "project_id": service.project_id,
            "model_name": OLD_MODEL,
            "node_type": "L4",
            "endpoints": [{"public": {}}],
        }
        made = requests.post(f"{base}/deployments", json=body, headers=headers, timeout=10).json()
        service.force_status(made["id"], "ready")
        rules = {"acls": [{"ip": "127.0.0.0/8", "description": "This machine"}]}
        assert requests.post(f"{base}/deployments/{made['id']}/acls", json=rules, headers=headers, timeout=10).ok
        return str(made["endpoints"][0]["url"])

    def check(self, task: dict[str, Any]) -> None:
        """Set the user's check for later runs."""
        self._check.write_text(yaml.safe_dump([task]), encoding="utf-8")

    def play(self, *arguments: str) -> Played:
        return self.player.play_file(self._playbook, "-i", str(self._inventory), *arguments)

    def play_until(self, marker: str) -> None:
        """Start a run, and kill it with all its processes once its output has the marker."""
        with subprocess.Popen(
            self.player.command(self._playbook, "-i", str(self._inventory), "-e", "grace=1"),
            env=self.player.environ,
            cwd=self._playbook.parent,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            seen = []
            for line in process.stdout:
                seen.append(line)
                if re.search(marker, line):
                    os.killpg(process.pid, signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL, "".join(seen)
        without_warnings("".join(seen))

    def there(self) -> dict[str, str]:
        """The deployments that aren't being deleted, with their IDs."""
        alive = self.service.deployments()
        return {one.name: one.id for one in alive if self.service.status(one.id) != "deleting"}

    def loaded(self) -> str:
        """The ID of the deployment that the application uses."""
        found = re.search(
            r"^OPENAI_BASE_URL=.*/ifr/([0-9a-f-]+)/v1$", (self._app / "loaded.env").read_text(), re.MULTILINE
        )
        assert found
        return found[1]

    def expect_done(self, played: Played) -> None:
        assert played.code == 0, played.output
        assert list(self.there()) == [NEW]
        assert len(self.service.deployments()) == 1
        assert self.service.deployments()[0].model_name == NEW_MODEL
        assert self.loaded() == self.there()[NEW]
        created = [one for one in self.service.journal() if one.method == "POST" and one.path.endswith("/deployments")]
        assert len(created) == 1


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    with EmulatorServer(Config(creating=0, deploying=0, updating=0, deleting=0, jitter=0)) as service:
        yield Setting(tmp_path, service)


@pytest.mark.parametrize("markers", [BEFORE_THE_SWITCH, FROM_THE_SWITCH_ON], ids=["before", "after"])
def test_killed_at_each_step_and_started_again(setting: Setting, markers: list[str]) -> None:
    old = setting.there()[OLD]
    for marker in markers:
        # Long enough to be seen.
        has_side_effects = {"creating": 1 if "creating" in marker else 0, "deleting": 1 if "deleting" in marker else 0}
        setting.service.configure(**has_side_effects)
        setting.play_until(marker)
        # At whichever step it was killed, the application has a deployment that stays, and nothing exists twice.
        there = setting.there()
        assert setting.loaded() in there.values()
        assert set(there) <= {OLD, NEW}
        if markers is BEFORE_THE_SWITCH:
            assert there[OLD] == setting.loaded() == old
    setting.expect_done(setting.play())
    again = setting.play()
    assert "changed=0 " in again.recap, again.output


def test_failure_after_the_switch_is_rolled_back(setting: Setting) -> None:
    old = setting.there()[OLD]
    setting.play_until(r"TASK .*Give the old one time")
    assert setting.loaded() == setting.there()[NEW]
    setting.service.add_fault(Fault(method="POST", path=rf"/ifr/{setting.there()[NEW]}/", kind="status", status=400))
    played = setting.play()
    assert played.code == 2
    output = " ".join(played.output.split())
    assert f"The rollout from {OLD} to {NEW} failed at 'Expect an answer of each': rollout_smoke_test: 1 of 1" in output
    assert f"{OLD} is as it was" in output
    assert setting.there() == {OLD: old}
    assert setting.loaded() == old
    assert setting.service.faults() == []


def test_deployment_that_ends_in_error_is_deleted(setting: Setting) -> None:
    old = setting.there()[OLD]
    setting.service.add_fault(Fault(method="POST", path="/deployments$", kind="fail_provisioning", message="no luck"))
    played = setting.play()
    assert played.code == 2
    assert "no luck" in played.output
    assert setting.there() == {OLD: old}
    # If the run was killed before that, the next one begins with it.
    setting.service.add_fault(Fault(method="POST", path="/deployments$", kind="fail_provisioning", message="no luck"))
    setting.play_until(r"TASK .*Take it back")
    assert set(setting.there()) == {OLD, NEW}
    played = setting.play()
    assert played.code == 0, played.output
    assert list(setting.there()) == [NEW]


def test_consumer_that_cannot_be_reached(setting: Setting) -> None:
    old = setting.there()[OLD]
    setting.lost.touch()
    played = setting.play()
    assert played.code == 2
    assert "These consumers can't be reached: app" in " ".join(played.output.split())
    assert {one.method for one in setting.service.journal()} == {"GET"}

    # The consumer is lost during the run. Nobody knows which deployment it uses, so both stay.
    setting.lost.unlink()
    setting.check({"name": "Look at it", "ansible.builtin.file": {"path": str(setting.lost), "state": "touch"}})
    played = setting.play()
    assert played.code == 2
    assert f"{NEW} stays, as these can't be asked whether they use it: app" in " ".join(played.output.split())
    assert set(setting.there()) == {OLD, NEW}
    assert setting.loaded() == old

    setting.lost.unlink()
    setting.check({"name": "Look at it", "ansible.builtin.assert": {"that": "rollout_endpoint.url | length > 0"}})
    setting.expect_done(setting.play())
