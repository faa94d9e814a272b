# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAI-compatible API of an endpoint, as far as the service serves it."""

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

# In bytes: 1,000 embeddings have about 80 million.
LARGEST_ANSWER = 256 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a model answered. C(latency) in seconds, for the request that succeeded; C(response) is the whole answer."""

    model: str | None
    usage: dict[str, Any] | None
    latency: float
    response: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Completion(Reply):
    """What a model said. C(content) is null where it said nothing, for instance as it calls tools instead."""

    content: str | None
    finish_reason: str | None
    tool_calls: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Embeddings(Reply):
    """A vector for each input, in their order."""

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
) -> Server:
    """The server at an endpoint's URL. The other arguments are as in Peer; C(with_key): requests carry the key."""
    return Server(
        name="the endpoint",
        # OpenAI's clients are given the URL with the version.
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
        largest_body=LARGEST_ANSWER,
    )


class ModelServer:
    """A model server by its routes. All methods raise EndpointError, RequestError or AnswerError."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def models(self) -> list[str]:
        """The names of the models that it serves."""
        answer = self._transport.request("GET", "/v1/models")
        return decode_answer(answer, lambda data: [one.text("id") for one in data.children("data", required=True)])

    def complete(self, body: Mapping[str, Any]) -> Completion:
        """Ask for what comes next in a conversation."""
        answer = self._ask("/v1/chat/completions", body)
        return decode_answer(answer, lambda data: _completion(data, answer))

    def embed(self, body: Mapping[str, Any]) -> Embeddings:
        """Ask for the vectors of texts, which are a list in C(input)."""
        answer = self._ask("/v1/embeddings", body)
        return decode_answer(answer, lambda data: _embeddings(data, answer, len(body["input"])))

    def _ask(self, path: str, body: Mapping[str, Any]) -> Answer:
        try:
            return self._transport.request("POST", path, body=body)
        except EndpointError as error:
            if error.status == 404:
                raise self._explained(error, body["model"]) from None
            raise

    def _explained(self, error: EndpointError, model: str) -> EndpointError:
        """A 404 means an unknown model as well as an unknown route: the list of models tells."""
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
    # The order of the list is nobody's promise: each vector tells which input it is of.
    vectors = {one.integer("index"): one.numbers("embedding") for one in data.children("data", required=True)}
    if sorted(vectors) != list(range(count)):
        raise AnswerError(
            f"the answer.data: expected a vector for each of {count} inputs, got those of {display_text(sorted(vectors))}"
        )
    return Embeddings(embeddings=[vectors[index] for index in range(count)], **_common(data, answer))
