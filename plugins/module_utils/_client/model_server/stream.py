# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes one answer of the chunks of a streamed chat completion, in the form that it has without streaming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..events import Event
from ..json_object import JsonObject

# The texts of a message that come in pieces. Servers name a model's reasoning differently.
_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")
# What all chunks have in common.
_COMMON = ("id", "created", "model", "system_fingerprint")


@dataclass
class Assembled:
    """The answer so far.

    usage: that of the last chunk that has one, as it is cumulative
    time_to_first_token: seconds between the request and the first piece of a message; null if none came
    """

    common: dict[str, Any] = field(default_factory=dict)
    # Pieces are joined once, in `body`: a text that grows with each of many pieces would be copied as often.
    texts: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    arguments: dict[int, list[str]] = field(default_factory=dict)
    logprobs: list[Any] = field(default_factory=list)
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    time_to_first_token: float | None = None
    has_choice: bool = False

    def body(self) -> dict[str, Any]:
        """The answer as a server gives it without streaming."""
        message: dict[str, Any] = {"role": "assistant", "content": None}
        message.update({name: "".join(pieces) for name, pieces in self.texts.items()})
        if self.calls:
            message["tool_calls"] = [self._call(index) for index in sorted(self.calls)]
        choice = {
            "index": 0,
            "message": message,
            "logprobs": {"content": self.logprobs} if self.logprobs else None,
            "finish_reason": self.finish_reason,
        }
        choices = [choice] if self.has_choice else []
        return {**self.common, "object": "chat.completion", "choices": choices, "usage": self.usage}

    def _call(self, index: int) -> dict[str, Any]:
        call, pieces = self.calls[index], self.arguments.get(index)
        if pieces is None:
            return call
        return {**call, "function": {**call["function"], "arguments": "".join(pieces)}}


def assemble(events: Sequence[Event]) -> Assembled:
    """The answer that the chunks make. Raises AnswerError for a chunk of another shape than documented."""
    answer = Assembled()
    for event in events:
        chunk = JsonObject(event.data, "the answer's chunk")
        fields = chunk.plain()
        for name in _COMMON:
            if fields.get(name) is not None:
                answer.common.setdefault(name, fields[name])
        if "usage" in chunk:
            answer.usage = chunk.child("usage").plain()
        for choice in chunk.children("choices"):
            # The collection asks for one choice.
            if not choice.optional_integer("index"):
                _add(answer, choice, event.seconds)
    return answer


def _add(answer: Assembled, choice: JsonObject, seconds: float) -> None:
    answer.has_choice = True
    answer.finish_reason = choice.optional_text("finish_reason") or answer.finish_reason
    if "logprobs" in choice:
        answer.logprobs += [one.plain() for one in choice.child("logprobs").children("content")]
    if "delta" not in choice:
        return
    delta = choice.child("delta")
    pieces = {name: text for name in _TEXTS if (text := delta.optional_text(name)) is not None}
    for name, text in pieces.items():
        answer.texts.setdefault(name, []).append(text)
    calls = delta.children("tool_calls")
    for call in calls:
        _add_call(answer, call)
    if (pieces or calls) and answer.time_to_first_token is None:
        answer.time_to_first_token = seconds


def _add_call(answer: Assembled, piece: JsonObject) -> None:
    index = piece.optional_integer("index") or 0
    call = answer.calls.setdefault(index, {"id": None, "type": "function", "function": {}})
    call["id"] = call["id"] or piece.optional_text("id")
    if "function" in piece:
        function, added = call["function"], piece.child("function")
        name, arguments = added.optional_text("name"), added.optional_text("arguments")
        function["name"] = function.get("name") or name
        answer.arguments.setdefault(index, []).append(arguments or "")
