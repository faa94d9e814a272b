# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The response bodies of the inference API, whole or in chunks."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from scaleway_inference_emulator.inference.generation import Answer, usage
from scaleway_inference_emulator.inference.request_bodies import Chat, Sampling
from scaleway_inference_emulator.inference.tokens import count

Json = dict[str, Any]

#: The log probability of every token.
LOGPROB = -0.5


def common_fields(kind: str, model: str, now: float) -> Json:
    """The fields that an answer and its chunks have in common."""
    prefix = "chatcmpl" if kind.startswith("chat") else "cmpl"
    return {"id": f"{prefix}-{uuid.uuid4().hex}", "object": kind, "created": int(now), "model": model}


def chat(body: Chat, answer: Answer, now: float) -> Json:
    """The body of an answer to a chat."""
    message = {"role": "assistant", **_message_fields(answer, answer.text)}
    choice = {
        "index": 0,
        "message": message,
        "logprobs": _logprobs(body, answer.tokens),
        "finish_reason": answer.finish_reason,
    }
    return {**common_fields("chat.completion", body.model, now), "choices": [choice], "usage": answer.usage}


def chat_chunks(body: Chat, answer: Answer, now: float) -> Iterator[Json]:
    """The chunks of a streamed answer to a chat: one for each token."""
    begin = common_fields("chat.completion.chunk", body.model, now)

    def chunk(delta: Json, pieces: list[str], sent: int, finish_reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": _logprobs(body, pieces), "finish_reason": finish_reason}
        # Of all tokens so far, as Scaleway's page on streams shows it.
        return {**begin, "choices": [choice], "usage": usage(answer.prompt_tokens, reasoned + sent)}

    reasoned = count(answer.reasoning)
    yield chunk({"role": "assistant", **_message_fields(answer, "")}, [], 0)
    for sent, token in enumerate(answer.tokens, 1):
        call = {"tool_calls": [{"index": 0, "function": {"arguments": token}}]}
        yield chunk(call if answer.tool else {"content": token}, [token], sent)
    yield chunk({}, [], len(answer.tokens), answer.finish_reason)
    if body.include_usage:
        yield {**begin, "choices": [], "usage": answer.usage}


def completion(body: Sampling, answers: list[Answer], now: float) -> Json:
    """The body of a completion: a text for each prompt."""
    choices = [_choice(index, answer.text, answer.finish_reason) for index, answer in enumerate(answers)]
    return {**common_fields("text_completion", body.model, now), "choices": choices, "usage": _total(answers)}


def completion_chunks(body: Sampling, answers: list[Answer], now: float) -> Iterator[Json]:
    """The chunks of a streamed completion: one for each token."""
    begin = common_fields("text_completion", body.model, now)
    unused: Json = {"usage": None} if body.include_usage else {}
    for index, answer in enumerate(answers):
        for token in answer.tokens:
            yield {**begin, "choices": [_choice(index, token, None)], **unused}
        yield {**begin, "choices": [_choice(index, "", answer.finish_reason)], **unused}
    if body.include_usage:
        yield {**begin, "choices": [], "usage": _total(answers)}


async def events(chunks: Iterable[Json]) -> AsyncIterator[str]:
    """The chunks as server-sent events."""
    for chunk in chunks:
        yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"


def _message_fields(answer: Answer, text: str) -> Json:
    """The content of a message, or its call of a tool; ``text`` is the content or the arguments so far."""
    if answer.tool is None:
        reasoning = {"reasoning_content": answer.reasoning} if answer.reasoning else {}
        return {"content": text if text or not reasoning else None, **reasoning}
    function = {"name": answer.tool, "arguments": text}
    call = {"index": 0, "id": f"call_{uuid.uuid4().hex}", "type": "function", "function": function}
    return {"content": None, "tool_calls": [call]}


def _choice(index: int, text: str, finish_reason: str | None) -> Json:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": finish_reason}


def _logprobs(body: Chat, pieces: list[str]) -> Json | None:
    if not body.logprobs:
        return None
    content = [
        {"token": token, "logprob": LOGPROB, "bytes": list(token.encode()), "top_logprobs": []} for token in pieces
    ]
    return {"content": content}


def _total(answers: list[Answer]) -> dict[str, int]:
    return usage(sum(each.prompt_tokens for each in answers), sum(len(each.tokens) for each in answers))
