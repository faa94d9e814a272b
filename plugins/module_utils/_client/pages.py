# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a list page by page, whatever the service does about sizes and totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

from .answers import Answer
from .clock import Clock
from .errors import AnswerError
from .limits import MAX_ITEMS, MAX_LIST_SECONDS, MAX_PAGES

T = TypeVar("T")

PAGE_SIZE = 100

Paging: TypeAlias = "list[tuple[str, str | int]]"
# The items of a page, each with what identifies it, and null for one to leave out; and the total of the whole list, 0
# if the answer doesn't tell it.
Page: TypeAlias = "tuple[list[tuple[str, T | None]], int]"


def read_pages(route: str, page_size_parameter: str, request: Callable[[Paging], Page[T]], clock: Clock) -> Iterator[T]:
    """All items of a list.

    Reading ends when the total is reached, with an empty page, or after two pages without a new item, since the
    service may ignore the page size, and may send the total in the body, in `X-Total-Count`, or not at all. A total of
    less than what came isn't believed. Items that were seen before are dropped, since items may move to another page
    meanwhile. Raises AnswerError for a list of more than MAX_PAGES, MAX_ITEMS or MAX_LIST_SECONDS.

    route: the method and the path, for messages
    request: reads the page that the query parameters ask for
    """
    seen: set[str] = set()
    stale_pages = 0
    begin = clock.monotonic()
    for page in range(1, MAX_PAGES + 1):
        if clock.monotonic() - begin > MAX_LIST_SECONDS:
            raise _endless(route, f"isn't at its end after {MAX_LIST_SECONDS:.0f} s", seen)
        items, total = request([("page", page), (page_size_parameter, PAGE_SIZE)])
        before = len(seen)
        for identity, item in items:
            if identity not in seen:
                seen.add(identity)
                if item is not None:
                    yield item
        if not items or total == len(seen):
            return
        if len(seen) > MAX_ITEMS:
            raise _endless(route, f"has more than {MAX_ITEMS:,} items", seen)
        stale_pages = stale_pages + 1 if len(seen) == before else 0
        if stale_pages == 2:
            return
    raise _endless(route, f"has more than {MAX_PAGES} pages", seen)


def _endless(route: str, what: str, seen: set[str]) -> AnswerError:
    return AnswerError(
        f"{route}: the list {what} ({len(seen)} items so far), which is more than the collection reads; ask for less, "
        "by name, tags or project, and contact Scaleway's support if it has no end",
        route=route,
    )


def header_total(answer: Answer) -> int:
    """The total of a list by its header; 0 if that is missing or invalid."""
    value = answer.headers.get("X-Total-Count", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
