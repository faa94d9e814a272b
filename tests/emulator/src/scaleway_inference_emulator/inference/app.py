# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of an endpoint: the part of OpenAI's API that the service has."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from scaleway_inference_emulator.config import RuntimeSettings
from scaleway_inference_emulator.inference import audio, embeddings, errors, generation, responses, responses_api
from scaleway_inference_emulator.inference.abilities import Ability
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

    def shaped(refused: errors.Refused) -> Response:
        return errors.as_vllm(refused.response) if emulator.config.error_shape == "vllm" else refused.response

    @app.exception_handler(errors.Refused)
    async def refuse(_request: Request, error: errors.Refused) -> Response:
        return shaped(error)

    @app.exception_handler(RequestValidationError)
    async def refuse_body(_request: Request, error: RequestValidationError) -> Response:
        # Each place begins with the word body.
        found = [{**one, "loc": one["loc"][1:]} for one in error.errors()]
        return shaped(errors.from_validation(found, error.body))

    @app.exception_handler(HTTPException)
    async def refuse_route(request: Request, error: HTTPException) -> Response:
        return shaped(_from_http(request, error))

    @app.get("/v1/models")
    async def list_models(target: TargetDep) -> Any:
        """The deployed model."""
        name, created = target.deployment.model_name, int(target.deployment.created_at)
        model = {"id": name, "object": "model", "created": created, "owned_by": name.partition("/")[0]}
        return {"object": "list", "data": [model]}

    @app.post("/v1/chat/completions")
    async def chat(target: TargetDep, body: Chat) -> Any:
        """An answer to a conversation."""
        _check_model(target, body, "text", emulator.config)
        _check_images(target, body)
        answer, now = generation.chat(body, target.context_size), emulator.clock.time()
        if emulator.config.reasoning_tokens:
            answer = generation.after_reasoning(answer, emulator.config.reasoning_tokens, body.limit)
        return _streamed(responses.chat_chunks(body, answer, now)) if body.stream else responses.chat(body, answer, now)

    @app.post("/v1/completions")
    async def complete(target: TargetDep, body: Completion) -> Any:
        """The continuation of a text, or of each of some texts."""
        _check_model(target, body, "text", emulator.config)
        answers, now = generation.complete(body, target.context_size), emulator.clock.time()
        if body.stream:
            return _streamed(responses.completion_chunks(body, answers, now))
        return responses.completion(body, answers, now)

    @app.post("/v1/embeddings")
    async def embed(target: TargetDep, body: Embedding) -> Any:
        """A vector for each text."""
        _check_model(target, body, "embeddings", emulator.config)
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

    @app.post("/v1/responses")
    async def respond(target: TargetDep, body: responses_api.Responses) -> Any:
        """An answer by OpenAI's newer API."""
        _check_model(target, body, "text", emulator.config)
        chat_body = responses_api.as_chat(body)
        _check_images(target, chat_body)
        answer = generation.chat(chat_body, target.context_size)
        whole = responses_api.response(body, answer, emulator.clock.time())
        if not body.stream:
            return whole
        return StreamingResponse(responses_api.events(whole, answer), media_type="text/event-stream")

    @app.post("/v1/audio/transcriptions")
    async def transcribe(target: TargetDep, request: Request) -> Any:
        """The words of a recording. Scaleway's page for dedicated deployments names no such route."""
        form = audio.read_form(request.headers.get("content-type", ""), await request.body())
        _check_model(target, form, "transcriptions", emulator.config)
        text, seconds = audio.heard(form.file)
        if form.response_format == "text":
            return PlainTextResponse(text)
        more = {"language": "english", "duration": seconds} if form.response_format == "verbose_json" else {}
        return {"text": text, **more, "usage": {"type": "duration", "seconds": math.ceil(seconds)}}

    return app


def _check_model(target: Target, body: Body | audio.Form, ability: Ability, settings: RuntimeSettings) -> None:
    """Raise Refused unless the endpoint serves the model of the request, and the model can do what is asked."""
    if body.model != target.deployment.model_name:
        raise errors.model_not_found(body.model, settings.unknown_model_status)
    if ability not in target.abilities:
        makes = " and ".join(sorted(target.abilities - {"vision"}))
        raise errors.invalid(f"the model {body.model} makes {makes}, and no {ability}", "model", "unsupported_model")


def _check_images(target: Target, body: Chat) -> None:
    """Raise Refused for an image that the model can't see."""
    if "vision" not in target.abilities and any(message.has_image for message in body.messages):
        raise errors.invalid(f"the model {body.model} takes no images", "messages", "unsupported_content")


def _streamed(chunks: Iterator[responses.Json]) -> Response:
    return StreamingResponse(responses.events(chunks), media_type="text/event-stream")


def _from_http(request: Request, error: HTTPException) -> errors.Refused:
    """Translate the errors that the framework itself raises: no such route, or a body in an unknown charset."""
    if error.status_code == 400:
        return errors.invalid("the body can't be read", None)
    return errors.refused(404, f"unknown request: {request.method} {request.url.path}", "unknown_url")
