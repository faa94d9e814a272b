# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of an endpoint: those of OpenAI's API, and those of the gateway in front of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails
from starlette.responses import JSONResponse, PlainTextResponse, Response

from scaleway_inference_emulator.errors import CONSTRAINTS, FORMATS

#: What is wrong with a value, in words of our own, by pydantic's name for it; in braces is what pydantic tells of it.
_WORDS = {
    **CONSTRAINTS,
    "greater_than": "it must be more than {gt}",
    "missing": "it must be given",
    "string_too_short": "it must not be empty",
    "too_short": "it must not be empty",
    "union_tag_invalid": "its {discriminator} must be one of: {expected_tags}",
    "union_tag_not_found": "its {discriminator} must be given",
}
#: Errors that the schemas of this API raise themselves.
_OWN = ("not_served", "stream_options")
_VLLM_TYPES = {400: "BadRequestError", 404: "NotFoundError", 422: "UnprocessableEntityError"}


class Refused(Exception):
    """A request is refused, with the response to send."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def refused(
    status: int,
    message: str,
    code: str | None = None,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refused:
    """An error with a body in OpenAI's format."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return Refused(JSONResponse({"error": error}, status, headers))


def invalid(message: str, param: str | None, code: str | None = None) -> Refused:
    """400: a parameter is wrong."""
    return refused(400, message, code, param=param)


def invalid_key(status: int) -> Refused:
    """401 or 403: the key is missing or unknown."""
    if status == 403:
        return refused(403, "api key not found", "invalid_api_key", kind="authentication_error")
    headers = {"WWW-Authenticate": "Bearer"}
    message = "the API key is missing or isn't known"
    return refused(401, message, "invalid_api_key", kind="authentication_error", headers=headers)


def insufficient_permissions() -> Refused:
    """403: the key has no rights on the deployment's project."""
    message = "the API key has no rights on the deployment's project"
    return refused(403, message, "insufficient_permissions", kind="permission_error")


def address_not_allowed(address: str) -> Refused:
    """403: no access rule of the deployment includes the client's address."""
    message = f"access from {address} isn't allowed: no access rule of the deployment includes it"
    return refused(403, message, "address_not_allowed", kind="permission_error")


def model_not_found(model: str, status: int) -> Refused:
    """404 or 422: the endpoint serves another model."""
    return refused(status, f"the model {model} doesn't exist here", "model_not_found", param="model")


def context_length_exceeded(context_size: int, prompt: int, completion: int) -> Refused:
    """400: the request has more tokens than the model takes on this node type with this quantization."""
    message = (
        f"this model's maximum context length is {context_size} tokens, and {prompt + completion} were requested "
        f"({prompt} in the prompt, {completion} in the completion)"
    )
    return invalid(message, None, "context_length_exceeded")


def as_vllm(response: Response) -> Response:
    """The same error in the form of vLLM, which has no object of its own for it, and the status as ``code``."""
    error = json.loads(bytes(response.body))["error"]
    fields = {"object": "error", "message": error["message"], "type": _VLLM_TYPES.get(response.status_code, "Error")}
    return JSONResponse({**fields, "param": error["param"], "code": response.status_code}, response.status_code)


def no_endpoint() -> Refused:
    """404, from the gateway: no endpoint has this address."""
    return Refused(JSONResponse({"message": "no endpoint at this address"}, 404))


def not_ready() -> Refused:
    """503, from the gateway: the deployment isn't running."""
    return Refused(PlainTextResponse("no healthy upstream", 503))


def from_validation(found: Sequence[Any], body: Any, names: Mapping[str, str] | None = None) -> Refused:
    """400 for the first parameter that pydantic found wrong in a body.

    names: what the client calls parameters that have another name in C(body).
    """
    first = found[0]
    if first["type"] == "json_invalid":
        return invalid("the body isn't valid JSON", None)
    if first["type"] == "not_served":
        return invalid(first["msg"], first["ctx"]["param"], "unsupported_parameter")
    places = [(_place(error, body), error) for error in found]
    param = places[0][0][0] if places[0][0] else None
    # Of a value that may have one of several forms, pydantic tells what is wrong with each. The form that fits best
    # counts: it has its error furthest inside.
    same = [(place, error) for place, error in places if place[:1] == places[0][0][:1]]
    deepest, _error = max(same, key=lambda one: len(one[0]))
    words = " or ".join(dict.fromkeys(_words(error) for place, error in same if place == deepest))
    if param is None:
        return invalid(f"the body: {words}", None)
    param = (names or {}).get(param, param)
    return invalid(f"{'.'.join((param, *deepest[1:]))}: {words}", param)


def _place(error: ErrorDetails, body: Any) -> tuple[str, ...]:
    """Where the error is in the body, without pydantic's names for the forms that a value may have."""
    place = []
    for part in error["loc"]:
        inner = body if isinstance(body, dict) else dict(enumerate(body)) if isinstance(body, list) else {}
        if part in inner:
            body = inner[part]
            place.append(str(part))
    if error["type"] == "missing" and error["loc"]:
        place.append(str(error["loc"][-1]))
    return tuple(place)


def _words(error: ErrorDetails) -> str:
    kind = "missing" if error["input"] is None else error["type"]
    if kind in _OWN:
        return error["msg"]
    if kind in _WORDS:
        return _WORDS[kind].format(**error.get("ctx", {}))
    return FORMATS.get(kind.partition("_")[0], "it hasn't the right form")
