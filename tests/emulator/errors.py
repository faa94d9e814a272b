# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's errors: one exception, and a function for each type of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

#: pydantic's names for values that are well-formed but not allowed.
CONSTRAINTS = frozenset({"greater_than_equal", "less_than_equal", "string_too_short", "literal_error"})

Reason = Literal["unknown", "required", "format", "constraint"]


class ServiceError(Exception):
    """An answer other than success: a status code and a JSON body."""

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {**fields, "message": message, "type": kind}


class ErrorBody(BaseModel):
    """What every error has; more fields depend on ``type``."""

    type: str
    message: str


def detail(argument_name: str, reason: Reason, help_message: str) -> dict[str, str]:
    """One wrong argument."""
    return {"argument_name": argument_name, "help_message": help_message, "reason": reason}


def invalid_arguments(*details: dict[str, str]) -> ServiceError:
    """400, with all the wrong arguments at once."""
    return ServiceError(400, "invalid_arguments", "invalid argument(s)", details=list(details))


def denied_authentication(reason: Literal["invalid_argument", "not_found", "expired"]) -> ServiceError:
    """401: no key, or one that isn't known."""
    return ServiceError(401, "denied_authentication", "authentication is denied", method="api_key", reason=reason)


def permissions_denied(resource: str, action: str) -> ServiceError:
    """403: the key may not do this."""
    details = [{"action": action, "resource": resource}]
    return ServiceError(403, "permissions_denied", "insufficient permissions", details=details)


def quotas_exceeded(resource: str, quota: int, current: int) -> ServiceError:
    """403: the project has as many as it may."""
    details = [{"current": current, "quota": quota, "resource": resource}]
    return ServiceError(403, "quotas_exceeded", "quota(s) exceeded for this resource", details=details)


def not_found(resource: str, resource_id: str) -> ServiceError:
    """404: there's no such thing, or the key may not see it."""
    return ServiceError(404, "not_found", "resource is not found", resource=resource, resource_id=resource_id)


def transient_state(resource: str, resource_id: str, current_state: str) -> ServiceError:
    """409: wait until the last change is done."""
    fields = {"resource": resource, "resource_id": resource_id, "current_state": current_state}
    return ServiceError(409, "transient_state", "resource is in a transient state", **fields)


def precondition_failed(
    precondition: Literal["resource_still_in_use", "attribute_must_be_set"], help_message: str
) -> ServiceError:
    """412: something else has to be done first."""
    fields = {"precondition": precondition, "help_message": help_message}
    return ServiceError(412, "precondition_failed", "precondition failed", **fields)


def locked(resource: str, resource_id: str) -> ServiceError:
    """423: the provider holds it back."""
    return ServiceError(423, "locked", "resource is locked", resource=resource, resource_id=resource_id)


def out_of_stock(resource: str) -> ServiceError:
    """503: no machine of that kind is left."""
    return ServiceError(503, "out_of_stock", "resource is out of stock", resource=resource)


def wrong(reason: Reason, help_message: str) -> PydanticCustomError:
    """What a validator of a body raises; :func:`from_validation` turns it into a detail."""
    return PydanticCustomError(reason, "{help}", {"help": help_message})


def from_validation(errors: list[ErrorDetails]) -> ServiceError:
    """The service's error for whatever the framework found wrong in a request."""
    return invalid_arguments(*(_translate(error) for error in errors))


def _translate(error: ErrorDetails) -> dict[str, str]:
    where, kind = [str(part) for part in error["loc"]], error["type"]
    if kind == "json_invalid":
        return detail("body", "format", "the body isn't valid JSON")
    argument_name = ".".join(where[1:]) or where[0]
    if kind in ("unknown", "required", "format", "constraint"):
        # mypy doesn't narrow a string to the Literal that this test of it allows.
        return detail(argument_name, kind, error["msg"])  # type: ignore[arg-type]
    if kind == "missing":
        return detail(argument_name, "required", "it must be given")
    return detail(argument_name, "constraint" if kind in CONSTRAINTS else "format", error["msg"])
