# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the records are: in memory, written through to SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar, cast

from emulator.records import Record

R = TypeVar("R", bound=Record)

#: How many earlier versions of a record are remembered, for lists that lag behind.
VERSIONS = 50


class Store:
    """Records by kind and ID, in the order in which they first came, and as they were before.

    Reads never touch the disk. One thread at a time: the emulator keeps it to the event loop's.
    """

    def __init__(self, path: str = ":memory:", now: Callable[[], float] = time.time) -> None:
        """Open ``path``, a SQLite file that is made if need be. Raises ``sqlite3.Error`` when it can't be used."""
        self._now = now
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # A crash of the machine may cost the last records; waiting for the disk at each write isn't worth it.
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS records (kind TEXT, id TEXT, body TEXT NOT NULL, UNIQUE (kind, id))"
        )
        self._tables: dict[type[Record], dict[str, Record]] = {}
        # By kind and ID: (epoch seconds, the record as it was until then). In memory only.
        self._earlier: dict[type[Record], dict[str, list[tuple[float, Record]]]] = {}

    def all(self, kind: type[R]) -> list[R]:
        """All records of a kind, oldest first."""
        return list(self._table(kind).values())

    def all_at(self, kind: type[R], moment: float) -> list[R]:
        """All records of a kind as they were then (epoch seconds), oldest first."""
        now, earlier = self._table(kind), self._earlier.get(kind, {})
        # Those that are gone by now come last; lists are sorted by whoever shows them.
        ids = [*now, *(one for one in earlier if one not in now)]
        found = []
        for record_id in ids:
            past = next((one for until, one in earlier.get(record_id, ()) if moment < until), now.get(record_id))
            if past is not None:
                found.append(cast("R", past))
        return found

    def get(self, kind: type[R], record_id: str) -> R | None:
        """One record, or None."""
        return self._table(kind).get(record_id)

    def put(self, record: Record) -> None:
        """Add a record, or replace the one with its ID."""
        self._remember(record)
        self._table(type(record))[record.id] = record
        self._db.execute(
            "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (type(record).__name__, record.id, record.model_dump_json()),
        )

    def delete(self, record: Record) -> None:
        """Forget a record."""
        self._remember(record)
        self._table(type(record)).pop(record.id, None)
        self._db.execute("DELETE FROM records WHERE kind = ? AND id = ?", (type(record).__name__, record.id))

    def clear(self) -> None:
        """Forget all records."""
        self._tables.clear()
        self._earlier.clear()
        self._db.execute("DELETE FROM records")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _remember(self, record: Record) -> None:
        """Keep the record as it is until now. One that isn't there yet counts from its own ``created_at``."""
        before = self._table(type(record)).get(record.id)
        if before is not None:
            versions = self._earlier.setdefault(type(record), {}).setdefault(record.id, [])
            versions.append((self._now(), before))
            del versions[:-VERSIONS]

    def _table(self, kind: type[R]) -> dict[str, R]:
        if kind not in self._tables:
            rows = self._db.execute("SELECT id, body FROM records WHERE kind = ? ORDER BY rowid", (kind.__name__,))
            self._tables[kind] = {row[0]: kind.model_validate_json(row[1]) for row in rows}
        return cast("dict[str, R]", self._tables[kind])
