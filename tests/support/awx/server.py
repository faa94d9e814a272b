# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in's API by HTTP, as far as an import uses it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .fields import ALIASES, ATTACHED, CREATED, FIELDS, SURVEYED
from .state import Awx, Json, Refused


def respond(awx: Awx, method: str, path: str, query: dict[str, str], body: Json) -> tuple[int, Json | None]:
    """The status and the body of an answer. Raises Refused."""
    parts = [part for part in path.split("/") if part][1:]
    if not parts:
        return 200, {"available_versions": {"v2": "/api/v2/"}, "current_version": "/api/v2/"}
    if len(parts) == 1:
        names = {name: alias for alias, name in ALIASES.items()}
        return 200, {names.get(name, name): f"/api/v2/{name}/" for name in FIELDS}
    resource = parts[1]
    if resource not in FIELDS:
        raise Refused(404, detail="Not found.")
    if len(parts) == 2:
        return _list(awx, method, resource, query, body)
    number = int(parts[2])
    if len(parts) > 3:
        return _related(awx, method, resource, number, parts[3], body)
    awx.shown(resource, number)
    return 200, awx.save(resource, body, number) if method == "PUT" else awx.shown(resource, number)


def _list(awx: Awx, method: str, resource: str, query: dict[str, str], body: Json) -> tuple[int, Json | None]:
    if method == "OPTIONS":
        post = {name: {"type": field.kind, "required": field.required} for name, field in FIELDS[resource].items()}
        return 200, {"actions": {"POST": post}, "search_fields": ["name"]}
    if method == "POST":
        return 201, awx.save(resource, body)
    found = [
        awx.shown(resource, number)
        for number, one in awx.objects[resource].items()
        if all(str(one.get(name)) == value for name, value in query.items() if name in FIELDS[resource])
    ]
    return 200, {"count": len(found), "next": None, "previous": None, "results": found}


def _related(awx: Awx, method: str, resource: str, number: int, name: str, body: Json) -> tuple[int, Json | None]:
    if name == "survey_spec" and resource in SURVEYED:
        if method == "POST":
            awx.save_survey(resource, number, body)
        return 200, awx.survey_of(resource, number)
    if name in CREATED.get(resource, {}):
        below, back = CREATED[resource][name]
        return _list(awx, method, below, {back: str(number)}, {**body, back: number} if method == "POST" else body)
    if name not in ATTACHED.get(resource, {}):
        raise Refused(404, detail="Not found.")
    numbers, target = awx.attached.setdefault((resource, number, name), []), ATTACHED[resource][name]
    if method != "POST":
        return 200, {"count": len(numbers), "next": None, "results": [awx.shown(target, one) for one in numbers]}
    awx.shown(target, body["id"])
    numbers.append(body["id"])
    return 204, None


@contextmanager
def serve() -> Iterator[Awx]:
    """A running server on a free port of loopback, without authentication."""
    awx = Awx()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            split = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null") or {}
            try:
                status, answer = respond(awx, self.command, split.path, dict(parse_qsl(split.query)), body)
            except Refused as refused:
                status, answer = refused.status, refused.body
            payload = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.send_header("Allow", "GET, POST, PUT, OPTIONS")
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PUT = do_OPTIONS = answer

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        awx.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield awx
        finally:
            server.shutdown()
            thread.join(10)
