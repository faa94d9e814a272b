# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolve a task's settings from its options, the environment and the `scw` configuration file.

Order of precedence, as in Scaleway's own tools: option, environment, profile, top level of the file, default.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from .errors import OptionError, SettingsError
from .files import NotReadable, check_authorities
from .inference.versions import DEFAULT_VERSION, DIALECTS
from .ranges import MAX_LENGTH, display_text, parse_count, parse_seconds
from .redaction import Redactor, url_secrets
from .scw_file import ScwFile, default_path, plain_text, read_scw_file, reason

DEFAULT_API_URL = "https://api.scaleway.com"
DEFAULT_REGION = "fr-par"
DEFAULT_TIMEOUT = 30.0
DEFAULT_RETRIES = 5
CONNECT_TIMEOUT = 10.0

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REGION = re.compile(r"[a-z]{2}-[a-z]{3}")
_ID_WITH_REGION = re.compile(rf"({_REGION.pattern})/({_UUID.pattern})", re.IGNORECASE)
# A label of a host name by RFC 1123, and the underscore that some networks use.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_TRUE = frozenset(("1", "t", "true", "y", "yes", "on"))
_FALSE = frozenset(("0", "f", "false", "n", "no", "off"))
# This profile is the top level of the file, whatever profiles it has, as in Scaleway's Go tools.
DEFAULT_PROFILE = "default"


@dataclass(frozen=True)
class _SettingKey:
    """Where a setting can be set: its option, environment variables and key in the file (null if it has none)."""

    option: str
    variables: tuple[str, ...] = ()
    key: str | None = None
    #: The remedy for a value that isn't set in any of these places.
    advice: str | None = None

    def remedy(self) -> str:
        """How to set it, as the end of a message."""
        if self.advice:
            return self.advice
        ways = [f"set the option {self.option}"]
        if self.variables:
            ways.append("the environment variable " + " or ".join(self.variables))
        if self.key:
            ways.append(f"'{self.key}' in the scw configuration file")
        return ", or ".join(ways)


SECRET_KEY = _SettingKey("secret_key", ("SCW_SECRET_KEY",), "secret_key")
ACCESS_KEY = _SettingKey("access_key", ("SCW_ACCESS_KEY",), "access_key")
PROJECT_ID = _SettingKey("project_id", ("SCW_DEFAULT_PROJECT_ID", "SCW_PROJECT_ID"), "default_project_id")
ORGANIZATION_ID = _SettingKey("organization_id", ("SCW_DEFAULT_ORGANIZATION_ID",), "default_organization_id")
REGION = _SettingKey("region", ("SCW_DEFAULT_REGION",), "default_region")
API_URL = _SettingKey("api_url", ("SCW_API_URL",), "api_url")
API_VERSION = _SettingKey("api_version", ("SCW_INFERENCE_API_VERSION",))
INSECURE = _SettingKey("validate_certs", ("SCW_INSECURE",), "insecure")
PROFILE = _SettingKey("profile", ("SCW_PROFILE",))
CONFIG_FILE = _SettingKey("config_file", ("SCW_CONFIG_PATH",))


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


@dataclass(frozen=True)
class _SourcedValue:
    """A value and the place where it was set, for messages."""

    value: object = field(repr=False)
    source: str


class _Sources:
    """Looks settings up in the options, the environment and the file, in this order."""

    def __init__(self, options: Mapping[str, object], environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ
        self._file = self._read_file()
        keys = [setting for setting in (SECRET_KEY, ACCESS_KEY) if setting.key]
        outside = [found.value for setting in keys if (found := self._outside_file(setting))]
        in_file = [
            part.get(str(setting.key))
            for part in (self._file.defaults, *self._file.profiles.values())
            for setting in keys
        ]
        # Who confuses two settings may put a key where a value is shown, even that of another profile.
        self.hide = Redactor(filter(None, (plain_text(key) for key in (*outside, *in_file) if key))).text
        self._profile = self._choose_profile()

    def find(self, setting: _SettingKey) -> _SourcedValue | None:
        """The first value that is set; an empty string isn't a value."""
        found = self._outside_file(setting)
        if found or setting.key is None:
            return found
        if self._profile is not None:
            value = self._file.profiles[self._profile].get(setting.key)
            if value not in (None, ""):
                return _from_file(value, f"profile '{self._profile}' of {self._file.path}", setting)
        value = self._file.defaults.get(setting.key)
        return None if value in (None, "") else _from_file(value, f"'{setting.key}' in {self._file.path}", setting)

    def where_the_file_is(self) -> str:
        """That the file was read, or isn't there, for messages."""
        path = self._file.path
        return f"{path} has none either" if path else f"there is no file {default_path(self._environ)}"

    def file_in_words(self) -> str:
        """The file that was read, for messages."""
        return str(self._file.path) if self._file.path else f"no file at {default_path(self._environ)}"

    def _outside_file(self, setting: _SettingKey) -> _SourcedValue | None:
        value = self._options.get(setting.option)
        if value not in (None, ""):
            return _SourcedValue(value, f"option {setting.option}")
        for variable in setting.variables:
            if self._environ.get(variable):
                return _SourcedValue(self._environ[variable], f"environment variable {variable}")
        return None

    def _read_file(self) -> ScwFile:
        named = self._outside_file(CONFIG_FILE)
        if named is None:
            return read_scw_file(default_path(self._environ), named_by=None)
        return read_scw_file(_path(str(named.value)), named_by=named.source)

    def _choose_profile(self) -> str | None:
        named = self._outside_file(PROFILE)
        if named is None and self._file.active_profile:
            named = _SourcedValue(self._file.active_profile, f"'active_profile' in {self._file.path}")
        if named is None:
            return None
        name = str(named.value)
        if name == DEFAULT_PROFILE:
            return None
        if name not in self._file.profiles:
            known = ", ".join(sorted({*self._file.profiles} - {DEFAULT_PROFILE})) or "none"
            raise SettingsError(
                f"Unknown profile '{self.hide(display_text(name))}' (from {named.source}): {self.file_in_words()}, "
                f"profiles there: {known}. Choose one of them with the option profile or SCW_PROFILE, or "
                f"'{DEFAULT_PROFILE}' for the top level of the file, or make it with 'scw init'."
            )
        return name


def _from_file(value: object, source: str, setting: _SettingKey) -> _SourcedValue:
    """A value of the file. Raises SettingsError, which doesn't show it, for a list, a dictionary or an odd number."""
    if plain_text(value) is None:
        raise SettingsError(f"The {setting.option} (from {source}) must be a text; {setting.remedy()}.")
    return _SourcedValue(value, source)


def resolve_settings(options: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """The settings from a task's options, the environment and the `scw` configuration file.

    Raises SettingsError, which names the place of a wrong value and how to set it, and never shows a key.
    """
    sources = _Sources(options, environ)
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
    options: Mapping[str, object], sources: _Sources, secret_key: _SourcedValue, access_key: _SourcedValue | None
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
        api_url=DEFAULT_API_URL if api_url is None else _url(api_url, API_URL, DEFAULT_API_URL),
        api_version=DEFAULT_VERSION if api_version is None else _version(api_version),
        connect_timeout=min(CONNECT_TIMEOUT, read_timeout),
        read_timeout=read_timeout,
        retries=parse_count(options.get("api_retries"), "api_retries", DEFAULT_RETRIES),
        validate_certs=_validate_certs(options.get("validate_certs"), sources),
        ca_path=_ca_path(options.get("ca_path")),
    )


def check_url(url: str, source: str) -> str:
    """A model server's URL without trailing slashes. Raises SettingsError unless it follows the rules for `api_url`.

    source: where the URL came from, for messages
    """
    is_option = source.startswith("option ")
    advice = (
        None if is_option else "contact Scaleway's support, as the service itself gave it, or name another with url"
    )
    return _url(
        _SourcedValue(url, source), _SettingKey("url", advice=advice), "https://{deployment_id}.ifr.fr-par.scaleway.com"
    )


def in_region(settings: Settings, region: str, option: str) -> Settings:
    """The settings for another region. Raises SettingsError, which names `option`, if it isn't a region's name."""
    return replace(settings, region=_region(_SourcedValue(region, f"option {option}"), _SettingKey(option)))


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID (RFC 9562), as the service's IDs are."""
    return _UUID.fullmatch(text) is not None


def id_in_region(text: str, region: str, option: str) -> str:
    """The ID without a region prefix such as `fr-par/`; any other text unchanged.

    Raises OptionError, which names `option`, if the prefix isn't `region`, the region that the task acts in.
    """
    found = _ID_WITH_REGION.fullmatch(text)
    if found is None:
        return text
    if found[1].lower() != region:
        raise OptionError(
            f"{option}: '{text}' is in the region {found[1].lower()}, but the task acts in {region}; set region: "
            f"{found[1].lower()}, or give the ID of one in {region}"
        )
    return found[2]


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


def _wrong(what: str, found: _SourcedValue, setting: _SettingKey) -> SettingsError:
    value = found.value
    if setting.option.endswith("url"):
        # Words of the query are what is wrong, but a long value there may be a token.
        value = Redactor(possible=url_secrets(str(value))[1]).text(str(value))
    return SettingsError(f"{what}, but '{display_text(value)}' was given (from {found.source}); {setting.remedy()}.")


def _key(found: _SourcedValue, setting: _SettingKey) -> str:
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


def _uuid(found: _SourcedValue | None, setting: _SettingKey, region: str) -> str | None:
    if found is None:
        return None
    value = id_in_region(str(found.value), region, f"{setting.option} (from {found.source})")
    if not is_uuid(value):
        raise _wrong(f"The {setting.option} must be a UUID", found, setting)
    return value.lower()


def _region(found: _SourcedValue | None, setting: _SettingKey = REGION) -> str:
    if found is None:
        return DEFAULT_REGION
    value = str(found.value)
    if not _REGION.fullmatch(value):
        raise _wrong("The region must look like fr-par", found, setting)
    return value


def _url(found: _SourcedValue, setting: _SettingKey, example: str) -> str:
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
        raise _wrong(f"The {setting.option} must be a URL", found, setting) from None
    # urlsplit drops or accepts such characters, and the paths of requests would then lead elsewhere.
    safe = re.fullmatch(r"[!-~]+", value) and not re.search(r"[?#\\]|/\.\.?(/|$)", value)
    if parts.scheme not in ("https", "http") or not host or not _is_host(host) or not safe:
        raise _wrong(f"The {setting.option} must look like {example}", found, setting)
    if parts.scheme == "http" and not is_loopback(host):
        what = f"The {setting.option} must begin with https://, so that nobody can read the key on its way"
        raise _wrong(what, found, setting)
    return value


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return len(host) < 254 and all(_LABEL.fullmatch(label) for label in host.rstrip(".").split("."))
    return True


def _version(found: _SourcedValue) -> str:
    value = str(found.value)
    if value not in DIALECTS:
        raise _wrong(f"The api_version must be {' or '.join(DIALECTS)}", found, API_VERSION)
    return value


def _validate_certs(option: object, sources: _Sources) -> bool:
    if option is not None:
        return bool(option)
    found = sources.find(INSECURE)
    if found is None:
        return True
    word = str(found.value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise _wrong("'insecure' must be true or false", found, INSECURE)
    return word in _FALSE


def _ca_path(option: object) -> str | None:
    if option in (None, ""):
        return None
    path = _path(str(option))
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


def _path(text: str) -> Path:
    # Unlike Path.expanduser, it keeps a ~ that it can't resolve, and the file is then reported as missing. It raises
    # ValueError for a NUL or a surrogate; so does the code that reads the path, and that reports it.
    try:
        return Path(os.path.expanduser(text))
    except ValueError:
        return Path(text)


UNVERIFIED_WARNING = (
    "Certificates aren't verified: whoever stands between this machine and the service can read the secret key. "
    "Set validate_certs: true, or name your own authority with ca_path."
)
