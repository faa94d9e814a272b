# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolve a task's settings from its options, the environment and the `scw` configuration file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .errors import OptionError, SettingsError
from .files import NotReadable, check_authorities
from .ids import id_in_region, is_region, is_uuid
from .inference.versions import DEFAULT_VERSION, DIALECTS
from .ranges import MAX_LENGTH, display_text, parse_count, parse_seconds
from .scw_file import reason
from .setting_sources import (
    ACCESS_KEY,
    API_URL,
    API_VERSION,
    INSECURE,
    ORGANIZATION_ID,
    PROJECT_ID,
    REGION,
    SECRET_KEY,
    SettingKey,
    SourcedValue,
    Sources,
    expanded_path,
    wrong_value,
)
from .urls import parse_url

DEFAULT_API_URL = "https://api.scaleway.com"
DEFAULT_REGION = "fr-par"
DEFAULT_TIMEOUT = 30.0
DEFAULT_RETRIES = 5
CONNECT_TIMEOUT = 10.0

_TRUE = frozenset(("1", "t", "true", "y", "yes", "on"))
_FALSE = frozenset(("0", "f", "false", "n", "no", "off"))


@dataclass(frozen=True)
class Settings:
    """What a client needs to call the service. Timeouts are in seconds. The `repr` doesn't show keys."""

    secret_key: str = field(repr=False)
    access_key: str | None = field(default=None, repr=False)
    project_id: str | None = None
    organization_id: str | None = None
    region: str = DEFAULT_REGION
    api_url: str = DEFAULT_API_URL
    api_version: str = DEFAULT_VERSION
    connect_timeout: float = CONNECT_TIMEOUT
    read_timeout: float = DEFAULT_TIMEOUT
    retries: int = DEFAULT_RETRIES
    validate_certs: bool = True
    ca_path: str | None = None

    def secrets(self) -> list[str]:
        """The values that nothing may show."""
        return [key for key in (self.secret_key, self.access_key) if key]

    def require_project_id(self, purpose: str) -> str:
        """The project's ID. Raises SettingsError if there is none. `purpose`: what needs it, for the message."""
        if self.project_id is None:
            raise SettingsError(f"A project is needed {purpose}; {PROJECT_ID.remedy()}.")
        return self.project_id


def resolve_settings(options: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """The settings from a task's options, the environment and the `scw` configuration file.

    Raises SettingsError, which names the place of a wrong value and how to set it, and never shows a key.
    """
    sources = Sources(options, environ)
    secret_key = sources.find(SECRET_KEY)
    if secret_key is None:
        raise SettingsError(
            f"No secret key was given ({sources.where_the_file_is()}); {SECRET_KEY.remedy()}. "
            "API keys are made in the console under IAM, or by 'scw init'."
        )
    access_key = sources.find(ACCESS_KEY)
    try:
        return _settings(options, sources, secret_key, access_key)
    except (SettingsError, OptionError) as error:
        raise type(error)(sources.hide(str(error))) from None


def _settings(
    options: Mapping[str, object], sources: Sources, secret_key: SourcedValue, access_key: SourcedValue | None
) -> Settings:
    api_url = sources.find(API_URL)
    api_version = sources.find(API_VERSION)
    read_timeout = parse_seconds(options.get("api_timeout"), "api_timeout", DEFAULT_TIMEOUT)
    region = _region(sources.find(REGION))
    return Settings(
        secret_key=_key(secret_key, SECRET_KEY),
        access_key=None if access_key is None else _key(access_key, ACCESS_KEY),
        project_id=_uuid(sources.find(PROJECT_ID), PROJECT_ID, region),
        organization_id=_uuid(sources.find(ORGANIZATION_ID), ORGANIZATION_ID, region),
        region=region,
        api_url=DEFAULT_API_URL if api_url is None else parse_url(api_url, API_URL, DEFAULT_API_URL),
        api_version=DEFAULT_VERSION if api_version is None else _version(api_version),
        connect_timeout=min(CONNECT_TIMEOUT, read_timeout),
        read_timeout=read_timeout,
        retries=parse_count(options.get("api_retries"), "api_retries", DEFAULT_RETRIES),
        validate_certs=_validate_certs(options.get("validate_certs"), sources),
        ca_path=_ca_path(options.get("ca_path")),
    )


def in_region(settings: Settings, region: str, option: str) -> Settings:
    """The settings for another region. Raises SettingsError, which names `option`, if it isn't a region's name."""
    return replace(settings, region=_region(SourcedValue(region, f"option {option}"), SettingKey(option)))


def _key(found: SourcedValue, setting: SettingKey) -> str:
    key = str(found.value)
    # An HTTP header can't hold anything else, and the error of requests would show the key.
    if len(key) > MAX_LENGTH:
        raise SettingsError(
            f"The {setting.option} (from {found.source}) has {len(key)} characters, more than a key has; copy it "
            f"again, then {setting.remedy()}."
        )
    if not re.fullmatch(r"[!-~]+", key):
        raise SettingsError(
            f"The {setting.option} (from {found.source}) has a space, a line break or a character that no key has; "
            f"copy it again, then {setting.remedy()}."
        )
    return key


def _uuid(found: SourcedValue | None, setting: SettingKey, region: str) -> str | None:
    if found is None:
        return None
    value = id_in_region(str(found.value), region, f"{setting.option} (from {found.source})")
    if not is_uuid(value):
        raise wrong_value(f"The {setting.option} must be a UUID", found, setting)
    return value.lower()


def _region(found: SourcedValue | None, setting: SettingKey = REGION) -> str:
    if found is None:
        return DEFAULT_REGION
    value = str(found.value)
    if not is_region(value):
        raise wrong_value("The region must look like fr-par", found, setting)
    return value


def _version(found: SourcedValue) -> str:
    value = str(found.value)
    if value not in DIALECTS:
        raise wrong_value(f"The api_version must be {' or '.join(DIALECTS)}", found, API_VERSION)
    return value


def _validate_certs(option: object, sources: Sources) -> bool:
    if option is not None:
        return bool(option)
    found = sources.find(INSECURE)
    if found is None:
        return True
    word = str(found.value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise wrong_value("'insecure' must be true or false", found, INSECURE)
    return word in _FALSE


def _ca_path(option: object) -> str | None:
    if option in (None, ""):
        return None
    path = expanded_path(str(option))
    try:
        check_authorities(str(path))
    except (OSError, ValueError, NotReadable) as error:
        missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        what = "which doesn't exist" if missing else f"which can't be read ({reason(error)})"
        raise SettingsError(
            f"The option ca_path names '{display_text(option)}', {what}; give a file of PEM certificates, or a folder "
            "of them made with 'openssl rehash'."
        ) from None
    return str(path)


UNVERIFIED_WARNING = (
    "Certificates aren't verified: whoever stands between this machine and the service can read the secret key. "
    "Set validate_certs: true, or name your own authority with ca_path."
)
