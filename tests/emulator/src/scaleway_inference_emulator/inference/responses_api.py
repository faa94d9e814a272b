# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``POST /v1/responses``: OpenAI's newer API, as far as function tools go, and without state between requests."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from scaleway_inference_emulator.inference import errors
from scaleway_inference_emulator.inference.generation import Answer
from scaleway_inference_emulator.inference.request_bodies import Body, Chat, Message

Json = dict[str, Any]
#: Parameters of OpenAI's API that need state, or tools that the server itself runs.
_WITH_STATE = ("previous_response_id", "conversation", "background")
#: What a chat calls parameters that have another name here.
_NAMES = {"messages": "input", "response_format": "text"}


class FunctionTool(BaseModel):
    """A function that the model may call."""

    type: Literal["function"]
    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Responses(Body):
    """The body of a request."""

    input: str | Annotated[list[dict[str, Any]], Field(min_length=1)]
    instructions: str | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = None
    text: dict[str, Any] | None = None
    stream: bool | None = None
    previous_response_id: str | None = None
    conversation: Any = None
    background: bool | None = None


def as_chat(body: Responses) -> Chat:
    """The chat that asks the same. Raises Refused."""
    for name in _WITH_STATE:
        if getattr(body, name):
            raise errors.invalid(f"{name} isn't served: the endpoint keeps no state", name, "unsupported_parameter")
    items = [{"role": "user", "content": body.input}] if isinstance(body.input, str) else body.input
    choice = body.tool_choice
    if isinstance(choice, dict):
        choice = {"type": "function", "function": {"name": choice.get("name")}}
    chat = {
        "model": body.model,
        "messages": [_message(item) for item in items],
        "max_completion_tokens": body.max_output_tokens,
        "temperature": body.temperature,
        "top_p": body.top_p,
        "tools": [_tool(tool) for tool in body.tools] if body.tools else None,
        "tool_choice": choice,
        "response_format": _format(body),
    }
    try:
        found = Chat.model_validate(chat)
    except ValidationError as error:
        raise errors.from_validation(error.errors(), chat, _NAMES) from None
    if body.instructions:
        found.messages.insert(0, Message(role="system", content=body.instructions))
    return found


def response(body: Responses, answer: Answer, now: float) -> Json:
    """The answer as the body of a response."""
    complete = answer.finish_reason != "length"
    status = "completed" if complete else "incomplete"
    return {
        "id": f"resp_{uuid.uuid4().hex}",
        "object": "response",
        "created_at": int(now),
        "status": status,
        "error": None,
        "incomplete_details": None if complete else {"reason": "max_output_tokens"},
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "model": body.model,
        "output": [_item(answer, status)],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "store": False,
        "temperature": body.temperature,
        "text": body.text or {"format": {"type": "text"}},
        "tool_choice": body.tool_choice or "auto",
        "tools": body.tools or [],
        "top_p": body.top_p,
        "truncation": "disabled",
        "usage": {
            "input_tokens": answer.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": answer.usage["completion_tokens"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": answer.usage["total_tokens"],
        },
        "metadata": {},
    }


def events(whole: Json, answer: Answer) -> Iterator[str]:
    """The response as server-sent events: its begin, each token, its end."""
    (item,) = whole["output"]
    place: Json = {"item_id": item["id"], "output_index": 0}
    begun = {**whole, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    found: list[Json] = [{"type": "response.created", "response": begun}]
    if answer.tool is None:
        empty: Json = {**item, "status": "in_progress", "content": []}
        place["content_index"] = 0
        part = {"type": "output_text", "text": "", "annotations": []}
        found += [
            {"type": "response.output_item.added", "output_index": 0, "item": empty},
            {"type": "response.content_part.added", **place, "part": part},
            *(
                {"type": "response.output_text.delta", **place, "delta": token, "logprobs": []}
                for token in answer.tokens
            ),
            {"type": "response.output_text.done", **place, "text": answer.text, "logprobs": []},
            {"type": "response.content_part.done", **place, "part": item["content"][0]},
        ]
    else:
        found += [
            {"type": "response.output_item.added", "output_index": 0, "item": {**item, "arguments": ""}},
            *({"type": "response.function_call_arguments.delta", **place, "delta": token} for token in answer.tokens),
            {"type": "response.function_call_arguments.done", **place, "name": answer.tool, "arguments": answer.text},
        ]
    found.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    found.append({"type": f"response.{whole['status']}", "response": whole})
    for number, event in enumerate(found):
        yield f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': number})}\n\n"


def _item(answer: Answer, status: str) -> Json:
    if answer.tool is not None:
        call, name = uuid.uuid4().hex, answer.tool
        return {
            "type": "function_call",
            "id": f"fc_{call}",
            "call_id": f"call_{call}",
            "name": name,
            "arguments": answer.text,
            "status": status,
        }
    text = {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}
    return {
        "type": "message",
        "id": f"msg_{uuid.uuid4().hex}",
        "role": "assistant",
        "status": status,
        "content": [text],
    }


def _message(item: Json) -> Json:
    """An item of the input as a message of a chat. Raises Refused."""
    kind = item.get("type") or "message"
    if kind == "function_call":
        return {"role": "assistant", "content": None}
    if kind == "function_call_output":
        return {"role": "tool", "content": _parts(item.get("output"))}
    if kind != "message":
        raise errors.invalid(f"input: items of the type {kind} aren't served", "input")
    return {"role": item.get("role"), "content": _parts(item.get("content"))}


def _parts(content: Any) -> Any:
    """The content of an item as that of a message of a chat."""
    if not isinstance(content, list):
        return content
    found = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        # A kind that is no text may be unhashable.
        if kind in ("input_text", "output_text"):
            found.append({"type": "text", "text": part.get("text")})
        elif kind == "input_image":
            found.append({"type": "image_url", "image_url": {"url": part.get("image_url")}})
        else:
            raise errors.invalid(f"input: parts of the type {kind} aren't served", "input")
    return found


def _tool(tool: Json) -> Json:
    try:
        function = TypeAdapter(FunctionTool).validate_python(tool)
    except ValidationError:
        raise errors.invalid("tools: only functions with a name are served", "tools") from None
    named = {"name": function.name, "description": function.description or "", "parameters": function.parameters or {}}
    return {"type": "function", "function": named}


def _format(body: Responses) -> Json | None:
    """The field ``text.format`` as ``response_format`` of a chat."""
    requested = (body.text or {}).get("format")
    if not isinstance(requested, dict) or requested.get("type") != "json_schema":
        return requested if isinstance(requested, dict) else None
    return {"type": "json_schema", "json_schema": {"name": requested.get("name"), "schema": requested.get("schema")}}
