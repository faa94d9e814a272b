# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of the service: made at random in the emulator, and read from it for comparison."""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from scaleway_inference_emulator.catalog import IMPORTED
from scaleway_inference_emulator.records import CATALOG_PROJECT, AclRule, Deployment, Endpoint, Model
from scaleway_inference_emulator.state import Emulator
from scaleway_inference_emulator.timeline import DELETED, Timeline, begin

MISTRAL, LLAMA = "mistral/mistral-7b-instruct-v0.3:bf16", "meta/llama-3.1-8b-instruct:fp8"
#: The bits that a model runs with on the node types below.
MODELS = {MISTRAL: (8, 16), LLAMA: (8,)}
NODE_TYPES = ("L4", "L40S")
NAMES = ("chat", "code", "talk")
#: The service's filter by name is no exact match: a search for ``chat`` finds this one too.
NEAR_NAME = "chat-old"
NETWORKS = ("5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001", "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c002")
ADDRESSES = ("192.0.2.0/24", "198.51.100.7/32", "2001:db8::/48")
DESCRIPTIONS = ("", "Office", "Home")
TAGS = ("a", "b")
FLEET = "support"
FLEET_TAG = f"fleet: {FLEET}"
OTHER_PROJECT = "9a0ec700-1111-4222-8333-444455556666"
OWN_MODELS = ("coder", "writer")


@dataclass(frozen=True)
class SeenDeployment:
    """What a deployment is at one moment. ``endpoints``: ``disable_auth`` by private network, the public one None."""

    id: str
    name: str
    project_id: str
    status: str
    model: str
    node_type: str
    min_size: int
    max_size: int
    bits: int
    tags: frozenset[str]
    endpoints: Mapping[str | None, bool]
    rules: tuple[tuple[str, str], ...]

    @property
    def active(self) -> bool:
        return self.status not in ("deleting", DELETED)

    def content(self) -> dict[str, object]:
        """All that a task may change."""
        return {key: value for key, value in vars(self).items() if key != "status"}


@dataclass(frozen=True)
class SeenModel:
    """What an imported model is at one moment."""

    id: str
    name: str
    project_id: str
    status: str


@dataclass(frozen=True)
class Seen:
    """What the service has at one moment, by ID; what is deleted isn't there any more."""

    deployments: Mapping[str, SeenDeployment]
    models: Mapping[str, SeenModel]

    def named(self, name: str, project_id: str) -> list[SeenDeployment]:
        """The deployments of this name that aren't being deleted."""
        found = self.deployments.values()
        return [one for one in found if one.active and (one.name, one.project_id) == (name, project_id)]

    def content(self, without: Collection[str] = ()) -> tuple[object, ...]:
        """All that tasks may change, without what is being deleted, and without the resources of these IDs."""
        active = {one.id: one.content() for one in self.deployments.values() if one.active and one.id not in without}
        return active, {one.id: one.name for one in self.models.values() if one.id not in without}


def observe(emulator: Emulator) -> Seen:
    """The present state."""
    now = emulator.clock.time()
    deployments = {
        one.id: SeenDeployment(
            id=one.id,
            name=one.name,
            project_id=one.project_id,
            status=one.status_at(now),
            model=one.model_name,
            node_type=one.node_type,
            min_size=one.min_size,
            max_size=one.max_size,
            bits=one.bits,
            tags=frozenset(one.tags),
            endpoints={each.private_network_id: each.disable_auth for each in one.endpoints},
            rules=tuple(sorted((rule.ip, rule.description) for rule in one.acls)),
        )
        for one in emulator.store.all(Deployment)
        if one.status_at(now) != DELETED
    }
    models = {
        one.id: SeenModel(one.id, one.name, one.project_id, one.status_at(now))
        for one in emulator.store.all(Model)
        if one.project_id != CATALOG_PROJECT
    }
    return Seen(deployments, models)


def populate(emulator: Emulator, rng: random.Random, version: str) -> None:
    """Put some deployments and imported models there, in whichever status."""
    for name in (*NAMES, NEAR_NAME):
        if rng.random() < 0.55:
            emulator.store.put(some_deployment(emulator, rng, version, name))
    if rng.random() < 0.25:
        emulator.store.put(some_deployment(emulator, rng, version, rng.choice(NAMES), project=OTHER_PROJECT))
    if rng.random() < 0.04:
        # Somebody made a second one by hand.
        emulator.store.put(some_deployment(emulator, rng, version, rng.choice(NAMES)))
    for name in OWN_MODELS:
        if rng.random() < 0.4:
            emulator.store.put(some_model(emulator, rng, name))


def some_deployment(
    emulator: Emulator, rng: random.Random, version: str, name: str, *, project: str = ""
) -> Deployment:
    """A deployment that could be there, made some hours ago."""
    now, config = emulator.clock.time(), emulator.config
    model_name = rng.choice(list(MODELS))
    model = next(one for one in emulator.store.all(Model) if one.name == model_name)
    least = rng.randint(1, 3)
    networks = rng.sample((None, *NETWORKS), rng.choice((1, 1, 2, 3)))
    tags = rng.sample(TAGS, rng.randint(0, 2)) + ([FLEET_TAG] if rng.random() < 0.4 else [])
    made = now - rng.choice((3600, 7200)) - rng.random()
    timelines: list[Timeline] = [
        ((made, "ready"),),
        begin(now - 5, ("creating", config.creating), ("deploying", config.deploying), end="ready"),
        ((made, "ready"), *begin(now - 5, ("deploying", config.updating), end="ready")),
        ((made, "ready"), *begin(now - 5, ("deleting", config.deleting), end=DELETED)),
        begin(now - 5, ("creating", config.creating), end="error"),
        ((made, "error"),),
        ((made, "locked"),),
    ]
    return Deployment(
        id=str(uuid.uuid4()),
        name=name,
        project_id=project or emulator.project_id,
        region=emulator.region,
        model_id=model.id,
        model_name=model.name,
        node_type=rng.choice(NODE_TYPES),
        min_size=least,
        max_size=least if version == "v1" else least + rng.choice((0, 0, 1)),
        tags=tuple(tags),
        bits=rng.choice(MODELS[model_name]),
        endpoints=tuple(
            Endpoint(id=str(uuid.uuid4()), private_network_id=network, disable_auth=rng.random() < 0.3)
            for network in networks
        ),
        acls=tuple(
            AclRule(id=str(uuid.uuid4()), ip=ip, description=rng.choice(DESCRIPTIONS))
            for ip in rng.sample(ADDRESSES, rng.choice((0, 0, 1, 2)))
        ),
        error_message="no nodes",
        created_at=made,
        timeline=rng.choices(timelines, (70, 7, 7, 5, 3, 4, 2))[0],
    )


def some_model(emulator: Emulator, rng: random.Random, name: str) -> Model:
    """A model that the project imported."""
    now = emulator.clock.time()
    return Model(
        id=str(uuid.uuid4()),
        name=name,
        rank=1000,
        project_id=emulator.project_id,
        error_message="",
        created_at=now - 4000,
        timeline=rng.choices([((now - 4000, "ready"),), ((now - 4000, "error"),)], (85, 15))[0],
        **IMPORTED,
    )
