# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surely can't be imported is refused before the import, in check mode too; what may be is sent with a warning."""

from __future__ import annotations

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.model import TASK
from ansible_collections.scaleway.inference.tests.support.tasks import Runner


@pytest.fixture
def api_version() -> str:
    return "v1"


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mistralai/Mistral-7B", "give its URL, https://huggingface.co/mistralai/Mistral-7B"),
        ("huggingface.co/mistralai/Mistral-7B", "isn't the https:// URL"),
        ("s3://bucket/model", "isn't the https:// URL"),
        ("https:///model", "isn't the https:// URL"),
        ("https://[half", "isn't the https:// URL"),
        ("https://huggingface.co/mistralai/Mistral 7B", "isn't the https:// URL"),
        ("https://huggingface.co", "isn't the repository of a model"),
        ("https://huggingface.co/datasets/owner/name", "isn't the repository of a model"),
        ("https://hf.co/spaces/owner/name", "isn't the repository of a model"),
    ],
)
def test_source_that_can_not_be_imported_is_refused(runner: Runner, url: str, words: str, check_mode: bool) -> None:
    failed = runner.failure(TASK, name="own", source_url=url, check_mode=check_mode)
    assert failed["msg"].startswith("source_url: ")
    assert words in failed["msg"]
    assert runner.writes() == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://models.example/own", "models.example is sent as it is"),
        ("https://huggingface.co/gpt2", "a repository is an owner and a name"),
        ("https://huggingface.co/owner/name/blob/main/config.json", "a repository is an owner and a name"),
    ],
)
def test_source_that_only_the_service_can_judge_is_sent_with_a_warning(runner: Runner, url: str, words: str) -> None:
    (warning,) = runner.ok(TASK, name="own", source_url=url, wait=False)["warnings"]
    assert words in warning
    # Nothing is sent, so nothing is said.
    assert "warnings" not in runner.ok(TASK, name="own", source_url=url)


@pytest.mark.parametrize("path", ["owner/name", "owner/name/", "owner/name/tree/main", "owner/name?revision=main"])
def test_repository_is_taken_without_a_word(runner: Runner, path: str) -> None:
    assert "warnings" not in runner.ok(TASK, name="own", source_url=f"https://huggingface.co/{path}", check_mode=True)


def test_secrets_of_a_refused_url_are_hidden(runner: Runner) -> None:
    failed = runner.failure(TASK, name="own", source_url="ftp://me:hunter2secret@models.example/own")
    assert "hunter2secret" not in str(failed)
