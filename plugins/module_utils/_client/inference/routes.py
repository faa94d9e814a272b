# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of requests: the one place where an ID becomes a part of a URL."""

from __future__ import annotations

from urllib.parse import quote

from ..errors import AnswerError
from ..settings import is_uuid


def path(template: str, **ids: str) -> str:
    """The path of a route such as C(/deployments/{deployment_id}/acls), quoted, with the IDs filled in.

    Raises AnswerError for an ID that isn't a UUID: it could lead to another route, with the key. The tasks check those
    of their options before, so that such a one comes from the service.
    """
    for name, value in ids.items():
        if not is_uuid(value):
            error = AnswerError(
                f"'{value}' isn't an ID of the service's (a UUID), so no request was sent with it as {name}; contact "
                "Scaleway's support if the service itself gave it"
            )
            error.effect_unknown = False
            raise error
    return template.format_map({name: quote(value, safe="") for name, value in ids.items()})
