# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is in what a run of Ansible leaves at its highest verbosity: output, log, caches, files, processes.

Whoever answers the tasks gives back all that was sent, in every encoding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.canned import (
    CannedServer,
    RecordedRequest,
    Reply,
    closed_port,
    json_reply,
)
from ansible_collections.scaleway.inference.tests.support.echoes import ANSWERS, sent_text
from ansible_collections.scaleway.inference.tests.support.inventories import Lister
from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from ansible_collections.scaleway.inference.tests.support.processes import ProcessList, eventually
from ansible_collections.scaleway.inference.tests.support.secrets import Secrets

#: By the way in which the user gives them.
GIVEN = {
    "exported": "e1d2c3b4-7a6f-4b5e-9d8c-1a2b3c4d5e6f",
    "option": "c7a1b2d3-9e8f-4a5b-8c6d-0f1e2d3c4b5a",
    "file": "f9e8d7c6-1b2a-4c3d-8e4f-5a6b7c8d9e0f",
    "variable": "a0b9c8d7-2e3f-4a4b-9c5d-6e7f8a9b0c1d",
    "password": "glpat-Xy7Kq2Zr9Tb4",
    "token": "hf_tok3n9Qz7",
    "source": "hf_p@ss w\"rd/é\\%41<&>'\n",
}
SECRETS = Secrets(**GIVEN)
#: What no child process may have in its environment, as the user exported only one of them.
NOT_EXPORTED = Secrets(**{name: secret for name, secret in GIVEN.items() if name != "exported"})
PROJECT = "9a0ec700-1111-4222-8333-444455556666"
V1, V1BETA1 = {"api_version": "v1"}, {"api_version": "v1beta1"}
OPTION = {"secret_key": "{{ option }}"}
CHAT = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}


def answer(request: RecordedRequest) -> Reply:
    """The answer that the first part of the path names."""
    name, _slash, _rest = request.path.lstrip("/").partition("/")
    # What other tasks know, a task can't hide.
    headers = json.dumps(dict(request.headers))
    sent = [GIVEN[one] for one in ("exported", "option", "file", "variable") if GIVEN[one] in headers]
    sent += [GIVEN["source"]] if b"huggingface" in request.body else []
    return ANSWERS[name.replace("-", " ").replace("%27", "'")](sent_text(request, *sent))


@pytest.fixture
def server() -> Iterator[CannedServer]:
    with CannedServer() as server:
        server.answer_with(answer)
        yield server


class Recorder:
    """Runs with all that keeps something, and the secrets in files that the user wrote."""

    def __init__(self, folder: Path, url: str, key: str = GIVEN["exported"], api_version: str = "v1") -> None:
        self.left, given = folder / "left", folder / "given"
        self.left.mkdir()
        given.mkdir()
        self.variables = given / "variables.json"
        self.variables.write_text(json.dumps(GIVEN), encoding="utf-8")
        config = {"profiles": {"work": {"secret_key": GIVEN["file"]}}}
        (given / "scw.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        kept = {
            "ANSIBLE_DEBUG": "1",
            "ANSIBLE_LOG_PATH": str(self.left / "log"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.left / "facts"),
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.tree,ansible.builtin.junit",
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
            "ANSIBLE_CALLBACK_TREE_DIR": str(self.left / "tree"),
            "JUNIT_OUTPUT_DIR": str(self.left / "junit"),
            "ANSIBLE_INJECT_INVOCATION": "true",
        }
        settings = {
            "SCW_SECRET_KEY": key,
            "SCW_DEFAULT_PROJECT_ID": PROJECT,
            "SCW_CONFIG_PATH": str(given / "scw.yaml"),
        }
        self.player = Player(
            self.left, {**kept, **settings, "SCW_API_URL": url, "SCW_INFERENCE_API_VERSION": api_version}
        )

    def play(self, tasks: list[dict[str, Any]], *arguments: str, **play: Any) -> tuple[str, dict[str, Any]]:
        """The output and the registered results of a run, which must leave no secret anywhere."""
        with ProcessList() as processes:
            played = self.player.play(tasks, "-vvvv", "--diff", "-e", f"@{self.variables}", *arguments, **play)
        # Ansible's async_wrapper looks every 5 s whether its module has ended, and only then removes the options.
        eventually(lambda: not [*self.left.glob("tmp/ansible-tmp-*")], "the end of a task in the background")
        self.expect_none(played.output, processes)
        assert SECRETS.leaks_in_value(played.registered) == []
        return played.output, dict(played.registered)

    def expect_none(self, output: str, processes: ProcessList, *without: str) -> None:
        assert SECRETS.leaks(output) == []
        assert SECRETS.leaks_in_files(self.left, *without) == []
        assert SECRETS.leaks("\n".join(processes.commands)) == []
        assert NOT_EXPORTED.leaks("\n".join(processes.environments)) == []
        assert processes.commands


def failing(server: CannedServer) -> list[dict[str, Any]]:
    """Tasks that fail in many ways, with keys that are given in many ways."""

    def at(name: str) -> dict[str, Any]:
        return {"api_url": f"{server.url()}/{name.replace(' ', '-')}", "api_retries": 0}

    source = "https://some-user:{{ password }}@huggingface.co/x/y?token={{ token }}"
    imported = {"name": "coder", "source_url": source, "source_secret": "{{ source }}"}
    tasks: list[tuple[str, dict[str, Any]]] = [
        ("model", {**imported, **OPTION, **at("400"), **V1}),
        ("deployment", {**CHAT, **OPTION, **at("redirect")}),
        ("endpoint", {"deployment": "chat", "public": True, **at("page of a gateway"), "profile": "work"}),
        ("acl", {"deployment": "chat", "rules": [{"ip": "192.0.2.0/24"}], **OPTION, **at("403"), **V1BETA1}),
        ("fleet", {"name": "support", "deployments": [CHAT], **OPTION, **at("cut off")}),
        ("chat_completion", {"url": f"{server.url()}/stream", "model": "x", "prompt": "x", "stream": True, **OPTION}),
        ("smoke_test", {"url": f"{server.url()}/completion", "model": "x", "kind": "chat", **OPTION}),
        ("embedding", {"url": f"{server.url()}/OpenAI%27s-401", "input": ["x"], **OPTION}),
        ("deployment_info", {"deployment": "x", **OPTION, "order_by": "{{ option }}"}),
        ("deployment_info", {"deployment": "x", "secret_kye": "{{ option }}"}),
        ("model_info", {**OPTION, "api_url": f"http://127.0.0.1:{closed_port()}", "api_retries": 0}),
        ("node_type_info", {**OPTION, "api_url": f"https://127.0.0.1:{server.port}", "api_retries": 0}),
        ("acl_info", {"deployment": "chat", **at("429"), **V1BETA1}),
    ]
    shown = []
    for number, (module, options) in enumerate(tasks):
        name = f"saved_{number}"
        shown.append({f"scaleway.inference.{module}": options, "register": name, "ignore_errors": True})
    shown[-1]["vars"] = {"scaleway_inference_secret_key": "{{ variable }}"}
    shown[0] |= {"async": 60, "poll": 1}
    shown[2]["environment"] = {"SCW_SECRET_KEY": ""}  # which would come before the profile
    saved = "{{ " + " + ".join(f"[saved_{number}]" for number in range(len(tasks))) + " }}"
    keep = {"ansible.builtin.set_fact": {"kept": saved, "cacheable": True}}
    return [*shown, keep, {"ansible.builtin.debug": {"var": "kept"}}]


@pytest.mark.parametrize(
    ("api_version", "in_process"),
    [
        ("v1", True),
        pytest.param("v1", False, marks=pytest.mark.slow),
        pytest.param("v1beta1", True, marks=pytest.mark.slow),
        pytest.param("v1beta1", False, marks=pytest.mark.slow),
    ],
)
@pytest.mark.every_variant
def test_tasks_leave_no_secret(server: CannedServer, tmp_path: Path, api_version: str, in_process: bool) -> None:
    recorder = Recorder(tmp_path, f"{server.url()}/{api_version}", api_version=api_version)
    recorder.player.environ["ANSIBLE_CALLBACK_RESULT_FORMAT"] = "yaml" if in_process else "json"
    mode = f"scaleway_inference_in_process={in_process}"
    output, registered = recorder.play(failing(server), "-e", mode)
    assert "PLAY RECAP" in output
    by_tasks = [request.headers for request in server.requests]
    for name in ("option", "file", "variable"):
        assert any(GIVEN[name] in json.dumps(dict(headers)) for headers in by_tasks), name
    assert "********" in json.dumps(registered)
    # It did keep something.
    for part in ("log", "facts", "tree", "junit"):
        assert (recorder.left / part).exists(), part
    # What is searched for would be found there.
    planted = SECRETS.leaks(output + GIVEN["option"][:18])
    assert len(planted) == 1


@pytest.mark.slow
@pytest.mark.parametrize("api_version", ["v1beta1", "v1"])
@pytest.mark.parametrize("in_process", [True, False])
@pytest.mark.parametrize("playbook", ["deploy", "fleet", "decommission", "rollout", "smoke_test", "undo"])
def test_packaged_playbook_that_is_refused_leaves_no_secret(
    server: CannedServer, tmp_path: Path, playbook: str, in_process: bool, api_version: str
) -> None:
    recorder = Recorder(tmp_path, f"{server.url()}/403", api_version=api_version)
    recorder.player.environ.pop("SCW_SECRET_KEY")
    variables = {
        "scaleway_inference_secret_key": GIVEN["option"],
        "scaleway_inference_in_process": in_process,
        "deploy_name": "walk",
        "deploy_model": CHAT["model"],
        "deploy_node_type": "L4",
        "deploy_deployments": [{"name": "walk-1"}],
        "decommission_name": "walk",
        "decommission_confirmed": True,
        "rollout_from": "walk-1",
        "rollout_to": "walk-2",
        "smoke_test_deployment": "walk",
        "scaleway_inference_created": [{"name": "walk", "id": PROJECT, "region": "fr-par"}],
    }
    recorder.variables.write_text(json.dumps(variables), encoding="utf-8")
    path = Path(__file__).resolve().parents[2] / "playbooks" / f"{playbook}.yml"
    with ProcessList() as processes:
        played = recorder.player.play_file(path, "-vvvv", "--diff", "-e", f"@{recorder.variables}")
    recorder.expect_none(played.output, processes)
    assert played.code != 0, played.output[-2000:]
    # It wasn't refused before the key was sent.
    assert any(GIVEN["option"] in json.dumps(dict(request.headers)) for request in server.requests)


@pytest.mark.slow
def test_client_configuration_leaves_no_secret(tmp_path: Path) -> None:
    folder = tmp_path / "left" / "application"
    key = GIVEN["option"]
    with CannedServer() as server:
        recorder = Recorder(tmp_path, server.url())
        # It would have ansible-core show arguments and answers of its own modules.
        recorder.player.environ["ANSIBLE_DEBUG"] = "0"
        (tmp_path / "left" / "file").write_text("", encoding="utf-8")

        def configure(**options: Any) -> dict[str, Any]:
            variables = {
                "client_config_deployment": "chat",
                "client_config_endpoint": {"url": server.url(), "model": "vendor/model", "ca": ""},
                "client_config_dir": str(folder),
                "client_config_key": "{{ option }}",
                **options,
            }
            role = {"name": "scaleway.inference.client_config"}
            go_on = {"ansible.builtin.debug": {"msg": "it failed"}}
            return {"block": [{"ansible.builtin.include_role": role, "vars": variables}], "rescue": [go_on]}

        served = json_reply({"data": [{"id": f"no {key}"}, {"id": "other"}]})
        refused = Reply(401, b"no", reason=f"Unauthorized {key}")
        good = json_reply({"data": [{"id": "vendor/model"}]})
        server.answer(served, refused, good)
        unwritable = {
            "client_config_env_file": str(tmp_path / "left" / "file" / "x.env"),
            "client_config_validate": False,
        }
        with ProcessList() as processes:
            tasks = [configure(), configure(), configure(**unwritable), configure()]
            played = recorder.player.play(tasks, "-vvvv", "--diff", "-e", f"@{recorder.variables}")
    recorder.expect_none(played.output, processes, "openai.env")
    output = " ".join(played.output.split())
    assert "it serves no ********, other, not vendor/model" in output
    assert "Unauthorized ********" in output
    assert re.search(r"localhost can't write \S+/file/x.env: \w+", output)
    assert f"OPENAI_API_KEY={key}\n" in (folder / "openai.env").read_text(encoding="utf-8")


@pytest.mark.slow
def test_inventory_leaves_no_secret(server: CannedServer, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, f"{server.url()}/403")
    lister = Lister(tmp_path / "given", recorder.player)
    recorder.player.environ["ANSIBLE_DEBUG"] = "1"
    templated = "{{ lookup('ansible.builtin.file', '" + str(tmp_path / "given" / "key") + "') }}"
    (tmp_path / "given" / "key").write_text(GIVEN["option"], encoding="utf-8")
    cache = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(recorder.left / "inventory")}
    for name, options in {
        "403": {},
        "page-of-a-gateway": {},
        "a-success-of-another-form": {},
        "wrong": {"region": templated},
        "unknown": {"secret_kye": templated},
    }.items():
        given = {"secret_key": templated, "api_url": f"{server.url()}/{name}", "api_retries": 0, **cache, **options}
        source = lister.write(given, name=f"{name}.scaleway_inference.yml")
        with ProcessList() as processes:
            listed = lister.run("--list", "-vvvv", "-i", str(source))
        assert listed.code != 0, name
        recorder.expect_none(listed.output + listed.stderr, processes)
