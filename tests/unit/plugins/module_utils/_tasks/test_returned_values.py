# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every documented return value is accepted as the option that means the same."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    chat_completion,
    deployment,
    endpoint,
    fleet,
    model,
)
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

MODULES = Path(__file__).resolve().parents[5] / "plugins" / "modules"
MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
QUICK = {"creating": 1, "deploying": 1, "updating": 1, "preparing": 1, "downloading": 1}

# The options of each module that change nothing; each test replaces one of them by a returned value.
USES: dict[str, dict[str, Any]] = {
    "acl": {"deployment": "chat", "rules": ["192.0.2.0/24"]},
    "acl_info": {"deployment": "chat"},
    "chat_completion": {"deployment": "chat", "prompt": "Hello"},
    "deployment": {"name": "chat"},
    "deployment_certificate_info": {"deployment": "chat"},
    "deployment_info": {},
    "embedding": {"deployment": "vectors", "input": ["Hello"]},
    "endpoint": {"deployment": "chat", "public": True},
    "fleet": {"name": "support", "deployments": [{"name": "chat"}, {"name": "vectors"}]},
    "model": {"name": "own"},
    "model_info": {},
    "node_type_info": {},
    "smoke_test": {"deployment": "chat"},
}
VERSIONS = ("v1beta1", "v1")
ONLY_IN = {"acl": "v1beta1", "acl_info": "v1beta1", "model": "v1"}
# What the return values are about, by the last word on the way to them.
KINDS = {
    "deployment": "deployment",
    "deployments": "deployment",
    "endpoint": "endpoint",
    "endpoints": "endpoint",
    "rules": "rule",
    "model": "model",
    "models": "model",
    "node_types": "node_type",
}
# What the options of a module, and those of their lists, are about.
ABOUT = {
    ("deployment",): "deployment",
    ("deployment_info",): "deployment",
    ("endpoint",): "endpoint",
    ("fleet", "defaults"): "deployment",
    ("fleet", "deployments"): "deployment",
    ("model",): "model",
    ("model_info",): "model",
    ("node_type_info",): "node_type",
}
# Options that name another resource than the one that they belong to; an empty field stands for all of it.
REFERENCES = {
    "deployment": {("deployment", "id"), ("deployment", "name"), ("deployment", "")},
    "endpoint_id": {("endpoint", "id")},
    "model": {("deployment", "model"), ("deployment", "model_id"), ("model", "name"), ("model", "id"), ("model", "")},
    "node_type": {("deployment", "node_type"), ("node_type", "name"), ("node_type", "")},
    "project_id": {("deployment", "project_id")},
    "region": {("deployment", "region"), ("model", "region"), ("node_type", "region")},
    "url": {("endpoint", "url")},
}
# Options of a name that return values have too, and that mean something else, or can't be tried alone; and why.
OTHERS = {
    ("chat_completion", "messages"): "the message of an answer: a test of its own",
    ("endpoint", "public"): "goes with private_network_id: a test of its own",
    ("endpoint", "private_network_id"): "goes with public: a test of its own",
    ("endpoint", "disable_auth"): "goes with public: a test of its own",
    ("chat_completion", "disable_auth"): "goes with url",
    ("embedding", "disable_auth"): "goes with url",
    ("smoke_test", "disable_auth"): "goes with url",
    ("smoke_test", "kind"): "that of the answer: a test of its own",
    ("model", "id"): "only removes",
    ("fleet", "name"): "the name of the fleet, which nothing returns",
    ("fleet", "state"): "not that of a deployment",
    ("embedding", "model"): "answers by the deployed one only, as chat_completion",
    ("embedding", "deployment"): "as chat_completion, but only for one that makes vectors",
    ("embedding", "endpoint_id"): "as for deployment",
    ("embedding", "url"): "as for deployment",
    ("deployment_info", "private_ips"): "whether to return them",
}


def documents(module: str, name: str) -> dict[str, Any]:
    text = (MODULES / f"{module}.py").read_text(encoding="utf-8")
    found = re.search(rf'^{name} = r"""\n(.*?)^"""', text, re.DOTALL | re.MULTILINE)
    assert found
    documented: dict[str, Any] = yaml.safe_load(found[1])
    return documented


def returned(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The paths of all documented return values, except those of failures."""
    for name, value in values.items():
        if "fail" not in str(value.get("returned", "")):
            yield (*above, name), value["type"]
            yield from returned(value.get("contains") or {}, (*above, name))


def options(documented: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, option in documented.items():
        yield (*above, name)
        yield from options(option.get("suboptions") or {}, (*above, name))


def option_paths(module: str) -> list[tuple[str, ...]]:
    found = list(options(documents(module, "DOCUMENTATION")["options"], (module,)))
    fragment = importlib.import_module("ansible_collections.scaleway.inference.plugins.doc_fragments.model_request")
    if module in ("chat_completion", "embedding", "smoke_test"):
        shared = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]
        found += list(options(shared, (module,)))
    found += [(module, name) for name in ("project_id", "region")]
    return list(dict.fromkeys(found))


@dataclass
class World:
    """The resources in one version of the API, and all values that tasks returned, by their meaning."""

    runner: Runner
    values: dict[tuple[str, str], list[Any]]


MEANINGS = {
    (KINDS[path[-2]], path[-1])
    for name in USES
    for path, _type in returned(documents(name, "RETURN"))
    if len(path) > 1 and path[-2] in KINDS
}
WHOLE = {(kind, "") for kind in ("deployment", "endpoint", "rule", "model", "node_type")}


def sources(path: tuple[str, ...]) -> set[tuple[str, str]]:
    """The documented return values that mean the same as an option."""
    own = {(ABOUT[path[:-1]], path[-1])} if path[:-1] in ABOUT else set()
    if path[-1] == "rules" and path[0] != "acl_info":
        own = {("deployment", "rules")}
    if path[-1] == "deployments":
        own = {("deployment", "all")}
    known = MEANINGS | WHOLE | {("deployment", "rules"), ("deployment", "all")}
    return (own | REFERENCES.get(path[-1], set())) & known


CASES = [
    path
    for name in USES
    for path in option_paths(name)
    # The elements of lists are given back as wholes.
    if len(path) < 4 and path[-2] not in ("endpoints", "rules") and sources(path) and path not in OTHERS
]


@pytest.fixture(scope="module", params=VERSIONS)
def world(emulator_server: EmulatorServer, request: pytest.FixtureRequest) -> World:
    clock = ManualClock()
    emulator_server.reset(clock=clock, **QUICK, jitter=0)
    runner = Runner(emulator_server, clock, {"SCW_INFERENCE_API_VERSION": request.param, "HOME": "/nonexistent"})
    rules = [{"ip": "192.0.2.0/24", "description": "Office"}, {"ip": "127.0.0.0/8"}]
    made = runner.ok(
        fleet.TASK,
        name="support",
        defaults={"node_type": "L4", "tags": ["b", "a"], "accept_eula": True},
        deployments=[
            {
                "name": "chat",
                "model": MODEL,
                "endpoints": [{"public": True}, {"private_network_id": NETWORK, "disable_auth": True}],
                "rules": rules if request.param == "v1beta1" else None,
            },
            {"name": "vectors", "model": "baai/bge-multilingual-gemma2:fp32"},
        ],
    )
    if request.param == "v1":
        runner.ok(model.TASK, name="own", source_url="https://huggingface.co/a/b")
    found = World(runner, {("deployment", "all"): [[one["deployment"] for one in made["members"]]]})
    for name, use in USES.items():
        if ONLY_IN.get(name) in (None, request.param):
            result = runner.ok(importlib.import_module(f"{fleet.__package__}.{name}").TASK, **use)
            collect(found, result, dict(returned(documents(name, "RETURN"))))
            if name == "deployment_info":
                found.values["deployment", "all"].append(result["deployments"])
    runner.emulator.clear_journal()
    return found


def collect(world: World, result: Mapping[str, Any], documented: Mapping[tuple[str, ...], str]) -> None:
    """Sort the values of a result by their meaning."""

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, list) and documented[path] == "list":
            for one in value:
                walk(one, path)
            kind = KINDS.get(path[-2]) if len(path) > 1 else None
            kind = "deployment" if path[-1] == "rules" else kind
            if kind:
                keep((kind, path[-1]), value)
        elif isinstance(value, Mapping):
            if path[-1] in KINDS:
                keep((KINDS[path[-1]], ""), value)
            for key, one in value.items():
                if (*path, key) in documented:
                    walk(one, (*path, key))
        elif len(path) > 1 and path[-2] in KINDS:
            keep((KINDS[path[-2]], path[-1]), value)

    def keep(meaning: tuple[str, str], value: Any) -> None:
        kept = world.values.setdefault(meaning, [])
        if value not in kept:
            kept.append(value)

    for name, value in result.items():
        if (name,) in documented:
            walk(value, (name,))


def put(use: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The options with this one set; in a list of dictionaries, in the first one."""
    if len(path) == 1:
        return {**use, path[0]: value}
    inner = use.get(path[0])
    if isinstance(inner, list):
        return {**use, path[0]: [put(inner[0], path[1:], value), *inner[1:]]}
    return {**use, path[0]: put(inner or {}, path[1:], value)}


def of_chat(world: World, meaning: tuple[str, str], path: tuple[str, ...]) -> list[Any]:
    """The values of this meaning that belong to the deployment chat."""
    values = world.values.get(meaning, [])
    if path[0] in ("deployment_info", "model_info", "node_type_info") or meaning[1] == "all":
        return values
    chat = next(one for one in world.values["deployment", ""] if one["name"] == "chat")
    models = [one for one in world.values["model", ""] if one["name"] == MODEL]
    own = {"deployment": [chat], "model": models, "endpoint": chat["endpoints"]}
    if meaning[0] == "deployment" and meaning[1] == "rules":
        return [one for one in values if one]
    if path[0] == "model":
        own["model"] = [one for one in world.values["model", ""] if one["name"] == "own"]
    if meaning[0] == "node_type":
        own["node_type"] = [one for one in world.values["node_type", ""] if one["name"] == "L4"]
    if meaning[1] == "":
        return own[meaning[0]]
    return [one[meaning[1]] for one in own[meaning[0]]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "path"),
    [
        pytest.param(version, path, id=f"{version}-{'.'.join(path)}")
        for version in VERSIONS
        for path in CASES
        if ONLY_IN.get(path[0], version) == version and not (path[-1] == "rules" and version == "v1")
    ],
    indirect=["world"],
)
def test_returned_value_is_accepted_as_option(world: World, path: tuple[str, ...]) -> None:
    task = importlib.import_module(f"{fleet.__package__}.{path[0]}").TASK
    tried = 0
    world.runner.emulator.clear_journal()
    for meaning in sources(path):
        if path[0] in ("chat_completion", "smoke_test") and path[1:] == ("model",) and meaning[1] in ("id", "model_id"):
            # The server only knows the name of its model.
            continue
        for value in of_chat(world, meaning, path):
            use = put(USES[path[0]], path[1:], value)
            if "defaults" in path:
                use["deployments"] = use["deployments"][:1]
            if path[-1] in ("url", "endpoint_id") and path[0] in ("chat_completion", "smoke_test"):
                del use["deployment"]
            if path[-1] == "url" and value.startswith("https"):
                # Its certificate is the deployment's own.
                use["validate_certs"] = False
            if path == ("endpoint", "id"):
                del use["public"]
            assert world.runner.ok(task, **use)["changed"] is False, (meaning, value)
            tried += 1
    assert tried
    assert [one for one in world.runner.writes() if not one.startswith("POST /ifr/") and "/v1/" not in one] == []


def test_every_option_with_a_returned_name_is_tried_or_excluded() -> None:
    names = {path[-1] for name in USES for path, _type in returned(documents(name, "RETURN"))}
    tried = {*CASES, *OTHERS}
    for name in USES:
        for path in option_paths(name):
            if path[-1] in names and len(path) == 2 and path[-1] not in ("description", "model", "endpoints"):
                assert path in tried, path
    assert set(OTHERS) <= {path for name in USES for path in option_paths(name)}


@pytest.mark.parametrize("check_mode", [True, False])
def test_returned_endpoints_are_accepted_by_the_module(world: World, check_mode: bool) -> None:
    for one in of_chat(world, ("endpoint", ""), ("endpoint", "")):
        use = {name: one[name] for name in ("public", "private_network_id", "disable_auth")}
        assert not world.runner.ok(endpoint.TASK, deployment="chat", check_mode=check_mode, **use)["changed"]


def test_predicted_values_are_accepted_as_options(world: World) -> None:
    desired = {"name": "next", "model": MODEL, "node_type": "L4", "endpoints": [{"private_network_id": NETWORK}]}
    predicted = world.runner.ok(deployment.TASK, check_mode=True, **desired)["deployment"]
    again = world.runner.ok(fleet.TASK, check_mode=True, name="support", deployments=[predicted])
    assert again["members"][0]["steps"] == ["create deployment next"]
    desired["endpoints"] = predicted["endpoints"]
    assert world.runner.ok(deployment.TASK, check_mode=True, **desired)["changed"]


def test_message_of_an_answer_is_accepted_as_option(world: World) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    ask: dict[str, Any] = {"role": "user", "content": "Use weather"}
    answer = world.runner.ok(chat_completion.TASK, deployment="chat", messages=[ask], tools=tools)
    (said,) = (choice["message"] for choice in answer["response"]["choices"])
    assert said["tool_calls"]
    # As servers of today send them, too.
    said = {**said, "refusal": None, "audio": None, "reasoning_content": None, "function_call": None}
    result = {"role": "tool", "tool_call_id": said["tool_calls"][0]["id"], "content": "Sunny"}
    world.runner.emulator.clear_journal()
    world.runner.ok(chat_completion.TASK, deployment="chat", messages=[ask, said, result])
    (asked,) = (one.body for one in world.runner.emulator.journal() if one.path.endswith("/completions"))
    assert asked["messages"][1] == {"role": "assistant", "content": None, "tool_calls": said["tool_calls"]}


@pytest.mark.parametrize(
    ("task", "use", "expected"),
    [
        (deployment.TASK, {"endpoints": [{"public": True, "id": "x", "disabled_auth": True}]}, "disabled_auth"),
        (deployment.TASK, {"endpoints": [{"public": True, "href": "https://x"}]}, "href"),
        (fleet.TASK, {"deployments": [{"name": "chat", "status": "absent"}]}, "status"),
        (fleet.TASK, {"deployments": [{"name": "chat", "id": NETWORK, "stat": "absent"}]}, "stat"),
        (fleet.TASK, {"deployments": [{"id": NETWORK, "size": 2}]}, "size"),
        (fleet.TASK, {"deployments": [{"id": NETWORK, "status": "absent"}]}, "status"),
        (fleet.TASK, {"deployments": [{"name": "chat", "rules": [{"id": "x", "ip": "::1", "text": "x"}]}]}, "text"),
        (acl.TASK, {"deployment": "chat", "rules": [{"id": "x", "ip": "192.0.2.1", "adress": "x"}]}, "adress"),
    ],
)
def test_typo_is_still_an_error(world: World, task: Any, use: dict[str, Any], expected: str) -> None:
    use = {"name": "chat", **use} if task is not acl.TASK else use
    try:
        message = world.runner.failure(task, **use)["msg"]
    except AssertionError as refused_by_ansible:
        message = str(refused_by_ansible)
    assert expected in message
    assert "Supported parameters include" in message
