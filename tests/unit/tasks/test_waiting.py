# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a wait polls and what it says."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import WaitError
from ansible_collections.scaleway.inference.plugins.module_utils._reconcile.progress import duration
from support.clock import ManualClock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (12.9, "12s"), (59.99, "59s"), (60, "1m00s"), (190, "3m10s"), (3599, "59m59s"), (3900, "1h05m")],
)
def test_durations_read_as_people_write_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.integers(1, 3500), st.integers(0, 2**32))
def test_polls_begin_at_two_seconds_and_grow_to_fifteen(ready_after: int, seed: int) -> None:
    clock, lines = ManualClock(), []
    wait = Wait(clock, lines.append, 3600, random.Random(seed))

    def status(_seen: None) -> str:
        return "ready" if clock.monotonic() >= ready_after else "creating"

    wait.until("it", None, lambda: None, status, lambda seen: status(seen) == "ready")
    assert 1.8 <= clock.sleeps[0] <= 2.2
    assert max(clock.sleeps) <= 16.5
    assert clock.monotonic() <= ready_after + 16.5
    assert lines[0] == "it: creating (0s)"
    assert lines[-1] == f"it: ready ({duration(clock.monotonic())})"
    # At least every 30 s and the length of a poll there is a word.
    assert len(lines) - 1 >= clock.monotonic() / 46.5 - 1


@given(st.integers(0, 7200))
def test_the_time_is_kept(timeout: int) -> None:
    clock, lines = ManualClock(), []
    with pytest.raises(WaitError, match="it is still creating after"):
        Wait(clock, lines.append, timeout).until("it", None, lambda: None, lambda _: "creating", lambda _: False)
    assert clock.monotonic() == pytest.approx(timeout)


def test_nothing_is_said_where_there_is_nothing_to_wait_for() -> None:
    clock, lines = ManualClock(), []
    Wait(clock, lines.append, 3600).until("it", None, lambda: None, lambda _: "ready", lambda _: True)
    assert lines == []
    assert clock.sleeps == []
