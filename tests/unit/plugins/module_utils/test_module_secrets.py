# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is in what a module writes and logs, whichever way it ends; none of its words are hidden."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.scaleway.inference.plugins.module_utils import _module
from ansible_collections.scaleway.inference.plugins.module_utils._client.redaction import HIDDEN, Redactor
from ansible_collections.scaleway.inference.plugins.module_utils._client.transport import Transport
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment_info, model
from ansible_collections.scaleway.inference.tests.support.canned import closed_port
from ansible_collections.scaleway.inference.tests.support.module_runs import ModuleRuns
from ansible_collections.scaleway.inference.tests.support.secrets import Secrets

KEY = "c7a1b2d3-9e8f-4a5b-8c6d-0f1e2d3c4b5a"
ENVIRONMENT_KEY = "e1d2c3b4-7a6f-4b5e-9d8c-1a2b3c4d5e6f"
PASSWORD, TOKEN, SECRET = "glpat-Xy7Kq2Zr9Tb4", "hf_tok3n9Qz7", "hf_p@ss w\"rd/é\\%41<&>'\n"
SECRETS = Secrets(key=KEY, environment=ENVIRONMENT_KEY, password=PASSWORD, token=TOKEN, secret=SECRET)
MODEL: dict[str, Any] = {
    "name": "coder",
    "source_url": f"https://user-name:{PASSWORD}@huggingface.co/x/y?token={TOKEN}",
    "source_secret": SECRET,
    "secret_key": KEY,
    "project_id": "9a0ec700-1111-4222-8333-444455556666",
    "api_retries": 0,
}
#: By how the module ends: options that make it end so.
ENDS: dict[str, dict[str, Any]] = {
    "nobody answers": {},
    "a wrong choice": {"state": KEY},
    "a wrong type": {"wait_timeout": f"soon {ENVIRONMENT_KEY}"},
    "a misspelt option": {"secret_kye": "hf_not_kn0wn_anywhere"},
    "options that exclude each other": {"id": KEY},
    "a value out of range": {"wait_timeout": -1},
    "half a character": {"name": "\ud800"},
    "a number that is too long": {"wait_timeout": 10**400},
    "a list in place of a text": {"source_secret": [SECRET, KEY]},
    "a key that no header holds": {"secret_key": f"{KEY}\n"},
}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> ModuleRuns:
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("SCW_SECRET_KEY", ENVIRONMENT_KEY)
    monkeypatch.setenv("SCW_INFERENCE_API_VERSION", "v1")
    monkeypatch.setenv("SCW_API_URL", f"http://127.0.0.1:{closed_port()}")
    return ModuleRuns(monkeypatch, capsys)


def leaks(runs: ModuleRuns, result: dict[str, Any]) -> list[str]:
    return [*SECRETS.leaks_in_value(result), *SECRETS.leaks("\n".join(runs.logged))]


@pytest.mark.parametrize("end", ENDS)
def test_module_shows_no_secret(runs: ModuleRuns, end: str) -> None:
    result = runs.run(model.TASK, **{**MODEL, **ENDS[end]})
    assert result["failed"]
    assert leaks(runs, result) == []
    assert "hf_not_kn0wn_anywhere" not in json.dumps(result) + str(runs.logged)


def test_module_that_lacks_a_package_shows_no_secret(runs: ModuleRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module, "REQUESTS_IMPORT_ERROR", ImportError(f"No module in {KEY}"))
    result = runs.run(model.TASK, **MODEL)
    assert "requests" in result["msg"]
    assert leaks(runs, result) == []
    assert runs.logged


def test_exception_in_a_module_shows_no_secret(runs: ModuleRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any, **more: Any) -> None:
        raise ValueError(f"{more} {KEY} {SECRET}")

    monkeypatch.setattr(Transport, "request", broken)
    with pytest.raises(RuntimeError, match="ValueError") as caught:
        runs.run(model.TASK, **MODEL)
    assert SECRETS.leaks("".join(traceback.format_exception(caught.value))) == []


@pytest.mark.parametrize(
    "secret", ["a", *(pytest.param(one, marks=pytest.mark.slow) for one in ("true", "1", "12345", "model", "required"))]
)
def test_ordinary_secret_hides_no_part_of_a_message(runs: ModuleRuns, secret: str) -> None:
    result = runs.run(model.TASK, access_key=secret, source_secret=secret, api_retries=12345678, wait_timeout=12345)
    assert result["invocation"]["module_args"]["wait_timeout"] == 12345
    assert result["invocation"]["module_args"]["source_secret"].startswith("VALUE_SPECIFIED")
    if len(secret) < 5:
        validator = ArgumentSpecValidator(model.TASK.argument_spec, **model.TASK.rules())
        assert result["msg"] == validator.validate({}).errors[0].msg
        assert HIDDEN not in json.dumps(runs.run(deployment_info.TASK, access_key=secret, deployment="a-true-1"))


@pytest.mark.parametrize("secret", ["failed", "msg", "changed"])
def test_secret_that_is_called_as_a_field_hides_no_field(runs: ModuleRuns, secret: str) -> None:
    """A failure that isn't told as one would be a success."""
    result = runs.run(model.TASK, **{**MODEL, "access_key": secret})
    assert result["failed"]
    assert not result["changed"]
    assert "127.0.0.1" in result["msg"]


@pytest.mark.parametrize("planted", ["shown_params", "task_redactor"])
def test_planted_leak_is_found(runs: ModuleRuns, monkeypatch: pytest.MonkeyPatch, planted: str) -> None:
    replaced = {
        "shown_params": lambda _spec, params, _redactor: params,
        "task_redactor": lambda _spec, _params, _environ: Redactor(),
    }
    monkeypatch.setattr(_module, planted, replaced[planted])
    assert leaks(runs, runs.run(model.TASK, **{**MODEL, "state": KEY}))
