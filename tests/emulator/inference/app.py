# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an endpoint serves: the part of OpenAI's API that the service has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from emulator.inference import errors, shapes, vectors, writing
from emulator.inference.bodies import Body, Chat, Completion, Embedding
from emulator.inference.place import Place
from emulator.inference.tokens import count
from emulator.state import Emulator


async def _place(request: Request) -> Place:
    place: Place = request.state.place
    return place


PlaceDep = Annotated[Place, Depends(_place)]


def create_inference(emulator: Emulator) -> FastAPI:
    """The routes below the URL of an endpoint; the guard has let the caller in."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.exception_handler(errors.Refused)(_refused)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_http_error)

    @app.get("/v1/models")
    async def list_models(place: PlaceDep) -> Any:
        """The deployed model."""
        name, created = place.deployment.model_name, int(place.deployment.created_at)
        model = {"id": name, "object": "model", "created": created, "owned_by": name.partition("/")[0]}
        return {"object": "list", "data": [model]}

    @app.post("/v1/chat/completions")
    async def chat(place: PlaceDep, body: Chat) -> Any:
        """An answer to a conversation."""
        _check_model(place, body, embeds=False)
        answer, now = writing.chat(body, place.context), emulator.clock.time()
        return _streamed(shapes.chat_chunks(body, answer, now)) if body.stream else shapes.chat(body, answer, now)

    @app.post("/v1/completions")
    async def complete(place: PlaceDep, body: Completion) -> Any:
        """The continuation of a text, or of each of some texts."""
        _check_model(place, body, embeds=False)
        answers, now = writing.complete(body, place.context), emulator.clock.time()
        if body.stream:
            return _streamed(shapes.completion_chunks(body, answers, now))
        return shapes.completion(body, answers, now)

    @app.post("/v1/embeddings")
    async def embed(place: PlaceDep, body: Embedding) -> Any:
        """A vector for each text."""
        _check_model(place, body, embeds=True)
        if body.dimensions not in {None, vectors.DIMENSIONS}:
            raise errors.invalid(f"this model's vectors have {vectors.DIMENSIONS} dimensions", "dimensions")
        texts = [body.input] if isinstance(body.input, str) else body.input
        for text in texts:
            writing.check_context(place.context, count(text))
        made = map(vectors.embed, texts)
        encoded: Iterator[Any] = map(vectors.packed, made) if body.encoding_format == "base64" else made
        data = [{"object": "embedding", "index": index, "embedding": each} for index, each in enumerate(encoded)]
        prompt = sum(map(count, texts))
        usage = {"prompt_tokens": prompt, "total_tokens": prompt}
        return {"object": "list", "data": data, "model": body.model, "usage": usage}

    return app


def _check_model(place: Place, body: Body, *, embeds: bool) -> None:
    """Raise Refused unless this model runs here, and for that."""
    if body.model != place.deployment.model_name:
        raise errors.model_not_found(body.model)
    if place.embeds != embeds:
        able = "makes embeddings, and no text" if place.embeds else "makes text, and no embeddings"
        raise errors.invalid(f"the model {body.model} {able}", "model", "unsupported_model")


def _streamed(chunks: Iterator[shapes.Json]) -> Response:
    return StreamingResponse(shapes.events(chunks), media_type="text/event-stream")


async def _refused(_request: Request, error: errors.Refused) -> Response:
    return error.response


async def _validation_error(_request: Request, error: RequestValidationError) -> Response:
    return errors.from_validation(error).response


async def _http_error(request: Request, error: HTTPException) -> Response:
    """What the framework refuses by itself: a path or a method that isn't served, a body in no known charset."""
    if error.status_code == 400:
        return errors.invalid(str(error.detail), None).response
    return errors.refused(404, f"unknown request: {request.method} {request.url.path}", "unknown_url").response
