# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(embedding): ask a model for the vectors of texts."""

from __future__ import annotations

from .._client.errors import OptionError
from .model_request import ask, request_task
from .task import Outcome, Params, Run


def run(run: Run, params: Params) -> Outcome:
    texts = params["input"]
    if not texts:
        raise OptionError("input: at least one text is needed")
    return ask(run, params, lambda server, model: server.embed({"model": model, "input": texts}))


TASK = request_task("embedding", run, {"input": {"type": "list", "elements": "str", "required": True}})
