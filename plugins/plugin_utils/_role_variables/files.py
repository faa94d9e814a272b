# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks values that the role client_config writes into files for systemd, shells and Docker Compose.

Each of these programs reads quotes, dollars and the like in its own way. A value that one of them would read as
something else is refused, not quoted: adding quotes to existing files would restart the services that read them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SERVICE = re.compile(r"[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*")
_DEPLOYMENT = re.compile(r"[A-Za-z0-9._ -]+")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----")
# Shells treat these as syntax, systemd as quotes and escapes, and dotenv files as a comment or a reference.
_SYNTAX = frozenset("\"'\\$`|&;<>()#")
# systemd treats these as specifiers and file patterns.
_SPECIFIERS = frozenset("%*?[]")


def client_config_problems(options: Mapping[str, Any], secrets: Mapping[str, Any]) -> list[str]:
    """A message for each value that can't be written, with its variable. Secrets aren't shown."""
    found = [
        *_control_characters(options),
        *_values(options, secrets),
        *_names(options),
        *_paths(options),
        *_certificates(options),
    ]
    return list(dict.fromkeys(found))


def _control_characters(options: Mapping[str, Any]) -> Iterator[str]:
    for name in ("dir", "env_file", "ca_file", "key_file", "unit_dir", "owner", "group"):
        path = options.get(f"client_config_{name}", "")
        if not path.isprintable():
            yield f"client_config_{name}: {path!r} has a line break or another control character"


def _values(options: Mapping[str, Any], secrets: Mapping[str, Any]) -> Iterator[str]:
    endpoint = options.get("client_config_endpoint", {})
    values = {f"client_config_endpoint.{field}": endpoint.get(field) for field in ("url", "model")}
    if endpoint.get("ca"):
        # The environment file has the path of the authority, which one of these options gives.
        name = "client_config_ca_file" if "client_config_ca_file" in options else "client_config_dir"
        values[name] = options.get(name)
    for name, value in values.items():
        if value and (wrong := _wrong_in_value(value)):
            yield f"{name}: {value!r} has {wrong}, which an environment file can't hold without quotes"
    if (key := secrets.get("client_config_key")) and (wrong := _wrong_in_value(key)):
        yield f"client_config_key: it has {wrong}, which an environment file can't hold without quotes"


def _names(options: Mapping[str, Any]) -> Iterator[str]:
    variables = [("client_config_key_variable", options.get("client_config_key_variable"))]
    variables += [("client_config_ca_variables", name) for name in options.get("client_config_ca_variables", ())]
    for name, variable in variables:
        if variable is not None and not _VARIABLE.fullmatch(variable):
            yield f"{name}: {variable!r} is no name of a variable: letters, digits and underscores, no digit first"
    service = options.get("client_config_service")
    if service is not None and (not _SERVICE.fullmatch(service) or service in (".", "..")):
        yield f"client_config_service: {service!r} is no name of a unit of systemd, such as support.service"
    deployment = options.get("client_config_deployment")
    if deployment is not None and not _DEPLOYMENT.fullmatch(deployment):
        yield (
            f"client_config_deployment: {deployment!r} can't be a part of a file's name, which has only letters, "
            "digits, dots, underscores, spaces and dashes; name the deployment otherwise"
        )


def _paths(options: Mapping[str, Any]) -> Iterator[str]:
    if "client_config_service" not in options:
        return
    for name in ("client_config_dir", "client_config_env_file", "client_config_key_file"):
        path = options.get(name)
        if path is None or (name == "client_config_dir" and "client_config_env_file" in options):
            continue
        wrong = _wrong_in_value(path) or next((f"the character {one}" for one in path if one in _SPECIFIERS), None)
        if wrong:
            yield f"{name}: {path!r} has {wrong}, which a drop-in of systemd can't hold as it is"
        elif not path.startswith("/"):
            yield f"{name}: {path!r} must begin with a slash, as systemd reads it"


def _certificates(options: Mapping[str, Any]) -> Iterator[str]:
    ca = options.get("client_config_endpoint", {}).get("ca")
    if ca and not _is_pem(ca):
        yield "client_config_endpoint.ca: it isn't a certificate in the form of PEM"


def _is_pem(text: str) -> bool:
    if not re.sub(r"[\r\n\t]", "", text).isprintable():
        return False
    blocks = _CERTIFICATE.findall(text)
    try:
        decoded = [base64.b64decode(re.sub(r"\s", "", block), validate=True) for block in blocks]
    except binascii.Error:
        return False
    return bool(decoded) and len(blocks) == text.count("-----BEGIN ")


def _wrong_in_value(value: str) -> str | None:
    """What in a value a reader of an environment file would misread, in words. None if nothing."""
    if not value.isprintable():
        return "a line break or another control character"
    for character in value:
        if character.isspace():
            return "a blank"
        if character in _SYNTAX:
            return f"the character {character}"
    # Shells replace a tilde there with a home directory.
    return "a tilde at its beginning or behind a colon" if re.search("(^|:)~", value) else None
