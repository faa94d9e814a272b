# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of the service's API: one exception, and a function for each type of error.

Statuses, types and fields are those of the API reference and of recorded answers.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

#: What is wrong, in words of our own, by pydantic's name for it; in braces is what pydantic tells about it. First the
#: values that are well-formed but not allowed.
CONSTRAINTS = {
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
    "literal_error": "it must be one of: {expected}",
}
FORMATS = {
    "bool": "it must be true or false",
    "dict": "it must be an object",
    "int": "it must be a whole number",
    "list": "it must be a list",
    "model": "it must be an object",
    "string": "it must be a text",
    "tuple": "it must be a list",
    "uuid": "it must be a UUID",
}

Reason = Literal["unknown", "required", "format", "constraint"]


class ServiceError(Exception):
    """An answer other than success: a status code and a JSON body."""

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {**fields, "message": message, "type": kind}


class ErrorBody(BaseModel):
    """The fields of every error; further ones depend on ``type``."""

    type: str
    message: str


def detail(argument_name: str, reason: Reason, help_message: str) -> dict[str, str]:
    """What is wrong with one argument."""
    return {"argument_name": argument_name, "help_message": help_message, "reason": reason}


def invalid_arguments(*details: dict[str, str]) -> ServiceError:
    """400: wrong arguments, all of them at once."""
    return ServiceError(400, "invalid_arguments", "invalid argument(s)", details=list(details))


def denied_authentication(reason: Literal["invalid_argument", "not_found", "expired"]) -> ServiceError:
    """401: the key is missing or unknown."""
    return ServiceError(401, "denied_authentication", "authentication is denied", method="api_key", reason=reason)


def permissions_denied(resource: str, action: str) -> ServiceError:
    """403: the key may not do this."""
    details = [{"action": action, "resource": resource}]
    return ServiceError(403, "permissions_denied", "insufficient permissions", details=details)


def quotas_exceeded(resource: str, quota: int, current: int) -> ServiceError:
    """403: the project's quota is used up."""
    details = [{"current": current, "quota": quota, "resource": resource}]
    return ServiceError(403, "quotas_exceeded", "quota(s) exceeded for this resource", details=details)


def not_found(resource: str, resource_id: str) -> ServiceError:
    """404: the resource doesn't exist, or the key may not see it."""
    return ServiceError(404, "not_found", "resource is not found", resource=resource, resource_id=resource_id)


def transient_state(resource: str, resource_id: str, current_state: str) -> ServiceError:
    """409: the last change isn't finished."""
    fields = {"resource": resource, "resource_id": resource_id, "current_state": current_state}
    return ServiceError(409, "transient_state", "resource is in a transient state", **fields)


def precondition_failed(
    precondition: Literal["resource_still_in_use", "attribute_must_be_set"], help_message: str
) -> ServiceError:
    """412: something else must be done first."""
    fields = {"precondition": precondition, "help_message": help_message}
    return ServiceError(412, "precondition_failed", "precondition failed", **fields)


def locked(resource: str, resource_id: str) -> ServiceError:
    """423: the provider has locked the resource."""
    return ServiceError(423, "locked", "resource is locked", resource=resource, resource_id=resource_id)


def out_of_stock(resource: str) -> ServiceError:
    """503: no machine of this node type is available."""
    return ServiceError(503, "out_of_stock", "resource is out of stock", resource=resource)


def invalid_value(reason: Reason, help_message: str) -> PydanticCustomError:
    """An error for a validator of a body to raise; :func:`from_validation` makes a detail of it."""
    return PydanticCustomError(reason, "{help}", {"help": help_message})


def from_validation(errors: list[ErrorDetails]) -> ServiceError:
    """The service's error for what FastAPI found wrong in a request."""
    return invalid_arguments(*(_translate(error) for error in errors))


def _translate(error: ErrorDetails) -> dict[str, str]:
    location, kind = [str(part) for part in error["loc"]], error["type"]
    if kind == "json_invalid":
        return detail("body", "format", "the body isn't valid JSON")
    argument_name = ".".join(location[1:]) or location[0]
    if kind in ("unknown", "required", "format", "constraint"):
        # mypy doesn't narrow a string to a Literal by this test.
        return detail(argument_name, kind, error["msg"])  # type: ignore[arg-type]
    if kind == "missing":
        return detail(argument_name, "required", "it must be given")
    if kind == "extra_forbidden":
        return detail(argument_name, "unknown", "there's no such field")
    if kind in CONSTRAINTS:
        return detail(argument_name, "constraint", CONSTRAINTS[kind].format(**error.get("ctx", {})))
    return detail(argument_name, "format", FORMATS.get(kind.partition("_")[0], "it hasn't the right form"))
