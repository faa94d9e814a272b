# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of an endpoint: the part of OpenAI's API that the service has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from scaleway_inference_emulator.inference import embeddings, errors, generation, responses
from scaleway_inference_emulator.inference.request_bodies import Body, Chat, Completion, Embedding
from scaleway_inference_emulator.inference.routing import Target
from scaleway_inference_emulator.inference.tokens import count
from scaleway_inference_emulator.state import Emulator


async def _target(request: Request) -> Target:
    target: Target = request.state.target
    return target


TargetDep = Annotated[Target, Depends(_target)]


def create_inference(emulator: Emulator) -> FastAPI:
    """The application for paths below the URL of an endpoint. The middleware has checked access before."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.exception_handler(errors.Refused)(_refused)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_http_error)

    @app.get("/v1/models")
    async def list_models(target: TargetDep) -> Any:
        """The deployed model."""
        name, created = target.deployment.model_name, int(target.deployment.created_at)
        model = {"id": name, "object": "model", "created": created, "owned_by": name.partition("/")[0]}
        return {"object": "list", "data": [model]}

    @app.post("/v1/chat/completions")
    async def chat(target: TargetDep, body: Chat) -> Any:
        """An answer to a conversation."""
        _check_model(target, body, embeds=False)
        answer, now = generation.chat(body, target.context_size), emulator.clock.time()
        return _streamed(responses.chat_chunks(body, answer, now)) if body.stream else responses.chat(body, answer, now)

    @app.post("/v1/completions")
    async def complete(target: TargetDep, body: Completion) -> Any:
        """The continuation of a text, or of each of some texts."""
        _check_model(target, body, embeds=False)
        answers, now = generation.complete(body, target.context_size), emulator.clock.time()
        if body.stream:
            return _streamed(responses.completion_chunks(body, answers, now))
        return responses.completion(body, answers, now)

    @app.post("/v1/embeddings")
    async def embed(target: TargetDep, body: Embedding) -> Any:
        """A vector for each text."""
        _check_model(target, body, embeds=True)
        if body.dimensions not in {None, embeddings.DIMENSIONS}:
            raise errors.invalid(f"this model's vectors have {embeddings.DIMENSIONS} dimensions", "dimensions")
        texts = [body.input] if isinstance(body.input, str) else body.input
        for text in texts:
            generation.check_context(target.context_size, count(text))
        computed = map(embeddings.embed, texts)
        encoded: Iterator[Any] = map(embeddings.to_base64, computed) if body.encoding_format == "base64" else computed
        data = [{"object": "embedding", "index": index, "embedding": each} for index, each in enumerate(encoded)]
        prompt = sum(map(count, texts))
        usage = {"prompt_tokens": prompt, "total_tokens": prompt}
        return {"object": "list", "data": data, "model": body.model, "usage": usage}

    return app


def _check_model(target: Target, body: Body, *, embeds: bool) -> None:
    """Raise Refused unless the endpoint serves the model of the request, for embeddings or for text as asked."""
    if body.model != target.deployment.model_name:
        raise errors.model_not_found(body.model)
    if target.embeds != embeds:
        makes = "makes embeddings, and no text" if target.embeds else "makes text, and no embeddings"
        raise errors.invalid(f"the model {body.model} {makes}", "model", "unsupported_model")


def _streamed(chunks: Iterator[responses.Json]) -> Response:
    return StreamingResponse(responses.events(chunks), media_type="text/event-stream")


async def _refused(_request: Request, error: errors.Refused) -> Response:
    return error.response


async def _validation_error(_request: Request, error: RequestValidationError) -> Response:
    return errors.from_validation(error).response


async def _http_error(request: Request, error: HTTPException) -> Response:
    """Translate the errors that the framework itself raises: no such route, or a body in an unknown charset."""
    if error.status_code == 400:
        return errors.invalid(str(error.detail), None).response
    return errors.refused(404, f"unknown request: {request.method} {request.url.path}", "unknown_url").response
