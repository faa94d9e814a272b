# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that can't be used: the error names value, source and remedy, and never a key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import SettingsError
from ansible_collections.scaleway.inference.plugins.module_utils._client.settings import Settings, resolve_settings
from ansible_collections.scaleway.inference.tests.support.client import NO_ENVIRONMENT, SECRET_KEY


def _error(options: dict[str, object], environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        resolve_settings({"secret_key": SECRET_KEY, **options}, {**NO_ENVIRONMENT, **(environ or {})})
    return str(caught.value)


@pytest.mark.parametrize(
    ("variable", "remedies", "value"),
    [
        ("SCW_DEFAULT_PROJECT_ID", ("option project_id", "default_project_id"), "my-project"),
        ("SCW_PROJECT_ID", ("option project_id", "default_project_id"), "105bdce1-64c0-48ab-899d-86845586zzzz"),
        ("SCW_DEFAULT_ORGANIZATION_ID", ("option organization_id", "default_organization_id"), "acme"),
        ("SCW_DEFAULT_REGION", ("option region", "default_region"), "fr-par-2"),
        ("SCW_DEFAULT_REGION", ("option region", "default_region"), "Paris"),
        ("SCW_DEFAULT_REGION", ("option region", "default_region"), "fr-par/../x"),
        ("SCW_API_URL", ("option api_url", "'api_url' in"), "api.scaleway.com"),
        ("SCW_API_URL", ("option api_url", "'api_url' in"), "ftp://api.scaleway.com"),
        ("SCW_API_URL", ("option api_url", "'api_url' in"), "https://"),
        ("SCW_API_URL", ("option api_url", "'api_url' in"), "https://[::1"),
        ("SCW_API_URL", ("option api_url", "'api_url' in"), "https://api.test:port"),
        ("SCW_API_URL", ("option api_url", "'api_url' in"), "https://api.test/?page=1"),
        ("SCW_API_URL", ("option api_url", "'api_url' in"), "https://api.test/#top"),
        ("SCW_INFERENCE_API_VERSION", ("option api_version", "v1beta1 or v1"), "v2"),
        ("SCW_INSECURE", ("option validate_certs", "'insecure' in"), "perhaps"),
    ],
)
def test_wrong_value_is_reported_with_its_source_and_its_remedy(
    variable: str, remedies: tuple[str, ...], value: str
) -> None:
    text = _error({}, {variable: value})
    for part in (f"'{value}'", f"from environment variable {variable}", *remedies):
        assert part in text


@pytest.mark.parametrize(
    ("option", "value"),
    [("project_id", "mine"), ("organization_id", "ours"), ("region", "FR-PAR"), ("api_version", "1"), ("api_url", "x")],
)
def test_wrong_option_is_reported_as_one(option: str, value: str) -> None:
    text = _error({option: value})
    assert f"'{value}' was given (from option {option})" in text


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ({"default_region": "nowhere"}, "'default_region' in {path}"),
        ({"profiles": {"p": {"default_region": "nowhere"}}, "active_profile": "p"}, "profile 'p' of {path}"),
    ],
)
def test_wrong_value_of_the_file_is_reported_with_its_key(tmp_path: Path, file: object, source: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(file), encoding="utf-8")
    text = _error({"config_file": str(path)})
    assert f"'nowhere' was given (from {source.format(path=path)})" in text


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("api_timeout", 0),
        ("api_timeout", -1.5),
        ("api_timeout", float("inf")),
        ("api_timeout", float("nan")),
        ("api_timeout", "soon"),
        ("api_retries", -1),
        ("api_retries", "many"),
        ("ca_path", "/nonexistent/ca.pem"),
        ("ca_path", "~no-such-user-at-all/ca.pem"),
        ("config_file", "/nonexistent/config.yaml"),
        ("config_file", "~no-such-user-at-all/config.yaml"),
    ],
)
def test_wrong_number_or_path_is_reported_with_its_option(option: str, value: object) -> None:
    text = _error({option: value})
    assert f"option {option}" in text
    assert str(value) in text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10:8080", "[::1]", "[::1]:8080", "localhost", "LocalHost:80"])
def test_http_is_accepted_on_this_machine(host: str) -> None:
    found = resolve_settings({"secret_key": SECRET_KEY, "api_url": f"http://{host}"}, NO_ENVIRONMENT)
    assert found.api_url == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    [
        "api.scaleway.com",
        "10.0.0.1",
        "0.0.0.0",
        "[2001:db8::1]",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "127.1",
    ],
)
def test_http_is_refused_elsewhere(host: str) -> None:
    text = _error({"api_url": f"http://{host}"})
    for part in ("https://", f"'http://{host}'", "option api_url"):
        assert part in text


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@api.scaleway.com",
        "http://me:hunter2@127.0.0.1",
        "https://me:hunter2@api.test:no-port",
        "https://me:hunter2@[api.test",
        "ftp://me:hunter2@api.test",
    ],
)
def test_url_with_a_password_is_refused_without_showing_it(url: str) -> None:
    text = _error({"api_url": url})
    assert "hunter2" not in text
    assert "api_url" in text


def test_missing_key_names_every_way_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        resolve_settings({}, {"HOME": str(tmp_path)})
    ways = (
        "option secret_key",
        "SCW_SECRET_KEY",
        "'secret_key' in the scw configuration file",
        "scw init",
        str(tmp_path),
    )
    for part in ways:
        assert part in str(caught.value)


@pytest.mark.parametrize("name", ["secret_key", "access_key"])
@pytest.mark.parametrize("wrong", ["hidden\nthing", "hidden thing", "hidden\tthing", "hidden-thïng", "hidden\x00thing"])
def test_key_that_cannot_be_sent_is_refused_without_showing_it(name: str, wrong: str) -> None:
    text = _error({name: wrong})
    assert "hidden" not in text
    assert "thing" not in text
    for part in (name, f"from option {name}", f"SCW_{name.upper()}"):
        assert part in text


#: Values that people may write into an option or a variable.
JUNK = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ("https://x:y", "http://[", "https://u:p@h", "http://x", "~", "~nobody/x", "/", "\x7f", "v1", "no")
    ),
)


@given(
    options=st.dictionaries(
        st.sampled_from(("project_id", "organization_id", "region", "api_url", "api_version", "profile")), JUNK
    ),
    environ=st.dictionaries(
        st.sampled_from(("SCW_DEFAULT_PROJECT_ID", "SCW_API_URL", "SCW_DEFAULT_REGION", "SCW_INSECURE", "SCW_PROFILE")),
        JUNK,
    ),
    secret=st.sampled_from(("", "\n", " ")),
)
def test_no_error_shows_the_key(options: dict[str, object], environ: dict[str, str], secret: str) -> None:
    key = SECRET_KEY + secret
    found = _settings_or_error({**options, "secret_key": key}, {**environ, **NO_ENVIRONMENT})
    if isinstance(found, SettingsError):
        assert SECRET_KEY not in str(found) + repr(found)
        assert found.__cause__ is None
    else:
        assert (found.secret_key, secret) == (SECRET_KEY, "")


def _settings_or_error(options: dict[str, object], environ: dict[str, str]) -> Settings | SettingsError:
    try:
        return resolve_settings(options, environ)
    except SettingsError as error:
        return error
