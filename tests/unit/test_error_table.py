# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of all errors has every message that the code can raise, with its remedy."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._client.inference import errors
from ansible_collections.scaleway.inference.plugins.module_utils._client.model_server.errors import endpoint_error

TOOL = Path(__file__).resolve().parents[2] / "tests" / "tools" / "error_table.py"
#: Raised with the text of another error or of Ansible, which has the words: by file, how often.
OTHERS_WORDS = {
    "plugins/action/role_variables.py": 2,  # lists of problems, each from _role_variables
    "plugins/inventory/inference.py": 2,  # requests is missing; any error of the library
    "plugins/module_utils/_client/model_server/errors.py": 1,  # from the fields of the answer: see explain
    "plugins/module_utils/_client/transport.py": 1,  # the message of a Failure
    "plugins/module_utils/_deployment/applied.py": 1,  # an interruption: nobody reads it
    "plugins/module_utils/_fleet/desired.py": 1,  # an error of an entry, found before
    "plugins/module_utils/_fleet/result.py": 1,  # an error of a member, with what may be done
    "plugins/module_utils/_tasks/acl.py": 1,
    "plugins/module_utils/_tasks/model.py": 1,
    "plugins/module_utils/_tasks/smoke_test.py": 1,  # NoKindFits makes its own text
    "plugins/plugin_utils/_inventory/options.py": 1,
    "plugins/plugin_utils/_inventory/query.py": 1,  # Ansible's check of the filters
    "plugins/plugin_utils/_variables.py": 1,  # a variable that is nested too deep
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("error_table", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def code(tool: ModuleType) -> Any:
    return tool.Code()


@pytest.fixture(scope="module")
def messages(tool: ModuleType) -> list[Any]:
    return list(tool.all_messages())


def test_every_error_that_is_made_is_there(tool: ModuleType, code: Any) -> None:
    found = {message.place for message in code.messages()}
    missing: dict[str, list[int]] = {}
    for path, tree in code.trees.items():
        where = path.relative_to(tool.ROOT).as_posix()
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and code.is_error(node)):
            if f"{where}:{call.lineno}" not in found:
                missing.setdefault(where, []).append(call.lineno)
    assert {where: len(lines) for where, lines in missing.items()} == OTHERS_WORDS, missing


def test_every_kind_of_error_is_there(code: Any, messages: list[Any]) -> None:
    kinds = {message.kind for message in messages}
    assert set(code.errors) - kinds <= {"InferenceError", "ApiError", "NoKindFits"}


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


def test_causes_have_remedies(tool: ModuleType) -> None:
    message = tool.Message("a", "x (a; b) is wrong; set y. Then z", "OptionError", "x.py:1")
    assert message.split() == ("x (a; b) is wrong", "set y. Then z")
    assert tool.Message("a", "x is wrong", "OptionError", "x.py:1").split() == ("x is wrong", "")


def test_the_page_is_written_with_all_of_them(tool: ModuleType, messages: list[Any], tmp_path: Path) -> None:
    assert tool.main([str(tmp_path / "errors.rst")]) == 0
    page = (tmp_path / "errors.rst").read_text(encoding="utf-8")
    assert page == tool.page(messages)
    for title in dict.fromkeys(tool.SECTIONS.values()):
        assert f"\n{title}\n{'-' * len(title)}\n" in page
    assert r"client\_config\_service" in page
    assert "Wait for it with scaleway.inference.deployment and wait: true" in page
