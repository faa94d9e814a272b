# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout to play, to kill, and to start again: an old deployment, and an application that uses it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import requests
import yaml

from ansible_collections.scaleway.inference.tests.support.ansible_warnings import without_warnings
from ansible_collections.scaleway.inference.tests.support.playbooks import Played, Player
from scaleway_inference_emulator.server import EmulatorServer

OLD, NEW = "chat", "chat-2"
OLD_MODEL, NEW_MODEL = "mistral/mistral-7b-instruct-v0.3:bf16", "meta/llama-3.1-8b-instruct:fp8"


class Setting:
    """An old deployment with a rule, and an application that has loaded its configuration."""

    def __init__(self, folder: Path, service: EmulatorServer, api_version: str = "v1beta1") -> None:
        self.service = service
        self.player = Player(folder, {**service.environment(), "SCW_INFERENCE_API_VERSION": api_version})
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
            # v1 can't read the rules of the old one.
            "rollout_copy_rules": api_version == "v1beta1",
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

    def command(self, *arguments: str) -> list[str]:
        """The command that plays the rollout."""
        return self.player.command(self._playbook, "-i", str(self._inventory), *arguments)

    def play(self, *arguments: str) -> Played:
        return self.player.play_file(self._playbook, "-i", str(self._inventory), *arguments)

    def play_until(self, marker: str) -> None:
        """Start a run, and kill it with all its processes once its output has the marker."""
        with subprocess.Popen(
            self.command("-e", "grace=1"),
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
