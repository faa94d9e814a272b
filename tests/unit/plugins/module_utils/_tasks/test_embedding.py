# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(embedding). Tests of C(chat_completion) cover how a model is found and asked."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import chat_completion, deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.embedding import TASK
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, json_reply
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

MODEL = "baai/bge-multilingual-gemma2:fp32"
TEXTS = ["Where is my parcel?", "Where is my parcel?", "café"]


@pytest.fixture
def search(runner: Runner) -> dict[str, Any]:
    """A deployment of a model that makes vectors."""
    options = {"name": "search", "model": MODEL, "node_type": "L4", "accept_eula": True}
    made: dict[str, Any] = runner.ok(deployment.TASK, **options)["deployment"]
    runner.emulator.clear_journal()
    return made


def test_vectors_are_in_the_order_of_the_texts(runner: Runner, search: dict[str, Any]) -> None:
    result = runner.ok(TASK, deployment="search", input=TEXTS)
    first, second, third = result["embeddings"]
    assert first == second != third
    assert len(first) == len(third) > 1000
    assert all(isinstance(number, float) for number in first)
    assert (result["model"], result["url"]) == (MODEL, search["endpoints"][0]["url"])
    assert result["usage"]["total_tokens"] == result["usage"]["prompt_tokens"] > 0
    assert isinstance(result["latency"], float)
    assert [one["embedding"] for one in result["response"]["data"]] == result["embeddings"]
    assert not result["changed"]
    again = runner.ok(TASK, deployment="search", input=TEXTS, check_mode=True)
    assert again["embeddings"] == result["embeddings"]


def test_chat_model_is_an_error(runner: Runner, search: dict[str, Any]) -> None:
    message = runner.failure(chat_completion.TASK, deployment=search["id"], prompt="x")["msg"]
    assert f"refused the request: the model {MODEL} makes embeddings, and no text" in message


def test_empty_input_is_an_error(runner: Runner) -> None:
    assert "at least one text" in runner.failure(TASK, deployment="search", input=[])["msg"]


def test_predicted_deployment_is_skipped(runner: Runner) -> None:
    assert runner.ok(TASK, deployment="search", input=["x"], check_mode=True)["skipped"]


def test_request_body(runner: Runner) -> None:
    with CannedServer() as canned:
        canned.answer(json_reply({"data": [{"index": 0, "embedding": [0, 0.5]}]}))
        result = runner.ok(TASK, url=canned.url(), model="m", input=["x"])
        assert [(seen.target, seen.json()) for seen in canned.requests] == [
            ("/v1/embeddings", {"model": "m", "input": ["x"]})
        ]
    assert (result["embeddings"], result["usage"], result["model"]) == ([[0.0, 0.5]], None, "m")
