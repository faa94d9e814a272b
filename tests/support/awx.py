# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake of the part of AWX's API that ``awx import`` uses: lists, fields and relations. It runs no jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]

#: The fields of each resource in AWX 24, with types; ``!`` marks required ones, ``id:…`` refers to another resource.
FIELDS: dict[str, dict[str, str]] = {
    "organizations": {"name": "string!", "description": "string"},
    "credential_types": {
        "name": "string!",
        "description": "string",
        "kind": "choice!",
        "inputs": "json",
        "injectors": "json",
    },
    "credentials": {
        "name": "string!",
        "description": "string",
        "organization": "id:organizations",
        "credential_type": "id:credential_types!",
        "inputs": "json",
    },
    "execution_environments": {
        "name": "string!",
        "description": "string",
        "organization": "id:organizations",
        "image": "string!",
        "credential": "id:credentials",
        "pull": "choice",
    },
    "projects": {
        "name": "string!",
        "description": "string",
        "organization": "id:organizations",
        "scm_type": "choice",
        "scm_url": "string",
        "scm_branch": "string",
        "scm_update_on_launch": "boolean",
        "credential": "id:credentials",
        "default_environment": "id:execution_environments",
    },
    "inventories": {
        "name": "string!",
        "description": "string",
        "organization": "id:organizations!",
        "kind": "choice",
        "variables": "json",
    },
    "inventory_sources": {
        "name": "string!",
        "description": "string",
        "inventory": "id:inventories!",
        "source": "choice",
        "source_project": "id:projects",
        "source_path": "string",
        "source_vars": "string",
        "execution_environment": "id:execution_environments",
        "overwrite": "boolean",
        "overwrite_vars": "boolean",
        "update_on_launch": "boolean",
        "update_cache_timeout": "integer",
    },
    "job_templates": {
        "name": "string!",
        "description": "string",
        "job_type": "choice",
        "inventory": "id:inventories",
        "project": "id:projects",
        "playbook": "string",
        "limit": "string",
        "extra_vars": "json",
        "execution_environment": "id:execution_environments",
        "job_slice_count": "integer",
        "survey_enabled": "boolean",
        "ask_diff_mode_on_launch": "boolean",
        "ask_inventory_on_launch": "boolean",
        "ask_job_type_on_launch": "boolean",
        "ask_limit_on_launch": "boolean",
        "ask_variables_on_launch": "boolean",
    },
    "workflow_job_templates": {
        "name": "string!",
        "description": "string",
        "organization": "id:organizations",
        "extra_vars": "json",
        "survey_enabled": "boolean",
        "ask_variables_on_launch": "boolean",
    },
    "workflow_job_template_nodes": {
        "identifier": "string",
        "workflow_job_template": "id:workflow_job_templates!",
        "unified_job_template": "id:job_templates",
        "extra_data": "json",
        "all_parents_must_converge": "boolean",
    },
    # Resources that an import reads, and of which the collection's has none.
    **{name: {"name": "string!"} for name in ("users", "teams", "notification_templates", "applications", "schedules")},
    "labels": {"name": "string!"},
    "system_job_templates": {"name": "string!"},
}
#: {resource: {path below it: resource that is attached there by its ID}}
ATTACHED = {
    "inventory_sources": {"credentials": "credentials"},
    "job_templates": {"credentials": "credentials"},
    "workflow_job_template_nodes": dict.fromkeys(
        ("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes"
    ),
}
#: {resource: {path below it: (resource that is created there, its field that refers back)}}
CREATED = {"workflow_job_templates": {"workflow_nodes": ("workflow_job_template_nodes", "workflow_job_template")}}
SURVEYED = ("job_templates", "workflow_job_templates")
#: {name of a resource in an import: its name in URLs}, where the two differ.
ALIASES = {"inventory": "inventories"}
TYPES = {"inventories": "inventory"}


class Refused(Exception):
    """A request that AWX would refuse, with its status."""

    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


class Awx:
    """The state of the server: objects by resource and ID, attached objects, and surveys."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Json]] = {name: {} for name in FIELDS}
        self.attached: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[tuple[str, int], Json] = {}
        self.url = ""
        self.write("organizations", {"name": "Default"})

    def named(self, resource: str, name: str) -> Json:
        """The only object with this name, or (a node of a workflow) with this identifier."""
        (found,) = (one for one in self.objects[resource].values() if name in (one.get("name"), one.get("identifier")))
        return found

    def write(self, resource: str, body: Json, number: int | None = None) -> Json:
        """Create an object, or replace number ``number``. Raises Refused if AWX would refuse it."""
        fields = FIELDS[resource]
        wrong = {name: "unknown" for name in body if name not in fields}
        wrong |= {name: "required" for name, kind in fields.items() if kind.endswith("!") and not body.get(name)}
        for name, value in body.items():
            kind = fields.get(name, "").rstrip("!")
            if kind.startswith("id:") and value is not None and value not in self.objects[kind[3:]]:
                wrong[name] = f"no such object: {value}"
            if kind in ("boolean", "integer") and type(value).__name__ != {"boolean": "bool", "integer": "int"}[kind]:
                wrong[name] = f"not of the type {kind}"
        if wrong:
            raise Refused(400, **wrong)
        number = number or sum(map(len, self.objects.values())) + 1
        self.objects[resource][number] = dict(body)
        return self.shown(resource, number)

    def shown(self, resource: str, number: int) -> Json:
        if number not in self.objects[resource]:
            raise Refused(404, detail="Not found.")
        one, url = self.objects[resource][number], f"/api/v2/{resource}/{number}/"
        kinds = FIELDS[resource]
        related = {
            name: f"/api/v2/{kinds[name].rstrip('!')[3:]}/{value}/"
            for name, value in one.items()
            if kinds[name].startswith("id:") and value
        }
        # These resources belong to the organization of their project or inventory.
        parent = {"job_templates": ("projects", "project"), "inventory_sources": ("inventories", "inventory")}
        if resource in parent:
            owner = self.objects[parent[resource][0]][one[parent[resource][1]]]
            related["organization"] = f"/api/v2/organizations/{owner['organization']}/"
        related |= {name: f"{url}{name}/" for name in (*ATTACHED.get(resource, ()), *CREATED.get(resource, ()))}
        if resource in SURVEYED:
            related["survey_spec"] = f"{url}survey_spec/"
        kind = TYPES.get(resource, resource.removesuffix("s"))
        return {**one, "id": number, "type": kind, "url": url, "related": related, "status": "successful"}

    def answer(self, method: str, path: str, query: dict[str, str], body: Json) -> tuple[int, Json | None]:
        parts = [part for part in path.split("/") if part][1:]
        if not parts:
            return 200, {"available_versions": {"v2": "/api/v2/"}, "current_version": "/api/v2/"}
        if len(parts) == 1:
            shown = {name: alias for alias, name in ALIASES.items()}
            return 200, {shown.get(name, name): f"/api/v2/{name}/" for name in FIELDS}
        resource = parts[1]
        if resource not in FIELDS:
            raise Refused(404, detail="Not found.")
        if len(parts) == 2:
            return self._list(method, resource, query, body)
        number = int(parts[2])
        if len(parts) == 3:
            if method == "PUT":
                # The workflow of a node can't be changed, and a request may leave it out.
                kept = self.objects[resource][number].get("workflow_job_template")
                return 200, self.write(resource, {**body, "workflow_job_template": kept} if kept else body, number)
            return 200, self.shown(resource, number)
        return self._related(method, resource, number, parts[3], body)

    def _list(self, method: str, resource: str, query: dict[str, str], body: Json) -> tuple[int, Json | None]:
        if method == "OPTIONS":
            post = {
                name: {"type": "id" if kind.startswith("id:") else kind.rstrip("!"), "required": kind.endswith("!")}
                for name, kind in FIELDS[resource].items()
            }
            return 200, {"actions": {"POST": post}, "search_fields": ["name"]}
        if method == "POST":
            return 201, self.write(resource, body)
        found = [
            self.shown(resource, number)
            for number, one in self.objects[resource].items()
            if all(str(one.get(name)) == value for name, value in query.items() if name in FIELDS[resource])
        ]
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}

    def _related(self, method: str, resource: str, number: int, name: str, body: Json) -> tuple[int, Json | None]:
        if name == "survey_spec" and resource in SURVEYED:
            if method == "POST":
                self.surveys[resource, number] = body
            return 200, self.surveys.get((resource, number), {})
        if name in CREATED.get(resource, {}):
            below, back = CREATED[resource][name]
            if method == "POST":
                body = {**body, back: number}
            return self._list(method, below, {back: str(number)}, body)
        if name not in ATTACHED.get(resource, {}):
            raise Refused(404, detail="Not found.")
        numbers, target = self.attached.setdefault((resource, number, name), []), ATTACHED[resource][name]
        if method != "POST":
            return 200, {"count": len(numbers), "next": None, "results": [self.shown(target, one) for one in numbers]}
        self.shown(target, body["id"])
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
                status, answer = awx.answer(self.command, split.path, dict(parse_qsl(split.query)), body)
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
