# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of one or two items, which shift while a list is read."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from ansible_collections.scaleway.inference.tests.chaos.memory_service import Answer, Request

_PAGING = ("page", "page_size", "per_page")


class ShiftingPages:
    """Lists that are read in small pages: which ones, and how. Each thread reads lists of its own."""

    def __init__(self, handle: Callable[[Request], Answer]) -> None:
        self._handle = handle
        self._sizes: dict[tuple[int, str], tuple[int, bool]] = {}

    def begin(self, request: Request, size: int, *, repeat: bool) -> Answer:
        """Answer this request, and the next pages of its list, with so many items each.

        ``repeat``: from the second page on, the first item is the last one of the page before, as if another one had
        been created meanwhile.
        """
        self._sizes[self._list(request)] = (size, repeat)
        return self._page(request, size, repeat)

    def answer(self, request: Request) -> Answer:
        """The answer to a request: a small page if its list has begun with one, else that of the service."""
        kept = self._sizes.get(self._list(request))
        if kept is None or request.method != "GET" or _page(request) == 1:
            self._sizes.pop(self._list(request), None)
            return self._handle(request)
        return self._page(request, *kept)

    def _list(self, request: Request) -> tuple[int, str]:
        return threading.get_ident(), _whole(request)

    def _page(self, request: Request, size: int, repeat: bool) -> Answer:
        answer = self._handle(replace(request, target=_whole(request)))
        body = json.loads(answer.body) if answer.status < 400 else {}
        begin = (_page(request) - 1) * size - (repeat and _page(request) > 1)
        short = {name: value[begin : begin + size] for name, value in body.items() if isinstance(value, list)}
        return Answer(answer.status, answer.headers, json.dumps({**body, **short}).encode()) if short else answer


def _page(request: Request) -> int:
    return int(dict(parse_qsl(urlsplit(request.target).query)).get("page", "1"))


def _whole(request: Request) -> str:
    """The target of the same list in one page."""
    url = urlsplit(request.target)
    query = [(name, value) for name, value in parse_qsl(url.query) if name not in _PAGING]
    return f"{url.path}?{urlencode([*query, *((name, '100') for name in _PAGING[1:])])}"
