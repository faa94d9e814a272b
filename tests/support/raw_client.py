# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal client of the API for the emulator's own tests."""

from __future__ import annotations

import uuid
from typing import Any

import requests

from scaleway_inference_emulator.server import EmulatorServer

LLAMA_8B = {"id": "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3", "name": "meta/llama-3.1-8b-instruct:bf16"}
LLAMA_70B = {"id": "126ad0c4-cfde-4b05-924f-f04c6343ccb2", "name": "meta/llama-3.3-70b-instruct:bf16"}
MISTRAL_7B = {"id": "bf6be106-c53d-4b93-bb33-1a4bd4d0b573", "name": "mistral/mistral-7b-instruct-v0.3:bf16"}

#: Seconds of real time.
TIMEOUT = 10.0


class Api:
    """One version of the API on one server, used with one key."""

    def __init__(self, server: EmulatorServer, version: str, key: str | None = None) -> None:
        self.server, self.version = server, version
        self.session = requests.Session()
        self.session.headers["X-Auth-Token"] = key or server.secret_key
        beta = version == "v1beta1"
        self.node_type = "node_type" if beta else "node_type_name"
        self.public = "public" if beta else "public_network"

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> requests.Response:
        """Send a request to a path below the region."""
        url = f"{self.server.url}/inference/{self.version}/regions/fr-par{path}"
        return self.session.request(method, url, json=json, timeout=TIMEOUT, allow_redirects=False, **options)

    def ok(self, method: str, path: str, json: Any = None, **params: Any) -> Any:
        """The body of an answer that must be 200."""
        answer = self.call(method, path, json, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fails(self, method: str, path: str, json: Any = None, **params: Any) -> tuple[int, dict[str, Any]]:
        """The status and the body of an answer that must be an error."""
        answer = self.call(method, path, json, params=params)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()

    def model(self, model: dict[str, str]) -> dict[str, str]:
        """The field that names the model in a creation."""
        return {"model_name": model["name"]} if self.version == "v1beta1" else {"model_id": model["id"]}

    def body(self, **changes: Any) -> dict[str, Any]:
        """The body of a valid creation with ``changes`` to it; None removes a field."""
        body = {
            "name": "chat",
            "project_id": self.server.project_id,
            **self.model(LLAMA_8B),
            self.node_type: "L4",
            "accept_eula": True,
            "endpoints": [{self.public: {}}],
            **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    def create(self, **changes: Any) -> Any:
        """Create a deployment, and return it."""
        return self.ok("POST", "/deployments", self.body(**changes))

    def private(self, network: str = "") -> dict[str, Any]:
        """The specification of an endpoint in a private network, by default in a new one."""
        return {"private_network": {"private_network_id": network or str(uuid.uuid4())}}
