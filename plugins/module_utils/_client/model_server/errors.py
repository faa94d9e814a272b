# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that a model server, or a gateway in front of it, answers with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..inference.errors import ApiError, PermissionsDenied

# Without 504: a gateway that timed out on a slow model would do so again.
_TRANSIENT = frozenset((429, 500, 502, 503))
_MENTIONS_RULE = re.compile(r"\b(acl|ip|address|access rule)", re.IGNORECASE)
_MENTIONS_PERMISSION = re.compile(r"permission|rights|\biam\b", re.IGNORECASE)
# Such as "api key not found": the service may answer so with 403 in place of 401.
_UNKNOWN_KEY = re.compile(
    r"\b(?:api|secret|access)[ _-]?(?:key|token)\b.{0,30}\b(?:not found|unknown|invalid|isn't known|expired|"
    r"doesn't exist|does not exist)|\b(?:unknown|invalid|expired|missing|no)[ _-](?:api|secret)[ _-]?(?:key|token)\b",
    re.IGNORECASE,
)


class EndpointError(ApiError):
    """An endpoint answered with an error. `with_key`: the request carried the key."""

    def __init__(
        self, *, route: str, status: int, request_id: str | None, fields: Mapping[str, Any], with_key: bool
    ) -> None:
        self.with_key = with_key
        self.transient = status in _TRANSIENT
        kind = fields.get("type")
        type_name = kind if isinstance(kind, str) and kind else None
        super().__init__(route=route, status=status, type=type_name, request_id=request_id, body=fields)

    def explain(self) -> str:
        message = self.text("message") or "it gave no reason"
        if self.status == 401 or self.denied_by == "key":
            return self._explain_unauthorized(message)
        if self.status == 403:
            return self._explain_forbidden(message)
        if self.status == 404:
            return (
                f"the endpoint has nothing there ({message}); check the URL, and whether the model takes such requests"
            )
        if self.status == 429:
            return f"too many requests at once ({message}); run again later, or raise api_retries"
        if self.status == 503:
            return f"the model isn't ready, or has too much to do ({message}); run again later"
        if self.status in (408, 504):
            return f"the model took too long ({message}); ask for less at once, such as fewer max_tokens"
        if self.status >= 500:
            return f"the model server failed ({message}); run again later"
        return f"the model server refused the request: {message}"

    def _explain_unauthorized(self, message: str) -> str:
        if not self.with_key:
            return (
                f"the endpoint asks for a key ({message}), but none was sent, as disable_auth says that it needs none"
            )
        return (
            f"the endpoint refused the secret key ({message}); give a valid one with the option secret_key, the "
            "environment variable SCW_SECRET_KEY or the scw configuration file"
        )

    def _explain_forbidden(self, message: str) -> str:
        rule = (
            "no access rule of the deployment admits the address that the request came from: add it with "
            "scaleway.inference.acl, or send from another one with source_address"
        )
        permission = (
            "the API key lacks a permission: add it to the IAM policy of the key's owner, see that none of its "
            "conditions excludes the address of this host, or use another key"
        )
        ways = {"rule": f"; {rule}", "permission": f"; {permission}", "either": f". Either {rule}; or {permission}"}
        return f"access is denied ({message}){ways[self.denied_by or 'either']}"

    @property
    def denied_by(self) -> str | None:
        """What denied access: `rule`, `permission`, `key`, or `either` of the first two if the answer doesn't tell.

        Null for errors with another status than 403.
        """
        if self.status != 403:
            return None
        # OpenAI's servers have the same type for all, so the words decide. Scaleway's own type means a permission.
        words = f"{self.text('code')} {self.text('message')}"
        if _UNKNOWN_KEY.search(words):
            return "key"
        by_rule = _MENTIONS_RULE.search(words) is not None
        by_permission = self.type == PermissionsDenied.kind or _MENTIONS_PERMISSION.search(words) is not None
        if not self.with_key or (by_rule and not by_permission):
            return "rule"
        return "permission" if by_permission and not by_rule else "either"

    def details(self) -> dict[str, Any]:
        denied = {} if self.denied_by is None else {"denied_by": self.denied_by}
        return {**super().details(), **denied}


class UnknownModel(EndpointError):
    """The endpoint doesn't serve the requested model, but others."""

    @classmethod
    def of(cls, error: EndpointError, model: str, served: Sequence[str]) -> UnknownModel:
        """The error with the requested model, and the models that the endpoint serves."""
        return cls(
            route=error.route,
            status=error.status,
            request_id=error.request_id,
            fields={**error.body, "model": model, "served": list(served)},
            with_key=error.with_key,
        )

    def explain(self) -> str:
        served = ", ".join(self.body["served"]) or "none"
        return (
            f"the endpoint doesn't serve the model '{self.body['model']}'; choose one of those that it does: {served}"
        )


def endpoint_error(*, route: str, status: int, request_id: str | None, body: object, with_key: bool) -> EndpointError:
    """The error for an answer with a status of 400 or more. `with_key`: whether the request carried the key.

    body: OpenAI's servers send `{"error": {"message", "type", "param", "code"}}`, vLLM `{"object": "error"}` with the
        inner fields beside it, others `{"detail": ...}`, or something else
    """
    fields: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    inner = fields.get("error")
    if isinstance(inner, Mapping):
        fields = inner
    elif not fields.get("message"):
        fields = {**fields, "message": inner or fields.get("detail")}
    return EndpointError(route=route, status=status, request_id=request_id, fields=fields, with_key=with_key)
