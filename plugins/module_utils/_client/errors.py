# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that the library raises on purpose; those that the service itself tells are in C(service_errors.py).

The text of each is for the person who runs the task: what happened, to what, and what to do about it.
"""

from __future__ import annotations

from typing import Any


class InferenceError(Exception):
    """The base of them all; its text is the message for a person.

    transient
        The same request may succeed later.
    effect_unknown
        The service may have carried out the request although no good answer came.
    retry_after
        The service's C(Retry-After) header, where it sent one.
    """

    transient: bool = False
    effect_unknown: bool = False
    retry_after: str | None = None

    def details(self) -> dict[str, Any]:
        """The facts of the error as plain data, for a task's result; empty where the message says all."""
        return {}


class SettingsError(InferenceError):
    """An option, an environment variable or a line of the configuration file that can't be used."""


class OptionError(InferenceError):
    """What a task was asked to do makes no sense, or doesn't fit what is there."""


class VersionError(InferenceError):
    """Something was asked for that only the other version of the API has."""


class WaitError(InferenceError):
    """A resource reached a status that ends the wait, or the time for waiting was over."""


class Cancelled(InferenceError):
    """The run was interrupted before this request; the service saw nothing of it."""


class RequestError(InferenceError):
    """No usable answer came: no connection, a time-out, a broken or refused answer."""

    def __init__(
        self, message: str, *, route: str, transient: bool, effect_unknown: bool, request_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.route = route
        self.transient = transient
        self.effect_unknown = effect_unknown
        self.request_id = request_id

    def details(self) -> dict[str, Any]:
        return {"route": self.route, "request_id": self.request_id}


class AnswerError(InferenceError):
    """An answer came whole, but what it holds isn't what the API page promises."""

    effect_unknown = True

    def __init__(self, message: str, *, route: str = "", request_id: str | None = None) -> None:
        super().__init__(message)
        self.route = route
        self.request_id = request_id

    def details(self) -> dict[str, Any]:
        return {"route": self.route, "request_id": self.request_id}
