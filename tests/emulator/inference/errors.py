# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an endpoint refuses: as OpenAI's API does, or as the gateway before it."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, PlainTextResponse, Response


class Refused(Exception):
    """An answer other than success."""

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
    """An error with the body that OpenAI's clients read."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return Refused(JSONResponse({"error": error}, status, headers))


def invalid(message: str, param: str | None, code: str | None = None) -> Refused:
    """400: a wrong parameter."""
    return refused(400, message, code, param=param)


def invalid_key() -> Refused:
    """401: no key, or one that isn't known."""
    headers = {"WWW-Authenticate": "Bearer"}
    message = "the API key is missing or isn't known"
    return refused(401, message, "invalid_api_key", kind="authentication_error", headers=headers)


def insufficient_permissions() -> Refused:
    """403: the key is known, but has no rights here."""
    message = "the API key has no rights on the deployment's project"
    return refused(403, message, "insufficient_permissions", kind="permission_error")


def address_not_allowed(address: str) -> Refused:
    """403: an access rule of the deployment, whatever the key."""
    message = f"access from {address} isn't allowed: no access rule of the deployment includes it"
    return refused(403, message, "address_not_allowed", kind="permission_error")


def model_not_found(model: str) -> Refused:
    """404: another model runs here."""
    return refused(404, f"the model {model} doesn't exist here", "model_not_found", param="model")


def context_length_exceeded(context: int, prompt: int, completion: int) -> Refused:
    """400: more tokens than the model takes on this node type with this quantization."""
    message = (
        f"this model's maximum context length is {context} tokens, and {prompt + completion} were requested "
        f"({prompt} in the prompt, {completion} in the completion)"
    )
    return invalid(message, None, "context_length_exceeded")


def no_endpoint() -> Refused:
    """404: of the gateway, which knows no endpoint by this address."""
    return Refused(JSONResponse({"message": "no endpoint at this address"}, 404))


def not_ready() -> Refused:
    """503: of the gateway, which finds nothing behind it."""
    return Refused(PlainTextResponse("no healthy upstream", 503))


def from_validation(error: RequestValidationError) -> Refused:
    """400 for the first thing that the framework found wrong in a body."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return invalid("the body isn't valid JSON", None)
    if first["type"] == "not_served":
        return invalid(first["msg"], first["ctx"]["param"], "unsupported_parameter")
    where = [str(part) for part in first["loc"][1:]]
    return invalid(": ".join(filter(None, (".".join(where), first["msg"]))), where[0] if where else None)
