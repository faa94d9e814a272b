# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processes do: tasks, what there is before them, and what must be there after them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.scaleway.inference.tests.stress.states import Desired, EndState
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from ansible_collections.scaleway.inference.tests.support.raw_client import MISTRAL_7B, Api
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
CHAT, CODER = "chat", "coder"
MEMBERS = ("shop-1", "shop-2", "shop-3")
FLEET_TAG = "fleet: shop"
#: Real seconds, short enough for many runs.
DURATIONS = {
    "creating": 0.8,
    "deploying": 0.8,
    "updating": 0.4,
    "false_ready": 0.2,
    "deleting": 0.5,
    "preparing": 0.4,
    "downloading": 0.6,
}
DEPLOYMENT = {"model": MISTRAL_7B["name"], "node_type": "L4"}


def configuration(seed: int, **changes: Any) -> Config:
    """The settings of an emulator whose key and project stay the same when it is reset."""
    identity = {
        "secret_key": "11111111-1111-4111-8111-111111111111",
        "project_id": "22222222-2222-4222-8222-222222222222",
    }
    return Config.model_validate({**DURATIONS, **identity, "seed": seed, **changes})


def player(folder: Path, service: EmulatorServer, **environ: str) -> Player:
    """A player in a folder of its own, that runs on the emulator."""
    return Player(folder, {**service.environment(), **settings(folder), **environ})


def settings(folder: Path) -> dict[str, str]:
    """Variables for Ansible to look for results less often: at its own pace, those that wait use up a processor."""
    path = folder / "ansible.cfg"
    path.write_text("[defaults]\ninternal_poll_interval = 0.02\n", encoding="utf-8")
    return {"ANSIBLE_CONFIG": str(path)}


@dataclass(frozen=True)
class Work:
    """A task. ``versions``: those of the API that have it. ``prepare``: makes what must be there before."""

    kind: str
    options: dict[str, Any]
    end: EndState
    prepare: Callable[[EmulatorServer], None]
    versions: tuple[str, ...] = ("v1beta1", "v1")

    def task(self, **keywords: Any) -> dict[str, Any]:
        """The task as in a playbook."""
        return {f"scaleway.inference.{self.kind}": self.options, **keywords}


def rules_of(process: int) -> list[str]:
    """The addresses that one process adds."""
    return [f"198.51.100.{process}", f"203.0.113.{process}"]


def add_ready(service: EmulatorServer, *names: str, tags: tuple[str, ...] = ()) -> None:
    """Make deployments that are ready at once."""
    service.configure(creating=0, deploying=0)
    for name in names:
        api = Api(service, "v1beta1")
        api.create(name=name, tags=list(tags), **api.model(MISTRAL_7B))
    service.configure(creating=DURATIONS["creating"], deploying=DURATIONS["deploying"])


def _nothing(_service: EmulatorServer) -> None:
    pass


def _add_chat(service: EmulatorServer) -> None:
    add_ready(service, CHAT)


def add_members(service: EmulatorServer) -> None:
    """A member of the fleet that stays, and one that is no longer listed."""
    add_ready(service, MEMBERS[0], "shop-old", tags=(FLEET_TAG,))


def deployment() -> Work:
    return Work("deployment", {"name": CHAT, **DEPLOYMENT}, EndState({CHAT: Desired()}), _nothing)


def endpoint() -> Work:
    options = {"deployment": CHAT, "private_network_id": NETWORK}
    return Work("endpoint", options, EndState({CHAT: Desired(networks=frozenset({NETWORK}))}), _add_chat)


def acl(process: int = 1) -> Work:
    """Adds rules, and keeps those of others."""
    rules = rules_of(process)
    end = EndState({CHAT: Desired(rules=frozenset(rules))})
    return Work("acl", {"deployment": CHAT, "rules": rules}, end, _add_chat, ("v1beta1",))


def model() -> Work:
    options = {"name": CODER, "source_url": "https://models.example/coder"}
    return Work("model", options, EndState({}, frozenset({CODER})), _nothing, ("v1",))


def fleet() -> Work:
    """Deletes the member that is no longer listed, and makes two."""
    options = {
        "name": "shop",
        "defaults": DEPLOYMENT,
        "deployments": [{"name": name} for name in MEMBERS],
        "purge": True,
    }
    end = EndState({name: Desired(tags=frozenset({FLEET_TAG})) for name in MEMBERS})
    return Work("fleet", options, end, add_members)


WORKS: dict[str, Callable[[], Work]] = {
    "deployment": deployment,
    "endpoint": endpoint,
    "acl": acl,
    "model": model,
    "fleet": fleet,
}
