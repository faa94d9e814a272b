# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that the service answers with: a class for each kind, which explains it and the remedy.

The kinds and their fields: https://www.scaleway.com/en/developers/api/managed-inference/ and Scaleway's SDKs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ..errors import InferenceError
from ..redaction import visible_line

# Permission sets of Scaleway's IAM, whose pages have used the new names since May 2026. The old ones may still exist.
FULL_ACCESS = "GenerativeApisFullAccess (older name: InferenceFullAccess)"
READ_ACCESS = "GenerativeApisModelAccess (older name: InferenceReadOnly)"


class ApiError(InferenceError):
    """The service answered with an error. Each kind on the API page has a subclass.

    status: the HTTP status
    type: the kind as the service names it; null if the answer has none
    body: the JSON of the answer; empty if it isn't an object
    """

    kind: ClassVar[str] = ""

    def __init__(
        self, *, route: str, status: int, type: str | None, request_id: str | None, body: Mapping[str, Any]
    ) -> None:
        self.route = route
        self.status = status
        self.type = type
        self.request_id = request_id
        self.body = body
        reference = f"HTTP {status}"
        if type:
            reference += f" {visible_line(type)}"
        if request_id:
            reference += f", request ID {request_id}"
        super().__init__(f"{route}: {self.explain()} ({reference})")

    def explain(self) -> str:
        """What went wrong and what to do about it, as a sentence without a full stop."""
        return self.text("message") or "the service gave no reason"

    def text(self, key: str) -> str:
        """A field of the answer as text; empty if it is absent or null."""
        return _text(self.body.get(key))

    def resource_text(self) -> str:
        """The type and the ID of the resource that the error is about."""
        return f"{self.text('resource') or 'the resource'} {self.text('resource_id')}".rstrip()

    def message_suffix(self) -> str:
        """The service's message in brackets, to append to a text; empty if its other fields name the resource."""
        message = self.text("message")
        return f" ({message})" if message and not self.text("resource") else ""

    def items(self) -> list[Mapping[str, Any]]:
        """The objects in the field `details`; empty if it isn't a list."""
        details = self.body.get("details")
        return [item for item in details if isinstance(item, Mapping)] if isinstance(details, list) else []

    def details(self) -> dict[str, Any]:
        facts = {key: value for key, value in self.body.items() if key not in ("type", "message")}
        return {
            **facts,
            "route": self.route,
            "status": self.status,
            "type": self.type,
            "request_id": self.request_id,
            "message": self.text("message"),
        }


class InvalidArguments(ApiError):
    kind = "invalid_arguments"

    def explain(self) -> str:
        items = self.items()
        found = "; ".join(map(_refused, items)) or f"an argument: {super().explain()}"
        # The region is part of each route, so no task names it among its own options.
        if any(item.get("argument_name") == "region" for item in items):
            return f"the service refused {found}; set region to one that has the service, such as fr-par"
        return f"the service refused {found}"


class AuthenticationDenied(ApiError):
    kind = "denied_authentication"

    def explain(self) -> str:
        why = {
            "expired": "has expired",
            "not_found": "doesn't exist",
            "invalid_argument": "isn't well-formed",
        }.get(self.text("reason"), "was refused")
        # Only a gateway's message is shown; the service's own adds nothing to its reason.
        message = f" ({self.text('message')})" if self.text("message") and not self.type else ""
        return (
            f"the secret key {why}{message}; give a valid one with the option secret_key, the environment variable "
            "SCW_SECRET_KEY or the scw configuration file"
        )


class PermissionsDenied(ApiError):
    kind = "permissions_denied"

    def explain(self) -> str:
        permissions = ", ".join(
            f"{_text(item.get('action')) or 'act'} on {_text(item.get('resource')) or 'the resource'}"
            for item in self.items()
        )
        remedy = "add it to the IAM policy of the key's owner, or use another key"
        if not self.type and not permissions:
            return (
                f"access is refused ({super().explain()}). Either the API key lacks a permission: {remedy}; or it "
                "wasn't the service that answered: check api_url and the proxy settings"
            )
        if self.type != self.kind:
            return f"the API key lacks a permission ({permissions or super().explain()}); {remedy}"
        return (
            f"the API key lacks a permission ({permissions or super().explain()}); {remedy}. The permission set "
            f"{FULL_ACCESS} has all that the collection needs, and {READ_ACCESS} is meant for reading. If the policy "
            "has it already, check that it covers the project, and that none of its conditions excludes this host's "
            "address"
        )


class QuotasExceeded(ApiError):
    kind = "quotas_exceeded"

    def explain(self) -> str:
        found = ", ".join(
            f"{_text(item.get('resource')) or 'the resource'}: {_text(item.get('current'))} used of a quota of "
            f"{_text(item.get('quota'))}"
            for item in self.items()
        )
        return f"a quota is used up ({found or super().explain()}); delete what isn't needed, or ask for a higher quota"


class NotFound(ApiError):
    """404. If it names no resource, it may be a gateway's, and doesn't prove that the resource is gone."""

    kind = "not_found"

    @property
    def names_resource(self) -> bool:
        return bool(self.text("resource"))

    def explain(self) -> str:
        if not self.names_resource:
            return f"{super().explain()}; check api_url and region"
        return (
            f"{self.text('resource').lower()} {self.text('resource_id')} doesn't exist in this region, or this key may "
            "not see it"
        )


class TransientState(ApiError):
    kind = "transient_state"

    def explain(self) -> str:
        return (
            f"{self.resource_text()} can't be changed while it is "
            f"{self.text('current_state') or 'changing'}{self.message_suffix()}; run again once its status is stable"
        )


class ResourceExpired(ApiError):
    kind = "resource_expired"

    def explain(self) -> str:
        return (
            f"{self.resource_text()} expired "
            f"{('on ' + self.text('expired_since')) if self.text('expired_since') else 'earlier'}"
            f"{self.message_suffix()}; use another one"
        )


class PreconditionFailed(ApiError):
    kind = "precondition_failed"

    def explain(self) -> str:
        reason = self.text("help_message") or super().explain()
        precondition = self.text("precondition")
        return f"a condition isn't met: {reason}" + (f" ({precondition})" if precondition else "")


class Locked(ApiError):
    kind = "locked"

    def explain(self) -> str:
        return f"{self.resource_text()} is locked by the service{self.message_suffix()}; contact Scaleway's support"


class OutOfStock(ApiError):
    kind = "out_of_stock"

    def explain(self) -> str:
        return (
            f"no {self.text('resource') or 'node'} is in stock at the moment{self.message_suffix()}; run again later, "
            "or choose another node_type (node_type_info with available_only lists those in stock)"
        )


class RateLimited(ApiError):
    """429. The service refused the request before it acted on it, so even a creation may be repeated."""

    transient = True

    def explain(self) -> str:
        return f"too many requests at once{self.message_suffix()}; run again later, or raise api_retries"


class RouteGone(ApiError):
    """A route of v1beta1 that answers as if it didn't exist."""

    def explain(self) -> str:
        return f"the service doesn't know this route of v1beta1, or no longer{self.message_suffix()}; {self._instead()}"

    def _instead(self) -> str:
        """What to use in place of the route."""
        for part, remedy in _INSTEAD.items():
            if part in self.route:
                return remedy
        return "set api_version: v1"


# What replaces the routes that v1beta1 alone has, by a part of the path.
_INSTEAD = {
    "/acls": (
        "access rules may be gone. To limit who may call, use only private endpoints (private_only: true of deployment "
        "and fleet, or deploy_private_only of the role deploy), or put a condition on the address into the IAM policy "
        "of the calling key; then leave rules, deploy_addresses and the module acl out. api_version: v1 has no rules "
        "either"
    ),
    "/eula": (
        "read the licence at its publisher or in Scaleway's console, and leave with_eula out; api_version: v1 has no "
        "texts of licences"
    ),
}


class ServerError(ApiError):
    """408 or 5xx without a type: the service or a gateway failed, so the outcome of the request is unknown."""

    transient = True
    effect_unknown = True

    def explain(self) -> str:
        return f"the service failed ({self.text('message') or 'it gave no reason'}); run again later"


_KINDS: dict[str, type[ApiError]] = {
    error.kind: error
    for error in (
        InvalidArguments,
        AuthenticationDenied,
        PermissionsDenied,
        QuotasExceeded,
        NotFound,
        TransientState,
        ResourceExpired,
        PreconditionFailed,
        Locked,
        OutOfStock,
    )
}
_STATUSES: dict[int, type[ApiError]] = {
    400: InvalidArguments,
    401: AuthenticationDenied,
    403: PermissionsDenied,
    404: NotFound,
    409: TransientState,
    412: PreconditionFailed,
    423: Locked,
    429: RateLimited,
}


def api_error(*, route: str, api_version: str, status: int, request_id: str | None, body: object) -> ApiError:
    """The typed error for an answer with a status of 400 or more.

    Its kind follows from the field `type`, or from the status if there is none, as in the answers of gateways.
    """
    fields: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    type_name = fields.get("type")
    kind = type_name if isinstance(type_name, str) and type_name else None
    error: type[ApiError]
    if kind in _KINDS:
        error = _KINDS[kind]
    elif status == 408 or (status >= 500 and status != 501):
        error = ServerError
    else:
        error = _STATUSES.get(status, ApiError)
    names_no_resource = error is NotFound and not fields.get("resource")
    if api_version == "v1beta1" and (names_no_resource or (kind not in _KINDS and status in (410, 501))):
        error = RouteGone
    return error(route=route, status=status, type=kind, request_id=request_id, body=fields)


def _refused(item: Mapping[str, Any]) -> str:
    """An argument, what is wrong with it, and the service's word for that if it has one."""
    reason = _text(item.get("reason"))
    kind = f" ({reason})" if reason not in ("", "unknown") else ""
    problem = _text(item.get("help_message")) or "not accepted"
    return f"{_text(item.get('argument_name')) or 'an argument'}: {problem}{kind}"


def _text(value: object) -> str:
    if value is None:
        return ""
    return visible_line(value if isinstance(value, str) else json.dumps(value))
