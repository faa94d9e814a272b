# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in files that systemd and shells read are written unchanged, or refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.files import client_config_problems
from ansible_collections.scaleway.inference.tests.support.certificate import self_signed
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive

URL = "https://20043a05-db6e-4ef5-bec6-40089e6d13d0.ifr.fr-par.scaleway.com"
FINE: dict[str, Any] = {
    "client_config_deployment": "support chat-2.1",
    "client_config_endpoint": {"url": URL, "model": "mistral/mistral-7b-instruct-v0.3:bf16"},
    "client_config_dir": "/etc/scaleway-inference",
    "client_config_ca_variables": ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"],
    "client_config_key_variable": "SCW_SECRET_KEY",
    "client_config_key_file": "/etc/support/key.env",
    "client_config_service": "support@one.service",
    "client_config_unit_dir": "/etc/systemd/system",
}


def problems(**changed: Any) -> list[str]:
    options = {**FINE, **{f"client_config_{name}": value for name, value in changed.items()}}
    return client_config_problems(options, {})


def test_usual_values_are_accepted() -> None:
    assert problems() == []
    assert problems(endpoint={"url": f"{URL}:8443/ifr/x?a=%20b", "model": "a_b@c+d=e,f~g"}) == []
    assert client_config_problems(FINE, {"client_config_key": "8d0e1a7c-5ca1-4b1e-9fd0-0c6f0cb3a111"}) == []


INJECTIONS = ["\nX=1", "\rX", "\x00", "\x1b[31m", "\x85", " ", "\t", '"', "'", "\\", "$HOME", "`id`", "#x", ";x", "&x"]
INJECTIONS += ["|x", "(", ")", "<", ">", "\u2028", "\ud800", ":~"]


@pytest.mark.parametrize("injected", INJECTIONS, ids=ascii)
def test_value_that_a_reader_would_misread_is_refused(injected: str) -> None:
    for field in ("url", "model"):
        endpoint = {**FINE["client_config_endpoint"], field: f"a{injected}"}
        assert problems(endpoint=endpoint)[0].startswith(f"client_config_endpoint.{field}: ")
    messages = client_config_problems(FINE, {"client_config_key": f"secret{injected}"})
    assert messages[0].startswith("client_config_key: it has ")
    assert "secret" not in messages[0]


@pytest.mark.parametrize("name", ["A B", "A-B", "1A", "", "A\n", "A=1", "É"])
def test_variable_must_be_an_identifier(name: str) -> None:
    assert problems(key_variable=name)[0].startswith("client_config_key_variable: ")
    assert problems(ca_variables=["SSL_CERT_FILE", name])[0].startswith("client_config_ca_variables: ")


@pytest.mark.parametrize("name", ["../x", "a/b", "-x", "a b", "a\n", ".", "..", "a;b"])
def test_service_must_be_a_unit(name: str) -> None:
    assert problems(service=name)[0].startswith("client_config_service: ")


@pytest.mark.parametrize("path", ["/a b", "/a%n", "/a*", "/a\nb", '/a"', "a/b", "~/a", "/a\\b"])
def test_path_in_a_drop_in_must_stand_for_itself(path: str) -> None:
    for name in ("dir", "env_file", "key_file"):
        assert problems(**{name: path})[0].startswith(f"client_config_{name}: ")


@pytest.mark.parametrize("name", ["under_score", "a b", "a.b-1"])
def test_deployment_may_have_any_name_that_a_file_can_have(name: str) -> None:
    assert problems(deployment=name) == []


@pytest.mark.parametrize("name", ["../other", "a/b", "a\nb"])
def test_deployment_must_have_a_name_that_is_one(name: str) -> None:
    assert problems(deployment=name)[0].startswith("client_config_deployment: ")


def test_authority_must_be_pem(tmp_path: Path) -> None:
    pem = self_signed(tmp_path, "one.internal").path.read_text(encoding="utf-8")
    for text, fine in (
        (pem, True),
        (pem + pem, True),
        (pem.replace("\n", "\r\n"), True),
        (f"Issuer: someone\n{pem}", True),
        ("no certificate", False),
        (pem[:-40], False),
        (pem.replace("\n", "\n!", 1), False),
        (pem + "\x1b[2J", False),
        (pem + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", False),
    ):
        messages = problems(endpoint={**FINE["client_config_endpoint"], "ca": text})
        assert messages == ([] if fine else ["client_config_endpoint.ca: it isn't a certificate in the form of PEM"])


VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12) | st.text(
    "aA1/:.-_=~!%*?[]{}^@+, \n\"'\\$`#;&|()<>", min_size=1, max_size=12
)


@expensive()
@given(st.lists(VALUES, min_size=20, max_size=20))
def test_shell_reads_what_was_written(values: list[str]) -> None:
    """Many values in one file, as starting a shell takes most of the time."""
    written = [value for value in values if not problems(endpoint={"url": URL, "model": value})]
    lines = [f"V{number}={value}" for number, value in enumerate(written)]
    read = [f'printf "%s\\0" "$V{number}"' for number in range(len(written))]
    done = subprocess.run(
        [shutil.which("sh") or "/bin/sh"], input="\n".join([*lines, *read]).encode(), capture_output=True, check=False
    )
    assert done.stderr == b""
    assert done.stdout.decode().split("\0")[:-1] == written
