# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in for a model: it answers every question, always in the same way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from emulator.inference import errors
from emulator.inference.bodies import Chat, Completion, Function, NamedTool, Sampling, SchemaFormat
from emulator.inference.schema import Schema, instance
from emulator.inference.tokens import count, tokens

FinishReason = Literal["stop", "length", "tool_calls"]

OPENINGS = ("Certainly.", "Gladly.", "Good question.", "Let me see.")
CLOSINGS = (
    "An emulator knows no answer, but it listens.",
    "A real model would know more about it than this emulator.",
    "That is as far as an emulator can help.",
)

#: What OpenAI's API and the common model servers do when nothing is said.
COMPLETION_TOKENS = 16


@dataclass(frozen=True)
class Answer:
    """What was written; the arguments of a call when ``tool`` is its function."""

    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    tool: str | None = None

    @property
    def tokens(self) -> list[str]:
        """The text as it's streamed."""
        return tokens(self.text)

    @property
    def usage(self) -> dict[str, int]:
        """The tokens that were read and written."""
        return usage(self.prompt_tokens, len(self.tokens))


def usage(prompt: int, completion: int) -> dict[str, int]:
    """Numbers of tokens, as all answers have them."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def chat(body: Chat, context: int | None) -> Answer:
    """An answer to the last message, as JSON or as the call of a tool if that's wanted. Raises Refused."""
    lines = [f"{message.role}: {message.text}" for message in body.messages]
    prompt = "\n".join([*(tool.function.model_dump_json() for tool in body.tools or ()), *lines])
    if function := _called(body):
        arguments = _json(function.parameters or {"type": "object"}, "tools")
        return _finish(body, prompt, arguments, context, function.name)
    text, wanted = _sentence(body, prompt, body.messages[-1].text), body.response_format
    if isinstance(wanted, SchemaFormat):
        text = _json(wanted.json_schema.schema_, "response_format")
    elif wanted and wanted.type == "json_object":
        text = json.dumps({"answer": text})
    return _finish(body, prompt, text, context)


def complete(body: Completion, context: int | None) -> list[Answer]:
    """A text for each prompt. Raises Refused."""
    prompts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
    body = body.model_copy(update={"max_tokens": body.max_tokens or COMPLETION_TOKENS})
    return [_finish(body, prompt, " " + _sentence(body, prompt, prompt), context) for prompt in prompts]


def check_context(context: int | None, prompt: int, completion: int = 0) -> None:
    """Raise Refused if that many tokens are more than the model takes; None is for no limit."""
    if context is not None and prompt + completion > context:
        raise errors.context_length_exceeded(context, prompt, completion)


def _sentence(body: Sampling, prompt: str, question: str) -> str:
    """The same for the same model, prompt and seed."""
    digest = hashlib.sha256(json.dumps([body.model, prompt, body.seed]).encode()).digest()
    opening, closing = OPENINGS[digest[0] % len(OPENINGS)], CLOSINGS[digest[1] % len(CLOSINGS)]
    return f"{opening} You said: {question}\n{closing}"


def _json(schema: Schema, param: str) -> str:
    """The least JSON that the schema allows. Raises Refused."""
    try:
        return json.dumps(instance(schema))
    except ValueError as error:
        raise errors.invalid(str(error), param) from None


def _called(body: Chat) -> Function | None:
    """The function to call: the one named, the first if any is required, else one that the user speaks of."""
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


def _finish(body: Sampling, prompt: str, text: str, context: int | None, tool: str | None = None) -> Answer:
    """End the text where the request wants it to end."""
    prompt_tokens = count(prompt)
    check_context(context, prompt_tokens, body.max_tokens or 1)
    for stop in filter(None, body.stops if tool is None else ()):
        text = text.partition(stop)[0]
    room = body.max_tokens or (context - prompt_tokens if context is not None else None)
    pieces = tokens(text)
    ended: FinishReason = "stop" if tool is None else "tool_calls"
    if room is not None and len(pieces) > room:
        pieces, ended = pieces[:room], "length"
    return Answer("".join(pieces), ended, prompt_tokens, tool)
