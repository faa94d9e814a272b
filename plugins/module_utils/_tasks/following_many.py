# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following many courses at once: their requests in a few threads, what they wait for by shared lists."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from .._client.errors import InferenceError
from .course import Course, Look, Need, R, Resource, Until
from .following import Sight
from .task import Run
from .waiting import FAILED_POLLS, REPORT_EVERY, duration, poll_delays, time_is_over

T = TypeVar("T")


@dataclass(frozen=True)
class Listing(Generic[R]):
    """How many resources are seen with one look: all of the project. C(sight) proves that one is gone."""

    sight: Sight[R]
    all: Callable[[], Iterable[R]]


@dataclass(frozen=True)
class Ended(Generic[T]):
    """How a course ended: with what it returned, or with an error."""

    result: T | None = None
    error: InferenceError | None = None


@dataclass
class _Follower(Generic[R, T]):
    """One course on its way, what it needs at the moment, and the status that was told last."""

    key: str
    course: Course[R, T]
    need: Need[R] | None = None
    since: float = 0.0
    status: str = ""


@dataclass(frozen=True)
class _Seen(Generic[R]):
    """What a look at one resource showed, or why it failed."""

    resource: R | None = None
    error: InferenceError | None = None


# What a thread comes back with.
_Landing: TypeAlias = "Need[R] | Ended[T] | _Seen[R]"


class ManyFollower(Generic[R, T]):
    """Follows courses within the time of one wait.

    parallel: how many threads; deadline: when the time for waiting is over, by the run's clock. For the lines of
    progress: what: all of them in words ("fleet chat"); goal: what they are to become ("ready"); already: how many
    others are that by now.
    """

    def __init__(
        self, run: Run, listing: Listing[R], *, parallel: int, deadline: float, what: str, goal: str, already: int
    ) -> None:
        self._run = run
        self._clock = run.clock
        self._report = run.report
        self._listing = listing
        self._what = what
        self._goal = goal
        self._parallel = parallel
        self._deadline = deadline
        self._already = already
        self._followers: list[_Follower[R, T]] = []
        self._begin = run.clock.monotonic()
        self._delays = poll_delays(random.Random())
        self._delay = next(self._delays)
        self._next_poll = self._begin + self._delay
        self._failures = 0
        self._told = self._begin
        self._news = False
        self._waited = False
        self._ended: dict[str, Ended[T]] = {}
        # Those that may go on, and with what: an answer to what they needed, or an error.
        self._going: deque[tuple[_Follower[R, T], Any, InferenceError | None]] = deque()
        self._running: dict[Future[_Landing[R, T]], _Follower[R, T]] = {}
        self._waiting: dict[str, _Follower[R, T]] = {}

    def follow(self, courses: Mapping[str, Course[R, T]], *, fail_fast: bool) -> dict[str, Ended[T]]:
        """How each course ended; those that weren't begun, as C(fail_fast) stopped it, are left out."""
        self._followers = [_Follower(key, course) for key, course in courses.items()]
        queue = deque(self._followers)
        with self._run.threads(self._parallel) as pool:
            while True:
                if fail_fast and any(one.error for one in self._ended.values()):
                    queue.clear()
                self._send_on(pool, queue)
                if not self._running and not self._waiting:
                    if self._waited:
                        self._summarize()
                    return self._ended
                self._clock.wait(self._running, self._until_next_look())
                for future in [one for one in self._running if one.done()]:
                    self._land(self._running.pop(future), future.result())
                if self._waiting and self._until_next_look() <= 0:
                    self._look(pool)

    def _send_on(self, pool: ThreadPoolExecutor, queue: deque[_Follower[R, T]]) -> None:
        """Give the free threads something to do: those that are on their way before those that aren't begun."""
        while len(self._running) < self._parallel and (self._going or queue):
            if self._going:
                one, answer, error = self._going.popleft()
            else:
                one, answer, error = queue.popleft(), None, None
            self._running[pool.submit(_advance, one.course, answer, error)] = one

    def _land(self, one: _Follower[R, T], landing: _Landing[R, T]) -> None:
        if isinstance(landing, Ended):
            self._ended[one.key] = landing
            self._news = True
        elif isinstance(landing, _Seen):
            in_time = isinstance(one.need, Until) and self._clock.monotonic() < self._deadline
            if landing.error is None:
                self._sighted(one, landing.resource)
            elif landing.error.transient and in_time:
                self._waiting[one.key] = one
            else:
                self._go_on(one, None, landing.error)
        else:
            one.need, one.since = landing, self._clock.monotonic()
            self._waiting[one.key] = one
            if isinstance(landing, Until):
                self._tell(one, landing, landing.resource)

    # Looking

    def _until_next_look(self) -> float:
        """Seconds until a list is due: at once where a course can't go on without, else by the clock of the polls."""
        due = min((self._due(one) for one in self._waiting.values()), default=self._next_poll)
        if self._failures:
            due = max(due, self._next_poll)
        return max(0.0, due - self._clock.monotonic())

    def _due(self, one: _Follower[R, T]) -> float:
        """When one needs a look; those that wait for a change are content with a poll now and then."""
        if isinstance(one.need, Until):
            return min(self._next_poll, self._deadline)
        return one.since + (one.need.after if isinstance(one.need, Look) else 0.0)

    def _look(self, pool: ThreadPoolExecutor) -> None:
        began = self._clock.monotonic()
        if began >= self._next_poll:
            self._delay = next(self._delays)
        try:
            seen = {one.id: one for one in self._listing.all()}
        except InferenceError as error:
            self._failures += 1
            self._next_poll = self._clock.monotonic() + self._delay
            if error.transient and self._failures <= FAILED_POLLS:
                self._report(f"{self._what}: {error}; asking again")
                return
            for one in list(self._waiting.values()):
                self._go_on(one, None, error)
            return
        self._failures = 0
        self._next_poll = self._clock.monotonic() + self._delay
        for one in list(self._waiting.values()):
            need = one.need
            if isinstance(need, Look):
                if one.since + need.after <= began:
                    named = (r for r in seen.values() if r.name == need.name)
                    self._go_on(one, tuple(named))
            elif need is not None and (found := seen.get(need.resource.id)) and not _is_older(found, need.resource):
                self._sighted(one, found)
            elif need is not None:
                # A list that lags behind doesn't show what is new, and shows what has changed as it was before; only a
                # look at the one proves how it is, or that it is gone.
                del self._waiting[one.key]
                self._running[pool.submit(self._prove, need.resource.id)] = one
        self._summarize()

    def _prove(self, resource_id: str) -> _Landing[R, T]:
        try:
            return _Seen(self._listing.sight.find(resource_id))
        except InferenceError as error:
            return _Seen(error=error)

    def _sighted(self, one: _Follower[R, T], resource: R | None) -> None:
        """What a course waits for was seen; let it go on if that is what it waits for, or wait on."""
        need = one.need
        if not isinstance(need, Until):
            return self._go_on(one, resource)
        self._tell(one, need, resource)
        self._waiting[one.key] = one
        try:
            done = need.done(resource)
        except InferenceError as error:
            return self._go_on(one, None, error)
        if done:
            return self._go_on(one, resource)
        now = self._clock.monotonic()
        if now >= self._deadline:
            return self._go_on(one, None, time_is_over(self._name(need), one.status, now - self._begin))
        return None

    def _go_on(self, one: _Follower[R, T], answer: Any, error: InferenceError | None = None) -> None:
        self._waiting.pop(one.key, None)
        one.need = None
        self._going.append((one, answer, error))

    # Telling

    def _name(self, need: Until[R]) -> str:
        return f"{self._listing.sight.kind} {need.resource.label}"

    def _tell(self, one: _Follower[R, T], need: Until[R], resource: R | None) -> None:
        status = "gone" if resource is None else resource.status or "unknown"
        if status != one.status:
            self._report(f"{self._name(need)}: {status} ({duration(self._clock.monotonic() - self._begin)})")
            one.status, self._news, self._waited = status, True, True

    def _summarize(self) -> None:
        """A line on all of them, such as: 7/10 ready, 2 deploying, 1 creating, 3m10s."""
        now = self._clock.monotonic()
        busy = bool(self._running or self._going)
        if (busy or not self._news) and now - self._told < REPORT_EVERY:
            return
        statuses = Counter(self._standing(one) for one in self._followers)
        good = self._already + statuses.pop(self._goal, 0)
        total = self._already + len(self._followers)
        others = [f"{count} {status}" for status, count in statuses.most_common()]
        parts = [f"{good}/{total} {self._goal}", *others, duration(now - self._begin)]
        self._report(f"{self._what}: {', '.join(parts)}")
        self._news, self._told = False, now

    def _standing(self, one: _Follower[R, T]) -> str:
        """How far one is, in a word."""
        ended = self._ended.get(one.key)
        if ended is None:
            return one.status or "to do"
        return self._goal if ended.error is None else "failed"


def _is_older(listed: Resource, known: Resource) -> bool:
    """Whether a list shows the resource as it was before it became what is known already."""
    return (listed.updated_at or "").rstrip("Z") < (known.updated_at or "").rstrip("Z")


def _advance(course: Course[R, T], answer: Any, error: InferenceError | None) -> _Landing[R, T]:
    """Let the course go on, in a thread of its own, to its next need or its end."""
    try:
        need: Need[R] = course.send(answer) if error is None else course.throw(error)
        return need
    except StopIteration as end:
        return Ended(result=end.value)
    except InferenceError as problem:
        return Ended(error=problem)
