# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator: its settings, its clock, its records, and what it was told to do wrong."""

from __future__ import annotations

import asyncio
import random
import time
import uuid

from emulator import catalog
from emulator.config import Clock, Config, Key
from emulator.doors import Doors
from emulator.faults import FaultBook
from emulator.journal import JournalEntry
from emulator.records import Deployment, Endpoint, Identity, NodeType
from emulator.store import Store
from emulator.timeline import DELETED

IDENTITY = "identity"


class Emulator:
    """The state that both API versions share. Only the event loop's thread may touch it."""

    def __init__(self, config: Config | None = None, clock: Clock = time) -> None:
        """Open the state file of ``config``, if there's one. Raises ``sqlite3.Error`` when that fails."""
        config = config or Config()
        self.clock = clock
        self.store = Store(config.state, self._time)
        self.doors = Doors(self.store)
        self.faults = FaultBook()
        self.journal: list[JournalEntry] = []
        #: Set at the next reset: what began before must have no effect after it.
        self.over = asyncio.Event()
        self.config = self._identify(config)
        self._random = random.Random(config.seed)
        if not self.store.all(NodeType):
            self._seed()

    def reset(self, config: Config, clock: Clock) -> None:
        """Forget all that happened, and begin again with these settings; key and project stay unless they're given."""
        known = {"secret_key": self.secret_key, "project_id": self.project_id}
        config = config.model_copy(update={name: getattr(config, name) or value for name, value in known.items()})
        self.over.set()
        self.over = asyncio.Event()
        self.doors.close()
        self.store.clear()
        self.faults.clear()
        self.journal.clear()
        self.clock = clock
        self.config = self._identify(config)
        self._random = random.Random(config.seed)
        self._seed()

    def _time(self) -> float:
        # The clock may be another one after a reset.
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
    def region(self) -> str:
        """The default region."""
        return self.config.regions[0]

    def key(self, secret: str) -> Key | None:
        """What a secret key may do, or None if there's no such key."""
        return Key() if secret == self.secret_key else self.config.keys.get(secret)

    def url(self, deployment: Deployment, endpoint: Endpoint) -> str:
        """Where an endpoint answers; the only place that knows."""
        network = endpoint.private_network_id
        if self.config.endpoints == "service":
            place = f"{network}.internal" if network else f"ifr.{deployment.region}.scaleway.com"
            return f"https://{deployment.id}.{place}"
        return self.doors.private(deployment.id, endpoint.id) if network else self.doors.public(deployment.id)

    def settle(self) -> None:
        """Listen for the private endpoints that there are by now, and no longer for those that are gone."""
        now = self.clock.time()
        private = {
            endpoint.id: self.url(deployment, endpoint)
            for deployment in self.store.all(Deployment)
            for endpoint in deployment.endpoints
            if endpoint.private_network_id and deployment.status_at(now) != DELETED
        }
        self.doors.close(but=private)

    def jittered(self, seconds: float) -> float:
        """A duration near ``seconds``, by the configured jitter."""
        return seconds * (1 + self.config.jitter * self._random.uniform(-1, 1))

    def _identify(self, config: Config) -> Config:
        """Settle key and project: those asked for, else those of the state file, else new ones."""
        known = self.store.get(Identity, IDENTITY)
        identity = Identity(
            id=IDENTITY,
            secret_key=config.secret_key or (known.secret_key if known else str(uuid.uuid4())),
            project_id=config.project_id or (known.project_id if known else str(uuid.uuid4())),
        )
        self.store.put(identity)
        return config.model_copy(update=identity.model_dump(exclude={"id"}))

    def _seed(self) -> None:
        for record in catalog.load(self.project_id):
            self.store.put(record)
