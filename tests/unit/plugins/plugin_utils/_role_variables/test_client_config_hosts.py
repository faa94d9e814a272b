# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host of an endpoint that the service gave is checked before a consumer gets it with a key."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.tests.support.actions import run_action

NO_HOST_OF_SERVICE = "whose host is none of the service's"
OF_SERVICE = [
    "https://6170692e-7363-616c-6577-61792e636f6d.ifr.fr-par.scaleway.com",
    "https://x.5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001.internal",
    "https://x.api.scw.cloud/",
    "http://127.0.0.1:8080",
    "http://localhost:8080/deployments/x",
]
OF_OTHERS = [
    "https://evil.example",
    "https://scaleway.com.evil.example",
    "https://notscaleway.com",
    "http://x.ifr.fr-par.scaleway.com",
    "https://user:word@x.scaleway.com",
    "https://192.0.2.1",
]


def message(url: str, given: str) -> str:
    """Why the variables are refused, with an endpoint from the fact, from another role, or from the user."""
    endpoint = {"url": url, "model": "m", "ca": "", "id": "x"}
    args: dict[str, Any] = {"role": "client_config", "entry_point": "main"}
    variables: dict[str, Any] = {"hostvars": {}, "client_config_deployment": "chat"}
    if given == "fact":
        args["defaults"] = {"client_config_endpoint": endpoint}
    else:
        variables["client_config_endpoint"] = endpoint
    if given == "role":
        args["entry_point"] = "consumer"
        variables["client_config_host"] = "app"
    result = run_action("role_variables", args, variables)
    return str(result["msg"]) if result.get("failed") else ""


@pytest.mark.parametrize("given", ["fact", "role"])
def test_hosts_of_others_are_refused(given: str) -> None:
    for url in OF_OTHERS:
        assert NO_HOST_OF_SERVICE in message(url, given), url
        assert message(url, given).startswith("client_config_endpoint.url: ")


@pytest.mark.parametrize("given", ["fact", "role", "user"])
def test_hosts_of_the_service_and_this_machine_are_taken(given: str) -> None:
    for url in OF_SERVICE:
        assert message(url, given) == "", url


def test_host_of_the_api_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCW_API_URL", "https://gateway.example")
    monkeypatch.setenv("SCW_SECRET_KEY", "9a0ec700-1111-4222-8333-444455556666")
    assert message("https://gateway.example/chat", "fact") == ""
    assert NO_HOST_OF_SERVICE in message("https://evil.example", "fact")


def test_user_may_name_any_host() -> None:
    for url in ("https://evil.example", "https://192.0.2.1:8443"):
        assert message(url, "user") == ""
