# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is in what any task returns or tells, however the service, a gateway or an endpoint gives it back."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from ansible_collections.scaleway.inference.plugins.module_utils._client import redaction
from ansible_collections.scaleway.inference.plugins.module_utils._client.redaction import HIDDEN, Redactor
from ansible_collections.scaleway.inference.plugins.module_utils._client.settings import Settings
from ansible_collections.scaleway.inference.plugins.module_utils._client.transport import Transport
from ansible_collections.scaleway.inference.plugins.module_utils._options.checks import shown_params, task_redactor
from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    acl,
    acl_info,
    chat_completion,
    deployment,
    deployment_certificate_info,
    deployment_info,
    embedding,
    endpoint,
    fleet,
    model,
    model_info,
    node_type_info,
    smoke_test,
)
from ansible_collections.scaleway.inference.tests.support.canned import (
    RESET,
    CannedServer,
    RecordedRequest,
    Reply,
    closed_port,
    raw_server,
)
from ansible_collections.scaleway.inference.tests.support.echoes import ANSWERS, Answer, sent_text
from ansible_collections.scaleway.inference.tests.support.secrets import PIECE, Secrets, encodings
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

PLUGINS = "ansible_collections.scaleway.inference.plugins."
CHAT: dict[str, Any] = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
KEY = "c7a1b2d3-9e8f-4a5b-8c6d-0f1e2d3c4b5a"
ACCESS_KEY = "SCWQ7ZK2M9X4V8T1B6N3"
#: A secret of a model's source with what is escaped somewhere, and a line break at its end as from a file.
SOURCE_SECRET = "hf_p@ss w\"rd/é\\%41<&>'\n"
SOURCE_URL = "https://some-user:glpat-Xy7Kq2Zr9Tb4@huggingface.co/x/y?token=hf_tok3n9Qz7&revision=main"
SECRETS = Secrets(
    key=KEY,
    access_key=ACCESS_KEY,
    source_secret=SOURCE_SECRET,
    source_password="glpat-Xy7Kq2Zr9Tb4",
    source_token="hf_tok3n9Qz7",
)
MODEL: dict[str, Any] = {"name": "coder", "source_url": SOURCE_URL, "source_secret": SOURCE_SECRET}

#: The options of each task that is about deployments or models, with which it writes if it can.
TASKS: list[tuple[TaskSpec, dict[str, Any]]] = [
    (deployment.TASK, {**CHAT, "name": "new"}),
    (fleet.TASK, {"name": "support", "deployments": [{**CHAT, "name": "new"}]}),
    (endpoint.TASK, {"deployment": "chat", "public": True, "disable_auth": True}),
    (acl.TASK, {"deployment": "chat", "rules": [{"ip": "192.0.2.0/24"}], "api_version": "v1beta1"}),
    (model.TASK, MODEL),
    (acl_info.TASK, {"deployment": "chat", "api_version": "v1beta1"}),
    (deployment_info.TASK, {"deployment": "chat"}),
    (deployment_certificate_info.TASK, {"deployment": "chat"}),
    (model_info.TASK, {}),
    (node_type_info.TASK, {}),
    (smoke_test.TASK, {"deployment": "chat"}),
    (chat_completion.TASK, {"deployment": "chat", "prompt": "Hello"}),
    (embedding.TASK, {"deployment": "chat", "input": ["a"]}),
]
#: The tasks that ask a model's server.
ASKING: list[tuple[TaskSpec, dict[str, Any]]] = [
    (smoke_test.TASK, {}),
    (chat_completion.TASK, {"prompt": "Hello"}),
    (chat_completion.TASK, {"prompt": "Hello", "stream": True}),
    (embedding.TASK, {"input": ["a"]}),
]


def _text(request: RecordedRequest) -> str:
    """What the request has, with the secrets that it sends."""
    source = [SOURCE_SECRET, SOURCE_URL] if b"huggingface" in request.body else []
    return sent_text(request, KEY, *source)


#: Answers of which nothing is shown.
NOTHING_TO_HIDE = ("a list", "connection that is cut", "cut off", "encoding", "pause", "stream that is cut")


@contextmanager
def echoing(runner: Runner, answer: Answer, *, only: str = "") -> Iterator[CannedServer]:
    """The service, but requests whose method is ``only`` (by default all) get the answer, with all that they have."""
    session = requests.Session()
    session.trust_env = False
    url = runner.emulator.url

    def reply(request: RecordedRequest) -> Reply:
        if only in ("", request.method) or (only == "write" and request.method != "GET"):
            return answer(_text(request))
        headers = {name: request.headers[name] for name in ("x-auth-token", "content-type") if name in request.headers}
        got = session.request(request.method, url + request.target, headers=headers, data=request.body, timeout=30)
        return Reply(got.status_code, got.content, {"Content-Type": got.headers.get("Content-Type", "")})

    with session, CannedServer() as server:
        server.answer_with(reply)
        runner.environ["SCW_API_URL"] = server.url()
        yield server


@pytest.fixture
def api_version() -> str:
    """The version that has all options of models."""
    return "v1"


@pytest.fixture
def runner(runner: Runner) -> Runner:
    """Runs tasks with the key of these tests; there is a deployment."""
    runner.emulator.reset(clock=runner.clock, secret_key=KEY)
    runner.environ |= {"SCW_SECRET_KEY": KEY, "SCW_ACCESS_KEY": ACCESS_KEY}
    runner.ok(deployment.TASK, **CHAT)
    return runner


def shown(runner: Runner, task: TaskSpec, modes: tuple[bool, ...] = (False, True), **options: Any) -> dict[str, Any]:
    """All that runs leave, without and with check mode: results, progress, the options as the invocation has them."""
    runner.progress.clear()
    options = {"api_retries": 1, **options}
    if "wait_timeout" in task.argument_spec:
        options["wait_timeout"] = 60
    found: dict[str, Any] = {}
    for check_mode in modes:
        given = {name: value for name, value in options.items() if name in task.argument_spec}
        found[f"check mode: {check_mode}"] = runner.run(task, check_mode=check_mode, **given)
        redactor = task_redactor(task.argument_spec, given, {**os.environ, **runner.environ})
        found["invocation"] = shown_params(task.argument_spec, given, redactor)
    return {**found, "progress": [*runner.progress]}


#: One of each kind; the others are slow.
FEW = ("400", "page of a gateway", "stream", "connection that is cut")
EACH_ANSWER = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in FEW else pytest.mark.slow) for name in ANSWERS]
)


@EACH_ANSWER
def test_no_task_shows_what_the_service_gives_back(runner: Runner, name: str) -> None:
    hidden = 0
    # Each task fails at its first request, in check mode as well; those that write fail at their first write, too.
    for only, modes, tasks in (("", (True,), TASKS), ("write", (False,), TASKS[:5])):
        with echoing(runner, ANSWERS[name], only=only) as server:
            for task, options in tasks:
                found = shown(runner, task, modes, **options)
                assert SECRETS.leaks_in_value(found) == [], (task.name, only)
                hidden += json.dumps(found).count(HIDDEN)
            assert any(KEY in request.headers.get("x-auth-token", "") for request in server.requests)
    assert hidden or name in NOTHING_TO_HIDE


@EACH_ANSWER
def test_no_task_shows_what_an_endpoint_gives_back(runner: Runner, name: str) -> None:
    for task, options in ASKING:
        with CannedServer() as server:
            server.answer_with(lambda request: ANSWERS[name](_text(request)))
            found = shown(runner, task, (False,), url=server.url(), request_timeout=20, **options)
            assert SECRETS.leaks_in_value(found) == [], task.name
            assert any(KEY in request.headers.get("authorization", "") for request in server.requests)


def test_no_task_shows_a_secret_when_nobody_answers(runner: Runner) -> None:
    refused, strange = f"http://127.0.0.1:{closed_port()}", f"HTTP/1.1 {KEY} {KEY}\r\n{KEY}".encode()
    with raw_server(strange) as port, CannedServer() as server:
        server.answer(RESET)
        for url in (refused, f"http://127.0.0.1:{port}", f"https://127.0.0.1:{server.port}", server.url()):
            runner.environ["SCW_API_URL"] = url
            for task, options in TASKS[4:8]:
                assert SECRETS.leaks_in_value(shown(runner, task, (False,), **options)) == [], (task.name, url)


#: By what is wrong: options and settings of a task, with a secret in a place where values are shown.
CONFUSED: dict[str, dict[str, Any]] = {
    "a key as the region": {"region": KEY},
    "a key as the project": {"project_id": f"{KEY}x"},
    "a key in the URL": {"api_url": f"https://api.test/?key={KEY}"},
    "a token in the URL": {"api_url": "https://api.test/?key=glpat-Xy7Kq2Zr9Tb4"},
    "a user in the URL": {"api_url": f"https://{ACCESS_KEY}:{KEY}@api.test"},
    "a key as the profile": {"profile": KEY},
    "a key as the file": {"config_file": f"/nonexistent/{KEY}"},
    "a key as the authority": {"ca_path": f"/nonexistent/{KEY}"},
    "a key with a line break": {"secret_key": f"{KEY}\n"},
    "a key with a space": {"secret_key": f"{KEY[:18]} {KEY[18:]}"},
    "a key as the version": {"SCW_INFERENCE_API_VERSION": KEY},
    "a key as a flag": {"SCW_INSECURE": KEY},
    "a key as a name": {"deployment": f"<{KEY}>"},
    "a time-out": {"api_timeout": -1},
}


@pytest.mark.parametrize("from_file", [False, True])
@pytest.mark.parametrize("name", CONFUSED)
def test_error_of_a_wrong_option_shows_no_secret(runner: Runner, name: str, from_file: bool, tmp_path: Any) -> None:
    if from_file and "config_file" in CONFUSED[name]:
        pytest.skip("there is no other file")
    wrong = dict(CONFUSED[name])
    if from_file:
        keys = {"api_url": "api_url", "region": "default_region", "project_id": "default_project_id"}
        lines = {keys[option]: wrong.pop(option) for option in [*wrong] if option in keys}
        lines |= {"secret_key": KEY, "access_key": ACCESS_KEY}
        (tmp_path / "scw.yaml").write_text(json.dumps(lines), encoding="utf-8")
        runner.environ |= {"SCW_CONFIG_PATH": str(tmp_path / "scw.yaml"), "SCW_SECRET_KEY": "", "SCW_ACCESS_KEY": ""}
        for variable in ("SCW_API_URL", "SCW_DEFAULT_REGION", "SCW_DEFAULT_PROJECT_ID"):
            runner.environ[variable] = ""
        if not lines.keys() & {"api_url"}:
            runner.environ["SCW_API_URL"] = runner.emulator.url
    runner.environ |= {key: wrong.pop(key) for key in [*wrong] if key.startswith("SCW_")}
    options = {"deployment": "chat", **wrong}
    found = shown(runner, deployment_info.TASK, (False,), **options)
    assert SECRETS.leaks_in_value(found["check mode: False"]) == []
    if not from_file:
        assert SECRETS.leaks_in_value(found) == []


def _lookup_error(*met: Any) -> None:
    raise KeyError(json.dumps([KEY, SOURCE_SECRET, ACCESS_KEY, met], default=str))


def _value_error(*_met: Any) -> None:
    int(f"{SOURCE_URL} {SOURCE_SECRET} {KEY}")


FAULTS: dict[str, Callable[..., None]] = {"what it met": _lookup_error, "a number": _value_error}


@pytest.mark.parametrize("fault", FAULTS)
def test_exception_of_the_code_shows_no_secret(runner: Runner, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    def broken(self: Transport, *arguments: Any, **more: Any) -> Any:
        try:
            FAULTS[fault](self, arguments, more)
        except Exception as error:
            raise OSError(22, f"no {KEY} either") from error

    monkeypatch.setattr(Transport, "request", broken)
    for task, options in TASKS:
        # Only the tasks with a secret source know the source's secret.
        given = {**options, **({} if task is model.TASK else {"api_url": runner.emulator.url})}
        with pytest.raises(RuntimeError, match=re.escape(HIDDEN)) as caught:
            runner.run(task, **given)
        text = "".join(traceback.format_exception(caught.value))
        known = SECRETS if task is model.TASK else Secrets(key=KEY, access_key=ACCESS_KEY)
        assert known.leaks(text) == [], task.name
        assert "in broken" in text


def test_no_object_shows_a_secret_in_its_representation(runner: Runner) -> None:
    leaks: list[str] = []
    seen: set[str] = set()

    def look(text: str) -> Reply:
        # A copy, as others are made meanwhile.
        for one in [*gc.get_objects()]:
            if (
                str(type(one).__module__).startswith(PLUGINS)
                and dataclasses.is_dataclass(one)
                and not isinstance(one, type)
            ):
                seen.add(type(one).__name__)
                leaks.extend(f"{type(one).__name__}: {leak}" for leak in SECRETS.leaks(repr(one)))
        return ANSWERS["403"](text)

    with echoing(runner, look, only="write"):
        refused = runner.failure(model.TASK, **MODEL, secret_key=KEY, access_key=ACCESS_KEY)
    assert refused["error"].get("status") == 403, refused
    assert seen
    with echoing(runner, look) as server:
        runner.run(chat_completion.TASK, url=server.url(), prompt="Hello")
    assert seen >= {"Prepared", "Settings", "Server", "Context"}
    assert leaks == []


@pytest.mark.parametrize("secret", ["a", "true", "7", "12", "none"])
def test_short_secret_garbles_nothing(runner: Runner, secret: str) -> None:
    expected = runner.ok(model_info.TASK)
    assert runner.ok(model_info.TASK, access_key=secret) == expected
    failed = runner.failure(model.TASK, name="coder", source_url="ftp://x/y/a-true-7", source_secret=secret)
    assert HIDDEN not in failed["msg"]


# The tests can fail


PLANTED: dict[str, tuple[Any, str, Any]] = {
    "nothing is hidden": (Redactor, "text", lambda _self, text: text),
    "only whole secrets are": (Redactor, "_without_pieces", lambda _self, text: text),
    "only the plain secret is": (redaction, "_spellings", lambda secret: iter([secret])),
    "the key of the file isn't": (Settings, "secrets", lambda _self: []),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_planted_leak_is_found(runner: Runner, monkeypatch: pytest.MonkeyPatch, planted: str, tmp_path: Any) -> None:
    (tmp_path / "scw.yaml").write_text(json.dumps({"secret_key": KEY}), encoding="utf-8")
    runner.environ |= {"SCW_CONFIG_PATH": str(tmp_path / "scw.yaml"), "SCW_SECRET_KEY": ""}
    monkeypatch.setattr(*PLANTED[planted])
    leaks: list[str] = []
    for name in ("400", "page of a gateway"):
        with echoing(runner, ANSWERS[name]):
            found = shown(runner, deployment_info.TASK, (False,), deployment="chat")
            leaks += SECRETS.leaks_in_value(found)
    assert leaks


def test_planted_representation_and_exception_are_found(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "__repr__", lambda self: f"Settings({self.secret_key})")
    monkeypatch.setattr(Redactor, "check_exception", lambda _self, _error: None)
    with pytest.raises(AssertionError, match="key"):
        test_no_object_shows_a_secret_in_its_representation(runner)
    with pytest.raises(OSError, match=KEY):
        test_exception_of_the_code_shows_no_secret(runner, monkeypatch, "what it met")


def test_search_finds_each_encoding_and_each_piece() -> None:
    for secret in (KEY, SOURCE_SECRET):
        searched = Secrets(one=secret)
        for name, text in encodings(secret).items():
            assert searched.leaks(f"before{text}after"), name
            assert searched.leaks(text[:PIECE]), name
            assert searched.leaks(f"  {text[-PIECE:]}"), name
            assert not searched.leaks(text[: PIECE - 1])
    assert Secrets(short="hunter2").leaks("is hunter2, or")
