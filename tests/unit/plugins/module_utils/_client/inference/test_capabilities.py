# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model can do, by its tags: nothing depends on one spelling of a tag."""

from __future__ import annotations

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.capabilities import (
    CAPABILITIES,
    capabilities_of,
    has_tags,
)
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.model_info import TASK
from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, json_reply
from ansible_collections.scaleway.inference.tests.support.tasks import Runner

IDS = [f"0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c1{number}" for number in range(4)]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (None, ()),
        ([], ()),
        (["custom"], ()),
        (["instruct", "featured"], ()),
        (["vision", "instruct", "chat", "featured"], ("chat", "vision")),
        (["embedding"], ("embedding",)),
        (["embeddings", "featured"], ("embedding",)),
        ([" Embeddings "], ("embedding",)),
        (["audio", "chat"], ("chat", "audio")),
        (["audio"], ("audio",)),
        (["speech_to_text"], ("transcription",)),
        (["Audio Transcription"], ("transcription",)),
    ],
)
def test_capabilities_follow_from_tags(tags: list[str] | None, expected: tuple[str, ...]) -> None:
    assert capabilities_of(tags) == expected


def test_capabilities_are_the_documented_ones() -> None:
    assert list(CAPABILITIES) == ["chat", "vision", "audio", "embedding", "transcription"]


def test_filter_takes_each_spelling() -> None:
    for spelled in ("embedding", "embeddings"):
        for wanted in ("embedding", "embeddings"):
            assert has_tags([spelled, "featured"], [wanted])
            assert not has_tags(["chat"], [wanted])
    assert not has_tags(["featured"], ["feature"])
    assert has_tags(None, [])


@pytest.mark.parametrize("wanted", ["embedding", "embeddings"])
def test_both_spellings_of_a_tag_find_the_same_models(runner: Runner, wanted: str) -> None:
    tags = [["embedding"], ["embeddings", "featured"], ["chat"], ["custom"]]
    models = [{"id": one, "name": f"m{at}", "tags": tags[at]} for at, one in enumerate(IDS)]
    with CannedServer() as canned:
        canned.answer(json_reply({"models": models, "total_count": len(models)}))
        runner.environ["SCW_API_URL"] = canned.url()
        found = runner.ok(TASK, tags=[wanted])["models"]
        assert [(one["name"], one["capabilities"]) for one in found] == [("m0", ["embedding"]), ("m1", ["embedding"])]
        # The service would find only one spelling, so it isn't asked for any.
        assert [pair for pair in canned.requests[0].query if pair[0] == "tags"] == []
        featured = runner.ok(TASK, tags=[wanted, "featured"])["models"]
        assert [one["name"] for one in featured] == ["m1"]
        assert ("tags", "featured") in canned.requests[-1].query
