# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy to the emulator that alters the resources in its answers, to test answers that aren't as documented."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import requests
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, RecordedRequest, Reply
from scaleway_inference_emulator.server import EmulatorServer

#: Stands for a field that is left out.
REMOVED = object()
#: One value of each JSON type, and a field that is left out.
VALUES: dict[str, Any] = {
    "removed": REMOVED,
    "null": None,
    "empty": "",
    "text": "odd",
    "number": 7,
    "fraction": 1.5,
    "flag": True,
    "list": [],
    "list of numbers": [7],
    "object": {},
}
VALUE = st.sampled_from(sorted(VALUES))
_LISTS = ("deployments", "models", "node_types", "rules")

Resource: TypeAlias = "dict[str, Any]"


@dataclass
class AlteredService:
    """The proxy.

    ``change`` takes the kind of a resource (the name of its list in the API) and the resource as JSON, and returns
    what the answer has in its place.
    """

    url: str = ""
    requests: list[RecordedRequest] = field(default_factory=list)
    change: Callable[[str, Resource], object] = lambda _kind, resource: resource

    def alter(self, kind: str, name: str, key: str, value: object) -> None:
        """Make answers have ``value`` in field ``key`` of the resource of this kind and name (for rules: address)."""

        def change(of: str, resource: Resource) -> object:
            if of == kind and name in (resource.get("name"), resource.get("ip")):
                return altered(resource, key, value)
            return resource

        self.change = change

    def writes(self) -> list[str]:
        return [
            f"{one.method} {one.path.rpartition('/regions/fr-par')[2]}" for one in self.requests if one.method != "GET"
        ]

    def altered_body(self, kind: str, body: Any) -> Any:
        """The body of an answer with ``change`` applied, if it is a list of resources or a resource."""
        if not isinstance(body, dict):
            return body
        for name in _LISTS:
            if isinstance(body.get(name), list):
                return {**body, name: [self.change(name, one) for one in body[name]]}
        return self.change(kind, body) if "id" in body else body


def altered(resource: Resource, key: str, value: object) -> Resource:
    """The resource with another value in a field; ``a.b`` is the field b of a, or of each object in the list a."""
    first, _dot, rest = key.partition(".")
    if rest:
        inner = resource.get(first)
        inside = (
            [altered(one, rest, value) for one in inner]
            if isinstance(inner, list)
            else altered(inner or {}, rest, value)
        )
        return {**resource, first: inside}
    return {name: item for name, item in {**resource, first: value}.items() if item is not REMOVED}


@contextmanager
def altered_service(emulator: EmulatorServer) -> Iterator[AlteredService]:
    """A running proxy to the emulator."""
    service, session = AlteredService(), requests.Session()
    session.trust_env = False

    def answer(request: RecordedRequest) -> Reply:
        service.requests.append(request)
        headers = {name: value for name, value in request.headers.items() if name in ("x-auth-token", "content-type")}
        got = session.request(
            request.method, emulator.url + request.target, headers=headers, data=request.body, timeout=30
        )
        kind = request.path.rpartition("/regions/fr-par/")[2].partition("/")[0].replace("-", "_")
        body = json.dumps(service.altered_body(kind, got.json())).encode() if got.content and got.ok else got.content
        return Reply(got.status_code, body, {"Content-Type": got.headers.get("Content-Type", "")})

    with session, CannedServer() as server:
        server.answer_with(answer)
        service.url = server.url()
        yield service
