# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs, a thread each, and reads the resources that they wait for. Times are in seconds."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from .._client.cancellation import Cancellation
from .._client.clock import Clock
from .._client.errors import InferenceError
from .._task import Context, Progress
from .polling import poll_delay
from .progress import REPORT_INTERVAL, Overview, StatusLines
from .reads import PendingRead, Reader, newer_than
from .resource import R, shown_status, timeout_error

T = TypeVar("T")

# While jobs work, a list begins at most once in this time, as it may have many pages.
LIST_INTERVAL = 0.25
# How many reads in a row may fail: a short outage of the service must not end a wait of half an hour.
MAX_FAILED_POLLS = 10
# How long an interrupted run waits for requests that it has sent, to learn what they created.
INTERRUPT_GRACE = 5.0


class Watcher(Generic[R]):
    """Runs jobs, a thread each, and reads for all of them what they wait for.

    A job holds one of C(parallel) turns while it works, and none while it waits. The thread that calls C(run) reads
    the lists, and is the one that an interruption such as Ctrl-C stops.

    deadline: when all waits time out, as a time of C(clock). overview: the words of a progress line about all jobs.
    """

    def __init__(
        self,
        reader: Reader[R],
        *,
        clock: Clock,
        progress: Progress,
        cancellation: Cancellation,
        deadline: float,
        parallel: int = 1,
        overview: Overview | None = None,
    ) -> None:
        self.reader = reader
        self.progress = progress
        self._clock = clock
        self._cancellation = cancellation
        self._deadline = deadline
        self._parallel = parallel
        self._overview = overview
        # Guards the fields below. The thread of C(run) waits for it to be notified; a job waits for its own event.
        self._changed = threading.Condition()
        self._working = 0
        self._queue: deque[tuple[str, Callable[[Watcher[R]], Any]]] = deque()
        self._waiting: list[PendingRead[R]] = []
        self._resuming: deque[PendingRead[R]] = deque()
        self._ended: dict[str, Any] = {}
        self._crash: BaseException | None = None
        self._fail_fast = False
        # For lists and the line about all jobs. Only the thread of C(run) uses them; jobs write their statuses.
        self._job = threading.local()
        self._statuses: dict[str, str] = {}
        self._next_list = -math.inf
        self._failed_lists = 0
        self._begin = self._reported_at = clock.monotonic()
        self._reported_line: tuple[Any, ...] = ()

    # For the caller

    def run(
        self, jobs: Mapping[str, Callable[[Watcher[R]], T]], *, fail_fast: bool = False
    ) -> dict[str, T | InferenceError]:
        """Run all jobs; return how each ended: what it returned, or the InferenceError that it raised.

        fail_fast: whether no job begins after one has failed; those that never began are left out of the result.
        Any other exception, Ctrl-C included, is raised and ends the run: no request begins after it.
        """
        try:
            with self._changed:
                self._fail_fast = fail_fast
                self._queue.extend(jobs.items())
                self._hand_out_turns()
            self._watch(jobs)
        except BaseException:
            self._stop()
            raise
        return self._ended

    def run_one(self, job: Callable[[Watcher[R]], T]) -> T:
        """Run one job; return what it returns, and raise what it raises."""
        ended = self.run({"": job})[""]
        if isinstance(ended, InferenceError):
            raise ended
        return ended

    # For the jobs: each call but C(now) blocks until a read that began after it

    def now(self) -> float:
        """The present time, by the clock of the run."""
        return self._clock.monotonic()

    def named(self, name: str, *, after: float = 0.0) -> tuple[R, ...]:
        """All resources with this name, read C(after) seconds from now or later."""
        due = self._clock.monotonic() + after
        pending: PendingRead[R] = PendingRead(
            due, due, lambda listed: tuple(one for one in listed.values() if one.name == name)
        )
        self._wait_for(pending)
        found: tuple[R, ...] = self.reader.find(name) if pending.answer is None else pending.answer
        return found

    def refresh(self, resource: R) -> R | None:
        """The resource as a read that begins now shows it; null if it is gone."""
        now = self._clock.monotonic()
        pending = PendingRead(now, now, newer_than(resource))
        self._wait_for(pending)
        seen: R | None = self.reader.get(resource.id) if pending.answer is None else pending.answer
        return seen

    def wait_until(
        self, resource: R, done: Callable[[R | None], bool], status_of: Callable[[R | None], str] = shown_status
    ) -> R | None:
        """Poll the resource until C(done) returns true for it; return it then.

        done: gets null once the resource is gone; what it raises ends the wait. status_of: the status in messages,
        after C(done). Raises WaitError at the deadline, and the error of a read that isn't transient, or that keeps
        failing.
        """
        begin = self._clock.monotonic()
        every = REPORT_INTERVAL if self._overview is None else math.inf
        lines = StatusLines(self.progress, f"{self.reader.kind} {resource.label}", begin, every)
        seen: R | None = resource
        failed = 0
        while True:
            now = self._clock.monotonic()
            is_done = done(seen)
            status = status_of(seen)
            lines.report(status, now, done=is_done)
            if not is_done or self._job.key in self._statuses:
                self._statuses[self._job.key] = status
            if is_done:
                return seen
            if now >= self._deadline:
                raise timeout_error(self.reader.kind, resource, seen, status, now - self._begin)
            pending = PendingRead(now, min(now + poll_delay(now - begin), self._deadline), newer_than(seen or resource))
            self._wait_for(pending)
            if pending.answer is not None:
                seen = pending.answer
                continue
            try:
                seen = self.reader.get(resource.id)
                failed = 0
            except InferenceError as error:
                failed += 1
                if not error.transient or failed > MAX_FAILED_POLLS:
                    raise
                self.progress(f"{self.reader.kind} {resource.label}: {error}; asking again")

    def pause(self, seconds: float) -> None:
        """Wait so many seconds, while other jobs work."""
        due = self._clock.monotonic() + seconds
        self._wait_for(PendingRead(due, due, None))

    # Turns

    def _wait_for(self, pending: PendingRead[R]) -> None:
        """Give the turn away until the read can be made; return with a turn again. Raises the error of the list.

        Raises Cancelled once the run is interrupted.
        """
        with self._changed:
            self._cancellation.check()
            self._waiting.append(pending)
            self._working -= 1
            self._hand_out_turns()
            self._changed.notify()
        pending.resumed.wait()
        self._cancellation.check()
        if pending.error is not None:
            raise pending.error

    def _hand_out_turns(self) -> None:
        """Give free turns to jobs that have begun, then to others. The caller holds C(_changed)."""
        while self._working < self._parallel:
            if self._resuming:
                self._resuming.popleft().resumed.set()
            elif self._queue:
                threading.Thread(target=self._run_job, args=self._queue.popleft(), daemon=True).start()
            else:
                return
            self._working += 1

    def _run_job(self, key: str, job: Callable[[Watcher[R]], Any]) -> None:
        self._job.key = key
        ended: Any = None
        crash: BaseException | None = None
        try:
            ended = job(self)
        except InferenceError as error:
            ended = error
        except BaseException as error:  # C(run) raises it again, in the caller's thread
            crash = error
        with self._changed:
            self._crash = self._crash or crash
            self._ended[key] = ended
            if self._fail_fast and isinstance(ended, InferenceError):
                self._queue.clear()
            self._working -= 1
            self._hand_out_turns()
            self._changed.notify()

    # Reading for the jobs

    def _watch(self, jobs: Mapping[str, object]) -> None:
        while True:
            with self._changed:
                if self._crash is not None:
                    raise self._crash
                if not (self._working or self._waiting):
                    break
                seconds = self._until_due()
                if seconds > 0:
                    self._clock.wait(self._changed, seconds, working=self._working > 0)
                    continue
                due = [pending for pending in self._waiting if pending.due <= self._clock.monotonic()]
                waiting = list(self._waiting)
                if self.reader.list is None or all(pending.pick is None for pending in due):
                    self._resume(due)
                    continue
            self._list(self.reader.list, waiting)
            self._report(jobs)
        if self._statuses:
            self._report(jobs)

    def _until_due(self) -> float:
        """Seconds until a read is due, or a pause ends. The caller holds C(_changed)."""
        due = min((pending.due for pending in self._waiting), default=math.inf)
        if self.reader.list is not None and (self._working or self._failed_lists):
            due = max(due, self._next_list)
        return due - self._clock.monotonic()

    def _list(self, read: Callable[[], Iterable[R]], waiting: Iterable[PendingRead[R]]) -> None:
        """Read the list, and resume the jobs that waited before it began, each with what it shows for it.

        A job that finds nothing there reads for itself: a list that lags behind the service doesn't show what is new,
        and shows what has changed as it was before.
        """
        began = self._clock.monotonic()
        self._next_list = began + LIST_INTERVAL
        failure: InferenceError | None = None
        listed: dict[str, R] = {}
        try:
            listed = {one.id: one for one in read()}
            self._failed_lists = 0
        except InferenceError as error:
            self._failed_lists += 1
            failure = error
        with self._changed:
            if failure is not None and failure.transient and self._failed_lists <= MAX_FAILED_POLLS:
                what = self._overview.what if self._overview else f"the list of {self.reader.kind}s"
                self.progress(f"{what}: {failure}; asking again")
                self._next_list = self._clock.monotonic() + poll_delay(0.0)
                return
            served = [pending for pending in waiting if pending.pick is not None and pending.since <= began]
            for pending in served:
                pending.error = failure
                pending.answer = None if failure or pending.pick is None else pending.pick(listed)
            self._resume(served)

    def _resume(self, pending_reads: Iterable[PendingRead[R]]) -> None:
        for pending in pending_reads:
            self._waiting.remove(pending)
            self._resuming.append(pending)
        self._hand_out_turns()

    def _report(self, jobs: Mapping[str, object]) -> None:
        """Report the line about all jobs, if it is new and all of them wait, or if the last one is long ago."""
        if self._overview is None:
            return
        with self._changed:
            statuses = dict(self._statuses)
            failed = {key: isinstance(ended, InferenceError) for key, ended in self._ended.items()}
            busy = self._working > 0 or self._until_due() <= 0
        now = self._clock.monotonic()
        state = (statuses, failed)
        if (busy or state == self._reported_line) and now - self._reported_at < REPORT_INTERVAL:
            return
        self.progress(self._overview.line(jobs, statuses, failed, now - self._begin))
        self._reported_line, self._reported_at = state, now

    def _stop(self) -> None:
        """Stop all jobs: no further request is sent. Waits briefly for requests that were sent."""
        self._cancellation.cancel()
        with self._changed:
            self._queue.clear()
            for pending in (*self._waiting, *self._resuming):
                self._working += 1
                pending.resumed.set()
            self._waiting.clear()
            self._resuming.clear()
            self._changed.wait_for(lambda: self._working == 0, INTERRUPT_GRACE)


def watch(
    context: Context, reader: Reader[R], *, deadline: float, parallel: int = 1, overview: Overview | None = None
) -> Watcher[R]:
    """A watcher that works with the clock, the progress and the cancellation of a task's run."""
    return Watcher(
        reader,
        clock=context.clock,
        progress=context.progress,
        cancellation=context.cancellation,
        deadline=deadline,
        parallel=parallel,
        overview=overview,
    )
