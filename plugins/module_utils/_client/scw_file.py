# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the configuration file that Scaleway's tools share: YAML with top-level defaults and profiles.

Format: https://github.com/scaleway/scaleway-sdk-go/tree/master/scw#scaleway-config
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import SettingsError
from .files import NotReadable, read_file
from .ranges import display_text

HOW_TO_FIX = "fix the file, name another one with config_file or SCW_CONFIG_PATH, or write it again with 'scw init'"

# In bytes: dozens of profiles. PyYAML needs a second for twice as many brackets.
MAX_SIZE = 16 * 1024


@dataclass(frozen=True)
class ScwFile:
    """The content of the file. `path` is null if there is no file."""

    path: Path | None
    defaults: Mapping[str, object] = field(default_factory=dict, repr=False)
    profiles: Mapping[str, Mapping[str, object]] = field(default_factory=dict, repr=False)
    active_profile: str | None = None


def default_path(environ: Mapping[str, str]) -> Path:
    """The path if none is configured: `$XDG_CONFIG_HOME/scw/config.yaml`, else `~/.config/scw/config.yaml`."""
    base = environ.get("XDG_CONFIG_HOME")
    if base:
        return Path(base) / "scw" / "config.yaml"
    return Path(environ.get("HOME") or os.path.expanduser("~")) / ".config" / "scw" / "config.yaml"


def read_scw_file(path: Path, *, named_by: str | None) -> ScwFile:
    """Read the file at `path`.

    named_by: where the path was configured, such as "option config_file"; null for the default path, where a missing
        file is no error

    Raises SettingsError if the file is missing but configured, can't be read, isn't YAML, or has another shape.
    """
    origin = f" (from {named_by})" if named_by else ""
    shown_path = display_text(path)
    try:
        text = read_file(str(path), MAX_SIZE).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if named_by is None:
            # Scaleway's Go tools try this suffix too, if no path is configured.
            other = path.with_suffix(".yml")
            return ScwFile(path=None) if other == path else read_scw_file(other, named_by=None)
        raise SettingsError(f"The configuration file {shown_path}{origin} doesn't exist; {HOW_TO_FIX}.") from None
    except (OSError, ValueError, NotReadable) as error:
        raise SettingsError(
            f"The configuration file {shown_path}{origin} can't be read ({reason(error)}); {HOW_TO_FIX}."
        ) from None

    content = _parse(text, shown_path)
    profiles = content.pop("profiles", None) or {}
    active = content.pop("active_profile", None)
    # A name with nothing below it is a profile without settings.
    if not isinstance(profiles, dict) or not all(isinstance(keys, (dict, type(None))) for keys in profiles.values()):
        raise SettingsError(f"In {shown_path}, 'profiles' must map names to settings; {HOW_TO_FIX}.")
    active_profile = None if active is None else plain_text(active)
    if active is not None and active_profile is None:
        raise SettingsError(f"In {shown_path}, 'active_profile' must be the name of a profile; {HOW_TO_FIX}.")
    return ScwFile(
        path=path,
        defaults=content,
        profiles={plain_text(name) or "": keys or {} for name, keys in profiles.items()},
        active_profile=active_profile or None,
    )


def plain_text(value: object) -> str | None:
    """A value of the file as text; null for a list or a dictionary, and for a number that has no text.

    An alias can stand for billions of elements, so no text is made of them.
    """
    if isinstance(value, (list, dict, tuple, set)):
        return None
    try:
        return str(value)
    except ValueError:
        return None


def reason(error: OSError | ValueError | NotReadable) -> str:
    """Why a file can't be read, for a message."""
    if isinstance(error, NotReadable):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or "the system doesn't say why"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else "no file has such a name"


def _parse(text: str, shown_path: str) -> dict[str, object]:
    try:
        # Imported here, since a target host needs PyYAML only if it has such a file.
        import yaml
    except ImportError:
        raise SettingsError(
            f"Reading {shown_path} needs PyYAML, which this Python doesn't have; install it (pip install PyYAML), or "
            "give the settings as options or SCW_* environment variables."
        ) from None
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        # The last three come from dates, numbers and depths that YAML allows and Python doesn't.
        # Only the position is reported: PyYAML's own message quotes the line, which may hold the key.
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise SettingsError(f"The configuration file {shown_path} isn't valid YAML{place}; {HOW_TO_FIX}.") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError(f"The configuration file {shown_path} must hold 'key: value' lines; {HOW_TO_FIX}.")
    return {plain_text(key) or "": value for key, value in content.items()}
