# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that the client raises. Those that a server answers with are in `inference` and `model_server`.

The text of each is written for the person who runs the task: what happened, to what, and what to do about it.
"""

from __future__ import annotations

from typing import Any


class InferenceError(Exception):
    """The base class of all errors of the client.

    transient: the same request may succeed later
    effect_unknown: the service may have carried out the request, although no usable answer came
    earlier_effect_unknown: the same of an earlier attempt of the request, which was then repeated
    retry_after: the `Retry-After` header of the answer; null if it had none
    """

    transient: bool = False
    effect_unknown: bool = False
    earlier_effect_unknown: bool = False
    retry_after: str | None = None

    @property
    def may_have_had_effect(self) -> bool:
        """Whether the service may have carried out the request, or an earlier attempt of it."""
        return self.effect_unknown or self.earlier_effect_unknown

    def details(self) -> dict[str, Any]:
        """The facts of the error as plain data, for a task's result; empty if the message says it all."""
        return {}


class SettingsError(InferenceError):
    """An option, an environment variable or a line of the configuration file can't be used."""


class OptionError(InferenceError):
    """The options contradict each other, or don't fit what exists."""


class VersionError(InferenceError):
    """The chosen version of the API doesn't have what was asked for."""


class WaitError(InferenceError):
    """A resource reached a status that ends the wait, or the timeout passed."""


class Cancelled(InferenceError):
    """The run was interrupted before this request was sent."""


class RequestError(InferenceError):
    """No usable answer came: no connection, a timeout, a broken or refused answer.

    no_connection: the server's address was known, but nobody accepted a connection there
    timed_out: the time for the request was over
    """

    def __init__(
        self,
        message: str,
        *,
        route: str,
        transient: bool,
        effect_unknown: bool,
        request_id: str | None = None,
        no_connection: bool = False,
        timed_out: bool = False,
    ) -> None:
        super().__init__(message)
        self.route = route
        self.transient = transient
        self.effect_unknown = effect_unknown
        self.request_id = request_id
        self.no_connection = no_connection
        self.timed_out = timed_out

    def details(self) -> dict[str, Any]:
        return {"route": self.route, "request_id": self.request_id}


class AnswerError(InferenceError):
    """A complete answer doesn't have the shape that the API page documents."""

    effect_unknown = True

    def __init__(self, message: str, *, route: str = "", request_id: str | None = None) -> None:
        super().__init__(message)
        self.route = route
        self.request_id = request_id

    def details(self) -> dict[str, Any]:
        return {"route": self.route, "request_id": self.request_id}
