# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With any options, an action ends with a result or an error that names them, and wrong options cause no request."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._options import normalize
from ansible_collections.scaleway.inference.plugins.module_utils._options.shape import TOO_DEEP, UNREADABLE
from ansible_collections.scaleway.inference.plugins.plugin_utils import _in_process
from ansible_collections.scaleway.inference.tests.support.actions import run_action
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, json_reply
from ansible_collections.scaleway.inference.tests.support.client import NO_ENVIRONMENT, SECRET_KEY
from ansible_collections.scaleway.inference.tests.support.hostile_values import (
    KEYS,
    LONG,
    deep,
    option_and_value,
    set_option,
    surely_wrong,
    timed,
)
from ansible_collections.scaleway.inference.tests.support.module_runs import run_module
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.task_specs import TASKS

CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
ASK: dict[str, Any] = {"deployment": "chat", "prompt": "Hello"}
FLEET: dict[str, Any] = {"name": "f", "deployments": [CHAT]}


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def _no_settings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith("SCW_")]:
            patch.delenv(name)
        patch.setenv("HOME", NO_ENVIRONMENT["HOME"])
        yield


#: The least that each task needs, so that a hostile value is the only thing that is wrong.
BASES: dict[str, dict[str, Any]] = {
    "acl": {"deployment": "chat", "rules": [{"ip": "192.0.2.1"}]},
    "acl_info": {"deployment": "chat"},
    "chat_completion": ASK,
    "deployment": CHAT,
    "deployment_certificate_info": {"deployment": "chat"},
    "embedding": {"deployment": "chat", "input": ["Hello"]},
    "endpoint": {"deployment": "chat", "public": True},
    "fleet": {**FLEET, "defaults": {"min_size": 1}},
    "model": {"name": "own", "source_url": "https://huggingface.co/a/b", "api_version": "v1"},
    "smoke_test": {"deployment": "chat"},
}


def run_hostile(server: CannedServer, name: str, options: dict[Any, Any], *, check_mode: bool = False) -> str:
    """The message of a run by the action, empty if it didn't fail; the service answers 404 to everything."""
    server.answer(json_reply({"type": "not_found", "resource": "x", "resource_id": "y"}, 404))
    known = {"secret_key": SECRET_KEY, "project_id": SECRET_KEY, "api_retries": 0, "api_url": server.url()}
    result = timed(lambda: run_action(name, {**known, **options}, check_mode=check_mode))
    json.dumps(result, ensure_ascii=False).encode("utf-8")
    message = str(result.get("msg", "")) if result.get("failed") else ""
    assert len(message) < 4_000
    return message


@pytest.mark.parametrize("name", TASKS)
@expensive(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_of_an_option_ends_in_a_result_or_an_error_that_names_it(
    canned: CannedServer, name: str, data: st.DataObject
) -> None:
    """What surely is wrong is named before any request. Values are made from the argument spec, for new options too."""
    spec, base = TASKS[name].argument_spec, BASES.get(name, {})
    path, option, value = data.draw(option_and_value(spec))
    check_mode = data.draw(st.booleans())
    message = run_hostile(canned, name, set_option(spec, base, path, value), check_mode=check_mode)
    if surely_wrong(path[-1], option, value):
        assert set(path) & set(re.findall("[a-z_]+", message)), message
        assert canned.requests == []


@pytest.mark.parametrize("name", TASKS)
@expensive(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_values_of_options_end_in_a_result_or_an_error(
    canned: CannedServer, name: str, data: st.DataObject
) -> None:
    spec = TASKS[name].argument_spec
    options: dict[Any, Any] = dict(BASES.get(name, {}))
    for _number in range(data.draw(st.integers(0, 4))):
        path, _option, value = data.draw(option_and_value(spec))
        options = set_option(spec, options, path, value)
    if data.draw(st.booleans()):
        options[data.draw(st.sampled_from(KEYS))] = 1
    run_hostile(canned, name, options)


@pytest.mark.parametrize("name", TASKS)
@expensive(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(data=st.data())
def test_both_execution_modes_refuse_the_same(canned: CannedServer, name: str, data: st.DataObject) -> None:
    spec, base = TASKS[name].argument_spec, BASES.get(name, {})
    path, _option, value = data.draw(
        option_and_value(spec).filter(lambda drawn: surely_wrong(drawn[0][-1], *drawn[1:]))
    )
    try:
        sent = json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        sent = None
    if sent != value:
        # Such values don't reach a module, or as others: JSON makes texts of keys.
        return
    options = {**base, "secret_key": SECRET_KEY, "project_id": SECRET_KEY, "api_url": canned.url(), "api_retries": 0}
    options = set_option(spec, options, path, value)
    here = run_hostile(canned, name, options)
    result = timed(lambda: run_module(name, options))
    assert result["failed"]
    assert canned.requests == []
    # From some depth or length on, Python can't read the options.
    assert result["msg"] in (here, TOO_DEEP, UNREADABLE)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        # Ansible would make ten billion digits of these.
        (
            "deployment",
            {**CHAT, "min_size": "1e9999999999"},
            "min_size: '1e9999999999' can't be used, expected a whole",
        ),
        ("deployment", {**CHAT, "min_size": "1" * 1_000_000}, "min_size: '1111"),
        ("deployment", {**CHAT, "min_size": [0, (1,), 999_999_999]}, "min_size: "),
        ("deployment", {**CHAT, "min_size": float("inf")}, "min_size: inf can't be used"),
        ("deployment", {**CHAT, "min_size": True}, "min_size: true is a boolean, not a number"),
        ("deployment", {**CHAT, "api_version": 10**5000}, "api_version: a number of so many digits can't be used"),
        ("deployment", {**CHAT, "api_timeout": 10**400}, "api_timeout: 1000"),
        ("fleet", {"name": "f", "deployments": [{**CHAT, "max_size": "1e999999999"}]}, "max_size: '1e999999999' can't"),
        # Python can't recurse into these.
        ("deployment", {**CHAT, "name": deep(1000)}, "name: is nested deeper than 64 levels"),
        ("deployment", {**CHAT, "unknown": deep(1000)}, "unknown: is nested deeper than 64 levels"),
        ("acl", {"deployment": "x", "rules": deep(5000)}, "rules: is nested deeper than 64 levels"),
        ("acl", {"deployment": "x", "rules": [], "api_version": deep(1000)}, "api_version: is nested deeper"),
        ("chat_completion", {**ASK, "response_format": '{"a":' * 500 + "1" + "}" * 500}, "response_format: is nested"),
        ("chat_completion", {**ASK, "tools": [{"a": deep(500)}]}, "tools: is nested deeper"),
        # These took seconds.
        ("deployment", {**CHAT, "secret_key": LONG}, "secret_key: has 1000000 characters, and may have 8000 at most"),
        ("acl", {"deployment": "x", "rules": ["192.0.2.1"] * 50_000}, "rules: has 50000 elements"),
        ("chat_completion", {"deployment": "x", "messages": [{"role": "user"}] * 200_000}, "messages: holds more than"),
        ("fleet", {"name": "f", "deployments": [CHAT] * 20_000}, "20000 entries are more than the 200"),
        (
            "deployment",
            {**CHAT, "wait_timeout": [{}] * 100_000},
            "wait_timeout: a list is no number; give a whole number",
        ),
        (
            "node_type_info",
            {"api_timeout": {str(at): at for at in range(20_000)}},
            "api_timeout: a dictionary is no number",
        ),
        ("fleet", {**FLEET, "purge": ["x"] * 100_000}, "purge: a list is no boolean; give true or false"),
        # These went into a request.
        ("deployment", {**CHAT, "name": ["a", "b"]}, "name: a list is no text; give a text"),
        ("deployment", {**CHAT, "node_type": {"a": 1}}, "node_type: a dictionary is no text"),
        ("deployment", {**CHAT, "tags": ["a", ["b"]]}, "tags[1]: a list is no text"),
        ("deployment_info", {"deployment": LONG}, "deployment: has 1000000 characters"),
        # Ansible repeated all of these.
        ("deployment", {**CHAT, "state": "x" * 8000}, "value of state must be one of: present, absent, got: xxx"),
        ("deployment", {**CHAT, "wait": LONG}, "'wait' is of type"),
        ("deployment", {**CHAT, LONG: 1}, "Unsupported parameters for (scaleway.inference.deployment) module: xxx"),
        ("deployment", {**CHAT, "state": "\x1b[2J"}, "got: \\x1b[2J"),
        # This was taken for the list of a fleet.
        ("deployment", {**CHAT, "": 1}, "Unsupported parameters"),
    ],
    ids=range(30),
)
def test_hostile_value_is_named_at_once(
    canned: CannedServer, name: str, options: dict[str, Any], expected: str
) -> None:
    message = run_hostile(canned, name, options)
    assert expected in message
    assert len(message) < 2_100
    assert canned.requests == []


def test_long_texts_for_models_are_sent(canned: CannedServer) -> None:
    """Where only a model knows what is too long, nothing is refused."""
    for options in ({"prompt": LONG}, {"messages": [{"role": "user", "content": LONG}] * 3}):
        assert "doesn't exist in this region" in run_hostile(canned, "chat_completion", {"deployment": "x", **options})
        assert canned.requests != []


def test_properties_see_options_that_nothing_checks(canned: CannedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the checks, the properties above fail."""
    monkeypatch.setattr(normalize, "check_shape", lambda *_args: None)
    assert surely_wrong("deployment", {"type": "str"}, "x" * 60_000)
    assert "deployment: has" not in run_hostile(canned, "deployment_info", {"deployment": "x" * 60_000})
    assert canned.requests != []
    monkeypatch.setattr(_in_process, "check_nesting", lambda *_args: None)
    with pytest.raises(RecursionError):
        run_hostile(canned, "deployment", {**CHAT, "name": deep(1000)})
