# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(embedding): asks a model for the vectors of texts."""

from __future__ import annotations

from .._client.errors import OptionError
from .._client.model_server.client import Embeddings
from .._options.shared import Params
from .._task import Context, Outcome
from ._model_request import ask, request_task


def run(context: Context, params: Params) -> Outcome:
    texts = params["input"]
    if not texts:
        raise OptionError("input: at least one text is needed")
    check_mode_reply = Embeddings(
        model=None,
        usage={"prompt_tokens": 0, "total_tokens": 0},
        latency=0.0,
        response={"object": "list", "data": [{"index": index, "embedding": []} for index in range(len(texts))]},
        embeddings=[[] for _text in texts],
    )
    return ask(context, params, lambda server, model: server.embed({"model": model, "input": texts}), check_mode_reply)


TASK = request_task("embedding", run, {"input": {"type": "list", "elements": "str", "required": True}})
