# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enumerate every order in which the requests of two ``acl`` tasks can reach the service.

For each request, the task is run again from its beginning with the answers that it got so far. What it does next
depends on these answers only, so a state that two orders lead to is visited only once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.scaleway.inference.plugins.module_utils._client.answers import Answer
from ansible_collections.scaleway.inference.plugins.module_utils._client.cancellation import Cancellation
from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import InferenceError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.api import InferenceApi
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.errors import api_error
from ansible_collections.scaleway.inference.plugins.module_utils._client.server import service
from ansible_collections.scaleway.inference.plugins.module_utils._client.settings import Settings
from ansible_collections.scaleway.inference.plugins.module_utils._task import Context
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.acl import TASK
from ansible_collections.scaleway.inference.tests.support.acl_pairs import OPERATIONS, Rules
from ansible_collections.scaleway.inference.tests.support.client import PROJECT_ID, make_settings
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock

DEPLOYMENT = {
    "id": "6c68b256-ef4a-48d2-a794-9b63b5c6ba5d",
    "name": "chat",
    "project_id": PROJECT_ID,
    "status": "ready",
    "model_id": "6c68b256-ef4a-48d2-a794-9b63b5c6ba5e",
    "model_name": "mistral/mistral-7b-instruct-v0.3:bf16",
    "node_type": "L4",
    "size": 1,
    "min_size": 1,
    "max_size": 1,
    "region": "fr-par",
    "tags": [],
    "endpoints": [],
    "created_at": "2026-01-01T00:00:00.000000Z",
}


#: IDs of rules that exist before the runs are numbered from here; IDs of rules that the runs add, from 0.
OLD = 1_000_000


@dataclass(frozen=True)
class Request:
    """One request about rules. ``specs``: (address, description) of the rules to add or set."""

    method: str
    rule_id: str = ""
    specs: Rules = ()


#: An answer: the rules as (ID, address, description), or None if the rule doesn't exist.
Response = tuple[tuple[str, str, str], ...] | None


@dataclass(frozen=True)
class Service:
    """The rules that exist, and how many have been added so far."""

    rules: tuple[tuple[str, str, str], ...] = ()
    made: int = 0

    def after(self, request: Request) -> tuple[Service, Response]:
        """The service after the request, and its answer."""
        if request.method == "GET":
            return self, self.rules
        if request.method == "DELETE":
            kept = tuple(rule for rule in self.rules if rule[0] != request.rule_id)
            return replace(self, rules=kept), None if kept == self.rules else ()
        added = tuple((_rule_id(self.made + number), *spec) for number, spec in enumerate(request.specs))
        kept = self.rules if request.method == "POST" else ()
        return Service((*kept, *added), self.made + len(added)), added

    @property
    def plain(self) -> Rules:
        return tuple(sorted((ip, description) for _id, ip, description in self.rules))


@dataclass(frozen=True)
class Ending:
    """How a run ended: with an error message, or None for success."""

    message: str | None


class _Next(BaseException):
    """Interrupts a run at a request whose answer isn't known yet."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.request = request


class _Transport:
    """Replays known answers, and raises :class:`_Next` at the first request after them."""

    def __init__(self, responses: tuple[Response, ...]) -> None:
        self.clock = ManualClock()
        self._responses = iter(responses)

    def request(self, method: str, path: str, *, query: Any = (), body: Mapping[str, Any] | None = None) -> Answer:
        route = f"{method} {path}"
        if "/acls" not in path:
            # The deployment never changes here, so the moment of its reads doesn't matter.
            one = path != "/deployments"
            return _answer(DEPLOYMENT if one else {"deployments": [DEPLOYMENT], "total_count": 1}, route)
        specs = tuple((rule["ip"], rule["description"]) for rule in (body or {}).get("acls", ()))
        request = Request(method, path.rpartition("/")[2] if method == "DELETE" else "", specs)
        try:
            response = next(self._responses)
        except StopIteration:
            raise _Next(request) from None
        if response is None:
            missing = {"type": "not_found", "resource": "acl", "resource_id": request.rule_id}
            raise api_error(route=route, api_version="v1beta1", status=404, request_id=None, body=missing)
        rules = [{"id": rule_id, "ip": ip, "description": text} for rule_id, ip, text in response]
        return _answer({"rules": rules, "total_count": len(rules)}, route)


def _rule_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def _answer(body: Any, route: str) -> Answer:
    return Answer(body, {}, route, None, 0.0, service(_settings()))


@cache
def _settings() -> Settings:
    return make_settings("http://127.0.0.1:9")


@cache
def _params(operation: str) -> dict[str, Any]:
    checked = ArgumentSpecValidator(TASK.argument_spec, **TASK.rules()).validate(OPERATIONS[operation])
    assert not checked.error_messages, checked.error_messages
    return dict(checked.validated_parameters)


@cache
def advance(operation: str, responses: tuple[Response, ...]) -> Request | Ending:
    """The next request of a task after these answers, or how it ends."""
    api = InferenceApi(_settings(), _Transport(responses))  # type: ignore[arg-type]  # only its request and clock are used
    try:
        TASK.run(Context(api, False, lambda _line: None, ManualClock(), Cancellation()), _params(operation))
    except _Next as next_one:
        return next_one.request
    except InferenceError as error:
        return Ending(str(error))
    return Ending(None)


@dataclass(frozen=True)
class Moment:
    """The state of the service, and the answers that each of the two runs got."""

    service: Service
    first: tuple[Response, ...] = ()
    second: tuple[Response, ...] = ()


def begin(rules: Rules) -> Moment:
    """The moment before two runs begin, where these rules exist."""
    return Moment(Service(tuple((_rule_id(OLD + number), *rule) for number, rule in enumerate(rules))))


def one_after_the_other(rules: Rules, *operations: str) -> Rules:
    """The rules once the operations have run one after the other, whether they failed or not."""
    service = begin(rules).service
    for operation in operations:
        responses: tuple[Response, ...] = ()
        while isinstance(step := advance(operation, responses), Request):
            service, answer = service.after(step)
            responses = (*responses, answer)
    return service.plain


def moments(rules: Rules, first: str, second: str) -> Iterator[tuple[Moment, Request | Ending, Request | Ending]]:
    """Every moment that some order of requests leads to, with what each run does next."""
    visited = {begin(rules)}
    to_do = list(visited)
    while to_do:
        moment = to_do.pop()
        steps = advance(first, moment.first), advance(second, moment.second)
        yield moment, *steps
        for number, step in enumerate(steps):
            if isinstance(step, Ending):
                continue
            service, answer = moment.service.after(step)
            if number == 0:
                later = Moment(service, (*moment.first, answer), moment.second)
            else:
                later = Moment(service, moment.first, (*moment.second, answer))
            if later not in visited:
                visited.add(later)
                to_do.append(later)
