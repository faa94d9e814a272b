# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How resources are read, and the reads that jobs wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

from .._client.errors import InferenceError
from .resource import R, is_older


@dataclass(frozen=True)
class Reader(Generic[R]):
    """How resources of one kind are read.

    kind: the word for one in messages, such as C(deployment).
    get: one by its ID, null where there is none; the only proof that one is gone.
    find: all with exactly this name.
    list: all that the jobs may wait for; null: each job reads for itself.
    """

    kind: str
    get: Callable[[str], R | None]
    find: Callable[[str], tuple[R, ...]]
    list: Callable[[], Iterable[R]] | None = None


@dataclass(eq=False)
class PendingRead(Generic[R]):
    """A read that a job waits for. It is due at C(due); a list that began at C(since) or later may serve it.

    pick: takes the answer from the resources of a list, by ID; returns null where the list doesn't show it. Without
    C(pick), the job only waits for the time.
    """

    since: float
    due: float
    pick: Callable[[Mapping[str, R]], Any] | None
    resumed: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    error: InferenceError | None = None


def newer_than(known: R) -> Callable[[Mapping[str, R]], R | None]:
    """A function that picks the resource from a list, unless the list shows an older state than is known."""

    def pick(listed: Mapping[str, R]) -> R | None:
        found = listed.get(known.id)
        return None if found is None or is_older(found, known) else found

    return pick
