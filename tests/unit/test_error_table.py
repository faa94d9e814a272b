# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of all errors has every message that the code can raise, with its remedy."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference import errors
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.errors import endpoint_error
from ansible_collections.scaleway.inference.tests.support.tools import import_tool

#: Raised with the text of another error or of Ansible, which has the words: by file, how often.
OTHERS_WORDS = {
    "plugins/action/role_variables.py": 1,  # a list of problems, each from _role_variables
    "plugins/inventory/inference.py": 3,  # requests is missing; any error of the library; Ansible's check of options
    "plugins/module_utils/_client/model_server/errors.py": 1,  # from the fields of the answer: see explain
    "plugins/module_utils/_client/answers.py": 1,  # the message of a Failure
    "plugins/module_utils/_deployment/applied.py": 1,  # an interruption: nobody reads it
    "plugins/module_utils/_fleet/desired.py": 1,  # an error of an entry, found before
    "plugins/module_utils/_fleet/result.py": 1,  # an error of a member, with what may be done
    "plugins/module_utils/_tasks/acl.py": 1,
    "plugins/module_utils/_tasks/model.py": 2,
    "plugins/module_utils/_tasks/smoke_test.py": 1,  # NoKindFits makes its own text
    "plugins/plugin_utils/_inventory/options.py": 1,
    "plugins/plugin_utils/_inventory/query.py": 1,  # Ansible's check of the filters
    "plugins/plugin_utils/_role_variables/values.py": 2,  # what several checks found; a list of problems
    "plugins/plugin_utils/_variables.py": 1,  # a variable that is nested too deep
}


class Tools(NamedTuple):
    """The module that finds the messages, and the one that makes a page of them."""

    messages: ModuleType
    table: ModuleType


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools(import_tool("error_messages"), import_tool("error_table"))


@pytest.fixture(scope="module")
def plugins(tools: Tools) -> Any:
    return tools.messages.Plugins()


@pytest.fixture(scope="module")
def messages(tools: Tools) -> list[Any]:
    return list(tools.messages.all_messages())


def test_every_error_that_is_made_is_there(tools: Tools, plugins: Any) -> None:
    found = {message.place for message in plugins.messages()}
    missing: dict[str, list[int]] = {}
    for path, tree in plugins.trees.items():
        where = path.relative_to(tools.messages.ROOT).as_posix()
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and plugins.is_error(node)):
            if f"{where}:{call.lineno}" not in found:
                missing.setdefault(where, []).append(call.lineno)
    assert {where: len(lines) for where, lines in missing.items()} == OTHERS_WORDS, missing


def test_every_kind_of_error_is_there(plugins: Any, messages: list[Any]) -> None:
    kinds = {message.kind for message in messages}
    assert set(plugins.errors) - kinds <= {"InferenceError", "NoKindFits"}


def shows(messages: list[Any], text: str) -> bool:
    """Whether a row of the page is this text, but for what varies."""
    patterns = (".*".join(map(re.escape, message.text.split("…"))) for message in messages)
    return any(re.fullmatch(pattern, text) for pattern in patterns)


KINDS = sorted(errors._KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_service_answers_is_there(messages: list[Any], kind: str) -> None:
    body = {"type": kind, "resource": "deployment", "resource_id": "chat", "message": "no"}
    error = errors.api_error(route="GET /x", api_version="v1", status=400, request_id=None, body=body)
    assert type(error).kind == kind
    assert shows(messages, error.explain())


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
def test_what_an_endpoint_answers_is_there(messages: list[Any], status: int) -> None:
    error = endpoint_error(route="GET /x", status=status, request_id=None, body={"message": "no"}, with_key=True)
    assert shows(messages, error.explain())


def test_a_message_that_no_code_has_is_not_there(messages: list[Any]) -> None:
    assert not shows(messages, "the moon is in the way; wait until it has passed")


def test_private_functions_of_the_same_name_are_kept_apart() -> None:
    texts = import_tool("possible_texts")
    one = ast.parse("def _why():\n    return 'it is wet'\ndef explain():\n    return _why()")
    other = ast.parse("def _why():\n    return 'it is dry'\ndef say():\n    return _why()")
    assert texts.Texts([one, other]).returned(one.body[1]) == ["it is wet"]


def test_causes_have_remedies(tools: Tools) -> None:
    message = tools.messages.Message("a", "x (a; b) is wrong; set y. Then z", "OptionError", "x.py:1")
    assert message.split() == ("x (a; b) is wrong", "set y. Then z")
    assert tools.messages.Message("a", "x is wrong", "OptionError", "x.py:1").split() == ("x is wrong", "")


def test_the_page_is_written_with_all_of_them(tools: Tools, messages: list[Any], tmp_path: Path) -> None:
    assert tools.table.main([str(tmp_path / "errors.rst")]) == 0
    page = (tmp_path / "errors.rst").read_text(encoding="utf-8")
    assert page == tools.table.page(messages)
    for title in dict.fromkeys(tools.messages.SECTIONS.values()):
        assert f"\n{title}\n{'-' * len(title)}\n" in page
    assert r"client\_config\_service" in page
    assert "Wait for it with scaleway.inference.deployment and wait: true" in page
