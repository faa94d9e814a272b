# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with one answer: each kind of fault, and the requests that it fits.

What the emulator's own faults can do, they do; the rest is what a network, a gateway or somebody else does.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from ansible_collections.scaleway.inference.tests.chaos.memory_service import Answer, MemoryService, Request
from ansible_collections.scaleway.inference.tests.chaos.pages import ShiftingPages
from ansible_collections.scaleway.inference.tests.chaos.states import NEAR_NAME
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.records import CATALOG_PROJECT, Deployment, Model
from scaleway_inference_emulator.state import Emulator

#: The time after which a request is given up, by default (`api_timeout`), in seconds.
API_TIMEOUT = 30.0
#: Lists may show the service as it was so many seconds ago; the collection assumes no more.
MAX_LAG = 30
JSON, HTML = {"content-type": "application/json"}, {"content-type": "text/html"}
_SANE = ("0", "1", "7", "60")
_ABSURD = (
    "-3",
    "soon",
    "",
    "1e9",
    "99999999999999999999999",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
)
_VALUES: tuple[Any, ...] = ("", "odd", 7, 1.5, True, [], [7], {}, {"id": 7})
_ONE = re.compile(r"/(deployments|models)/[0-9a-f-]{36}")
_LIST = re.compile(r"/(deployments|models|node-types|deployments/[0-9a-f-]{36}/acls)")


@dataclass
class Spoiling:
    """One request to spoil the answer of. ``foreign``: IDs of what others created or deleted meanwhile."""

    service: MemoryService
    clock: ManualClock
    request: Request
    rng: random.Random
    pages: ShiftingPages
    foreign: set[str] = field(default_factory=set)
    detail: str = ""

    def pass_on(self, fault: Literal["", "stale", "forget", "fail_provisioning"] = "", **more: Any) -> Answer:
        """The answer of the service, with one of the emulator's own faults."""
        if fault:
            self.service.add_fault(Fault(method=".*", path=".*", kind=fault, **more))
        answer = self.pages.answer(self.request)
        self.service.clear_faults()
        return answer

    def before_or_after(self) -> None:
        """Have the request take effect, or not, with the same chance."""
        if self.rng.random() < 0.5:
            self.pass_on()
            self.detail += " after"
        else:
            self.detail += " before"


@dataclass(frozen=True)
class Kind:
    """One kind of fault. ``repeats``: whether it may hit the same request several times in a row.

    ``weight``: how often it is chosen among those that fit; what fits few requests would be rare otherwise.
    """

    name: str
    spoil: Callable[[Spoiling], Answer]
    applies: Callable[[Request, str], bool]
    repeats: bool = True
    weight: int = 1


def _any(_request: Request, _phase: str) -> bool:
    return True


def _reads(request: Request, _phase: str) -> bool:
    return request.method == "GET"


def _lists(request: Request, _phase: str) -> bool:
    return request.method == "GET" and bool(_LIST.fullmatch(request.route))


def _has_body(request: Request, _phase: str) -> bool:
    return request.method != "DELETE" or request.route.startswith("/deployments")


def _creates(request: Request, _phase: str) -> bool:
    return request.method == "POST" and request.route in ("/deployments", "/models")


def _updates(request: Request, _phase: str) -> bool:
    # Not creations and deletions of deployments and models: they have a status, which is read.
    return (request.method != "GET" and not _creates(request, "") and not _ONE.fullmatch(request.route)) or (
        request.method == "PATCH"
    )


def _waits(request: Request, phase: str) -> bool:
    return phase == "run" and request.method == "GET" and bool(_ONE.fullmatch(request.route))


def _reset(spoiling: Spoiling) -> Answer:
    spoiling.before_or_after()
    raise ConnectionResetError(104, "Connection reset by peer")


def _timeout(spoiling: Spoiling) -> Answer:
    spoiling.before_or_after()
    spoiling.clock.advance(API_TIMEOUT)
    raise TimeoutError("timed out")


def _delay(spoiling: Spoiling) -> Answer:
    seconds = spoiling.rng.choice((1, 5, 20))
    if spoiling.rng.random() < 0.5:
        spoiling.clock.advance(seconds)
        return spoiling.pass_on()
    answer = spoiling.pass_on()
    spoiling.clock.advance(seconds)
    return answer


def _too_many(spoiling: Spoiling) -> Answer:
    # Never after the effect: it means that the service didn't act.
    sane = spoiling.rng.random() < 0.5
    spoiling.detail = " sane" if sane else " absurd"
    wait = spoiling.rng.choice(_SANE if sane else _ABSURD)
    return Answer(429, {**JSON, "Retry-After": wait}, b'{"message": "slow down"}')


def _failed(spoiling: Spoiling) -> Answer:
    spoiling.before_or_after()
    return Answer(500, JSON, b'{"message": "internal error"}')


def _bad_gateway(spoiling: Spoiling) -> Answer:
    spoiling.before_or_after()
    # Some gateways show the request that they couldn't pass on, with its key.
    echo = f"X-Auth-Token: {spoiling.request.headers.get('x-auth-token', '')} {spoiling.request.body.decode()}"
    return Answer(502, HTML, f"<html><h1>Bad gateway</h1><p>{echo}</p></html>".encode())


def _unavailable(spoiling: Spoiling) -> Answer:
    spoiling.before_or_after()
    return Answer(503)


def _gateway_timeout(spoiling: Spoiling) -> Answer:
    spoiling.before_or_after()
    spoiling.clock.advance(20)
    return Answer(504, JSON, b'{"message": "upstream timed out"}')


def _truncated(spoiling: Spoiling) -> Answer:
    if spoiling.rng.random() < 0.5:
        answer = spoiling.pass_on()
        return Answer(answer.status, answer.headers, answer.body or b"{}", cut=True)
    return Answer(200, JSON, b'{"id": "' + b"0" * 40, cut=spoiling.rng.random() < 0.5)


def _wrong_types(spoiling: Spoiling) -> Answer:
    return _altered(spoiling, lambda old: spoiling.rng.choice([one for one in _VALUES if type(one) is not type(old)]))


def _nulls(spoiling: Spoiling) -> Answer:
    return _altered(spoiling, lambda _old: None)


def _altered(spoiling: Spoiling, change: Callable[[Any], Any]) -> Answer:
    """The answer with another value in one to three fields."""
    answer = spoiling.pass_on()
    if answer.status >= 400 or not answer.body:
        return answer
    body = json.loads(answer.body)
    for _field in range(spoiling.rng.randint(1, 3)):
        place = spoiling.rng.choice(list(_objects(body)))
        if place:
            key = spoiling.rng.choice(sorted(place))
            place[key] = copy.deepcopy(change(place[key]))
            spoiling.detail += f" {key}={place[key]!r}"
    return Answer(answer.status, answer.headers, json.dumps(body).encode())


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a value, itself included. Inner ones come more often, so that not all hits the frame of a list."""
    if isinstance(value, dict):
        inner = [one for item in value.values() for one in _objects(item)]
        return [value, *inner]
    return [one for item in value for one in _objects(item)] if isinstance(value, list) else []


def _stale(spoiling: Spoiling) -> Answer:
    return spoiling.pass_on("stale", seconds=spoiling.rng.randint(1, MAX_LAG))


def _forgotten(spoiling: Spoiling) -> Answer:
    return spoiling.pass_on("forget")


def _fails_later(spoiling: Spoiling) -> Answer:
    return spoiling.pass_on("fail_provisioning", message="no nodes of this type")


def _status(spoiling: Spoiling) -> Answer:
    """A status that goes back, or flaps."""
    answer = spoiling.pass_on()
    body = json.loads(answer.body) if answer.status < 400 and answer.body else None
    for one in _objects(body):
        if "status" in one and one["status"] in ("ready", "creating", "deploying"):
            one["status"] = spoiling.rng.choice(("creating", "deploying", "ready", "unknown_status"))
    return Answer(answer.status, answer.headers, json.dumps(body).encode()) if body else answer


def _shifting_pages(spoiling: Spoiling) -> Answer:
    """Pages of one or two items, while others create (an item comes twice) or delete something before it."""
    repeat = spoiling.rng.random() < 0.5
    answer = spoiling.pages.begin(spoiling.request, spoiling.rng.choice((1, 2)), repeat=repeat)
    if not repeat:
        # After the page was read: what comes behind moves forward by one, past the beginning of the next page.
        spoiling.service.exclusive(lambda emulator: _delete(emulator, spoiling, NEAR_NAME))
    spoiling.detail = " repeated" if repeat else " skipped"
    return answer


def _delete(emulator: Emulator, spoiling: Spoiling, name: str) -> None:
    for one in emulator.store.all(Deployment):
        if one.name == name:
            emulator.store.delete(one)
            spoiling.foreign.add(one.id)


def _vanishes(spoiling: Spoiling) -> Answer:
    """Somebody else deletes what is being read."""
    found = _ONE.fullmatch(spoiling.request.route)
    kind: type[Deployment] | type[Model] = Deployment if found and found[1] == "deployments" else Model
    gone = spoiling.request.route.rpartition("/")[2]

    def delete(emulator: Emulator) -> None:
        record = emulator.store.get(kind, gone)
        if record is not None and getattr(record, "project_id", "") != CATALOG_PROJECT:
            emulator.store.delete(record)
            spoiling.foreign.add(gone)

    spoiling.service.exclusive(delete)
    return spoiling.pass_on()


def _rival(spoiling: Spoiling) -> Answer:
    """Another run creates the same, a moment before."""
    answer = spoiling.pass_on()
    if answer.status >= 400:
        return answer
    rival = json.loads(answer.body)["id"]
    spoiling.foreign.add(rival)
    spoiling.clock.advance(0.5)
    return spoiling.pass_on()


KINDS = (
    Kind("reset", _reset, _any),
    Kind("time-out", _timeout, _any),
    Kind("delay", _delay, _any),
    Kind("429", _too_many, _any),
    Kind("500", _failed, _any),
    Kind("502 HTML", _bad_gateway, _any),
    Kind("503 empty", _unavailable, _any),
    Kind("504", _gateway_timeout, _any),
    Kind("truncated", _truncated, _has_body),
    Kind("wrong types", _wrong_types, _has_body),
    Kind("nulls", _nulls, _has_body),
    Kind("stale list", _stale, _lists, weight=3),
    Kind("shifting pages", _shifting_pages, _lists, weight=2),
    Kind("status", _status, _reads, weight=3),
    Kind("forgotten", _forgotten, _updates, weight=6),
    Kind("ends in error", _fails_later, _creates, repeats=False, weight=4),
    Kind("vanishes", _vanishes, _waits, repeats=False, weight=2),
    Kind("rival", _rival, _creates, repeats=False, weight=10),
)
