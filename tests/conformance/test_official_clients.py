# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Official clients at their newest, unmodified, each in a process of its own, against an emulator by the real clock.

They are slow, as their packages have to be installed first. Without network or Node.js they are skipped, but never
where the variable CI is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ansible_collections.scaleway.inference.tests.support import official_clients
from ansible_collections.scaleway.inference.tests.support.raw_client import LLAMA_8B, Api
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

EMBEDDER = {"id": "d58efec4-b667-48e2-8ad8-bcc26c175ae6", "name": "baai/bge-multilingual-gemma2:fp32"}
QUICK = Config(creating=0, deploying=0.2, updating=0, deleting=0, jitter=0)

# The first test waits for the installation.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(official_clients.TIMEOUT + 120),
    pytest.mark.every_variant,
]


@pytest.fixture
def service() -> Iterator[EmulatorServer]:
    with EmulatorServer(QUICK) as server:
        yield server


@pytest.fixture
def endpoints(service: EmulatorServer) -> list[str]:
    """URL and model of an endpoint for chats, and of one for embeddings."""
    service.configure(deploying=0)
    api, words = Api(service, "v1"), []
    for model in (LLAMA_8B, EMBEDDER):
        made = api.create(model_id=model["id"])
        words += [made["endpoints"][0]["url"], model["name"]]
    return words


def assert_every_route_was_used(service: EmulatorServer, version: str) -> None:
    """The client called each route of the version, and got at least one good answer from each."""
    document = requests.get(f"{service.url}/openapi.json", timeout=10).json()
    prefix = f"/inference/{version}/"
    routes = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    used = {(entry.method, entry.path) for entry in service.journal() if (entry.status or 0) // 100 == 2}
    unused = [
        (method, path)
        for method, path in sorted(routes)
        if path.startswith(prefix)
        and not any(method == called and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), url) for called, url in used)
    ]
    assert unused == []


@pytest.mark.parametrize("package", ["scaleway", "scaleway_async"])
def test_scaleway_sdk_for_python(python: list[str], service: EmulatorServer, package: str) -> None:
    program = str(official_clients.PROGRAMS / "python_sdk.py")
    official_clients.run([*python, program, package], service.environment())
    assert_every_route_was_used(service, "v1")


@pytest.mark.parametrize("version", ["v1beta1", "v1"])
def test_scaleway_sdk_for_javascript(node_programs: Path, service: EmulatorServer, version: str) -> None:
    official_clients.run([*official_clients.node(), "sdk.js", version], service.environment(), node_programs)
    assert_every_route_was_used(service, version)


def test_openai_and_langchain_for_python(python: list[str], service: EmulatorServer, endpoints: list[str]) -> None:
    program = str(official_clients.PROGRAMS / "python_openai.py")
    official_clients.run([*python, program, *endpoints], service.environment())


def test_openai_for_javascript(node_programs: Path, service: EmulatorServer, endpoints: list[str]) -> None:
    official_clients.run([*official_clients.node(), "openai.js", *endpoints], service.environment(), node_programs)
