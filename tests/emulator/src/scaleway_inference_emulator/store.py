# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of records: in memory, and written through to SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from scaleway_inference_emulator.records import Record

R = TypeVar("R", bound=Record)

#: How many earlier versions of a record are kept, for lists that lag behind.
VERSIONS = 50


class Store:
    """Records by kind and ID in order of creation, with their earlier versions.

    Only the first read of a kind touches the disk. Not safe to share between threads.
    """

    def __init__(self, path: str = ":memory:", now: Callable[[], float] = time.time) -> None:
        """Open the SQLite file ``path``, or create it. Raises ``sqlite3.Error`` when that fails."""
        self._now = now
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # Each write is in the system's hands when it returns, and so survives the end of the process, whatever ends it.
        # It doesn't wait for the disk: losing the last records in a crash of the machine is acceptable.
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
        # Records deleted since then come last; the callers sort.
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
        self._keep_version(record)
        self._table(type(record))[record.id] = record
        self._db.execute(
            "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (type(record).__name__, record.id, record.model_dump_json()),
        )

    def delete(self, record: Record) -> None:
        """Delete a record."""
        self._keep_version(record)
        self._table(type(record)).pop(record.id, None)
        self._db.execute("DELETE FROM records WHERE kind = ? AND id = ?", (type(record).__name__, record.id))

    def clear(self) -> None:
        """Delete all records and their earlier versions."""
        self._tables.clear()
        self._earlier.clear()
        self._db.execute("DELETE FROM records")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all writes in the block one: after a kill, the file has all of them or none. They can't be nested."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            # They are read again.
            self._tables.clear()
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _keep_version(self, record: Record) -> None:
        """Keep the stored version of a record that is about to change. A new one has no earlier version."""
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
