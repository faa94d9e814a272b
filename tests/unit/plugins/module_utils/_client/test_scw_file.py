# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file that Scaleway's tools share: its path, and the errors for a broken one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import SettingsError
from ansible_collections.scaleway.inference.plugins.module_utils._client.scw_file import ScwFile, read_scw_file
from ansible_collections.scaleway.inference.plugins.module_utils._client.server import open_session, service
from ansible_collections.scaleway.inference.plugins.module_utils._client.settings import resolve_settings
from ansible_collections.scaleway.inference.plugins.module_utils._options.checks import task_redactor
from ansible_collections.scaleway.inference.tests.support.client import SECRET_KEY, make_settings
from ansible_collections.scaleway.inference.tests.support.hostile_values import timed

REMEDIES = ("config_file", "SCW_CONFIG_PATH", "scw init")


def _write(path: Path, access_key: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"access_key: {access_key}\nsecret_key: {SECRET_KEY}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("given_places", "expected"),
    [
        ({"home"}, "home"),
        ({"home", "xdg"}, "xdg"),
        ({"home", "xdg", "variable"}, "variable"),
        ({"home", "xdg", "variable", "option"}, "option"),
        ({"home", "option"}, "option"),
    ],
)
def test_path_is_that_of_the_option_then_variable_then_xdg_then_home(
    tmp_path: Path, given_places: set[str], expected: str
) -> None:
    _write(tmp_path / "home" / ".config" / "scw" / "config.yaml", "home")
    _write(tmp_path / "xdg" / "scw" / "config.yaml", "xdg")
    environ = {"HOME": str(tmp_path / "home")}
    if "xdg" in given_places:
        environ["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    if "variable" in given_places:
        environ["SCW_CONFIG_PATH"] = str(_write(tmp_path / "variable.yaml", "variable"))
    options = {"config_file": str(_write(tmp_path / "o.yaml", "option"))} if "option" in given_places else {}
    assert resolve_settings(options, environ).access_key == expected


def test_home_of_the_account_is_used_if_the_environment_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    _write(tmp_path / ".config" / "scw" / "config.yaml", "mine")
    assert resolve_settings({}, {}).access_key == "mine"


def test_file_is_optional(tmp_path: Path) -> None:
    (tmp_path / ".config").touch()
    assert resolve_settings({"secret_key": SECRET_KEY}, {"HOME": str(tmp_path)}).access_key is None


@pytest.mark.parametrize(
    ("options", "environ", "source"),
    [
        ({"config_file": "/nonexistent/x.yaml"}, {}, "from option config_file"),
        ({}, {"SCW_CONFIG_PATH": "/nonexistent/x.yaml"}, "from environment variable SCW_CONFIG_PATH"),
    ],
)
def test_configured_file_must_exist(options: dict[str, object], environ: dict[str, str], source: str) -> None:
    with pytest.raises(SettingsError) as caught:
        resolve_settings({"secret_key": SECRET_KEY, **options}, environ)
    for part in ("/nonexistent/x.yaml", "doesn't exist", source, *REMEDIES):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"secret_key: '{SECRET_KEY}\n".encode(), "isn't valid YAML"),
        (f"secret_key: {SECRET_KEY}: x\n".encode(), "line 1"),
        (f"a: b\nsecret_key: {{{SECRET_KEY}\n".encode(), "line 3"),
        (f"secret_key: {SECRET_KEY}\n\x00".encode(), "isn't valid YAML"),
        (f"secret_key: !made/up {SECRET_KEY}\n".encode(), "isn't valid YAML"),
        (f"secret_key: {SECRET_KEY}\nsince: 2026-13-45\n".encode(), "isn't valid YAML"),
        (f"secret_key: {SECRET_KEY}\nname: caf\xe9\n".encode("latin-1"), "not UTF-8"),
        (f"{SECRET_KEY}\n".encode(), "must hold 'key: value' lines"),
        (f"- {SECRET_KEY}\n".encode(), "must hold 'key: value' lines"),
        (f"profiles: {SECRET_KEY}\n".encode(), "'profiles' must map names to settings"),
        (f"profiles: [{SECRET_KEY}]\n".encode(), "'profiles' must map names to settings"),
        (f"profiles: {{work: {SECRET_KEY}}}\n".encode(), "'profiles' must map names to settings"),
        (f"profiles: {{work: [{SECRET_KEY}]}}\n".encode(), "'profiles' must map names to settings"),
    ],
    ids=range(13),
)
def test_broken_file_is_reported_without_its_lines(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        resolve_settings({}, {"SCW_CONFIG_PATH": str(path)})
    for part in (str(path), reason, *REMEDIES):
        assert part in str(caught.value)
    assert SECRET_KEY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_folder_in_place_of_the_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".config" / "scw" / "config.yaml").mkdir(parents=True)
    with pytest.raises(SettingsError) as caught:
        resolve_settings({"secret_key": SECRET_KEY}, {"HOME": str(tmp_path)})
    for part in (str(tmp_path), "can't be read", "directory", *REMEDIES):
        assert part in str(caught.value)


@pytest.mark.parametrize("content", ["", "# nothing but a comment\n", "---\n", "profiles:\n", "profiles: {}\n"])
def test_empty_file_is_accepted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(content, encoding="utf-8")
    settings_found = resolve_settings({"config_file": str(path), "secret_key": SECRET_KEY}, {})
    assert (settings_found.access_key, settings_found.region) == (None, "fr-par")


@pytest.mark.parametrize(
    ("options", "environ", "active", "source"),
    [
        ({"profile": "prod"}, {}, "dev", "option profile"),
        ({}, {"SCW_PROFILE": "prod"}, "dev", "environment variable SCW_PROFILE"),
        ({}, {}, "prod", "'active_profile' in"),
    ],
)
def test_unknown_profile_is_reported_with_its_source_and_the_known_ones(
    tmp_path: Path, options: dict[str, object], environ: dict[str, str], active: str, source: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"active_profile: {active}\nprofiles: {{dev: {{}}, beta: {{}}}}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        resolve_settings({"secret_key": SECRET_KEY, **options}, {"SCW_CONFIG_PATH": str(path), **environ})
    for part in ("'prod'", source, str(path), "beta, dev", "option profile", "SCW_PROFILE"):
        assert part in str(caught.value)


def test_profile_without_a_file_is_reported_with_the_default_path(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        resolve_settings({"secret_key": SECRET_KEY, "profile": "dev"}, {"HOME": str(tmp_path)})
    for part in ("'dev'", "no file at", str(tmp_path / ".config" / "scw" / "config.yaml"), "none"):
        assert part in str(caught.value)


def test_repr_of_a_file_has_no_keys(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"secret_key: {SECRET_KEY}\nprofiles: {{p: {{secret_key: {SECRET_KEY}}}}}\n", encoding="utf-8")
    found = read_scw_file(path, named_by="option config_file")
    assert found.profiles["p"]["secret_key"] == found.defaults["secret_key"] == SECRET_KEY
    assert SECRET_KEY not in repr(found)


@pytest.mark.parametrize("place", ["secret_key", "default_region", "insecure", "api_url", "active_profile", "x"])
@pytest.mark.parametrize("value", ["[a]", "{a: b}", "0x" + "f" * 9000, "*bomb", "[[[]]]"])
def test_value_that_is_no_text_is_named(tmp_path: Path, place: str, value: str) -> None:
    """An alias can stand for billions of elements, so no text may be made of it."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]\n" for at in range(1, 10))
    path = tmp_path / "config.yaml"
    path.write_text(f"{bomb}bomb: &bomb [*a9]\n{place}: {value}\n", encoding="utf-8")
    options = {"secret_key": SECRET_KEY} if place != "secret_key" else {}
    if place == "x":
        assert timed(lambda: resolve_settings(options, {"SCW_CONFIG_PATH": str(path)})).secret_key == SECRET_KEY
        return
    with pytest.raises(SettingsError) as caught:
        timed(lambda: resolve_settings(options, {"SCW_CONFIG_PATH": str(path)}))
    assert f"'{place}' in" in str(caught.value) or f"'{place}' must be" in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("kind", ["pipe", "large", "loop", "binary", "device", "unreadable"])
def test_files_without_an_end_are_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "config.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(100 * 1024 * 1024)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "binary":
        path.write_bytes(b"\xff\x00" * 99)
    elif kind == "unreadable":
        path.write_text("a: b", encoding="utf-8")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    else:
        path = Path("/dev/zero")
    with pytest.raises(SettingsError) as caught:
        timed(lambda: resolve_settings({"secret_key": SECRET_KEY, "config_file": str(path)}, {}))
    for part in (str(path), "can't be read", *REMEDIES):
        assert part in str(caught.value)
    if kind in ("pipe", "large", "loop", "device"):
        with pytest.raises(SettingsError, match="ca_path"):
            timed(lambda: resolve_settings({"secret_key": SECRET_KEY, "ca_path": str(path)}, {"HOME": "/nonexistent"}))


@pytest.mark.slow
@pytest.mark.parametrize("text", ["[" * 16_000, "{" * 16_000, "a: b\n" * 3_200, "? " * 8_000, "[" + "a," * 8_000 + "]"])
def test_largest_files_take_less_than_a_second(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    with suppress(SettingsError):
        timed(lambda: read_scw_file(tmp_path / "config.yaml", named_by=None))


def test_authorities_of_the_environment_that_have_no_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "pipe"))
    with pytest.raises(SettingsError, match=r"REQUESTS_CA_BUNDLE names '.*pipe', which can't be read \(it is a pipe\)"):
        open_session(service(make_settings("https://127.0.0.1:9")), make_settings("https://127.0.0.1:9"), "tests")


def test_long_keys_are_refused_at_once() -> None:
    """To hide such a key took seconds."""
    key = "x" * 100_000
    assert timed(lambda: task_redactor({}, {}, {"SCW_SECRET_KEY": key})).text(f"a{key}") == "a********"
    for environ in ({"SCW_SECRET_KEY": key}, {"SCW_SECRET_KEY": SECRET_KEY, "SCW_ACCESS_KEY": key}):
        with pytest.raises(SettingsError, match="has 100000 characters"):
            resolve_settings({}, {**environ, "HOME": "/nonexistent"})


#: Fragments of YAML, valid and invalid, in any order.
YAML_FRAGMENTS = st.one_of(
    st.sampled_from("{}[]'\"\t%=\x01é\ufeff"),
    st.sampled_from(("a: b\n", "profiles:\n", "  p: {a: b}\n", "  p: x\n", "active_profile: p\n", "- x\n", "a: |\n")),
    st.sampled_from(
        ("&a ", "*a\n", "? ", ": ", "!!int x\n", "0x_\n", "2026-99-99\n", "---\n", "<<: ", "1: 2\n", "null: ")
    ),
)


@given(fragments=st.lists(YAML_FRAGMENTS, max_size=8))
def test_any_text_is_a_file_or_a_settings_error(tmp_path_factory: pytest.TempPathFactory, fragments: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text("".join(fragments), encoding="utf-8")
    found = _file_or_error(path)
    if isinstance(found, SettingsError):
        assert str(path) in str(found)
    else:
        assert found.path == path
        assert all(isinstance(keys, dict) for keys in found.profiles.values())


def _file_or_error(path: Path) -> ScwFile | SettingsError:
    try:
        return read_scw_file(path, named_by=None)
    except SettingsError as error:
        return error
