# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate answers in place of a model: the same request always gets the same text."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Literal

from scaleway_inference_emulator.inference import errors
from scaleway_inference_emulator.inference.json_schema import Schema, instance
from scaleway_inference_emulator.inference.request_bodies import (
    Chat,
    Completion,
    Function,
    NamedTool,
    Sampling,
    SchemaFormat,
)
from scaleway_inference_emulator.inference.tokens import count, tokens

FinishReason = Literal["stop", "length", "tool_calls"]

OPENINGS = ("Certainly.", "Gladly.", "Good question.", "Let me see.")
CLOSINGS = (
    "An emulator knows no answer, but it listens.",
    "A real model would know more about it than this emulator.",
    "That is as far as an emulator can help.",
)

#: The default of ``max_tokens`` for completions, in OpenAI's API and in common model servers.
COMPLETION_TOKENS = 16


@dataclass(frozen=True)
class Answer:
    """Generated text; with ``tool``, the arguments for a call of the function of this name."""

    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    tool: str | None = None
    reasoning: str = ""

    @property
    def tokens(self) -> list[str]:
        """The text in the pieces that a stream sends."""
        return tokens(self.text)

    @property
    def usage(self) -> dict[str, int]:
        """The numbers of tokens of prompt and answer."""
        return usage(self.prompt_tokens, count(self.reasoning) + len(self.tokens))


def usage(prompt: int, completion: int) -> dict[str, int]:
    """The field ``usage`` of an answer, from numbers of tokens."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def chat(body: Chat, context_size: int | None) -> Answer:
    """An answer to the last message, as JSON or as the call of a tool if requested. Raises Refused."""
    lines = [f"{message.role}: {message.text}" for message in body.messages]
    prompt = "\n".join([*(tool.function.model_dump_json() for tool in body.tools or ()), *lines])
    if function := _tool_to_call(body):
        arguments = _json(function.parameters or {"type": "object"}, "tools")
        return _limited(body, prompt, arguments, context_size, function.name)
    text, requested = _text(body, prompt, body.messages[-1].text), body.response_format
    if isinstance(requested, SchemaFormat):
        text = _json(requested.json_schema.schema_, "response_format")
    elif requested and requested.type == "json_object":
        text = json.dumps({"answer": text})
    return _limited(body, prompt, text, context_size)


def after_reasoning(answer: Answer, reasoning_tokens: int, limit: int | None) -> Answer:
    """The answer of a model that reasons first. If the limit ends that, there is no text."""
    if limit is not None and limit <= reasoning_tokens:
        return replace(answer, text="", reasoning=" so" * limit, finish_reason="length")
    return replace(answer, reasoning=" so" * reasoning_tokens)


def complete(body: Completion, context_size: int | None) -> list[Answer]:
    """A text for each prompt. Raises Refused."""
    prompts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
    body = body.model_copy(update={"max_tokens": body.limit or COMPLETION_TOKENS})
    return [_limited(body, prompt, " " + _text(body, prompt, prompt), context_size) for prompt in prompts]


def check_context(context_size: int | None, prompt: int, completion: int = 0) -> None:
    """Raise Refused if prompt and completion have more than ``context_size`` tokens; None means no limit."""
    if context_size is not None and prompt + completion > context_size:
        raise errors.context_length_exceeded(context_size, prompt, completion)


def _text(body: Sampling, prompt: str, question: str) -> str:
    """A text that depends only on the model, the prompt and the seed."""
    digest = hashlib.sha256(json.dumps([body.model, prompt, body.seed]).encode()).digest()
    opening, closing = OPENINGS[digest[0] % len(OPENINGS)], CLOSINGS[digest[1] % len(CLOSINGS)]
    return f"{opening} You said: {question}\n{closing}"


def _json(schema: Schema, param: str) -> str:
    """The smallest JSON that the schema allows. Raises Refused."""
    try:
        return json.dumps(instance(schema))
    except ValueError as error:
        raise errors.invalid(str(error), param) from None


def _tool_to_call(body: Chat) -> Function | None:
    """The function to call: the named one, the first if any is required, or else one that the user mentions."""
    choice, functions = body.tool_choice, [tool.function for tool in body.tools or ()]
    if isinstance(choice, NamedTool):
        functions = [function for function in functions if function.name == choice.function.name]
    if isinstance(choice, NamedTool) or choice == "required":
        if not functions:
            raise errors.invalid("there's no such tool to call", "tool_choice")
        return functions[0]
    last = body.messages[-1]
    if choice == "none" or last.role != "user":
        return None
    return next((function for function in functions if function.name in last.text), None)


def _limited(body: Sampling, prompt: str, text: str, context_size: int | None, tool: str | None = None) -> Answer:
    """The text, cut at ``stop`` and at ``max_tokens`` of the request. Raises Refused if the context is too small."""
    prompt_tokens = count(prompt)
    check_context(context_size, prompt_tokens, body.limit or 1)
    for stop in filter(None, body.stops if tool is None else ()):
        text = text.partition(stop)[0]
    limit = body.limit or (context_size - prompt_tokens if context_size is not None else None)
    pieces = tokens(text)
    finish_reason: FinishReason = "stop" if tool is None else "tool_calls"
    if limit is not None and len(pieces) > limit:
        pieces, finish_reason = pieces[:limit], "length"
    return Answer("".join(pieces), finish_reason, prompt_tokens, tool)
