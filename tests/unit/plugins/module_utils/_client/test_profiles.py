# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which profile is used: by the rules of Scaleway's Go tools, with the known differences of the Python SDK."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from scaleway_core.profile import Profile

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import SettingsError
from ansible_collections.scaleway.inference.plugins.module_utils._client.settings import resolve_settings
from ansible_collections.scaleway.inference.tests.support.client import SECRET_KEY

ERROR = "error"
WORK: dict[str, Any] = {"access_key": "WORK", "default_region": "nl-ams"}
TOP: dict[str, Any] = {"access_key": "TOP", "api_url": "https://api.test"}

ENVIRONMENTS: dict[str, dict[str, str]] = {
    "nothing": {},
    "work": {"SCW_PROFILE": "work"},
    "default": {"SCW_PROFILE": "default"},
    "empty": {"SCW_PROFILE": ""},
    "unknown": {"SCW_PROFILE": "unknown"},
    "region": {"SCW_DEFAULT_REGION": "pl-waw", "SCW_PROFILE": "work"},
    "empty region": {"SCW_DEFAULT_REGION": "", "SCW_PROFILE": "work"},
}

#: By case: a file (null for none), and the resulting access key and region in each of ENVIRONMENTS.
FILES: dict[str, tuple[Mapping[str, Any] | None, tuple[str, ...]]] = {
    "none": (None, ("-", ERROR, "-", "-", ERROR, ERROR, ERROR)),
    "top level": (TOP, ("TOP", ERROR, "TOP", "TOP", ERROR, ERROR, ERROR)),
    "profile": (
        {**TOP, "profiles": {"work": WORK}},
        ("TOP", "WORK nl-ams", "TOP", "TOP", ERROR, "WORK pl-waw", "WORK nl-ams"),
    ),
    "active": (
        {**TOP, "active_profile": "work", "profiles": {"work": WORK}},
        ("WORK nl-ams", "WORK nl-ams", "TOP", "WORK nl-ams", ERROR, "WORK pl-waw", "WORK nl-ams"),
    ),
    "active default": (
        {**TOP, "active_profile": "default", "profiles": {"work": WORK}},
        ("TOP", "WORK nl-ams", "TOP", "TOP", ERROR, "WORK pl-waw", "WORK nl-ams"),
    ),
    "profile of that name": (
        {**TOP, "active_profile": "default", "profiles": {"default": {"access_key": "OTHER"}, "work": WORK}},
        ("TOP", "WORK nl-ams", "TOP", "TOP", ERROR, "WORK pl-waw", "WORK nl-ams"),
    ),
    "active unknown": (
        {**TOP, "active_profile": "unknown", "profiles": {"work": WORK}},
        (ERROR, "WORK nl-ams", "TOP", ERROR, ERROR, "WORK pl-waw", "WORK nl-ams"),
    ),
    "null": (
        {**TOP, "active_profile": None, "profiles": {"work": {"access_key": None, "default_region": "nl-ams"}}},
        ("TOP", "TOP nl-ams", "TOP", "TOP", ERROR, "TOP pl-waw", "TOP nl-ams"),
    ),
    "empty": (
        {**TOP, "profiles": {"work": {"access_key": "", "default_region": "nl-ams"}}},
        ("TOP", "TOP nl-ams", "TOP", "TOP", ERROR, "TOP pl-waw", "TOP nl-ams"),
    ),
    "null profile": (
        {**TOP, "profiles": {"work": None}},
        ("TOP", "TOP", "TOP", "TOP", ERROR, "TOP pl-waw", "TOP"),
    ),
}

_ALL = tuple(ENVIRONMENTS)
#: What scaleway-core does differently, and the files and environments where that shows. All others are equal.
DIFFERENCES: dict[str, set[tuple[str, str]]] = {
    "it ignores active_profile": {
        *((file, environment) for file in ("active", "active unknown") for environment in ("nothing",)),
    },
    "it treats an empty SCW_PROFILE as a name, and continues without the file": {
        (file, "empty") for file in FILES if file != "none"
    },
    "it continues without the file after an unknown profile": {
        *((file, "unknown") for file in FILES),
        *((file, environment) for file in ("none", "top level") for environment in ("work", "region", "empty region")),
    },
    "it treats an empty variable as a value": {
        (file, "empty region") for file in FILES if file not in ("none", "top level")
    },
    "it treats an empty key of a profile as a value": {
        ("empty", environment) for environment in ("work", "region", "empty region")
    },
    "it continues without the file if a profile has no settings": {
        ("null profile", environment) for environment in ("work", "region", "empty region")
    },
}


def _write(folder: Path, content: Mapping[str, Any] | None) -> None:
    if content is not None:
        path = folder / "scw" / "config.yaml"
        path.parent.mkdir()
        path.write_text(yaml.safe_dump(dict(content)), encoding="utf-8")


def _ours(folder: Path, environ: Mapping[str, str], **options: object) -> str:
    try:
        found = resolve_settings({"secret_key": SECRET_KEY, **options}, {"XDG_CONFIG_HOME": str(folder), **environ})
    except SettingsError as error:
        assert "Unknown profile 'unknown'" in str(error) or "Unknown profile 'work'" in str(error)
        return ERROR
    region = "" if found.region == "fr-par" else f" {found.region}"
    return f"{found.access_key or '-'}{region}"


def _theirs(folder: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("SCW_PROFILE", "SCW_CONFIG_PATH", "SCW_ACCESS_KEY", "SCW_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    # The default of the argument, which the SDK evaluates when it is imported.
    found = Profile.from_config_file_and_env(profile_name=environ.get("SCW_PROFILE", "default"))
    region = "" if found.default_region is None else f" {found.default_region}"
    return f"{'-' if found.access_key is None else found.access_key}{region}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("file", FILES)
def test_profile_is_that_of_the_go_tools_and_the_sdk_differs_only_as_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, environment: str
) -> None:
    content, expected = FILES[file]
    _write(tmp_path, content)
    ours = _ours(tmp_path, ENVIRONMENTS[environment])
    assert ours == expected[_ALL.index(environment)]
    reasons = [reason for reason, places in DIFFERENCES.items() if (file, environment) in places]
    theirs = _theirs(tmp_path, ENVIRONMENTS[environment], monkeypatch)
    assert (theirs != ours) == bool(reasons), (ours, theirs, reasons)


@pytest.mark.parametrize("file", [file for file, (content, _expected) in FILES.items() if content])
def test_option_default_is_the_top_level_whatever_else_is_named(tmp_path: Path, file: str) -> None:
    _write(tmp_path, FILES[file][0])
    assert _ours(tmp_path, {"SCW_PROFILE": "work"}, profile="default") == "TOP"
    assert _ours(tmp_path, {}, profile="default") == "TOP"


def test_default_needs_no_file(tmp_path: Path) -> None:
    assert _ours(tmp_path, {}, profile="default") == "-"


def test_profile_named_default_is_not_offered(tmp_path: Path) -> None:
    _write(tmp_path, {"profiles": {"default": {}, "work": {}}})
    with pytest.raises(SettingsError) as caught:
        resolve_settings({"profile": "wrok"}, {"XDG_CONFIG_HOME": str(tmp_path)})
    for part in ("Unknown profile 'wrok'", "profiles there: work.", "'default' for the top level"):
        assert part in str(caught.value)


def test_second_name_of_the_file_is_read_where_nobody_names_one(tmp_path: Path) -> None:
    _write(tmp_path, TOP)
    (tmp_path / "scw" / "config.yaml").rename(tmp_path / "scw" / "config.yml")
    assert _ours(tmp_path, {}) == "TOP"
    (tmp_path / "scw" / "config.yaml").write_text("access_key: FIRST\n", encoding="utf-8")
    assert _ours(tmp_path, {}) == "FIRST"
