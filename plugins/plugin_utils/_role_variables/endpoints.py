# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks where an endpoint is that one role hands to another, before it is written beside a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._client.errors import InferenceError
from ...module_utils._client.model_server.urls import is_host_of_service
from ...module_utils._client.ranges import display_text
from ...module_utils._client.settings import DEFAULT_API_URL, resolve_settings
from ...module_utils._client.urls import check_url
from .values import VariableError


def check_endpoint_of_service(
    endpoint: Mapping[str, Any], settings: Mapping[str, Any], environ: Mapping[str, str]
) -> None:
    """Raise VariableError if the URL of an endpoint, as the service gave it, has the host of somebody else.

    settings: options that variables of the collection give. This machine is allowed: an emulator may be there.
    """
    url = endpoint.get("url")
    if not url:
        return
    try:
        api_url = resolve_settings(settings, environ).api_url
    except InferenceError:
        # The settings are in places that only tasks of the service read, such as module_defaults.
        api_url = DEFAULT_API_URL
    try:
        check_url(url, "the endpoint")
        known = any(is_host_of_service(url, one) for one in (api_url, "http://127.0.0.1"))
    except InferenceError:
        known = False
    if not known:
        raise VariableError(
            f"client_config_endpoint.url: the service gives '{display_text(url)}', whose host is none of the service's "
            "(*.scaleway.com, *.scw.cloud, *.internal), so no host is told to send its key there; contact Scaleway's "
            "support, or set client_config_endpoint if you know that it is right. Nothing was written."
        )
