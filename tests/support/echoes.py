# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of a service, a gateway or an endpoint that give back what they were sent, secrets included."""

from __future__ import annotations

import html
import json
from collections.abc import Callable

from ansible_collections.scaleway.inference.tests.support.canned import RecordedRequest, Reply, json_reply
from ansible_collections.scaleway.inference.tests.support.secrets import echo

Answer = Callable[[str], Reply]


def _refusal(status: int) -> Answer:
    """An error of the service, with the text in each of its fields."""
    names = ("type", "message", "resource", "resource_id", "reason", "precondition", "help_message", "code", "error")
    detail = ("argument_name", "reason", "help_message", "resource", "action")

    def answer(text: str) -> Reply:
        details = [dict.fromkeys(detail, text), text]
        body = {**dict.fromkeys(names, text), "details": details, "permissions": details, text: [text]}
        return json_reply(body, status, {"X-Request-Id": _header(text)})

    return answer


def _openai(status: int) -> Answer:
    names = ("message", "type", "param", "code")
    return lambda text: json_reply({"error": dict.fromkeys(names, text), "detail": [{"msg": text}]}, status)


def _header(text: str) -> str:
    return text.replace("\n", " ").encode("utf-8").decode("latin-1")


def _page(text: str) -> bytes:
    # A long token in a page may have places for line breaks, and its excerpt may be cut anywhere.
    broken = "<wbr>".join(text[at : at + 30] for at in range(0, len(text), 30))
    return f"<html><title>{text}</title><pre>{html.escape(text)}</pre><b>{broken}</b></html>".encode()


#: By name: what a server that has the secrets from a request may answer.
ANSWERS: dict[str, Answer] = {
    **{str(status): _refusal(status) for status in (400, 401, 403, 404, 409, 410, 422, 429, 500, 501)},
    **{f"OpenAI's {status}": _openai(status) for status in (400, 401, 403, 404, 429, 500)},
    "page of a gateway": lambda text: Reply(502, _page(text), {"Content-Type": "text/html"}),
    "page as a success": lambda text: Reply(200, _page(text), {"Content-Type": f"text/html; {_header(text)}"}),
    "text": lambda text: Reply(503, text.encode(), {"Content-Type": "text/plain"}),
    "a JSON text": lambda text: json_reply(text, 403),
    "a list": lambda text: json_reply([text], 400),
    "a success of another form": lambda text: json_reply({text: text, "deployments": text, "data": text}),
    "cut off": lambda text: Reply(200, json.dumps({"a": text}).encode()[:-20], {"Content-Type": "application/json"}),
    "a key that is cut": lambda text: Reply(400, (f"<style>{'x' * 9_900}</style>" + text * 3).encode()),
    "connection that is cut": lambda text: Reply(500, text.encode(), ending="cut"),
    "redirect": lambda text: Reply(
        302, headers={"Location": f"https://x:{_header(text)}@{text[:36]}.test/?key={_header(text)}"}
    ),
    "encoding": lambda text: Reply(200, b"x", {"Content-Encoding": _header(text)}),
    "pause": lambda text: json_reply({"message": text}, 429, {"Retry-After": _header(text)}),
    "stream": lambda text: Reply(
        200,
        b"".join(
            b"data: " + json.dumps(event).encode() + b"\n\n"
            for event in (
                {"choices": [{"index": 0, "delta": {"content": text[: len(text) // 2]}}], "model": text},
                {"choices": [{"index": 0, "delta": {"content": text[len(text) // 2 :], "refusal": text}}]},
                {"error": {"message": text}},
            )
        ),
        {"Content-Type": "text/event-stream"},
    ),
    "stream that is cut": lambda text: Reply(
        200, f'data: {{"error": "{text}'.encode()[:-9] + b"\n\n", {"Content-Type": "text/event-stream"}
    ),
    "completion": lambda text: json_reply(
        {
            "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": text}],
            "model": text,
            "data": [{"id": text, "embedding": [0.5], "index": 0}],
            "usage": {text: text},
        }
    ),
}


def sent_text(request: RecordedRequest, *secrets: str) -> str:
    """All that a request has, and these secrets in each way in which they may be given back."""
    headers = json.dumps(dict(request.headers))
    return " | ".join([*map(echo, secrets), headers, request.target, request.body.decode()])
