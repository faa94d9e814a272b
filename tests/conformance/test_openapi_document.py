# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's OpenAPI document is true: schemathesis finds no answer that it doesn't describe, from 0 to 500.

It sends what the document allows and what it doesn't, and checks statuses, content types, headers and bodies of
answers, that wrong data and missing keys are refused, and that right data is accepted. clients/schemathesis.toml says
what isn't checked, and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.scaleway.inference.tests.support import official_clients
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

#: Nothing takes time, so no answer depends on it.
AT_ONCE = Config(creating=0, deploying=0, updating=0, deleting=0, false_ready=0)
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
SETTINGS = official_clients.PROGRAMS / "schemathesis.toml"
SEED = 1
#: Seconds that one run may take, on a busy machine; the first one waits for the installation too.
TIMEOUT = 600.0


@pytest.fixture
def service() -> Iterator[EmulatorServer]:
    with EmulatorServer(AT_ONCE) as server:
        yield server


def examine(python: list[str], service: EmulatorServer, folder: Path, paths: str, *arguments: str, known: Any) -> None:
    """Run schemathesis on the operations whose paths match. ``known``: values of parameters, such as IDs that exist."""
    values = "".join(f'"path.{name}" = "{value}"\n' for name, value in known.items())
    settings = folder / "schemathesis.toml"
    settings.write_text(f"{SETTINGS.read_text(encoding='utf-8')}\n[parameters]\n{values}", encoding="utf-8")
    program = [str(Path(python[0]).with_name("schemathesis")), "--config-file", str(settings), "run"]
    only = ["--include-path-regex", paths, "--header", f"X-Auth-Token: {service.secret_key}"]
    document = f"{service.url}/openapi.json"
    # Made by the first request, which may take longer than schemathesis waits.
    requests.get(document, timeout=60).raise_for_status()
    command = [*program, document, *only, "--seed", str(SEED), *arguments]
    official_clients.run(command, {}, folder, timeout=TIMEOUT)
    # It did reach what is behind the checks of keys and regions.
    assert any(one.status == (200 if known else 404) for one in service.journal())
    assert not [one for one in service.journal() if (one.status or 0) >= 500]


@pytest.mark.slow
@pytest.mark.timeout(official_clients.TIMEOUT + TIMEOUT)
@pytest.mark.parametrize("version", ["v1beta1", "v1"])
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_answers_are_as_documented(
    python: list[str], service: EmulatorServer, tmp_path: Path, version: str, known: bool
) -> None:
    ids: dict[str, str] = {}
    arguments = ["--phases", "coverage,fuzzing", "--max-examples", "10"]
    if known:
        api = Api(service, version)
        made = api.create(endpoints=[{api.public: {}}, api.private(NETWORK)])
        model = api.ok("GET", "/models")["models"][0]
        ids = {"deployment_id": made["id"], "endpoint_id": made["endpoints"][0]["id"], "model_id": model["id"]}
        # Otherwise they would be gone by the next request.
        arguments += ["--exclude-method", "DELETE"]
    examine(python, service, tmp_path, f"^/(inference/{version}|ipam)/", *arguments, known=ids)


def test_document_names_what_can_be_answered(service: EmulatorServer) -> None:
    """The part of it that needs no schemathesis: each status of a few answers, good ones and errors."""
    document = requests.get(f"{service.url}/openapi.json", timeout=10).json()
    answers = []
    for version in ("v1beta1", "v1"):
        api, nobody = Api(service, version), Api(service, version, key=NETWORK)
        made = api.create(endpoints=[{api.public: {}}, api.private(NETWORK)])
        paths = ["/models", "/node-types", "/deployments", f"/deployments/{made['id']}", f"/deployments/{NETWORK}"]
        paths += [f"/deployments/{made['id']}/certificate", f"/models/{NETWORK}", "/deployments?page=0"]
        answers += [one.call("GET", path) for one in (api, nobody) for path in paths]
        answers += [api.call("POST", "/deployments", {}), api.call("PATCH", f"/endpoints/{NETWORK}", {})]
        answers += [api.call("DELETE", f"/endpoints/{one['id']}") for one in made["endpoints"]]
        answers += [api.call("POST", "/deployments", api.body(name="\u00e9")), api.call("DELETE", "/deployments/x")]
        answers.append(api.call("DELETE", f"/deployments/{made['id']}"))
    templates = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): item for path, item in document["paths"].items()}
    for answer in answers:
        path = answer.url.removeprefix(service.url).partition("?")[0]
        (item,) = (one for pattern, one in templates.items() if pattern.fullmatch(path))
        documented = item[(answer.request.method or "").lower()]["responses"]
        assert str(answer.status_code) in documented, (answer.request.method, path, answer.status_code)
        assert "default" not in documented
    assert {one.status_code for one in answers} == {200, 204, 400, 401, 404, 412}
