# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a list page by page, whatever the service does about sizes and totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

from .errors import AnswerError
from .transport import Answer

T = TypeVar("T")

PAGE_SIZE = 100
# The bound for a list that never ends. It allows 50,000 items with the smallest pages that the service is known to use.
MAX_PAGES = 1000

Paging: TypeAlias = "list[tuple[str, str | int]]"
# The items of a page, each with what identifies it, and null for one to leave out; and the total of the whole list, 0
# if the answer doesn't tell it.
Page: TypeAlias = "tuple[list[tuple[str, T | None]], int]"


def read_pages(route: str, page_size_parameter: str, request: Callable[[Paging], Page[T]]) -> Iterator[T]:
    """All items of a list.

    Reading ends when the total is reached, with an empty page, or after two pages without a new item, since the
    service may ignore the page size, and may send the total in the body, in `X-Total-Count`, or not at all. Items that
    were seen before are dropped, since items may move to another page meanwhile. Raises AnswerError for a list of more
    than MAX_PAGES pages.

    route: the method and the path, for messages
    request: reads the page that the query parameters ask for
    """
    seen: set[str] = set()
    stale_pages = 0
    for page in range(1, MAX_PAGES + 1):
        items, total = request([("page", page), (page_size_parameter, PAGE_SIZE)])
        before = len(seen)
        for identity, item in items:
            if identity not in seen:
                seen.add(identity)
                if item is not None:
                    yield item
        if not items or 0 < total <= len(seen):
            return
        stale_pages = stale_pages + 1 if len(seen) == before else 0
        if stale_pages == 2:
            return
    raise AnswerError(
        f"{route}: the list has more than {MAX_PAGES} pages ({len(seen)} items so far), which is more than the "
        "collection reads; ask for less, by name, tags or project, and contact Scaleway's support if it has no end",
        route=route,
    )


def header_total(answer: Answer) -> int:
    """The total of a list by its header; 0 if that is missing or invalid."""
    value = answer.headers.get("X-Total-Count", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
