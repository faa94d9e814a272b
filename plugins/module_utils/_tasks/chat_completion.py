# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(chat_completion): asks a model for the next message of a conversation."""

from __future__ import annotations

from typing import Any

from .._client.errors import OptionError
from .._client.model_server.client import Completion, ModelServer, StreamedCompletion
from .._options.shared import ArgumentSpec, Params
from .._task import Context, Outcome
from ._model_request import ask, given_fields, request_task, warn_without_text

# The fields that the service supports. It ignores or refuses frequency_penalty, n, top_logprobs, logit_bias and user.
_FIELDS: ArgumentSpec = {
    "max_tokens": {"type": "int", "no_log": False},
    "max_completion_tokens": {"type": "int", "no_log": False},
    "temperature": {"type": "float"},
    "top_p": {"type": "float"},
    "presence_penalty": {"type": "float"},
    "seed": {"type": "int"},
    "stop": {"type": "list", "elements": "str"},
    "response_format": {"type": "dict"},
    "tools": {"type": "list", "elements": "dict"},
    "tool_choice": {"type": "raw"},
    "logprobs": {"type": "bool"},
}

_CHECK_MODE_REPLY = Completion(
    model=None,
    usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    latency=0.0,
    response={
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": None}],
    },
    content="",
    finish_reason=None,
    tool_calls=[],
)


def run(context: Context, params: Params) -> Outcome:
    body = {"messages": _messages(params), **given_fields(params, list(_FIELDS))}
    empty: Completion = _CHECK_MODE_REPLY
    if params["stream"]:
        empty = StreamedCompletion(**vars(empty), time_to_first_token=0.0, duration=0.0)

    def send(server: ModelServer, model: str) -> Completion:
        complete = server.stream if params["stream"] else server.complete
        completion = complete({"model": model, **body})
        warn_without_text(context, completion)
        return completion

    return ask(context, params, send, empty)


def _messages(params: Params) -> list[dict[str, Any]]:
    messages = params["messages"]
    if messages is None:
        messages = [{"role": "user", "content": params["prompt"]}]
    # The message of an answer has null fields, which not every server accepts in a request.
    messages = [
        {key: value for key, value in message.items() if value is not None or key == "content"} for message in messages
    ]
    for index, message in enumerate(messages):
        if not message.get("role"):
            raise OptionError(f"messages[{index}]: each message needs a role, such as user, assistant or system")
    if params["system"] is not None:
        messages = [{"role": "system", "content": params["system"]}, *messages]
    if not messages:
        raise OptionError("messages: at least one message is needed")
    return list(messages)


TASK = request_task(
    "chat_completion",
    run,
    {
        "messages": {"type": "list", "elements": "dict"},
        "prompt": {"type": "str"},
        "system": {"type": "str"},
        "stream": {"type": "bool", "default": False},
        **_FIELDS,
    },
    one_of=[("messages", "prompt")],
)
