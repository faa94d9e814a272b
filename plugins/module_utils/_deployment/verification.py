# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies from this host whether access rules take effect, by one question to the deployment's public endpoint.

The service stores access rules; whether it still enforces them, only a call shows. A refusal alone proves nothing, as a
wrong key or a network that is down looks the same: the same key has to get an answer from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from .._client.errors import AnswerError, InferenceError, RequestError
from .._client.inference.errors import ApiError
from .._client.inference.resources import Deployment
from .._client.model_server.client import model_server
from .._client.model_server.urls import check_endpoint_url
from .._options.shared import ArgumentSpec
from .._task import Context

REFUSED, ANSWERED, UNPROVEN = "refused", "answered", "unproven"
VERIFY_OPTION = {"type": "str", "choices": [REFUSED, ANSWERED]}
# From where the questions are asked.
ASKING_OPTIONS: ArgumentSpec = {"verify_host": {"type": "str"}, "source_address": {"type": "str"}}
# The route needs a key, and asking it costs nothing.
QUESTION = "/v1/models"
# Seconds for the question, from connecting to the last byte.
TIMEOUT = 30.0
# Statuses of something behind the rules: the server of the model, or what checks the key.
_REACHED = frozenset((200, 401, 404, 422, 429))


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What one question showed.

    expected: C(refused) or C(answered)
    result: C(refused), C(answered), or C(unproven) if the question can't tell
    status: the HTTP status of the answer; null without one
    url: the endpoint that was asked; null if none was
    with_key: whether the question carried the secret key
    refused_here: whether it was refused from here, which the same key has to disprove elsewhere to count as C(refused)
    msg: why, in words
    """

    expected: str
    result: str
    status: int | None
    url: str | None
    with_key: bool
    refused_here: bool
    msg: str

    def as_result(self) -> dict[str, Any]:
        return asdict(self)


class VerificationError(InferenceError):
    """The answer contradicts what was expected."""

    def __init__(self, message: str, verification: Verification) -> None:
        super().__init__(message)
        self.verification = verification

    def after(self, done: Sequence[str]) -> VerificationError:
        """The same error, with the steps that were done before and stay in effect."""
        return VerificationError(f"{self} (done before this: {'; '.join(done)})", self.verification) if done else self


def verify_access(
    context: Context, deployment: Deployment, expected: str, source_address: str | None = None
) -> Verification:
    """Ask the deployment's public endpoint once, without a retry.

    source_address: the address of this machine to ask from; null leaves the choice to the system.
    Raises VerificationError if the answer contradicts what is expected.
    """
    endpoint = next((one for one in deployment.endpoints or () if one.public), None)
    if endpoint is None or endpoint.url is None:
        why = f"deployment '{deployment.label}' has no public endpoint with a URL, and rules guard no other"
        return _unproven(expected, None, None, with_key=False, msg=why)
    url, with_key = check_endpoint_url(context.api.settings, endpoint.url, endpoint.id), not endpoint.disable_auth
    server = model_server(
        context.api.settings,
        url,
        with_key=with_key,
        where="the deployment",
        timeout=TIMEOUT,
        source_address=source_address,
        retries=0,
    )
    status: int | None = 200
    words = ""
    unconnected = False
    try:
        with closing(context.api.connect(server)) as transport:
            transport.request("GET", QUESTION)
    except ApiError as error:
        status, words = error.status, str(error)
    except (RequestError, AnswerError) as error:
        status, words = None, str(error)
        unconnected = isinstance(error, RequestError) and error.no_connection
    answer = "no connection" if unconnected else f"HTTP {status}" if status else "no usable answer"
    why = f"{url}{QUESTION} gave {answer} when asked from here{f': {words}' if words else ''}"
    if status in _REACHED:
        found = Verification(
            expected=expected,
            result=ANSWERED,
            status=status,
            url=url,
            with_key=with_key,
            refused_here=False,
            msg=why,
        )
        if expected == REFUSED:
            raise VerificationError(
                f"verify: {why}. So it was reached, though no rule should let this address in. Check the rules; if "
                "they are as they should be, the service doesn't enforce them: use only private endpoints, or a "
                "condition on the address in the IAM policy of the key",
                found,
            )
        return found
    if status == 403 or unconnected:
        found = _unproven(expected, status, url, with_key=with_key, msg=why, refused_here=True)
        if expected == ANSWERED:
            raise VerificationError(
                f"verify: {why}. It was to answer here; check that a rule lets this address in, and the rights of "
                "the key",
                found,
            )
        return found
    return _unproven(expected, status, url, with_key=with_key, msg=why)


def unproven_warning(verification: Verification, verify_host: str | None) -> str | None:
    """The warning of a verification that shows less than was expected; null if there is nothing to say."""
    if verification.refused_here and verify_host is not None:
        # The action that has the host ask warns by itself, should that prove nothing.
        return None
    if verification.result == UNPROVEN:
        remedy = (
            "a refusal counts only if the same key gets an answer elsewhere: name a host that the rules let in with "
            "verify_host"
            if verification.refused_here
            else "it says nothing about the rules; ask again"
        )
        return f"verify: unproven: {verification.msg}; {remedy}"
    if verification.status != 200:
        return f"verify: {verification.msg}; so the address is let in, but the endpoint didn't answer the question"
    return None


def _unproven(
    expected: str, status: int | None, url: str | None, *, with_key: bool, msg: str, refused_here: bool = False
) -> Verification:
    return Verification(
        expected=expected,
        result=UNPROVEN,
        status=status,
        url=url,
        with_key=with_key,
        refused_here=refused_here,
        msg=msg,
    )
