# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(smoke_test): which question it asks, which failures it waits out, and what it returns."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment, model
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.smoke_test import PAUSE, TASK
from ansible_collections.scaleway.inference.tests.support.canned import (
    RESET,
    SILENCE,
    CannedServer,
    RecordedRequest,
    Reply,
    json_reply,
)
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

CHAT, EMBEDDING, TRANSCRIPTION = PATHS = ("/v1/chat/completions", "/v1/embeddings", "/v1/audio/transcriptions")
MODELS = json_reply({"data": [{"id": "m"}]})
GOOD = {
    CHAT: json_reply({"choices": [{"message": {"content": "Paris"}, "finish_reason": "stop"}]}),
    EMBEDDING: json_reply({"data": [{"index": 0, "embedding": [0.5, 1, 2]}]}),
    TRANSCRIPTION: json_reply({"text": ""}),
    "/v1/models": MODELS,
}
MISTRAL = "mistral/mistral-7b-instruct-v0.3:bf16"
BGE = "baai/bge-multilingual-gemma2:fp32"


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


def serve(canned: CannedServer, *served: str, refusal: Reply | None = None) -> None:
    """Have the server take questions of these paths, and refuse all others, but for the list of its models."""
    refused = refusal or Reply(404)
    canned.answer_with(lambda seen: GOOD[seen.path] if seen.path in (*served, "/v1/models") else refused)


def in_turn(canned: CannedServer, *replies: Reply) -> None:
    """Have the server answer questions so, one after the other, and then well."""
    remaining = list(replies)

    def script(seen: RecordedRequest) -> Reply:
        return MODELS if seen.method == "GET" else remaining.pop(0) if remaining else GOOD[seen.path]

    canned.answer_with(script)


def asked(canned: CannedServer) -> list[str]:
    return [seen.path for seen in canned.requests if seen.method == "POST"]


def ask(runner: Runner, canned: CannedServer, **options: Any) -> dict[str, Any]:
    return runner.ok(TASK, url=canned.url(), model="m", **options)


def fail(runner: Runner, canned: CannedServer, **options: Any) -> dict[str, Any]:
    return runner.failure(TASK, url=canned.url(), model="m", **options)


# Which question


@pytest.mark.parametrize("status", [400, 404, 405, 422])
@pytest.mark.parametrize("path", PATHS)
def test_statuses_that_refuse_a_kind_lead_to_the_next(
    runner: Runner, canned: CannedServer, path: str, status: int
) -> None:
    serve(canned, path, refusal=Reply(status))
    result = ask(runner, canned)
    assert asked(canned) == list(PATHS[: PATHS.index(path) + 1])
    assert result["kind"] == ("chat", "embedding", "transcription")[PATHS.index(path)]
    assert (result["answers"], result["changed"]) == (1, False)


@pytest.mark.parametrize("status", [401, 403, 408, 413, 429, 500, 502, 503, 504])
def test_other_statuses_decide_no_kind(runner: Runner, canned: CannedServer, status: int) -> None:
    serve(canned, EMBEDDING, TRANSCRIPTION, refusal=Reply(status))
    result = fail(runner, canned, api_retries=0)
    assert asked(canned) == [CHAT]
    assert result["error"]["status"] == status
    assert "kind:" not in result["msg"]


def test_time_out_decides_no_kind(runner: Runner, canned: CannedServer) -> None:
    serve(canned, EMBEDDING, refusal=SILENCE)
    assert "within 0.2 s" in fail(runner, canned, request_timeout=0.2)["msg"]
    assert asked(canned) == [CHAT]


def test_error_names_the_option_if_no_kind_fits(runner: Runner, canned: CannedServer) -> None:
    serve(canned)
    result = fail(runner, canned)
    assert asked(canned) == list(PATHS)
    for part in ("kind: the model doesn't take any of these", "or none, which", *(f"POST {path}" for path in PATHS)):
        assert part in result["msg"]
    serve(canned, CHAT)
    message = fail(runner, canned, kind="embedding")["msg"]
    assert "kind: the model doesn't take the question 'embedding'" in message
    assert asked(canned) == [EMBEDDING]


def test_unknown_model_is_not_asked_in_other_ways(runner: Runner, canned: CannedServer) -> None:
    serve(canned)
    message = runner.failure(TASK, url=canned.url(), model="other")["msg"]
    assert "doesn't serve the model 'other'; choose one of those that it does: m" in message
    assert asked(canned) == [CHAT]


def test_kind_none_only_lists_the_models(runner: Runner, canned: CannedServer) -> None:
    serve(canned)
    result = ask(runner, canned, kind="none")
    assert asked(canned) == []
    assert [seen.target for seen in canned.requests] == ["/v1/models"]
    assert (result["kind"], result["served"], result["content"]) == ("none", ["m"], None)


def test_answers_of_each_kind(runner: Runner, canned: CannedServer) -> None:
    serve(canned, *PATHS)
    chat = ask(runner, canned, kind="chat", prompt="And now?")
    assert canned.requests[0].json() == {
        "model": "m",
        "messages": [{"role": "user", "content": "And now?"}],
        "max_tokens": 50,
        "temperature": 0,
    }
    assert (chat["content"], chat["dimensions"], chat["model"], chat["url"]) == ("Paris", None, "m", canned.url())
    vector = ask(runner, canned, kind="embedding", prompt="And now?")
    assert canned.requests[-1].json() == {"model": "m", "input": ["And now?"]}
    assert (vector["content"], vector["dimensions"]) == (None, 3)
    heard = ask(runner, canned, kind="transcription")
    assert (heard["content"], heard["dimensions"]) == ("", None)


@pytest.mark.parametrize("path", PATHS)
def test_returned_kind_is_accepted_as_option(runner: Runner, canned: CannedServer, path: str) -> None:
    serve(canned, path)
    found = ask(runner, canned)["kind"]
    assert ask(runner, canned, kind=found)["kind"] == found


def test_recording_is_a_second_of_sound(runner: Runner, canned: CannedServer) -> None:
    serve(canned, TRANSCRIPTION)
    ask(runner, canned, kind="transcription")
    (seen,) = canned.requests
    form = message_from_bytes(f"Content-Type: {seen.headers['content-type']}\r\n\r\n".encode() + seen.body)
    fields = {part.get_param("name", header="content-disposition"): part for part in form.walk() if part is not form}
    assert fields["model"].get_payload(decode=True) == b"m"
    assert (fields["file"].get_filename(), fields["file"].get_content_type()) == ("second.wav", "audio/wav")
    with wave.open(io.BytesIO(fields["file"].get_payload(decode=True))) as sound:  # type: ignore[arg-type]
        assert sound.getnframes() == sound.getframerate()
        assert len(set(sound.readframes(100))) > 10


def test_answer_without_text_is_good_with_a_warning(runner: Runner, canned: CannedServer) -> None:
    canned.answer(json_reply({"choices": [{"message": {"content": None}, "finish_reason": "length"}]}))
    result = ask(runner, canned, kind="chat", wait_for_answers=2)
    assert (result["content"], result["answers"]) == (None, 2)
    (warning,) = result["warnings"]
    assert "gave no text (finish_reason: length)" in warning


@pytest.mark.parametrize(
    ("name", "path", "kind"), [(MISTRAL, "chat/completions", "chat"), (BGE, "embeddings", "embedding")]
)
def test_tags_of_the_model_choose(runner: Runner, name: str, path: str, kind: str) -> None:
    runner.ok(deployment.TASK, name="it", model=name, node_type="L4", accept_eula=True)
    runner.emulator.clear_journal()
    assert runner.ok(TASK, deployment="it")["kind"] == kind
    assert [one.rpartition("/v1/")[2] for one in runner.writes()] == [path]


@pytest.mark.parametrize("api_version", ["v1"])
def test_imported_model_is_found_out_by_asking(runner: Runner) -> None:
    runner.ok(model.TASK, name="own", source_url="https://huggingface.co/org/model")
    runner.ok(deployment.TASK, name="it", model="own", node_type="H100")
    assert runner.ok(TASK, deployment="it")["kind"] == "chat"


# Waiting


@pytest.mark.parametrize("needed", [1, 3])
def test_good_answers_in_a_row_are_counted(runner: Runner, canned: CannedServer, needed: int) -> None:
    serve(canned, EMBEDDING)
    assert ask(runner, canned, wait_for_answers=needed)["answers"] == needed
    # Once the kind is known, it is the only one that is asked.
    assert asked(canned) == [CHAT, *[EMBEDDING] * needed]
    assert runner.clock.sleeps == [PAUSE] * (needed - 1)
    assert [line for line in runner.progress if "answered 1 of 3 times" in line] == runner.progress[: needed > 1]


PASSING = {
    "starting": Reply(503),
    "busy": Reply(429),
    "gateway": Reply(502),
    "slow": Reply(504),
    "refused": RESET,
}


@pytest.mark.parametrize("failure", PASSING)
def test_failure_that_may_pass_begins_the_count_again(runner: Runner, canned: CannedServer, failure: str) -> None:
    good, bad = GOOD[CHAT], PASSING[failure]
    in_turn(canned, bad, good, good, bad, good, good, good)
    assert ask(runner, canned, wait_for_answers=3)["answers"] == 3
    assert len(asked(canned)) == 7
    assert any("no answer yet" in line for line in runner.progress)


def test_time_out_is_waited_out(runner: Runner, canned: CannedServer) -> None:
    in_turn(canned, SILENCE)
    assert ask(runner, canned, wait_for_answers=1, request_timeout=0.2)["content"] == "Paris"
    assert len(asked(canned)) == 2


@pytest.mark.parametrize("status", [401, 403, 413])
def test_failure_that_stays_ends_the_wait(runner: Runner, canned: CannedServer, status: int) -> None:
    in_turn(canned, GOOD[CHAT], Reply(status))
    assert fail(runner, canned, wait_for_answers=3)["error"]["status"] == status
    assert len(asked(canned)) == 2


def test_gateway_without_a_server_behind_it_is_waited_for(runner: Runner, canned: CannedServer) -> None:
    up: list[bool] = []

    def script(seen: RecordedRequest) -> Reply:
        return GOOD[seen.path] if up and seen.path != CHAT else Reply(404)

    canned.answer_with(script)
    sleep: Callable[[float], None] = runner.clock.sleep

    def start(seconds: float) -> None:
        sleep(seconds)
        up.append(True)

    runner.clock.sleep = start  # type: ignore[method-assign]  # on this clock only
    assert ask(runner, canned, wait_for_answers=1)["kind"] == "embedding"
    assert asked(canned) == [*PATHS, CHAT, EMBEDDING]


def test_server_that_takes_no_question_is_not_waited_for(runner: Runner, canned: CannedServer) -> None:
    serve(canned)
    assert "kind: the model doesn't take" in fail(runner, canned, wait_for_answers=3)["msg"]
    assert runner.clock.sleeps == []


def test_wait_ends_with_its_timeout(runner: Runner, canned: CannedServer) -> None:
    canned.answer(Reply(503, b"no healthy upstream"))
    result = fail(runner, canned, wait_for_answers=3, wait_timeout=60)
    for part in ("wait_timeout: ", "3 times in a row within 1m00s", "no healthy upstream"):
        assert part in result["msg"]
    assert result["error"]["status"] == 503
    assert 40 < runner.clock.monotonic() <= 60


def test_model_that_answers_is_asked_to_the_end(runner: Runner, canned: CannedServer) -> None:
    serve(canned, CHAT)
    assert ask(runner, canned, wait_for_answers=3, wait_timeout=0)["answers"] == 3


def test_busy_deployment_is_waited_for(runner: Runner) -> None:
    runner.ok(deployment.TASK, name="it", model=MISTRAL, node_type="L4", wait=False)
    assert "isn't ready yet" in runner.failure(TASK, deployment="it")["msg"]
    assert runner.ok(TASK, deployment="it", wait_for_answers=1)["kind"] == "chat"
    missing = runner.failure(TASK, deployment="other", wait_for_answers=1)
    assert "there is no deployment 'other'" in missing["msg"]


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_access_rule_ends_the_wait(runner: Runner) -> None:
    runner.ok(deployment.TASK, name="it", model=MISTRAL, node_type="L4")
    runner.ok(acl.TASK, deployment="it", rules=[{"ip": "127.0.0.2"}])
    result = runner.failure(TASK, deployment="it", wait_for_answers=3, source_address="127.0.0.3")
    assert result["error"]["denied_by"] == "rule"


# Check mode


def test_check_mode_asks_once(runner: Runner, canned: CannedServer) -> None:
    serve(canned, CHAT)
    result = runner.ok(TASK, url=canned.url(), model="m", wait_for_answers=3, check_mode=True)
    assert (result["answers"], len(asked(canned))) == (1, 1)


def test_check_mode_skips_a_predicted_deployment(runner: Runner) -> None:
    result = runner.ok(TASK, deployment="it", wait_for_answers=3, check_mode=True)
    assert (result["skipped"], result["answers"], result["content"]) == (True, 0, "")
    runner.ok(deployment.TASK, name="it", model=MISTRAL, node_type="L4", wait=False)
    begin = runner.clock.monotonic()
    assert runner.ok(TASK, deployment="it", wait_for_answers=3, check_mode=True)["skipped"]
    assert runner.clock.monotonic() == begin
