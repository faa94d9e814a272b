# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the paths of requests: the only place where an ID becomes a part of a URL."""

from __future__ import annotations

from urllib.parse import quote

from ..errors import AnswerError
from ..ids import is_uuid


def path(template: str, **ids: str) -> str:
    """The quoted path for a template such as `/deployments/{deployment_id}/acls` and its IDs.

    Raises AnswerError for an ID that isn't a UUID, since it could lead to another route. The tasks have checked the IDs
    of their options before, so such an ID comes from an answer.
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
