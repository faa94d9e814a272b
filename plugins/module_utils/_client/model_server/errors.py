# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of a model server, or of what stands before it, with what a person needs to act on them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..inference.errors import ApiError, PermissionsDenied

# Not 504: a gateway that gave up on a slow model would do so again.
_PASSING = frozenset((429, 500, 502, 503))
_OF_A_RULE = re.compile(r"\b(acl|ip|address|access rule)", re.IGNORECASE)
_OF_A_PERMISSION = re.compile(r"permission|rights|\biam\b", re.IGNORECASE)


class EndpointError(ApiError):
    """An endpoint answered with an error. C(with_key): the request carried the key."""

    def __init__(
        self, *, route: str, status: int, request_id: str | None, fields: Mapping[str, Any], with_key: bool
    ) -> None:
        self.with_key = with_key
        self.transient = status in _PASSING
        kind = fields.get("type")
        named = kind if isinstance(kind, str) and kind else None
        super().__init__(route=route, status=status, type=named, request_id=request_id, body=fields)

    def explain(self) -> str:
        said = self.text("message") or "it gave no reason"
        if self.status == 401:
            return self._of_the_key(said)
        if self.status == 403:
            return self._of_access(said)
        if self.status == 404:
            return (
                f"the endpoint has nothing there ({said}); check the URL, and that the model is made for such requests"
            )
        if self.status == 429:
            return f"too many requests at once ({said}); run again later, or raise api_retries"
        if self.status == 503:
            return f"the model isn't ready, or has too much to do ({said}); run again later"
        if self.status in (408, 504):
            return f"the model took too long ({said}); ask for less at once, such as fewer max_tokens"
        if self.status >= 500:
            return f"the model server failed ({said}); run again later"
        return f"the model server refused the request: {said}"

    def _of_the_key(self, said: str) -> str:
        if not self.with_key:
            return f"the endpoint asks for a key ({said}), but none was sent, as disable_auth says that it needs none"
        return (
            f"the endpoint refused the secret key ({said}); give a valid one with the option secret_key, the "
            "environment variable SCW_SECRET_KEY or the scw configuration file"
        )

    def _of_access(self, said: str) -> str:
        rule = (
            "no access rule of the deployment admits the address that the request came from: add it with "
            "scaleway.inference.acl, or send from another one with source_address"
        )
        permission = "the API key lacks a permission: add it to the IAM policy of the key's owner, or use another key"
        ways = {"rule": f"; {rule}", "permission": f"; {permission}", "either": f". Either {rule}; or {permission}"}
        return f"access is denied ({said}){ways[self.denied_by or 'either']}"

    @property
    def denied_by(self) -> str | None:
        """What denied access, if it was denied: C(rule), C(permission), or C(either) where nobody says."""
        if self.status != 403:
            return None
        # Not the type: OpenAI's servers give one for both. Scaleway's own is of a permission.
        told = f"{self.text('code')} {self.text('message')}"
        by_rule = _OF_A_RULE.search(told) is not None
        by_permission = self.type == PermissionsDenied.kind or _OF_A_PERMISSION.search(told) is not None
        if not self.with_key or (by_rule and not by_permission):
            return "rule"
        return "permission" if by_permission and not by_rule else "either"

    def details(self) -> dict[str, Any]:
        denied = {} if self.denied_by is None else {"denied_by": self.denied_by}
        return {**super().details(), **denied}


class UnknownModel(EndpointError):
    """The endpoint serves other models."""

    @classmethod
    def of(cls, error: EndpointError, model: str, served: Sequence[str]) -> UnknownModel:
        """The same error, now that it is known what is served."""
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
    """The error for an answer with a status of 400 or more, whoever gave it.

    OpenAI's servers say C({"error": {"message", "type", "param", "code"}}), others these fields alone, or C(detail).
    """
    fields: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    inner = fields.get("error")
    if isinstance(inner, Mapping):
        fields = inner
    elif not fields.get("message"):
        fields = {**fields, "message": inner or fields.get("detail")}
    return EndpointError(route=route, status=status, request_id=request_id, fields=fields, with_key=with_key)
