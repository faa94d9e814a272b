# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAI-compatible API of an endpoint: the routes of it that the collection uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from ..answers import Answer, decode_answer
from ..errors import AnswerError, InferenceError
from ..events import Event
from ..json_object import JsonObject
from ..limits import MAX_LISTED_MODELS, MAX_MODEL_BODY_SIZE
from ..ranges import display_text
from ..server import Server
from ..settings import CONNECT_TIMEOUT, Settings
from ..transport import Transport
from .audio import one_second_wav
from .errors import EndpointError, UnknownModel, endpoint_error
from .stream import assemble

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The answer of a model.

    usage: the token counts, as the model server sends them
    latency: seconds of the request that succeeded, without earlier attempts
    response: the whole answer, as it came
    """

    model: str | None
    usage: dict[str, Any] | None
    latency: float
    response: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Completion(Reply):
    """The answer to a chat completion. `content` is null if the model gave no text, for instance if it calls tools."""

    content: str | None
    finish_reason: str | None
    tool_calls: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class StreamedCompletion(Completion):
    """The answer to a chat completion that came in pieces. `response` is made of them.

    time_to_first_token: seconds between the request and the first piece; null if the model gave none
    duration: seconds between the request and the end of the answer
    """

    time_to_first_token: float | None
    duration: float


@dataclass(frozen=True, kw_only=True)
class Transcription(Reply):
    """The answer to a request for a transcription. `text` is empty if the model heard no words."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Embeddings(Reply):
    """The answer to a request for embeddings: one vector per input, in the order of the inputs."""

    embeddings: list[list[float]]


def model_server(
    settings: Settings,
    url: str,
    *,
    with_key: bool,
    where: str,
    timeout: float,
    authority: str | None = None,
    source_address: str | None = None,
    retries: int | None = None,
) -> Server:
    """The model server at an endpoint's URL.

    with_key: whether requests carry the secret key
    timeout: seconds for a whole request
    where, authority, source_address, retries: as in Server
    """
    return Server(
        name="the endpoint",
        # A URL with the version is accepted too, since OpenAI's clients need that one.
        base=url.removesuffix("/v1"),
        credentials={"Authorization": f"Bearer {settings.secret_key}"} if with_key else {},
        read_error=partial(endpoint_error, with_key=with_key),
        where=where if source_address is None else f"{where} and source_address",
        timeout_option="request_timeout",
        connect_timeout=min(CONNECT_TIMEOUT, timeout),
        read_timeout=timeout,
        authority=authority,
        source_address=source_address,
        has_side_effects=False,
        retries=retries,
        max_body_size=MAX_MODEL_BODY_SIZE,
    )


class ModelServer:
    """A method for each route of a model server. All raise EndpointError, RequestError, AnswerError or Cancelled."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def models(self) -> list[str]:
        """The names of the models that the endpoint serves."""
        answer = self._transport.request("GET", "/v1/models")
        return decode_answer(answer, lambda data: [model.text("id") for model in data.children("data", required=True)])

    def complete(self, body: Mapping[str, Any]) -> Completion:
        """Request a chat completion. `body`: the request as OpenAI documents it, with `model`."""
        answer = self._post("/v1/chat/completions", body)
        return decode_answer(answer, lambda data: _completion(data, answer))

    def stream(self, body: Mapping[str, Any]) -> StreamedCompletion:
        """Request a chat completion in pieces, and wait for all of them. `body`: as of `complete`."""
        # Without the option, some servers send no usage in streams.
        streamed = {**body, "stream": True, "stream_options": {"include_usage": True}}
        answer, events = self._explained(body, lambda: self._transport.stream("/v1/chat/completions", streamed))
        self._check_events(answer, events)
        return decode_answer(replace(answer, body={}), lambda _data: _streamed(answer, events))

    def transcribe(self, model: str) -> Transcription:
        """Have the model transcribe a generated recording of one second."""
        body = {"model": model, "response_format": "json"}
        files = {"file": ("second.wav", one_second_wav(), "audio/wav")}
        answer = self._explained(
            body, lambda: self._transport.request("POST", "/v1/audio/transcriptions", body=body, files=files)
        )
        return decode_answer(answer, lambda data: _transcription(data, answer))

    def embed(self, body: Mapping[str, Any]) -> Embeddings:
        """Request embeddings. `body`: the request as OpenAI documents it, with `model` and a list `input`."""
        answer = self._post("/v1/embeddings", body)
        return decode_answer(answer, lambda data: _embeddings(data, answer, len(body["input"])))

    def _post(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self._explained(body, lambda: self._transport.request("POST", path, body=body))

    def _explained(self, body: Mapping[str, Any], send: Callable[[], T]) -> T:
        """What `send` returns. Raises UnknownModel in place of a 404 or 422 where the model is the reason."""
        try:
            return send()
        except EndpointError as error:
            if error.status in (404, 422):
                raise self._explain_refusal(error, body["model"]) from None
            raise

    def _check_events(self, answer: Answer, events: list[Event]) -> None:
        """Raise EndpointError for an event that is an error: the server failed after it had begun to answer."""
        for event in events:
            data = event.data if isinstance(event.data, Mapping) else {}
            if data.get("error") or data.get("object") == "error":
                inner = data["error"] if isinstance(data.get("error"), Mapping) else data
                code = inner.get("code")
                status = code if isinstance(code, int) and 400 <= code < 600 else 500
                raise answer.server.read_error(
                    route=answer.route, status=status, request_id=answer.request_id, body=data
                )

    def _explain_refusal(self, error: EndpointError, model: str) -> EndpointError:
        """The error to raise for a 404 or 422: UnknownModel if the endpoint's list of models doesn't have the model.

        Otherwise the given error: the endpoint refuses the request for another reason, or its list can't be read.
        """
        try:
            served = self.models()
        except InferenceError:
            return error
        return error if model in served else UnknownModel.of(error, model, served[:MAX_LISTED_MODELS])


def _common(data: JsonObject, answer: Answer) -> dict[str, Any]:
    return {
        "model": data.optional_text("model"),
        "usage": data.child("usage").plain() if "usage" in data else None,
        "latency": round(answer.seconds, 3),
        "response": data.plain(),
    }


def _completion(data: JsonObject, answer: Answer) -> Completion:
    choices = data.children("choices", required=True)
    if not choices:
        raise AnswerError("the answer.choices: expected a choice, got none")
    message = choices[0].child("message")
    return Completion(
        content=message.optional_text("content"),
        finish_reason=choices[0].optional_text("finish_reason"),
        tool_calls=[call.plain() for call in message.children("tool_calls")],
        **_common(data, answer),
    )


def _streamed(answer: Answer, events: list[Event]) -> StreamedCompletion:
    assembled = assemble(events)
    whole = replace(answer, body=assembled.body())
    first = assembled.time_to_first_token
    return StreamedCompletion(
        time_to_first_token=None if first is None else round(first, 3),
        duration=round(answer.seconds, 3),
        **vars(_completion(whole.json_object(), whole)),
    )


def _transcription(data: JsonObject, answer: Answer) -> Transcription:
    if "text" not in data:
        raise AnswerError("the answer.text: expected a string, got nothing")
    return Transcription(text=data.optional_text("text") or "", **_common(data, answer))


def _embeddings(data: JsonObject, answer: Answer, count: int) -> Embeddings:
    # The order of the list isn't documented, but each vector has the index of its input.
    vectors = {item.integer("index"): item.numbers("embedding") for item in data.children("data", required=True)}
    if sorted(vectors) != list(range(count)):
        raise AnswerError(
            f"the answer.data: expected a vector for each of {count} inputs, got those of "
            f"{display_text(sorted(vectors))}"
        )
    return Embeddings(embeddings=[vectors[index] for index in range(count)], **_common(data, answer))
