# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(chat_completion): the endpoint and model that it asks, the requests, and the results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.chat_completion import TASK
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, Reply, closed_port, json_reply
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
NETWORKS = ("0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c11", "0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c12")
NOBODY = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
YES = json_reply({"model": MODEL, "choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]})


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        server.answer(YES)
        yield server


def deploy(runner: Runner, *endpoints: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Create a deployment named chat, by default ready and with a public endpoint; return it."""
    given = {"name": "chat", "model": MODEL, "node_type": "L4", "endpoints": list(endpoints) or None, **options}
    made: dict[str, Any] = runner.ok(deployment.TASK, **given)["deployment"]
    runner.emulator.clear_journal()
    return made


def private(network: int = 0) -> dict[str, Any]:
    return {"private_network_id": NETWORKS[network]}


# Which endpoint, which model


@pytest.mark.parametrize("by", ["name", "id"])
def test_deployment_answers_at_its_public_endpoint(runner: Runner, by: str) -> None:
    made = deploy(runner, {"public": True}, private())
    result = runner.ok(TASK, deployment=made[by], prompt="Are you there?")
    public = next(one for one in made["endpoints"] if one["public"])
    assert (result["url"], result["model"], result["changed"]) == (public["url"], MODEL, False)
    assert isinstance(result["content"], str)
    assert result["finish_reason"] == "stop"
    assert result["tool_calls"] == []
    assert result["usage"]["total_tokens"] > result["usage"]["prompt_tokens"] > 0
    assert result["response"]["choices"][0]["message"]["content"] == result["content"]
    assert isinstance(result["latency"], float)
    assert "diff" not in result


def test_only_private_endpoint_is_verified_by_the_deployments_authority(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = deploy(runner, private())
    result = runner.ok(TASK, deployment="chat", prompt="Are you there?")
    assert result["url"] == made["endpoints"][0]["url"]
    assert result["url"].startswith("https://")
    assert f"GET /deployments/{made['id']}/certificate" in runner.requests()
    failure = runner.failure(TASK, url=result["url"], prompt="Are you there?", api_retries=0)
    for part in ("can't be verified: its authority", "name the right authority with ca_path"):
        assert part in failure["msg"]


@pytest.mark.parametrize("given", ["only", "with the deployment"])
def test_endpoint_is_chosen_by_its_id(runner: Runner, given: str) -> None:
    made = deploy(runner, {"public": True}, private())
    endpoint = next(one for one in made["endpoints"] if not one["public"])
    named = {} if given == "only" else {"deployment": "chat"}
    result = runner.ok(TASK, **named, endpoint_id=endpoint["id"].upper(), prompt="Are you there?")
    assert result["url"] == endpoint["url"]


def test_two_private_endpoints_require_a_choice(runner: Runner) -> None:
    made = deploy(runner, private(0), private(1))
    message = runner.failure(TASK, deployment="chat", prompt="x")["msg"]
    for part in ("Choose one with endpoint_id", *NETWORKS, *(one["id"] for one in made["endpoints"])):
        assert part in message


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"deployment": "chat", "endpoint_id": NOBODY}, "deployment 'chat' has no endpoint"),
        ({"endpoint_id": NOBODY}, "no deployment in fr-par has the endpoint"),
        ({"endpoint_id": "public"}, "endpoint_id: 'public' isn't an ID"),
        ({"deployment": "other"}, "there is no deployment 'other' in fr-par"),
        ({"deployment": NOBODY}, f"there is no deployment with the ID {NOBODY}"),
        ({"deployment": "chat", "source_address": "eth0"}, "source_address: 'eth0' isn't an address"),
        ({"deployment": "chat", "request_timeout": 0}, "request_timeout must be a number of seconds above 0"),
        ({"url": "http://inference.example"}, "url must begin with https://"),
        ({"url": "https://me:pass@inference.example"}, "url (from option url) holds a user or a password"),
        ({"url": "inference.example"}, "url must look like https://"),
    ],
)
def test_error_says_why_an_endpoint_can_not_be_asked(runner: Runner, options: dict[str, Any], expected: str) -> None:
    deploy(runner)
    assert expected in runner.failure(TASK, **options, prompt="x")["msg"]


def test_error_about_another_model_names_the_deployed_one(runner: Runner) -> None:
    deploy(runner)
    result = runner.failure(TASK, deployment="chat", model="meta/llama", prompt="x")
    assert f"doesn't serve the model 'meta/llama'; choose one of those that it does: {MODEL}" in result["msg"]
    assert (result["error"]["status"], result["error"]["served"]) == (404, [MODEL])


# Whether it may


def test_key_is_sent_only_where_it_is_needed(runner: Runner, canned: CannedServer) -> None:
    key = f"Bearer {runner.emulator.secret_key}"
    for options, sent in (({}, key), ({"disable_auth": False}, key), ({"disable_auth": True}, None)):
        canned.answer(YES)
        runner.ok(TASK, url=canned.url(), **options, model="m", prompt="x")
        assert [seen.headers.get("authorization") for seen in canned.requests] == [sent]


def test_endpoint_without_authentication_gets_no_key(runner: Runner) -> None:
    deploy(runner, {"public": True, "disable_auth": True})
    assert runner.ok(TASK, deployment="chat", prompt="x")["content"]
    seen = [one for one in runner.emulator.journal() if one.path.endswith("/v1/chat/completions")]
    assert len(seen) == 1
    assert runner.emulator.secret_key not in str(seen[0])


def test_wrong_key_is_an_error_that_does_not_show_it(runner: Runner) -> None:
    made = deploy(runner)
    key = "11111111-aaaa-4bbb-8ccc-222222222222"
    result = runner.failure(TASK, url=made["endpoints"][0]["url"], model=MODEL, prompt="x", secret_key=key)
    assert "the endpoint refused the secret key" in result["msg"]
    assert (result["error"]["status"], result["error"]["route"]) == (401, "POST /v1/chat/completions")
    assert key not in json.dumps(result)


def test_missing_key_is_an_error(runner: Runner) -> None:
    url = deploy(runner)["endpoints"][0]["url"]
    result = runner.failure(TASK, url=url, disable_auth=True, model=MODEL, prompt="x")
    assert "asks for a key" in result["msg"]
    assert "disable_auth" in result["msg"]


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_access_rule_admits_by_source_address(runner: Runner) -> None:
    deploy(runner)
    runner.ok(acl.TASK, deployment="chat", rules=[{"ip": "127.0.0.2"}])
    assert runner.ok(TASK, deployment="chat", prompt="x", source_address="127.0.0.2")["content"]
    result = runner.failure(TASK, deployment="chat", prompt="x", source_address="127.0.0.3")
    for part in ("127.0.0.3", "no access rule", "scaleway.inference.acl"):
        assert part in result["msg"]
    assert "lacks a permission" not in result["msg"]
    assert result["error"]["status"] == 403


# When it isn't ready


@pytest.mark.real_durations
def test_deployment_that_is_not_ready_is_not_asked(runner: Runner, clock: ManualClock) -> None:
    made = deploy(runner, wait=False)
    for status, seconds in (("creating", 0), ("deploying", 541)):
        clock.advance(seconds)
        message = runner.failure(TASK, deployment="chat", prompt="x")["msg"]
        assert f"isn't ready yet: it is {status}. Wait for it with scaleway.inference.deployment" in message
    assert not any("/v1/chat" in one for one in runner.requests())
    clock.advance(481)
    assert runner.ok(TASK, deployment="chat", prompt="x")["content"]
    runner.emulator.force_status(made["id"], "error", "out of memory")
    assert "its status is error: out of memory" in runner.failure(TASK, deployment="chat", prompt="x")["msg"]


def test_check_mode_asks_the_model_too(runner: Runner) -> None:
    deploy(runner)
    asked, checked = (runner.ok(TASK, deployment="chat", prompt="x", check_mode=check) for check in (False, True))
    assert (checked["content"], checked["usage"]) == (asked["content"], asked["usage"])


def test_check_mode_skips_a_predicted_deployment(runner: Runner) -> None:
    result = runner.ok(TASK, deployment="chat", prompt="x", check_mode=True)
    assert (result["skipped"], result["changed"]) == (True, False)
    assert "Nothing to ask in check mode: deployment: there is no deployment 'chat'" in result["msg"]
    made = deploy(runner, wait=False)
    assert "it is creating" in runner.ok(TASK, deployment="chat", prompt="x", check_mode=True)["msg"]
    runner.emulator.force_status(made["id"], "error")
    assert runner.run(TASK, deployment="chat", prompt="x", check_mode=True)["failed"]


def test_busy_model_is_asked_again(runner: Runner, canned: CannedServer) -> None:
    canned.answer(Reply(503), Reply(429), YES)
    assert runner.ok(TASK, url=canned.url(), model="m", prompt="x")["content"] == "Yes."
    assert (len(canned.requests), len(runner.clock.sleeps)) == (3, 2)
    canned.answer(Reply(503))
    assert "isn't ready" in runner.failure(TASK, url=canned.url(), model="m", prompt="x", api_retries=1)["msg"]
    assert len(canned.requests) == 2


def test_refused_connection_is_an_error(runner: Runner) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    result = runner.failure(TASK, url=url, model="m", prompt="x", api_retries=0)
    assert f"can't connect to {url.removeprefix('http://')}" in result["msg"]
    assert result["error"]["route"] == "POST /v1/chat/completions"


# Requests and results


def test_plain_url_serves_its_only_model(runner: Runner, canned: CannedServer) -> None:
    def script(models: list[str]) -> Any:
        listed = json_reply({"data": [{"id": one} for one in models]})
        return lambda seen: listed if seen.method == "GET" else YES

    canned.answer_with(script(["vendor/only"]))
    assert runner.ok(TASK, url=f"{canned.url()}/v1/", prompt="x")["url"] == canned.url()
    assert [seen.target for seen in canned.requests] == ["/v1/models", "/v1/chat/completions"]
    assert canned.requests[1].json()["model"] == "vendor/only"
    canned.answer_with(script(["vendor/one", "vendor/two"]))
    message = runner.failure(TASK, url=canned.url(), prompt="x")["msg"]
    assert "serves 2 models; name one of vendor/one, vendor/two" in message
    # The service itself had nothing to do with it.
    assert runner.requests() == []


def test_only_what_is_given_is_sent(runner: Runner, canned: CannedServer) -> None:
    runner.ok(TASK, url=canned.url(), model="m", system="Be brief.", prompt="x")
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "x"}]
    assert canned.requests[0].json() == {"model": "m", "messages": messages}


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "max_tokens": st.integers(1, 2**31),
    "max_completion_tokens": st.integers(1, 2**31),
    "temperature": st.floats(0, 2),
    "top_p": st.floats(0, 1),
    "presence_penalty": st.floats(-2, 2),
    "seed": st.integers(-(2**63), 2**63 - 1),
    "stop": st.lists(st.text(max_size=4), max_size=3),
    "response_format": st.sampled_from([{"type": "json_object"}, {"type": "json_schema", "json_schema": {"x": [1]}}]),
    "tools": st.just([{"type": "function", "function": {"name": "f", "parameters": {}}}]),
    "tool_choice": st.sampled_from(["auto", "none", {"type": "function", "function": {"name": "f"}}]),
    "logprobs": st.booleans(),
}
CONTENT = st.text() | st.just([{"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}])
MESSAGES = st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "tool"]), "content": CONTENT}), min_size=1)


def test_fields_are_sent_as_they_were_given(runner: Runner, canned: CannedServer) -> None:
    @expensive()
    @given(fields=st.fixed_dictionaries({}, optional=FIELDS), messages=MESSAGES)
    def check(fields: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        canned.answer(YES)
        runner.ok(TASK, url=canned.url(), model="m", messages=messages, **fields)
        assert canned.requests[0].json() == {"model": "m", "messages": messages, **fields}

    check()


def test_tool_calls_and_structured_answers_are_returned(runner: Runner) -> None:
    deploy(runner)
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    called = runner.ok(TASK, deployment="chat", prompt="x", tools=[tool], tool_choice="required")
    assert called["content"] is None
    assert called["finish_reason"] == "tool_calls"
    assert [one["function"]["name"] for one in called["tool_calls"]] == ["weather"]
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    formed = runner.ok(TASK, deployment="chat", prompt="x", response_format=form, logprobs=True)
    assert isinstance(json.loads(formed["content"])["n"], int)
    assert formed["response"]["choices"][0]["logprobs"]["content"]
    again = [{"role": "user", "content": "x"}, formed["response"]["choices"][0]["message"]]
    assert runner.ok(TASK, deployment="chat", messages=[*again, {"role": "user", "content": "y"}])["content"]


def test_streamed_answer_is_the_same_with_its_times(runner: Runner) -> None:
    deploy(runner)
    whole = runner.ok(TASK, deployment="chat", prompt="x")
    streamed = runner.ok(TASK, deployment="chat", prompt="x", stream=True)
    for field in ("content", "finish_reason", "tool_calls", "usage", "model", "url"):
        assert streamed[field] == whole[field], field
    assert set(streamed) - set(whole) == {"time_to_first_token", "duration"}
    assert isinstance(streamed["time_to_first_token"], float)
    assert streamed["duration"] >= streamed["time_to_first_token"]
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    called = runner.ok(TASK, deployment="chat", prompt="x", stream=True, tools=[tool], tool_choice="required")
    assert (called["content"], called["tool_calls"][0]["function"]["name"]) == (None, "weather")
    skipped = runner.ok(TASK, deployment="other", prompt="x", stream=True, check_mode=True)
    assert (skipped["time_to_first_token"], skipped["duration"]) == (0.0, 0.0)


def test_answer_without_text_is_a_warning(runner: Runner, canned: CannedServer) -> None:
    message = {"content": None, "reasoning_content": "Let me see"}
    canned.answer(json_reply({"model": MODEL, "choices": [{"message": message, "finish_reason": "length"}]}))
    result = runner.ok(TASK, url=canned.url(), model="m", prompt="x", max_tokens=2)
    assert result["content"] is None
    (warning,) = result["warnings"]
    for part in (MODEL, "gave no text (finish_reason: length)", "raise max_tokens"):
        assert part in warning


@pytest.mark.parametrize(
    ("messages", "expected"),
    [([], "at least one message"), ([{"role": "user", "content": "x"}, {"content": "y"}], "messages[1]: each message")],
)
def test_invalid_conversation_is_an_error(runner: Runner, messages: list[dict[str, Any]], expected: str) -> None:
    assert expected in runner.failure(TASK, url="https://inference.example", messages=messages)["msg"]


@pytest.mark.parametrize("option", ["frequency_penalty", "n", "top_logprobs", "logit_bias", "user"])
def test_unsupported_fields_are_no_options(option: str) -> None:
    assert option not in TASK.argument_spec


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": "x"},
        {"deployment": "chat"},
        {"deployment": "chat", "prompt": "x", "messages": [{"role": "user", "content": "x"}]},
        {"deployment": "chat", "url": "https://inference.example", "prompt": "x"},
        {"endpoint_id": NOBODY, "url": "https://inference.example", "prompt": "x"},
        {"deployment": "chat", "disable_auth": True, "prompt": "x"},
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any]) -> None:
    assert ArgumentSpecValidator(TASK.argument_spec, **TASK.rules()).validate(options).error_messages
