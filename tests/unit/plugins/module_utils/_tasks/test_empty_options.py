# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty option counts as not given: every option of every task gives the same result empty and left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import OptionError
from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment, fleet
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.task_specs import TASKS
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.server import EmulatorServer

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
CHAT: dict[str, Any] = {"name": "chat", "model": MODEL, "node_type": "L4"}
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
UNKNOWN = "11111111-2222-4333-8444-555555555555"
QUICK = {"creating": 2, "deploying": 2, "updating": 2, "deleting": 2}

# Options that tell by an empty text or null something else than by being left out, and why.
EXCEPTIONS = {
    ("fleet", ("max_deletions",)): "with state: absent, leaving it out lifts the limit; an empty one is refused",
    ("acl", ("rules", "description")): "an empty text is a description that says nothing; left out, it stays as it is",
    ("deployment", ("rules", "description")): "as for acl",
    ("fleet", ("deployments", "rules", "description")): "as for acl",
    ("fleet", ("defaults", "rules", "description")): "as for acl",
}
# What each task is run with; the option in question is then set, and in the other run left out.
USES: dict[str, list[dict[str, Any]]] = {
    "deployment": [
        {**CHAT, "on_immutable_change": "recreate", "endpoints": [{"public": True}], "rules": [{"ip": "192.0.2.1"}]},
        {"name": "chat", "state": "absent", "wait": True},
    ],
    "fleet": [
        {
            "name": "support",
            "deployments": [{**CHAT, "endpoints": [{"public": True}], "rules": [{"ip": "192.0.2.1"}]}, {"name": "b"}],
            "defaults": {
                "model": MODEL,
                "node_type": "L4",
                "on_immutable_change": "recreate",
                "endpoints": [{"public": True}],
                "rules": [{"ip": "192.0.2.1"}],
            },
            "purge": True,
        },
        {"name": "support", "state": "absent"},
    ],
    "endpoint": [
        {"deployment": "chat", "private_network_id": NETWORK},
        {"deployment": "chat", "public": True, "disable_auth": True},
    ],
    "acl": [{"deployment": "chat", "rules": [{"ip": "192.0.2.1"}]}],
    "acl_info": [{"deployment": "chat"}],
    "deployment_info": [{"deployment": "chat"}, {"tags": ["x"]}, {"deployment": UNKNOWN}],
    "deployment_certificate_info": [{"deployment": "chat"}],
    "model": [
        {"name": "own", "source_url": "https://huggingface.co/a/b"},
        {"name": "own", "state": "absent"},
        {"id": UNKNOWN, "state": "absent"},
    ],
    "model_info": [{"model": MODEL}, {"node_type": "L4"}, {"model": UNKNOWN}],
    "node_type_info": [{"name": "L4"}],
    "chat_completion": [{"deployment": "chat", "prompt": "Hello"}, {"deployment": "chat", "messages": []}],
    "embedding": [{"deployment": "chat", "input": ["Hello", ""]}],
    "smoke_test": [{"deployment": "chat"}],
}


def paths(spec: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, option in spec.items():
        yield (*above, name)
        yield from paths(option.get("options") or {}, (*above, name))


# The versions of the API in which there are differences; elsewhere the default one.
VERSIONS = {"deployment": ("v1beta1", "v1"), "fleet": ("v1beta1", "v1"), "model": ("v1",)}


def cases() -> Iterator[Any]:
    """Each option of each task; options that all tasks have, for one task only."""
    for name, task in TASKS.items():
        spec = task.argument_spec if name == "deployment_info" else task.options
        for use, options in enumerate(USES[name]):
            for path in paths(spec):
                reachable = len(path) == 1 or options.get(path[0])
                if reachable and (name, path) not in EXCEPTIONS:
                    for version in VERSIONS.get(name, ("v1beta1",)):
                        yield pytest.param(version, task, options, path, id=f"{version}-{name}-{use}-{'.'.join(path)}")


def put(options: Any, path: tuple[str, ...], value: Any, *, leave_out: bool = False) -> Any:
    """The options with this one set, or left out, in every element of the lists on its path."""
    if isinstance(options, list):
        return [put(one, path, value, leave_out=leave_out) for one in options]
    first, *rest = path
    if rest:
        inner = options.get(first)
        return options if inner is None else {**options, first: put(inner, tuple(rest), value, leave_out=leave_out)}
    kept = {key: one for key, one in options.items() if key != first}
    return kept if leave_out else {**kept, first: value}


def outcome(task: TaskSpec, options: dict[str, Any], runner: Runner) -> tuple[Any, ...]:
    """The result, the message and the requests of a run in check mode."""
    runner.emulator.clear_journal()
    checked = ArgumentSpecValidator(task.argument_spec, **task.rules()).validate(task.given_options(options))
    if checked.error_messages:
        return tuple(checked.error_messages), ()
    result = runner.run(task, check_mode=True, **options)
    # What differs between any two runs.
    message = re.sub(r"(?<=request ID )[0-9a-f-]{36}", "", result.get("msg", ""))
    result = {key: value for key, value in result.items() if key not in ("latency", "response", "error", "msg")}
    asked = [(one.method, one.path, one.query, one.body) for one in runner.emulator.journal()]
    return result, message, asked


@pytest.fixture(scope="module")
def prepared(emulator_server: EmulatorServer) -> dict[str, Runner]:
    """A runner per API version, with a ready deployment and a stopped clock; check mode changes nothing."""
    clock = ManualClock()
    emulator_server.reset(clock=clock, **QUICK)
    runners = {
        version: Runner(emulator_server, clock, {"SCW_INFERENCE_API_VERSION": version, "HOME": "/nonexistent"})
        for version in ("v1beta1", "v1")
    }
    runners["v1beta1"].ok(fleet.TASK, name="support", defaults=CHAT_DEFAULTS, deployments=[{"name": "chat"}])
    return runners


CHAT_DEFAULTS = {"model": MODEL, "node_type": "L4"}


@pytest.mark.slow
@pytest.mark.parametrize(("version", "task", "options", "path"), list(cases()))
def test_empty_option_equals_a_missing_one(
    prepared: dict[str, Runner], version: str, task: TaskSpec, options: dict[str, Any], path: tuple[str, ...]
) -> None:
    runner = prepared[version]
    without = outcome(task, put(options, path, None, leave_out=True), runner)
    for empty in ("", None, ["", None], [""]):
        is_list = isinstance(empty, list)
        if is_list and (path[-1] in ("input", "messages", "stop") or not _takes_lists(task.argument_spec, path)):
            continue
        assert outcome(task, put(options, path, empty), runner) == without, repr(empty)


def _takes_lists(spec: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    first, *rest = path
    option = spec[first]
    return _takes_lists(option["options"], tuple(rest)) if rest else option.get("type") == "list"


def test_exceptions_exist() -> None:
    for name, path in EXCEPTIONS:
        assert path in set(paths(TASKS[name].argument_spec))
    assert set(USES) == set(TASKS)


# What hurt


@pytest.mark.parametrize("option", ["node_type", "model", "name"])
@pytest.mark.parametrize("empty", ["", None])
def test_no_healthy_deployment_is_recreated(runner: Runner, option: str, empty: str | None) -> None:
    runner.emulator.configure(**QUICK)
    made = runner.ok(deployment.TASK, **CHAT)["deployment"]
    runner.emulator.clear_journal()
    asked = {"name": "chat", "id": made["id"], "on_immutable_change": "recreate", option: empty}
    assert not runner.ok(deployment.TASK, **asked)["changed"]
    entry = {"deployments": [{"name": "chat"}], "defaults": {"on_immutable_change": "recreate", option: empty}}
    if option != "name":
        runner.ok(fleet.TASK, name="support", **entry)
    assert [one for one in runner.writes() if not one.startswith("PATCH")] == []


def test_a_fleet_is_not_deleted_by_an_empty_list(runner: Runner) -> None:
    runner.emulator.configure(**QUICK)
    runner.ok(fleet.TASK, name="support", deployments=[CHAT])
    runner.emulator.clear_journal()
    message = runner.failure(fleet.TASK, name="support", deployments=[], purge=True)["msg"]
    assert "deployments: is empty" in message
    assert "state: absent" in message
    for empty in ("", None):
        message = runner.failure(fleet.TASK, name="support", state="absent", max_deletions=empty)["msg"]
        assert "max_deletions: is empty" in message
    assert runner.requests() == []
    assert not runner.ok(fleet.TASK, name="support", deployments=[])["changed"]


@pytest.mark.parametrize("defaults", ['{"node_type": "", "on_immutable_change": "recreate"}', "node_type= model="])
def test_dictionaries_written_as_text(runner: Runner, defaults: str) -> None:
    runner.emulator.configure(**QUICK)
    runner.ok(fleet.TASK, name="support", deployments=[CHAT])
    runner.emulator.clear_journal()
    entry = '{"name": "chat", "model": "", "node_type": null, "on_immutable_change": "recreate"}'
    assert not runner.ok(fleet.TASK, name="support", deployments=[entry], defaults=defaults)["changed"]
    assert runner.writes() == []


# The rule itself

EMPTY = st.sampled_from(("", None))
texts = st.one_of(EMPTY, st.text(alphabet="ab,", max_size=3))


@given(st.one_of(texts, st.lists(texts, max_size=4)))
def test_tags(tags: Any) -> None:
    task = deployment.TASK
    found = task.given_options({"name": "chat", "tags": tags}).get("tags")
    items = tags.split(",") if isinstance(tags, str) else tags
    if tags == []:
        assert found == []
    elif not items or not any(items):
        assert found is None
    else:
        assert found == [item for item in items if item]


def test_content_is_kept() -> None:
    acl, chat, embedding = TASKS["acl"], TASKS["chat_completion"], TASKS["embedding"]
    rules = [{"ip": "192.0.2.1", "description": ""}, {"ip": "", "description": None}]
    assert acl.given_options({"rules": rules})["rules"] == [{"ip": "192.0.2.1", "description": ""}, {}]
    messages = [{"role": "user", "content": ""}, {"role": "tool", "content": None}]
    assert chat.given_options({"messages": messages, "stop": ["", "a"]}) == {"messages": messages, "stop": ["", "a"]}
    assert embedding.given_options({"input": ["", "a"]}) == {"input": ["", "a"]}
    with pytest.raises(OptionError):
        fleet.TASK.prepare({"state": "absent", "max_deletions": ""})
