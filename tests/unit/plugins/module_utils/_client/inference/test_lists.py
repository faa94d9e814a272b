# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists have all pages, however the service handles the page size and sends the total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import AnswerError
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, RecordedRequest, Reply, json_reply
from ansible_collections.scaleway.inference.tests.support.client import VERSIONS, open_api, open_emulated
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.server import EmulatorServer

DEFAULT_SIZE, LARGEST_SIZE = 50, 100
COUNTS = (0, 1, 49, 50, 51, 99, 100, 101, 250)
PARAMETERS = {"per_page only": ("per_page",), "page_size only": ("page_size",), "both": ("per_page", "page_size")}
PARAMETERS["neither"] = ()
TOTALS = {"body": (True, False), "header": (False, True), "both": (True, True), "none": (False, False)}
#: More requests than any of these lists needs; after that, the service answers with an error.
MAX_REQUESTS = 30


def _item(number: int) -> dict[str, Any]:
    return {"id": f"id-{number}", "name": f"model-{number}"}


@dataclass
class Pager:
    """A service that lists models, and that handles paging in a configurable way."""

    items: list[dict[str, Any]]
    parameters: tuple[str, ...] = ("per_page", "page_size")
    in_body: bool = True
    in_header: bool = True
    ignores_page: bool = False
    #: Models that are inserted at the beginning after the page of this number was sent.
    inserted: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    remaining_requests: int = MAX_REQUESTS

    def __call__(self, seen: RecordedRequest) -> Reply:
        self.remaining_requests -= 1
        if self.remaining_requests < 0:
            return json_reply({"message": "stop it"}, 400)
        query = dict(seen.query)
        sizes = [int(query[name]) for name in self.parameters if name in query]
        size = min(sizes[0] if sizes else DEFAULT_SIZE, LARGEST_SIZE)
        page = 1 if self.ignores_page else int(query["page"])
        body: dict[str, Any] = {"models": self.items[(page - 1) * size : page * size]}
        if self.in_body:
            body["total_count"] = len(self.items)
        headers = {"X-Total-Count": str(len(self.items))} if self.in_header else {}
        self.items = [*self.inserted.get(page, []), *self.items]
        return json_reply(body, headers=headers)


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


def _listed(canned: CannedServer, api_version: str = "v1") -> list[str]:
    with open_api(canned.url(), api_version=api_version, api_retries=0) as api:
        return [model.id for model in api.list_models()]


def _ids(count: int) -> list[str]:
    return [f"id-{number}" for number in range(count)]


@pytest.mark.parametrize("api_version", VERSIONS)
@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize("parameter", PARAMETERS)
@given(count=st.sampled_from(COUNTS))
def test_each_item_is_listed_once_and_in_order(
    canned: CannedServer, parameter: str, total: str, api_version: str, count: int
) -> None:
    in_body, in_header = TOTALS[total]
    canned.answer_with(Pager([_item(number) for number in range(count)], PARAMETERS[parameter], in_body, in_header))
    assert _listed(canned, api_version) == _ids(count)
    if total != "none":
        size = LARGEST_SIZE if _is_honoured(parameter, api_version) else DEFAULT_SIZE
        assert len(canned.requests) == max(1, -(-count // size))


def _is_honoured(parameter: str, api_version: str) -> bool:
    return {"v1beta1": "per_page", "v1": "page_size"}[api_version] in PARAMETERS[parameter]


@given(
    count=st.integers(0, 320),
    inserted=st.dictionaries(st.integers(1, 6), st.integers(1, 16), max_size=3),
    total=st.sampled_from(sorted(TOTALS)),
)
def test_list_that_shifts_between_pages_misses_nothing_and_repeats_nothing(
    canned: CannedServer, count: int, inserted: dict[int, int], total: str
) -> None:
    # Fewer insertions than a page of 50 holds, so each page has a new item until the end.
    inserted_items = {
        page: [_item(10_000 * page + number) for number in range(number_of)] for page, number_of in inserted.items()
    }
    in_body, in_header = TOTALS[total]
    pager = Pager([_item(number) for number in range(count)], (), in_body, in_header, inserted=inserted_items)
    canned.answer_with(pager)
    found = _listed(canned)
    assert len(found) == len(set(found))
    assert set(found) >= set(_ids(count))


def test_page_that_has_nothing_new_is_not_the_end(canned: CannedServer) -> None:
    inserted = [_item(1_000 + number) for number in range(DEFAULT_SIZE)]
    canned.answer_with(Pager([_item(number) for number in range(120)], (), inserted={1: inserted}))
    assert _listed(canned) == _ids(120)


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize("count", [1, 50, 120])
def test_service_that_ignores_the_page_does_not_hold_the_client(canned: CannedServer, count: int, total: str) -> None:
    in_body, in_header = TOTALS[total]
    canned.answer_with(Pager([_item(number) for number in range(count)], (), in_body, in_header, ignores_page=True))
    assert _listed(canned) == _ids(min(count, DEFAULT_SIZE))
    assert len(canned.requests) <= 3


@pytest.mark.parametrize("header", ["", "many", "-1", "1.5", "²", "0", "9" * 5_000], ids=range(7))
def test_invalid_total_of_the_header_is_ignored(canned: CannedServer, header: str) -> None:
    pager = Pager([_item(number) for number in range(60)], (), in_body=False, in_header=False)

    def answer(seen: RecordedRequest) -> Reply:
        reply = pager(seen)
        return Reply(reply.status, reply.body, {**reply.headers, "X-Total-Count": header})

    canned.answer_with(answer)
    assert _listed(canned) == _ids(60)


@pytest.mark.parametrize("wrong", [None, 0, -5])
def test_invalid_total_of_the_body_is_ignored(canned: CannedServer, wrong: int | None) -> None:
    pages = [[_item(1), _item(2)], [_item(3)], []]
    canned.answer(*(json_reply({"models": page, "total_count": wrong}) for page in pages))
    assert _listed(canned) == ["id-1", "id-2", "id-3"]


def test_larger_of_two_totals_counts(canned: CannedServer) -> None:
    pages = [[_item(1)], [_item(2)], []]
    canned.answer(*(json_reply({"models": page, "total_count": 1}, headers={"X-Total-Count": "2"}) for page in pages))
    assert _listed(canned) == ["id-1", "id-2"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "the answer.models: expected a list"),
        ({"models": {}}, "the answer.models: expected a list"),
        ({"models": [], "total_count": "7"}, "the answer.total_count: expected a whole number"),
    ],
)
def test_page_of_a_wrong_shape_is_reported_with_route_and_field(canned: CannedServer, body: object, path: str) -> None:
    canned.answer(json_reply(body))
    with pytest.raises(AnswerError) as caught:
        _listed(canned)
    for part in ("GET /models", path):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ("x", "the answer.models[1]: expected an object, got a string"),
        ({"name": "x"}, "the answer.models[1].id: expected a string, got nothing"),
        ({"id": 7, "name": "x"}, "the answer.models[1].id: expected a string, got a number"),
    ],
)
@pytest.mark.parametrize("required_names", ["x", "y"])
def test_item_of_a_wrong_shape_is_left_out_unless_it_may_have_a_required_name(
    canned: CannedServer, item: object, path: str, required_names: str
) -> None:
    canned.answer(json_reply({"models": [_item(0), item, _item(2)], "total_count": 3}))
    with open_api(canned.url(), api_version="v1", api_retries=0) as api:
        assert [model.id for model in api.list_models()] == ["id-0", "id-2"]
        assert len(canned.requests) == 1
        (warning,) = list(api.answer_warnings)
        assert warning == f"GET /models: the service's answer isn't as documented: {path}; it is left out."
        if required_names == "y" and isinstance(item, dict):
            assert len(list(api.list_models(required_names=(required_names,)))) == 2
        else:
            with pytest.raises(AnswerError) as caught:
                list(api.list_models(required_names=(required_names,)))
            assert path in str(caught.value)


def test_pages_are_read_only_as_far_as_needed(canned: CannedServer) -> None:
    canned.answer_with(Pager([_item(number) for number in range(250)]))
    with open_api(canned.url()) as api:
        models = api.list_models()
        assert canned.requests == []
        assert next(models).id == "id-0"
        assert len(canned.requests) == 1


@pytest.mark.parametrize("api_version", VERSIONS)
@pytest.mark.parametrize("honoured", ["both", "page_size", "per_page"])
@pytest.mark.parametrize("total", TOTALS)
def test_lists_of_the_emulator_are_complete(
    emulator: EmulatorServer, clock: ManualClock, api_version: str, honoured: str, total: str
) -> None:
    in_body, in_header = TOTALS[total]
    emulator.configure(page_size_parameter=honoured, total_count=in_body, total_count_header=in_header)
    with open_emulated(emulator, api_version, clock) as api:
        models = [model.id for model in api.list_models()]
        names = [node_type.name for node_type in api.list_node_types(include_disabled=True)]
    assert (len(set(models)), len(set(names))) == (len(models), len(names))
    assert len(models) > 20
    assert {"L4", "H100-SXM-8"} <= set(names)
