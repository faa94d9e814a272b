# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(smoke_test): asks a model in the way that it takes, once or until it has answered several times in a row.

Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from .._client.errors import InferenceError, RequestError, WaitError
from .._client.ids import is_uuid
from .._client.inference.capabilities import capabilities_of
from .._client.inference.errors import PermissionsDenied
from .._client.inference.resources import Deployment
from .._client.model_server.client import ModelServer
from .._client.model_server.errors import EndpointError, UnknownModel
from .._options.shared import Params
from .._reconcile.polling import duration, poll_delay
from .._reconcile.progress import REPORT_INTERVAL, StatusLines
from .._task import Context, Outcome
from ._model_request import NotReady, Target, connect, find_target, request_task, skip, warn_without_text

AUTO, NONE = "auto", "none"
# The kinds of question, in the order in which they are tried.
QUESTIONS = ("chat", "embedding", "transcription")
KINDS = (AUTO, *QUESTIONS, NONE)
PROMPT = "Answer with one word. What is the capital of France?"
MAX_TOKENS = 50
# The statuses of a server that doesn't take a kind of question. All others say nothing about the kind.
WRONG_KIND = frozenset((400, 404, 405, 422))
# Between two good answers: a server that is about to restart shouldn't give all of them in one moment.
PAUSE = 0.5


@dataclass(frozen=True, kw_only=True)
class GoodAnswer:
    """A good answer. Null is what the kind of question doesn't give.

    content: the text of a chat or a transcription; null too if a model had none to give. dimensions: of the vector.
    served: the names of the models that the endpoint lists.
    """

    kind: str
    model: str | None
    content: str | None = None
    dimensions: int | None = None
    served: list[str] | None = None
    usage: dict[str, Any] | None = None
    latency: float


class NoKindFits(InferenceError):
    """The server refused each question that was tried.

    refusals: by kind of question. may_pass: whether the server may only not be up yet.
    """

    def __init__(self, refusals: Mapping[str, EndpointError], *, may_pass: bool) -> None:
        listed = "; ".join(f"{kind}: {error}" for kind, error in refusals.items())
        what = f"the question '{next(iter(refusals))}'" if len(refusals) == 1 else "any of these questions"
        super().__init__(
            f"kind: the model doesn't take {what}. Choose the right one of {', '.join(QUESTIONS)}, or {NONE}, which "
            f"only asks which models the endpoint serves. {listed}"
        )
        self.refusals = dict(refusals)
        self.may_pass = may_pass

    def details(self) -> dict[str, Any]:
        return list(self.refusals.values())[-1].details()


class TooFewAnswers(WaitError):
    """The time was over before the model had given enough good answers in a row. C(cause): the last failure."""

    def __init__(self, message: str, cause: InferenceError) -> None:
        super().__init__(message)
        self.cause = cause

    def details(self) -> dict[str, Any]:
        return self.cause.details()


def run(context: Context, params: Params) -> Outcome:
    # Check mode doesn't wait: what it waits for may be what an earlier task only predicted.
    needed = 0 if context.check_mode else params["wait_for_answers"]
    test = _Test(context, params, retries=0 if needed else None)
    try:
        answer = _wait(context, params, test, needed) if needed else test.ask()
    except NotReady as error:
        empty = GoodAnswer(kind=params["kind"], model=None, content="", dimensions=0, served=[], latency=0.0)
        return skip(context, params, error, {**asdict(empty), "answers": 0})
    return Outcome(results={**asdict(answer), "url": test.url, "answers": max(needed, 1)})


class _Test:
    """Asks, and keeps what was found out for the next time: the endpoint, and the kind of question.

    retries: as in C(Server). An answer that took several attempts isn't the first of several good ones in a row.
    """

    def __init__(self, context: Context, params: Params, *, retries: int | None) -> None:
        self._context = context
        self._params = params
        self._retries = retries
        self._target: Target | None = None
        self._kinds: Sequence[str] = ()

    @property
    def url(self) -> str | None:
        return None if self._target is None else self._target.server.base

    @property
    def label(self) -> str:
        """What is asked, for messages."""
        found = self._target
        if found is None:
            return self._params["deployment"] or self._params["endpoint_id"] or self._params["url"] or ""
        return found.deployment.label if found.deployment is not None else found.server.base

    def ask(self) -> GoodAnswer:
        """The answer to the first question that the server takes. Raises NoKindFits, and errors as C(ModelServer)."""
        if self._target is None:
            self._target = find_target(self._context, self._params, retries=self._retries)
        if not self._kinds:
            self._kinds = _kinds(self._context, self._params["kind"], self._target.deployment)
        with connect(self._context, self._params, self._target) as (server, model):
            answer = self._first_taken(server, model)
        self._kinds = (answer.kind,)
        return answer

    def _first_taken(self, server: ModelServer, model: str) -> GoodAnswer:
        refusals: dict[str, EndpointError] = {}
        for kind in self._kinds:
            try:
                return _ASK[kind](self._context, server, model, self._params["prompt"])
            except UnknownModel:
                raise
            except EndpointError as error:
                if error.status not in WRONG_KIND:
                    raise
                refusals[kind] = error
        # Only a wait has another attempt. A server that lists its models won't change its mind.
        raise NoKindFits(refusals, may_pass=self._retries == 0 and not _is_up(server))


def _kinds(context: Context, kind: str, deployment: Deployment | None) -> Sequence[str]:
    """The kinds of question to try: by the option, else by the model's tags, else all."""
    if kind != AUTO:
        return (kind,)
    model = None
    if deployment is not None and is_uuid(deployment.model_id or ""):
        # A key that may use the model, and not read about it, is enough to ask it.
        with suppress(PermissionsDenied):
            model = context.api.find_model(deployment.model_id or "")
    capabilities = capabilities_of(None if model is None else model.tags)
    return tuple(one for one in QUESTIONS if one in capabilities) or QUESTIONS


def _wait(context: Context, params: Params, test: _Test, needed: int) -> GoodAnswer:
    """The last of so many good answers in a row. Raises TooFewAnswers, and what no further attempt can change."""
    clock = context.clock
    begin = clock.monotonic()
    lines: StatusLines | None = None
    good = 0
    while True:
        failure: InferenceError | None = None
        try:
            answer = test.ask()
            good += 1
            if good == needed:
                return answer
            status, delay = f"answered {good} of {needed} times", PAUSE
        except InferenceError as error:
            if not _may_pass(error):
                raise
            failure, good = error, 0
            status, delay = f"no answer yet, {_short(error)}", poll_delay(clock.monotonic() - begin)
        now = clock.monotonic()
        # Not before the first attempt, which finds out the name.
        lines = lines or StatusLines(context.progress, f"smoke test of {test.label}", begin, REPORT_INTERVAL)
        lines.report(status, now, done=False)
        # A model that answers is asked to the end, which takes moments.
        if failure is not None and now + delay > begin + params["wait_timeout"]:
            raise TooFewAnswers(
                f"wait_timeout: {test.label} didn't answer {needed} times in a row within "
                f"{duration(params['wait_timeout'])}. The last failure: {failure}",
                failure,
            ) from None
        clock.sleep(delay)


def _may_pass(error: InferenceError) -> bool:
    """Whether the error may pass while a model starts: nobody listens yet, or a gateway has nothing to pass on to."""
    if isinstance(error, RequestError):
        return error.transient or error.timed_out
    if isinstance(error, NoKindFits):
        return error.may_pass
    if isinstance(error, UnknownModel):
        return False
    if isinstance(error, EndpointError):
        # 404 is that of the list of models, which the server has as soon as it is up.
        return error.status in (404, 408, 429) or error.status >= 500
    return error.transient


def _short(error: InferenceError) -> str:
    if isinstance(error, NoKindFits):
        error = list(error.refusals.values())[-1]
    return f"HTTP {error.status}" if isinstance(error, EndpointError) else str(error)


def _is_up(server: ModelServer) -> bool:
    try:
        server.models()
    except InferenceError:
        return False
    return True


# The questions


def _chat(context: Context, server: ModelServer, model: str, prompt: str) -> GoodAnswer:
    messages = [{"role": "user", "content": prompt}]
    found = server.complete({"model": model, "messages": messages, "max_tokens": MAX_TOKENS, "temperature": 0})
    warn_without_text(context, found)
    return GoodAnswer(
        kind="chat",
        model=found.model or model,
        content=found.content,
        usage=found.usage,
        latency=found.latency,
    )


def _embedding(_context: Context, server: ModelServer, model: str, prompt: str) -> GoodAnswer:
    found = server.embed({"model": model, "input": [prompt]})
    return GoodAnswer(
        kind="embedding",
        model=found.model or model,
        dimensions=len(found.embeddings[0]),
        usage=found.usage,
        latency=found.latency,
    )


def _transcription(_context: Context, server: ModelServer, model: str, _prompt: str) -> GoodAnswer:
    found = server.transcribe(model)
    return GoodAnswer(
        kind="transcription",
        model=found.model or model,
        content=found.text,
        usage=found.usage,
        latency=found.latency,
    )


def _list(context: Context, server: ModelServer, model: str, _prompt: str) -> GoodAnswer:
    begin = context.clock.monotonic()
    served = server.models()
    return GoodAnswer(kind=NONE, model=model, served=served, latency=round(context.clock.monotonic() - begin, 3))


_ASK: Mapping[str, Callable[[Context, ModelServer, str, str], GoodAnswer]] = {
    "chat": _chat,
    "embedding": _embedding,
    "transcription": _transcription,
    NONE: _list,
}


TASK = request_task(
    "smoke_test",
    run,
    {
        "kind": {"type": "str", "choices": list(KINDS), "default": AUTO},
        "prompt": {"type": "str", "default": PROMPT},
        "wait_for_answers": {"type": "int", "default": 0},
        "wait_timeout": {"type": "int", "default": 3600},
    },
)
