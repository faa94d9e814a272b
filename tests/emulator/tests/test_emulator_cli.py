# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the command line."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from urllib3.exceptions import InsecureRequestWarning

from ansible_collections.scaleway.inference.tests.support.emulator_process import VARIABLES, started
from ansible_collections.scaleway.inference.tests.support.raw_client import MISTRAL_7B

COMMAND = [sys.executable, "-m", "scaleway_inference_emulator"]


def models(variables: dict[str, str]) -> int:
    url = f"{variables['SCW_API_URL']}/inference/v1/regions/{variables['SCW_DEFAULT_REGION']}/models"
    answer = requests.get(url, headers={"X-Auth-Token": variables["SCW_SECRET_KEY"]}, timeout=10)
    return int(answer.json()["total_count"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_a_signal(number: signal.Signals) -> None:
    with started(COMMAND) as (process, variables):
        assert list(variables) == VARIABLES
        assert models(variables) == 44
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")


def test_ends_quietly_while_someone_is_connected() -> None:
    with (
        started([*COMMAND, "--creating", "0", "--deploying", "0"]) as (process, variables),
        requests.Session() as session,
    ):
        session.headers["X-Auth-Token"] = variables["SCW_SECRET_KEY"]
        api = f"{variables['SCW_API_URL']}/inference/v1/regions/fr-par"
        network = {"private_network_id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"}
        body = {
            "name": "chat",
            "project_id": variables["SCW_DEFAULT_PROJECT_ID"],
            "model_id": MISTRAL_7B["id"],
            "node_type_name": "L4",
            "endpoints": [{"private_network": network, "disable_auth": True}],
        }
        (endpoint,) = session.post(f"{api}/deployments", json=body, timeout=10).json()["endpoints"]
        session.trust_env = False
        with pytest.warns(InsecureRequestWarning):
            assert session.get(f"{endpoint['url']}/v1/models", timeout=10, verify=False).status_code == 200
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.slow
def test_the_same_exports_after_a_restart(tmp_path: Path) -> None:
    printed = []
    for _turn in range(2):
        with started([*COMMAND, "--state", str(tmp_path / "state.sqlite")]) as (process, variables):
            printed.append({name: variables[name] for name in VARIABLES[1:]})
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
    assert printed[0] == printed[1]


@pytest.mark.slow
def test_given_identity() -> None:
    key, project = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
    with started([*COMMAND, "--secret-key", key, "--project-id", project]) as (_process, variables):
        assert (variables["SCW_SECRET_KEY"], variables["SCW_DEFAULT_PROJECT_ID"]) == (key, project)
        assert models(variables) == 44


@pytest.mark.slow
def test_settings_of_what_exists() -> None:
    project, limited, unknown = ("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa" + digit for digit in "123")
    options = ["--project", project, "--key-without-ipam", limited, "--total-count-header", "--preparing", "60"]
    with started([*COMMAND, *options]) as (_process, variables), requests.Session() as session:
        session.headers["X-Auth-Token"] = limited
        api = f"{variables['SCW_API_URL']}/inference/v1/regions/fr-par"
        source = {"url": "https://models.test/mine"}
        for owner, status in ((project, 200), (unknown, 403)):
            body = {"name": "mine", "project_id": owner, "source": source}
            answer = session.post(f"{api}/models", json=body, timeout=10)
            assert (answer.status_code, answer.json().get("status", "")) == (
                status,
                "preparing" if status == 200 else "",
            )
        assert int(session.get(f"{api}/models?project_id={project}", timeout=10).headers["X-Total-Count"]) > 1
        addresses = f"{variables['SCW_API_URL']}/ipam/v1/regions/fr-par/ips?project_id={project}"
        assert session.get(addresses, timeout=10).status_code == 403
    with started([*COMMAND, "--any-project"]) as (_process, variables):
        url = f"{variables['SCW_API_URL']}/inference/v1/regions/fr-par/deployments?project_id={unknown}"
        answer = requests.get(url, headers={"X-Auth-Token": variables["SCW_SECRET_KEY"]}, timeout=10)
        assert (answer.status_code, "X-Total-Count" in answer.headers) == (200, False)


@pytest.mark.slow
def test_in_the_background_it_goes_on_after_the_shell_has_the_settings(tmp_path: Path) -> None:
    (tmp_path / "seed.yml").write_text("deployments: [{name: chat, model: nobody, node_type: L4}]", encoding="utf-8")
    background = [*COMMAND, "--background", "--port", "0", "--log-file", str(tmp_path / "log")]
    refused = subprocess.run(
        [*background, "--seed", str(tmp_path / "seed.yml")], check=False, text=True, capture_output=True, timeout=60
    )
    assert refused.returncode == 1
    assert "there's no model nobody" in refused.stderr
    # As eval in a shell reads it: the output ends, though the emulator doesn't.
    script = f'eval "$({shlex.join(background)})" && env | grep -E "^(SCW|SCALEWAY)_"'
    shell = subprocess.run(["sh", "-c", script], check=False, text=True, capture_output=True, timeout=60)
    assert (shell.returncode, shell.stderr) == (0, "")
    variables = dict(line.split("=", 1) for line in shell.stdout.splitlines())
    process = int(variables["SCALEWAY_INFERENCE_EMULATOR_PID"])
    try:
        assert models(variables) == 44
    finally:
        os.kill(process, signal.SIGTERM)
    assert (tmp_path / "log").read_text(encoding="utf-8") == ""


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [["--host", "192.0.2.1"], ["--no-such-option"]])
def test_a_shell_in_which_it_did_not_start_does_not_reach_the_service(wrong: list[str]) -> None:
    command = shlex.join([*COMMAND, "--background", *wrong])
    script = f'eval "$({command})" || echo "$SCW_API_URL"; eval "$({command})"; echo "the service is called"'
    shell = subprocess.run(
        ["sh", "-ec", script],
        check=False,
        text=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, "SCW_API_URL": "https://api.scaleway.com"},
    )
    assert (shell.returncode, shell.stdout) == (1, "http://127.0.0.1:1\n")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an emulator that ends by itself, and return how it ended."""
    command = [*COMMAND, *arguments]
    return subprocess.run(command, check=False, text=True, capture_output=True, timeout=30)


def refused(*arguments: str) -> str:
    """The error message, of one line, of an emulator that doesn't start."""
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    return line


@pytest.mark.slow
def test_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert (
            refused("--port", str(port))
            == f"scaleway-inference-emulator: can't listen on 127.0.0.1:{port}: Address already in use; "
            "--port 0 takes a free port"
        )


@pytest.mark.slow
@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])
def test_serves_this_machine_only(host: str) -> None:
    assert refused("--host", host).startswith(f"scaleway-inference-emulator: {host} isn't an IPv4 loopback address")


@pytest.mark.slow
def test_wrong_settings(tmp_path: Path) -> None:
    assert "jitter" in refused("--jitter", "3")
    assert "can't be used" in refused("--state", str(tmp_path))


@pytest.mark.slow
def test_help() -> None:
    ended = run("--help")
    assert ended.returncode == 0
    assert "None" not in ended.stdout
    assert "[]" not in ended.stdout
    assert all(
        f"--{name}" in ended.stdout
        for name in ("background", "seed", "host", "port", "state", "creating", "jitter", "endpoints", "log")
    )
