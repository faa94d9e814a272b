# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where settings come from: options, the environment and the `scw` configuration file, and messages about these.

Order of precedence, as in Scaleway's own tools: option, environment, profile, top level of the file, default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import SettingsError
from .ranges import display_text
from .redaction import Redactor, url_secrets
from .scw_file import ScwFile, default_path, plain_text, read_scw_file

# This profile is the top level of the file, whatever profiles it has, as in Scaleway's Go tools.
DEFAULT_PROFILE = "default"


@dataclass(frozen=True)
class SettingKey:
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


SECRET_KEY = SettingKey("secret_key", ("SCW_SECRET_KEY",), "secret_key")
ACCESS_KEY = SettingKey("access_key", ("SCW_ACCESS_KEY",), "access_key")
PROJECT_ID = SettingKey("project_id", ("SCW_DEFAULT_PROJECT_ID", "SCW_PROJECT_ID"), "default_project_id")
ORGANIZATION_ID = SettingKey("organization_id", ("SCW_DEFAULT_ORGANIZATION_ID",), "default_organization_id")
REGION = SettingKey("region", ("SCW_DEFAULT_REGION",), "default_region")
API_URL = SettingKey("api_url", ("SCW_API_URL",), "api_url")
API_VERSION = SettingKey("api_version", ("SCW_INFERENCE_API_VERSION",))
INSECURE = SettingKey("validate_certs", ("SCW_INSECURE",), "insecure")
PROFILE = SettingKey("profile", ("SCW_PROFILE",))
CONFIG_FILE = SettingKey("config_file", ("SCW_CONFIG_PATH",))


@dataclass(frozen=True)
class SourcedValue:
    """A value and the place where it was set, for messages."""

    value: object = field(repr=False)
    source: str


class Sources:
    """Looks settings up in the options, the environment and the file, in this order."""

    def __init__(self, options: Mapping[str, object], environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ
        self._file = self._read_file()
        keys = (SECRET_KEY, ACCESS_KEY)
        outside = [found.value for setting in keys if (found := self._outside_file(setting))]
        in_file = [
            part.get(str(setting.key))
            for part in (self._file.defaults, *self._file.profiles.values())
            for setting in keys
        ]
        # Who confuses two settings may put a key where a value is shown, even that of another profile.
        self.hide = Redactor(filter(None, (plain_text(key) for key in (*outside, *in_file) if key))).text
        self._profile = self._choose_profile()

    def find(self, setting: SettingKey) -> SourcedValue | None:
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

    def _outside_file(self, setting: SettingKey) -> SourcedValue | None:
        value = self._options.get(setting.option)
        if value not in (None, ""):
            return SourcedValue(value, f"option {setting.option}")
        for variable in setting.variables:
            if self._environ.get(variable):
                return SourcedValue(self._environ[variable], f"environment variable {variable}")
        return None

    def _read_file(self) -> ScwFile:
        named = self._outside_file(CONFIG_FILE)
        if named is None:
            return read_scw_file(default_path(self._environ), named_by=None)
        return read_scw_file(expanded_path(str(named.value)), named_by=named.source)

    def _choose_profile(self) -> str | None:
        named = self._outside_file(PROFILE)
        if named is None and self._file.active_profile:
            named = SourcedValue(self._file.active_profile, f"'active_profile' in {self._file.path}")
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


def _from_file(value: object, source: str, setting: SettingKey) -> SourcedValue:
    """A value of the file. Raises SettingsError, which doesn't show it, for a list, a dictionary or an odd number."""
    if plain_text(value) is None:
        raise SettingsError(f"The {setting.option} (from {source}) must be a text; {setting.remedy()}.")
    return SourcedValue(value, source)


def wrong_value(what: str, found: SourcedValue, setting: SettingKey) -> SettingsError:
    value = found.value
    if setting.option.endswith("url"):
        # Words of the query are what is wrong, but a long value there may be a token.
        value = Redactor(possible=url_secrets(str(value))[1]).text(str(value))
    return SettingsError(f"{what}, but '{display_text(value)}' was given (from {found.source}); {setting.remedy()}.")


def expanded_path(text: str) -> Path:
    # Unlike Path.expanduser, it keeps a ~ that it can't resolve, and the file is then reported as missing. It raises
    # ValueError for a NUL or a surrogate; so does the code that reads the path, and that reports it.
    try:
        return Path(os.path.expanduser(text))
    except ValueError:
        return Path(text)
