# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI document: FastAPI's, with what it can't know of the API.

It knows no statuses of errors. Regions are those of the settings. What an injected fault answers isn't documented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

#: The errors of every route of the API.
ALWAYS = (400, 401, 403)
#: Those of a change of something that has a status.
CHANGES = (409, 423)


def document(app: FastAPI, regions: Sequence[str]) -> dict[str, Any]:
    """The OpenAPI document of the application."""
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            if "/regions/{region}/" in path:
                operation["responses"].pop("default", None)
                for status in _errors(method, path.partition("/regions/{region}")[2]):
                    operation["responses"][str(status)] = {
                        "description": HTTPStatus(status).phrase,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
                    }
                for parameter in operation["parameters"]:
                    if parameter["name"] == "region":
                        parameter["schema"]["enum"] = list(regions)
    return made


def _errors(method: str, path: str) -> Iterator[int]:
    """The statuses of errors that a route of the API may answer with; ``path`` is the one below the region."""
    yield from ALWAYS
    read, deletes_model = method == "get", path == "/models/{model_id}" and method == "delete"
    creates = method == "post" and path == "/deployments"
    if "{" in path or path in ("/endpoints", "/deployments"):
        yield 404
    if creates:
        # 409 is for a model that is still being imported.
        yield from (409, 412, 503)
    elif deletes_model or path.endswith("/certificate"):
        yield 412
    elif not read and path != "/models":
        yield from CHANGES
        if method == "delete" and path.startswith("/endpoints"):
            yield 412
