# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one emulator: settings, clock, records, listeners, journal and faults."""

from __future__ import annotations

import asyncio
import random
import time
import uuid

from scaleway_inference_emulator import catalog
from scaleway_inference_emulator.config import Clock, Config, Key
from scaleway_inference_emulator.faults import FaultQueue
from scaleway_inference_emulator.journal import JournalEntry
from scaleway_inference_emulator.listeners import Listeners
from scaleway_inference_emulator.records import CATALOG_PROJECT, Deployment, Endpoint, Identity, NodeType
from scaleway_inference_emulator.seed import resources
from scaleway_inference_emulator.store import Store
from scaleway_inference_emulator.timeline import DELETED

IDENTITY = "identity"


class Emulator:
    """The state that both API versions share. Only the event loop's thread may use it."""

    def __init__(self, config: Config | None = None, clock: Clock = time) -> None:
        """Open the state file of ``config``, if it names one. Raises ``sqlite3.Error`` when that fails.

        A new state gets the catalog and what ``config`` begins with. Raises SeedError if that doesn't fit the catalog.
        """
        config = config or Config()
        self.clock = clock
        self.store = Store(config.state, self._time)
        self.listeners = Listeners(self.store)
        self.faults = FaultQueue()
        self.journal: list[JournalEntry] = []
        #: Set at the next reset or at the end, so that a delayed request has no effect after it.
        self.cancelled = asyncio.Event()
        self._random = random.Random(config.seed)
        with self.store.transaction():
            self.config = self._with_identity(config)
            if not self.store.all(NodeType):
                self._load_catalog()

    def reset(self, config: Config, clock: Clock) -> None:
        """Drop the state and start with these settings. Key and project stay unless the settings have others."""
        known = {"secret_key": self.secret_key, "project_id": self.project_id}
        config = config.model_copy(update={name: getattr(config, name) or value for name, value in known.items()})
        self.cancelled.set()
        self.cancelled = asyncio.Event()
        self.listeners.close()
        self.faults.clear()
        self.journal.clear()
        self.clock = clock
        self._random = random.Random(config.seed)
        with self.store.transaction():
            self.store.clear()
            self.config = self._with_identity(config)
            self._load_catalog()

    def _time(self) -> float:
        # Not ``self.clock.time`` itself: a reset may replace the clock.
        return self.clock.time()

    @property
    def secret_key(self) -> str:
        """The key with all rights."""
        assert self.config.secret_key
        return self.config.secret_key

    @property
    def project_id(self) -> str:
        """The default project."""
        assert self.config.project_id
        return self.config.project_id

    @property
    def organization_id(self) -> str:
        """The organization, to which all projects belong."""
        return self.config.organization_id or self.project_id

    @property
    def region(self) -> str:
        """The default region."""
        return self.config.regions[0]

    def key(self, secret: str) -> Key | None:
        """The rights of a secret key; None if the key is unknown."""
        return self.config.keys.get(secret, Key() if secret == self.secret_key else None)

    def has_project(self, project_id: str) -> bool:
        """Whether this is the ID of a project: the catalog's, one of the settings, or one with deployments."""
        config = self.config
        return (
            config.any_project
            or project_id in {CATALOG_PROJECT, self.project_id, *config.projects}
            or any(project_id in (key.projects or ()) for key in config.keys.values())
            or any(project_id == deployment.project_id for deployment in self.store.all(Deployment))
        )

    def url(self, deployment: Deployment, endpoint: Endpoint) -> str:
        """The URL of an endpoint. A private one starts to listen, unless URLs have the service's style."""
        network = endpoint.private_network_id
        if self.config.endpoints == "service":
            domain = f"{network}.internal" if network else f"ifr.{deployment.region}.scaleway.com"
            return f"https://{deployment.id}.{domain}"
        return (
            self.listeners.private_url(deployment.id, endpoint.id)
            if network
            else self.listeners.public_url(deployment.id)
        )

    def sync_listeners(self) -> None:
        """Listen for every private endpoint that exists now, and stop listening for those that don't."""
        now = self.clock.time()
        private = {
            endpoint.id: self.url(deployment, endpoint)
            for deployment in self.store.all(Deployment)
            for endpoint in deployment.endpoints
            if endpoint.private_network_id and deployment.status_at(now) != DELETED
        }
        self.listeners.close(keep=private)

    def jittered(self, seconds: float) -> float:
        """``seconds``, longer or shorter at random by up to the configured jitter."""
        return seconds * (1 + self.config.jitter * self._random.uniform(-1, 1))

    def _with_identity(self, config: Config) -> Config:
        """The settings with key and project: those of the settings, of the state file, or new ones, in this order."""
        known = self.store.get(Identity, IDENTITY)
        identity = Identity(
            id=IDENTITY,
            secret_key=config.secret_key or (known.secret_key if known else str(uuid.uuid4())),
            project_id=config.project_id or (known.project_id if known else str(uuid.uuid4())),
        )
        self.store.put(identity)
        return config.model_copy(update=identity.model_dump(exclude={"id"}))

    def _load_catalog(self) -> None:
        records = list(catalog.load(self.project_id))
        for record in (*records, *resources(self.config.initial, records, self.project_id, self.region, self._time())):
            self.store.put(record)
