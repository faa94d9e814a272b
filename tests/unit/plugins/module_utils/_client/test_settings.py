# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The precedence of settings: option, environment, profile, top level of the file, default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import SettingsError
from ansible_collections.scaleway.inference.plugins.module_utils._client.settings import Settings, resolve_settings
from ansible_collections.scaleway.inference.tests.support.client import NO_ENVIRONMENT, PROJECT_ID, SECRET_KEY

#: In order of precedence.
PLACES = ("option", "first variable", "second variable", "profile", "top level")


@dataclass(frozen=True)
class Setting:
    """A setting, the names that it has in each place, and a different value for each place."""

    name: str
    variables: tuple[str, ...]
    key: str
    values: tuple[str, ...]
    default: str | None


def _ids(digit: str) -> tuple[str, ...]:
    return tuple(f"{digit * 8}-0000-4000-8000-00000000000{place}" for place in range(len(PLACES)))


def _words(word: str) -> tuple[str, ...]:
    return tuple(f"{word}{place}" for place in range(len(PLACES)))


SETTINGS = (
    Setting("secret_key", ("SCW_SECRET_KEY",), "secret_key", _ids("5"), None),
    Setting("access_key", ("SCW_ACCESS_KEY",), "access_key", _words("SCWXXXXXXXXXXXXXXX"), None),
    Setting("project_id", ("SCW_DEFAULT_PROJECT_ID", "SCW_PROJECT_ID"), "default_project_id", _ids("a"), None),
    Setting("organization_id", ("SCW_DEFAULT_ORGANIZATION_ID",), "default_organization_id", _ids("b"), None),
    Setting(
        "region",
        ("SCW_DEFAULT_REGION",),
        "default_region",
        ("nl-ams", "pl-waw", "it-mil", "de-fra", "us-nyc"),
        "fr-par",
    ),
    Setting("api_url", ("SCW_API_URL",), "api_url", _words("https://api.test/"), "https://api.scaleway.com"),
)


def _resolve(
    folder: Path,
    *,
    options: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Mapping[str, object] | None = None,
) -> Settings:
    """Resolve settings with the file at its default path."""
    if file is not None:
        path = folder / ".config" / "scw" / "config.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(dict(file)), encoding="utf-8")
    return resolve_settings(options or {}, {"HOME": str(folder), **(environ or {})})


def _value(settings: Settings, name: str) -> object:
    return getattr(settings, name)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
@given(filled=st.fixed_dictionaries({place: st.sampled_from(("absent", "empty", "set")) for place in PLACES}))
def test_first_place_that_is_set_wins(
    setting: Setting, filled: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    values = {
        place: value if filled[place] == "set" else ""
        for place, value in zip(PLACES, setting.values, strict=True)
        if filled[place] != "absent"
    }
    environ = {
        variable: values[place]
        for variable, place in zip(setting.variables, ("first variable", "second variable"), strict=False)
        if place in values
    }
    if len(setting.variables) == 1:
        values.pop("second variable", None)
    options: dict[str, object] = {} if setting.name == "secret_key" else {"secret_key": SECRET_KEY}
    if "option" in values:
        options[setting.name] = values["option"]
    file: dict[str, Any] = {"active_profile": "work", "profiles": {"work": {"send_telemetry": False}}}
    if "profile" in values:
        file["profiles"]["work"][setting.key] = values["profile"]
    if "top level" in values:
        file[setting.key] = values["top level"]
    expected = next((values[place] for place in PLACES if values.get(place)), setting.default)

    folder = tmp_path_factory.getbasetemp()
    if setting.name == "secret_key" and expected is None:
        with pytest.raises(SettingsError, match="No secret key was given"):
            _resolve(folder, options=options, environ=environ, file=file)
    else:
        assert _value(_resolve(folder, options=options, environ=environ, file=file), setting.name) == expected


@pytest.mark.parametrize(
    ("option", "variable", "expected"),
    [(None, None, "v1beta1"), (None, "v1", "v1"), ("v1beta1", "v1", "v1beta1"), ("v1", None, "v1"), ("", "v1", "v1")],
)
def test_api_version_is_v1beta1_unless_option_or_variable_say_otherwise(
    option: str | None, variable: str | None, expected: str
) -> None:
    environ = {**NO_ENVIRONMENT, **({"SCW_INFERENCE_API_VERSION": variable} if variable else {})}
    assert resolve_settings({"secret_key": SECRET_KEY, "api_version": option}, environ).api_version == expected


@pytest.mark.parametrize(
    ("option", "variable", "profile", "expected"),
    [
        (None, None, None, True),
        (None, None, True, False),
        (None, None, False, True),
        (None, "false", True, True),
        (None, "1", False, False),
        (None, " YES ", None, False),
        (None, "off", None, True),
        (True, "true", True, True),
        (False, "0", False, False),
    ],
)
def test_insecure_is_the_opposite_of_validate_certs(
    tmp_path: Path, option: bool | None, variable: str | None, profile: bool | None, expected: bool
) -> None:
    found = _resolve(
        tmp_path,
        options={"secret_key": SECRET_KEY, "validate_certs": option},
        environ={"SCW_INSECURE": variable} if variable else {},
        file={"insecure": not profile, "profiles": {"work": {"insecure": profile}}, "active_profile": "work"}
        if profile is not None
        else {},
    )
    assert found.validate_certs is expected


@pytest.mark.parametrize(
    ("option", "variable", "active", "expected"),
    [
        (None, None, None, "top"),
        (None, None, "one", "one"),
        (None, "two", "one", "two"),
        ("three", "two", "one", "three"),
        ("three", None, "missing", "three"),
        (None, None, "empty", "top"),
    ],
)
def test_profile_is_chosen_by_option_then_variable_then_file(
    tmp_path: Path, option: str | None, variable: str | None, active: str | None, expected: str
) -> None:
    profiles: dict[str, object] = {name: {"access_key": name} for name in ("one", "two", "three")}
    file: dict[str, object] = {"access_key": "top", "profiles": {**profiles, "empty": {}}}
    if active:
        file["active_profile"] = active
    found = _resolve(
        tmp_path,
        options={"secret_key": SECRET_KEY, "profile": option},
        environ={"SCW_PROFILE": variable} if variable else {},
        file=file,
    )
    assert found.access_key == expected


def test_times_and_retries_have_defaults_that_options_change() -> None:
    plain = resolve_settings({"secret_key": SECRET_KEY}, NO_ENVIRONMENT)
    assert (plain.connect_timeout, plain.read_timeout, plain.retries) == (10.0, 30.0, 5)
    quick = resolve_settings({"secret_key": SECRET_KEY, "api_timeout": 2, "api_retries": 0}, NO_ENVIRONMENT)
    assert (quick.connect_timeout, quick.read_timeout, quick.retries) == (2.0, 2.0, 0)
    slow = resolve_settings({"secret_key": SECRET_KEY, "api_timeout": 90.5}, NO_ENVIRONMENT)
    assert (slow.connect_timeout, slow.read_timeout) == (10.0, 90.5)


def test_ids_are_in_lower_case_and_urls_have_no_slash_at_the_end() -> None:
    found = resolve_settings(
        {"secret_key": SECRET_KEY, "project_id": PROJECT_ID.upper(), "api_url": "https://api.test/scw//"},
        NO_ENVIRONMENT,
    )
    assert (found.project_id, found.api_url) == (PROJECT_ID, "https://api.test/scw")


def test_home_in_ca_path_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ca.pem").touch()
    found = resolve_settings({"secret_key": SECRET_KEY, "ca_path": "~/ca.pem"}, NO_ENVIRONMENT)
    assert found.ca_path == str(tmp_path / "ca.pem")


def test_project_is_required_only_if_it_is_used() -> None:
    without = resolve_settings({"secret_key": SECRET_KEY}, NO_ENVIRONMENT)
    with pytest.raises(SettingsError) as caught:
        without.require_project_id("to create a deployment")
    for part in ("to create a deployment", "option project_id", "SCW_DEFAULT_PROJECT_ID", "default_project_id"):
        assert part in str(caught.value)
    within = resolve_settings({"secret_key": SECRET_KEY, "project_id": PROJECT_ID}, NO_ENVIRONMENT)
    assert within.require_project_id("to create a deployment") == PROJECT_ID


def test_keys_are_not_in_the_repr() -> None:
    found = resolve_settings({"secret_key": SECRET_KEY, "access_key": "SCWACCESSKEY"}, NO_ENVIRONMENT)
    assert (found.secret_key, found.access_key) == (SECRET_KEY, "SCWACCESSKEY")
    assert SECRET_KEY not in repr(found)
    assert "SCWACCESSKEY" not in repr(found)
