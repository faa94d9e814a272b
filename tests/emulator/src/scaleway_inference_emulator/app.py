# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the ASGI application that serves both API versions, the endpoints and the control routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from scaleway_inference_emulator import control, errors, ipam, openapi, v1, v1beta1
from scaleway_inference_emulator.gateway import Gateway
from scaleway_inference_emulator.inference.app import create_inference
from scaleway_inference_emulator.inference.middleware import InferenceMiddleware
from scaleway_inference_emulator.state import Emulator

DESCRIPTION = "Scaleway Managed Inference on one machine, for tests and for trying things out."


def create_app(emulator: Emulator) -> FastAPI:
    """The application over the state of ``emulator``."""
    app = FastAPI(title="Managed Inference emulator", version="1", description=DESCRIPTION, redirect_slashes=False)
    app.state.emulator = emulator
    app.include_router(v1beta1.router)
    app.include_router(v1.router)
    app.include_router(ipam.router)
    app.include_router(control.router)
    app.add_middleware(InferenceMiddleware, inference=create_inference(emulator), emulator=emulator)
    app.add_middleware(Gateway, emulator=emulator)
    # FastAPI's own way to extend the document. It takes a second to make, and a reset may change the regions.
    documents: dict[tuple[str, ...], dict[str, Any]] = {}

    def document() -> dict[str, Any]:
        regions = emulator.config.regions
        if regions not in documents:
            documents[regions] = openapi.document(app, regions)
        return documents[regions]

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to change its document
    app.exception_handler(errors.ServiceError)(_service_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_http_error)
    return app


async def _service_error(_request: Request, error: errors.ServiceError) -> JSONResponse:
    return JSONResponse(error.body, error.status)


async def _validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    return await _service_error(request, errors.from_validation(list(error.errors())))


async def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    """Translate the errors that the framework itself raises: a malformed body, a path or method without a route."""
    if error.status_code == 400:
        return await _service_error(
            request, errors.invalid_arguments(errors.detail("body", "format", "it can't be read"))
        )
    # The service's gateway answers an unknown path or method without the fields ``type`` and ``resource``.
    return JSONResponse({"message": "404 page not found"}, 404)
