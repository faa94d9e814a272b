# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watcher: running jobs, reading for them, and progress lines."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.cancellation import Cancellation
from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import (
    InferenceError,
    RequestError,
    WaitError,
)
from ansible_collections.scaleway.inference.plugins.module_utils._reconcile.polling import duration
from ansible_collections.scaleway.inference.plugins.module_utils._reconcile.progress import Overview
from ansible_collections.scaleway.inference.plugins.module_utils._reconcile.reads import Reader
from ansible_collections.scaleway.inference.plugins.module_utils._reconcile.watcher import Watcher
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock


@dataclass(frozen=True)
class Thing:
    id: str
    name: str | None
    status: str | None = "creating"
    created_at: str | None = None
    updated_at: str | None = None
    project_id: str | None = None

    @property
    def label(self) -> str:
        return self.name or self.id

    @property
    def is_deleting(self) -> bool:
        return self.status == "deleting"

    @property
    def is_stable(self) -> bool:
        return self.status == "ready"

    @property
    def has_known_status(self) -> bool:
        return self.status in ("creating", "ready", "deleting")


class Service:
    """A service whose resources each become ready at a time of their own; counts reads."""

    def __init__(self, clock: ManualClock, **ready_at: float) -> None:
        self.clock = clock
        self.ready_at = ready_at
        self.gets: list[str] = []
        self.lists: list[float] = []
        self.failures: list[InferenceError] = []
        self.unlisted: set[str] = set()

    def thing(self, name: str) -> Thing:
        is_ready = self.clock.monotonic() >= self.ready_at[name]
        return Thing(name, name, "ready" if is_ready else "creating")

    def get(self, thing_id: str) -> Thing | None:
        self.gets.append(thing_id)
        self._fail()
        return self.thing(thing_id) if thing_id in self.ready_at else None

    def find(self, name: str) -> tuple[Thing, ...]:
        return tuple(filter(None, [self.get(name)]))

    def list(self) -> Sequence[Thing]:
        self.lists.append(self.clock.monotonic())
        self._fail()
        return [self.thing(name) for name in self.ready_at if name not in self.unlisted]

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop()


def make(
    service: Service, *, lists: bool = False, timeout: float = 3600, parallel: int = 1, overview: Overview | None = None
) -> tuple[Watcher[Thing], list[str]]:
    lines: list[str] = []
    watcher = Watcher(
        Reader("thing", service.get, service.find, service.list if lists else None),
        clock=service.clock,
        progress=lines.append,
        cancellation=Cancellation(),
        deadline=service.clock.monotonic() + timeout,
        parallel=parallel,
        overview=overview,
    )
    return watcher, lines


def is_ready(seen: Thing | None) -> bool:
    return seen is not None and seen.status == "ready"


def until_ready(thing: Thing) -> Callable[[Watcher[Thing]], Thing | None]:
    return lambda watcher: watcher.wait_until(thing, is_ready)


def outage() -> RequestError:
    return RequestError("no answer", route="GET /things", transient=True, effect_unknown=False)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (12.9, "12s"), (59.99, "59s"), (60, "1m00s"), (190, "3m10s"), (3599, "59m59s"), (3900, "1h05m")],
)
def test_durations_are_short_texts(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.integers(1, 3500))
def test_polls_are_a_tenth_of_the_time_waited_within_two_and_fifteen_seconds(ready_at: int) -> None:
    service = Service(ManualClock(), it=ready_at)
    watcher, lines = make(service)
    assert is_ready(watcher.run_one(until_ready(service.thing("it"))))
    begun = 0.0
    for pause in service.clock.sleeps:
        usual = min(15.0, max(2.0, begun / 10))
        assert 0.9 * usual <= pause <= 1.1 * usual
        begun += pause
    assert service.clock.monotonic() <= ready_at + 16.5
    assert lines[0] == "thing it: creating (0s)"
    assert lines[-1] == f"thing it: ready ({duration(service.clock.monotonic())})"
    # At least every 30 s and the length of a poll there is a line.
    assert len(lines) - 1 >= service.clock.monotonic() / 46.5 - 1


@given(st.integers(0, 7200), st.booleans())
def test_a_wait_ends_at_the_deadline(timeout: int, lists: bool) -> None:
    service = Service(ManualClock(), it=math.inf)
    watcher, _lines = make(service, timeout=timeout, lists=lists)
    with pytest.raises(WaitError, match="thing it is still creating after"):
        watcher.run_one(until_ready(service.thing("it")))
    assert service.clock.monotonic() == pytest.approx(timeout)


def test_no_wait_needs_no_read_and_no_progress_line() -> None:
    service = Service(ManualClock(), it=0)
    watcher, lines = make(service, lists=True, overview=Overview("all", "ready", 0))
    assert is_ready(watcher.run_one(until_ready(service.thing("it"))))
    assert (lines, service.clock.sleeps, service.lists, service.gets) == ([], [], [], [])


@given(st.lists(st.floats(0, 600), min_size=1, max_size=20), st.integers(1, 12))
def test_one_list_serves_all_waiting_jobs(ready_at: list[float], parallel: int) -> None:
    service = Service(ManualClock(), **{f"thing-{number}": at for number, at in enumerate(ready_at)})
    watcher, lines = make(service, lists=True, parallel=parallel, overview=Overview("all", "ready", 1))
    things = {name: service.thing(name) for name in service.ready_at}
    ended = watcher.run({name: until_ready(thing) for name, thing in things.items()})
    assert {name: is_ready(one) for name, one in ended.items() if not isinstance(one, InferenceError)} == dict.fromkeys(
        things, True
    )
    assert service.gets == []
    # As many as only one of them would have needed, if it had been the slowest.
    assert len(service.lists) <= max(ready_at) / 1.8 + 1
    if service.lists:
        count = len(ready_at) + 1
        assert lines[-1] == f"all: {count}/{count} ready, {duration(service.clock.monotonic())}"


def test_resource_missing_in_a_list_is_read_by_its_id() -> None:
    service = Service(ManualClock(), new=0, other=0)
    service.unlisted.add("new")
    watcher, _lines = make(service, lists=True)
    assert watcher.run_one(lambda watching: watching.refresh(service.thing("new"))) == service.thing("new")
    assert (len(service.lists), service.gets) == (1, ["new"])


def test_list_with_an_older_state_is_ignored() -> None:
    service = Service(ManualClock(), it=0)
    known = replace(service.thing("it"), updated_at="2026-01-01T00:00:00Z")
    watcher, _lines = make(service, lists=True)
    watcher.run_one(lambda watching: watching.refresh(known))
    assert service.gets == ["it"]


@pytest.mark.parametrize("lists", [False, True])
def test_names_are_read_after_the_time_asked_for(lists: bool) -> None:
    service = Service(ManualClock(), it=0)
    watcher, _lines = make(service, lists=lists)
    assert watcher.run_one(lambda watching: watching.named("it", after=4)) == (service.thing("it"),)
    assert service.clock.monotonic() == 4
    assert service.lists == ([4.0] if lists else [])


@pytest.mark.parametrize("lists", [False, True])
def test_a_short_outage_does_not_end_a_wait(lists: bool) -> None:
    service = Service(ManualClock(), it=100)
    service.failures = [outage() for _failure in range(8)]
    watcher, lines = make(service, lists=lists)
    assert is_ready(watcher.run_one(until_ready(service.thing("it"))))
    assert sum("no answer; asking again" in line for line in lines) == 8


@pytest.mark.parametrize("lists", [False, True])
def test_long_outage_ends_a_wait(lists: bool) -> None:
    service = Service(ManualClock(), it=100)
    service.failures = [outage() for _failure in range(11)]
    watcher, _lines = make(service, lists=lists)
    with pytest.raises(RequestError, match="no answer"):
        watcher.run_one(until_ready(service.thing("it")))


@given(st.integers(1, 12), st.integers(1, 4))
def test_at_most_parallel_jobs_work_at_once(count: int, parallel: int) -> None:
    service = Service(ManualClock(), **{f"thing-{number}": number for number in range(count)})
    watcher, _lines = make(service, lists=True, parallel=parallel)
    lock, working, most = threading.Lock(), 0, 0

    def job(name: str, watching: Watcher[Thing]) -> None:
        nonlocal working, most
        for _turn in range(3):
            with lock:
                working += 1
                most = max(most, working)
            with lock:
                working -= 1
            watching.refresh(service.thing(name))

    ended = watcher.run({name: partial(job, name) for name in service.ready_at})
    assert (len(ended), most <= parallel) == (count, True)


@pytest.mark.parametrize("fail_fast", [False, True])
def test_an_error_ends_its_job_and_with_fail_fast_keeps_others_from_beginning(fail_fast: bool) -> None:
    service = Service(ManualClock(), a=0, b=0)
    watcher, _lines = make(service)

    def fail(_watching: Watcher[Thing]) -> None:
        raise WaitError("broken")

    ended = watcher.run({"a": fail, "b": lambda _watching: None}, fail_fast=fail_fast)
    assert str(ended["a"]) == "broken"
    assert ("b" in ended) is not fail_fast


def test_any_other_exception_ends_the_run() -> None:
    service = Service(ManualClock(), a=math.inf, b=0)
    cancellation = Cancellation()
    watcher = Watcher(
        Reader("thing", service.get, service.find),
        clock=service.clock,
        progress=[].append,
        cancellation=cancellation,
        deadline=3600,
        parallel=2,
    )
    errors: list[str] = []

    def wait(watching: Watcher[Thing]) -> None:
        try:
            watching.wait_until(service.thing("a"), is_ready)
        except InferenceError as error:
            errors.append(str(error))
            raise

    def interrupt(watching: Watcher[Thing]) -> None:
        watching.pause(10)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watcher.run({"a": wait, "b": interrupt})
    assert errors == ["the run was interrupted: nothing more was begun. The next run continues from there"]
    with pytest.raises(InferenceError, match="interrupted"):
        cancellation.check()
