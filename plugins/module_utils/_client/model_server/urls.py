# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where endpoints may be: the key, and what a model is asked, go to no other host because an answer says so."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import SettingsError
from ..ranges import display_text
from ..settings import Settings
from ..urls import check_url, is_loopback

# Public endpoints, now and earlier, and private ones.
DOMAINS = (".scaleway.com", ".scw.cloud", ".internal")


def is_host_of_service(url: str, api_url: str) -> bool:
    """Whether the host is in one of DOMAINS or that of `api_url`, where both may be this machine."""
    host, api_host = (urlsplit(one).hostname or "" for one in (url, api_url))
    return host == api_host or host.rstrip(".").endswith(DOMAINS) or (is_loopback(host) and is_loopback(api_host))


def check_endpoint_url(settings: Settings, url: str, endpoint_id: str | None) -> str:
    """The URL of an endpoint, as the service's answer has it, without trailing slashes.

    Raises SettingsError unless it follows the rules for `api_url` and its host is the service's.
    """
    checked = check_url(url, f"the endpoint {endpoint_id}")
    if is_host_of_service(checked, settings.api_url):
        return checked
    raise SettingsError(
        f"The service gives '{display_text(checked)}' as the URL of the endpoint {endpoint_id}, whose host is none of "
        "the service's (*.scaleway.com, *.scw.cloud, *.internal), so nothing was sent there; contact Scaleway's "
        "support, or name the URL with url if you know that it is right."
    )
