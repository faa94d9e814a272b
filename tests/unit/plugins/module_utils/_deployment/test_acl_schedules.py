# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two concurrent C(acl) tasks: every order in which their requests can reach the service.

With C(--thorough), each start is followed until a run has planned again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._deployment import apply_rules
from ansible_collections.scaleway.inference.tests.support.acl_pairs import (
    BY_RULE,
    PAIRS,
    STARTS,
    Ended,
    Rules,
    may_open,
    problem,
)
from ansible_collections.scaleway.inference.tests.support.acl_schedules import (
    Ending,
    advance,
    moments,
    one_after_the_other,
)

# From these, a run is followed until it would plan again.
BRIEF = frozenset(("x y z", "x x y"))


@pytest.fixture(autouse=True)
def few_turns(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, begin: str) -> Iterator[None]:
    """Let a run plan again only once: each further replan multiplies the orders, and tests nothing new."""
    monkeypatch.setattr(
        apply_rules, "MAX_REPLANS", 1 if begin in BRIEF and not request.config.getoption("thorough") else 2
    )
    advance.cache_clear()
    yield
    advance.cache_clear()


def networks(rules: Rules) -> set[str]:
    return {ip for ip, _description in rules}


@pytest.mark.parametrize(
    "begin", [pytest.param(one, marks=[] if one == "x x y" else [pytest.mark.slow]) for one in STARTS]
)
@pytest.mark.parametrize("pair", PAIRS, ids=" beside ".join)
def test_any_order_of_requests_ends_like_sequential_runs_or_fails(begin: str, pair: tuple[str, str]) -> None:
    rules = STARTS[begin]
    orders = [one_after_the_other(rules, *pair), one_after_the_other(rules, *reversed(pair))]
    let_in = networks(rules).intersection(*(networks(one_after_the_other(rules, name)) for name in pair))
    wrong: Counter[str] = Counter()
    ends = 0
    for moment, *steps in moments(rules, *pair):
        now = moment.service.plain
        if not now and not may_open(pair) and not BY_RULE.issuperset(pair):
            wrong["open to every address for a moment"] += 1
        if now and let_in - networks(now):
            wrong["locked out what both let in"] += 1
        first, second = steps
        if isinstance(first, Ending) and isinstance(second, Ending):
            ends += 1
            wrong[problem(pair, Ended(now, (first.message, second.message)), orders) or ""] += 1
    wrong.pop("", None)
    assert not wrong
    assert ends
