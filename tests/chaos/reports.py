# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises about what runs tell: results, errors, steps, and nothing that is secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.scaleway.inference.tests.chaos.network import Exchange
from ansible_collections.scaleway.inference.tests.chaos.play import SECRET_KEY, Played, Run
from ansible_collections.scaleway.inference.tests.chaos.scenario import SOURCE_SECRET
from ansible_collections.scaleway.inference.tests.support.secrets import Secrets

_SECRETS = Secrets(key=SECRET_KEY, source_secret=SOURCE_SECRET)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def what_is_made_is_told(played: Played) -> Iterator[str]:
    """Nothing is made that isn't in a result or an error: by its ID, or by its name if its creation got no answer."""
    for run in played.runs:
        for exchange in run.writes:
            for made in exchange.made:
                there = run.after.deployments.get(made) or run.after.models.get(made)
                if (
                    there is not None
                    and made not in run.returned
                    and not (run.failed and names_what_is_made(run, made, there.name))
                ):
                    yield f"{run.phase}: {there.name} ({made}) was made by {exchange} and isn't told"


def names_what_is_made(run: Run, resource_id: str, name: str) -> bool:
    """Whether an error names what may have been made."""
    return (
        resource_id in run.returned
        or (name in run.message and "POST" in run.message)
        or (name in run.returned and "whether" in run.returned)
    )


def check_mode_only_reads(played: Played) -> Iterator[str]:
    """Check mode sends nothing but GET."""
    yield from (str(one) for one in played.check.writes)


def check_mode_tells_the_steps(played: Played) -> Iterator[str]:
    """Where no answer was spoilt, the steps, ``changed`` and the diff of check mode are those of the run, IDs aside.

    Excepted: what comes of waiting, which check mode doesn't do: several of a name (if check mode fails, its warning
    must say that they may not stay), a creation that fails, and a deletion that lists don't show yet. And a deployment
    that an earlier task may make, which check mode predicts with a warning.
    """
    check, run = played.check, played.run
    if any("predicted as if" in one for one in check.result.get("warnings", [])):
        return
    if not check.faultless or not run.faultless or check.crash or run.crash:
        return
    if any(map(_is_late_deletion, run.writes)):
        return
    if check.failed != run.failed:
        settling = check.failed and any(
            "are named" in one and "settling" in one for one in check.result.get("warnings", [])
        )
        if not settling and not re.search(
            r"are named|status error|is gone|is being deleted|is locked|wait_timeout|after \d|timed out", run.message
        ):
            yield f"check mode {'failed' if check.failed else 'succeeded'}: {check.message or run.message}"
    elif not run.failed:
        for what in ("changed", "diff", "steps"):
            expected, actual = _without_ids(_told(check, what)), _without_ids(_told(run, what))
            if expected != actual:
                yield f"{what}: check mode said {expected}, the run {actual}"


def _is_late_deletion(exchange: Exchange) -> bool:
    """Whether it deletes what is being deleted, or gone, already: lists don't show that yet."""
    there = {one.id for one in exchange.before.deployments.values() if one.active} if exchange.before else set()
    return (
        (exchange.method, exchange.status) in (("DELETE", 404), ("DELETE", 409))
        and exchange.path.startswith("/deployments/")
        and exchange.path.rpartition("/")[2] not in there
    )


def _told(run: Run, what: str) -> Any:
    if what == "steps" and "members" in run.result:
        return {one["name"]: one["steps"] for one in run.result["members"]}
    return run.result.get(what)


def _without_ids(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(r" ?\(?ID\)?", "", _ID.sub("ID", value))
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items()}
    return [_without_ids(one) for one in value] if isinstance(value, list) else value


def changed_is_exact(played: Played) -> Iterator[str]:
    """A successful run says ``changed`` if it changed something, and only then."""
    for run in played.runs:
        if run.failed or run.crash or run.phase == "check":
            continue
        effects = [one for one in run.writes if one.had_effect]
        if bool(run.result["changed"]) != bool(effects):
            yield f"{run.phase}: changed is {run.result['changed']}, but these had an effect: {list(map(str, effects))}"


def a_failure_tells_all(played: Played) -> Iterator[str]:
    """A failed run tells each change that it made, as a step that was done, or as one that may be done.

    A write whose outcome stays unknown may be named by its route instead. One that got its answer, or whose outcome a
    good answer to the same request told, is known: it is a step, and ``changed`` is true. Rules are told by their
    addresses. Creations are another promise (`what_is_made_is_told`).
    """
    for run in played.runs:
        if not run.failed:
            continue
        if not run.message.strip():
            yield f"{run.phase}: no message"
        effects = [one for one in run.writes if one.had_effect]
        known = [one for one in effects if not one.fault]
        if known and not run.result["changed"]:
            yield f"{run.phase}: changed is false in spite of {list(map(str, known))}: {run.message}"
        told = _told_steps(run)
        for exchange in effects:
            named = not exchange.was_answered and _is_named(run, exchange)
            missing = [one for one in _words(exchange) if one not in told]
            # The service may not tell the address of a rule.
            if missing and not named and "(without an address)" not in told:
                yield f"{run.phase}: {exchange} isn't told ({', '.join(missing)}): {run.message}"


def _is_named(run: Run, exchange: Exchange) -> bool:
    return exchange.path in run.returned or "whether" in run.returned


def _told_steps(run: Run) -> str:
    """The steps that a failed run tells, be they done or maybe done, as text."""
    members = run.result.get("members", [])
    texts = [run.message, *((one["error"] or {}).get("msg", "") for one in members)]
    steps = [*(run.result.get("steps") or ()), *(step for one in members for step in one["steps"])]
    parts = (text.partition(mark)[2] for text in texts for mark in ("done before this: ", "so it may be done: "))
    restored = (text for text in texts if "restored" in text)
    return "; ".join([*steps, *parts, *restored])


#: How steps begin, or what is in them.
_STEPS = {
    ("PATCH", "deployments"): "update ",
    ("DELETE", "deployments"): "delete deployment",
    ("POST", "endpoints"): "add ",
    ("PATCH", "endpoints"): "disable_auth",
    ("DELETE", "endpoints"): "remove ",
    ("DELETE", "models"): "model",
}


def _words(exchange: Exchange) -> list[str]:
    """What a step that tells of the write must have in it."""
    parts = exchange.path.strip("/").split("/")
    before, after = exchange.before, exchange.after
    if "acls" not in parts or before is None or after is None:
        kind = next(part for part in reversed(parts) if part in ("deployments", "endpoints", "models"))
        return [] if exchange.made else [_STEPS[exchange.method, kind]]
    changed: set[tuple[str, str]] = set()
    for old in before.deployments.values():
        new = after.deployments.get(old.id)
        changed |= set(old.rules) ^ set(old.rules if new is None else new.rules)
    # A single address is told without the length of its prefix.
    return sorted({ip.removesuffix("/32") for ip, _description in changed})


def nothing_crashes(played: Played) -> Iterator[str]:
    """No traceback, neither raised nor in a text."""
    for run in played.runs:
        if run.crash or "Traceback" in run.text:
            yield f"{run.phase}: {run.crash or run.text}"


def no_secret_shows(played: Played) -> Iterator[str]:
    """Neither the key nor the credential of a model's source is in a result or a line of progress, not even a piece."""
    for run in played.runs:
        yield from (f"{run.phase}: {leak}" for leak in _SECRETS.leaks(run.text))
