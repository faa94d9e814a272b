# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the URLs of servers that get a key."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from .errors import SettingsError
from .setting_sources import SettingKey, SourcedValue, wrong_value

# A label of a host name by RFC 1123, and the underscore that some networks use.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)


def parse_url(found: SourcedValue, setting: SettingKey, example: str) -> str:
    """The URL without trailing slashes. Raises SettingsError unless it is one that a key may be sent to."""
    value = str(found.value).rstrip("/")
    if "@" in value:
        raise SettingsError(
            f"The {setting.option} (from {found.source}) holds a user or a password; set it without them."
        )
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _port = parts.port
    except ValueError:
        raise wrong_value(f"The {setting.option} must be a URL", found, setting) from None
    # urlsplit drops or accepts such characters, and the paths of requests would then lead elsewhere.
    safe = re.fullmatch(r"[!-~]+", value) and not re.search(r"[?#\\]|/\.\.?(/|$)", value)
    if parts.scheme not in ("https", "http") or not host or not _is_host(host) or not safe:
        raise wrong_value(f"The {setting.option} must look like {example}", found, setting)
    if parts.scheme == "http" and not is_loopback(host):
        what = f"The {setting.option} must begin with https://, so that nobody can read the key on its way"
        raise wrong_value(what, found, setting)
    return value


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return len(host) < 254 and all(_LABEL.fullmatch(label) for label in host.rstrip(".").split("."))
    return True


def check_url(url: str, source: str) -> str:
    """A model server's URL without trailing slashes. Raises SettingsError unless it follows the rules for `api_url`.

    source: where the URL came from, for messages
    """
    is_option = source.startswith("option ")
    advice = (
        None if is_option else "contact Scaleway's support, as the service itself gave it, or name another with url"
    )
    return parse_url(
        SourcedValue(url, source), SettingKey("url", advice=advice), "https://{deployment_id}.ifr.fr-par.scaleway.com"
    )


def is_loopback(host: str | None) -> bool:
    """Whether the host of a URL is this machine (RFC 1122, RFC 4291, RFC 6761)."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
