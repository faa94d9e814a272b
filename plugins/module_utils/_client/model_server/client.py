# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAI-compatible API of an endpoint: the routes of it that the collection uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..errors import AnswerError, InferenceError
from ..json_object import JsonObject
from ..ranges import display_text
from ..server import Server
from ..settings import CONNECT_TIMEOUT, Settings
from ..transport import Answer, Transport, decode_answer
from .errors import EndpointError, UnknownModel, endpoint_error

# In bytes; 1,000 embeddings take about 80 million.
MAX_ANSWER_SIZE = 256 * 1024 * 1024


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
        max_body_size=MAX_ANSWER_SIZE,
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

    def embed(self, body: Mapping[str, Any]) -> Embeddings:
        """Request embeddings. `body`: the request as OpenAI documents it, with `model` and a list `input`."""
        answer = self._post("/v1/embeddings", body)
        return decode_answer(answer, lambda data: _embeddings(data, answer, len(body["input"])))

    def _post(self, path: str, body: Mapping[str, Any]) -> Answer:
        try:
            return self._transport.request("POST", path, body=body)
        except EndpointError as error:
            if error.status == 404:
                raise self._explain_not_found(error, body["model"]) from None
            raise

    def _explain_not_found(self, error: EndpointError, model: str) -> EndpointError:
        """The error to raise for a 404: UnknownModel if the endpoint's list of models doesn't have the model.

        Otherwise the given error: the endpoint doesn't know the route, or its list can't be read.
        """
        try:
            served = self.models()
        except InferenceError:
            return error
        return error if model in served else UnknownModel.of(error, model, served)


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


def _embeddings(data: JsonObject, answer: Answer, count: int) -> Embeddings:
    # The order of the list isn't documented, but each vector has the index of its input.
    vectors = {item.integer("index"): item.numbers("embedding") for item in data.children("data", required=True)}
    if sorted(vectors) != list(range(count)):
        raise AnswerError(
            f"the answer.data: expected a vector for each of {count} inputs, got those of "
            f"{display_text(sorted(vectors))}"
        )
    return Embeddings(embeddings=[vectors[index] for index in range(count)], **_common(data, answer))
